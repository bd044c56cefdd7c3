"""Reviews: whom the sample draws, and what reviewers decide."""

from vouchers.application.claims import Answer, answer_of, back_to_reserved
from vouchers.application.linking import reviewer_is_free
from vouchers.application.programmes import policy_of
from vouchers.application.sampling import Drawn, draw_of, seed_today
from vouchers.application.signalling import Claimed, signals_of, tie_signal
from vouchers.application.splitting import together
from vouchers.application.supervising import blame
from vouchers.kinds import ORDER, REVIEW
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order.events import Registered
from vouchers.order.state import Order
from vouchers.policy import Policy, ReviewRule
from vouchers.policy.wording import written
from vouchers.refusals import Refused
from vouchers.review import decisions as reviews
from vouchers.review import events as review
from vouchers.values import Value, replace

FAULTS = ("", "enterprise", "provider", "both")


class FaultUnknown(Refused):
    """A rejection may say whose fault it is: enterprise, provider or both."""

    remedy = "Say enterprise, provider or both, or leave it out."


class ApproveReview(Value):
    """Find the redemption of an order in order: the one of this number, or without a number the present one."""

    order_id: str
    note: str = ""
    redemption_id: str = ""


class RejectReview(Value):
    """Reject the redemption of an order, with the reason: the one of this number, or the present one.

    `fault` says whose fault it is, where it is one: enterprise, provider or both.
    """

    order_id: str
    reason: str
    redemption_id: str = ""
    fault: str = ""


def assign(unit: Unit, order_id: str, state: Order, policy: Policy, rule: ReviewRule, seed: bytes | Drawn) -> None:
    """Let the sample decide whether a person checks the claim; one that is spared is approved at once.

    A policy with supervision may ask for a person, or for more than one, whatever the sample says.
    """
    registered = orders.known(state)
    seed, published = seed_today(unit, policy, seed)
    beside = _beside(unit, order_id, state, registered, policy, rule)
    needed = max(2 if rule.second_person else 1, beside.approvals)
    if published.seed_hex:
        why = "The seed of this period is public already."
        beside = beside.requiring(review.Required(order_id, why, ""))
    assignment = review.Assigned(
        registered.programme,
        order_id,
        registered.enterprise_id,
        registered.provider_id,
        unit.actor,
        state.claims[state.redemption_id].amount,
        registered.currency,
        rule.tier,
        rule.sample_bp,
        draw_of(seed, state.redemption_id),
        rule.evidence,
        needed,
    )
    events = reviews.assign(assignment, beside.required, beside.signals, beside.hold)
    after = unit.append(REVIEW, state.redemption_id, events)
    if after.outcome == "spared":
        unit.append(ORDER, order_id, orders.approve_redemption(state, state.redemption_id))


def approve_review(unit: Unit, command: ApproveReview) -> Answer:
    """Approve the redemption under review; when enough people have, it may be paid."""
    state = unit.load(ORDER, command.order_id)
    redemption_id = orders.claim_to_review(state, command.redemption_id)
    _reviewer_is_free(unit, orders.known(state))
    current = unit.load(REVIEW, redemption_id)
    events = reviews.approve(current, reviewer=unit.actor, note=command.note)
    approved = orders.approve_redemption(state, redemption_id)
    after = unit.append(REVIEW, redemption_id, events)
    if after.outcome == "approved":
        unit.append(ORDER, command.order_id, approved)
    return answer_of(unit, command.order_id, redemption_id)


def reject_review(unit: Unit, command: RejectReview) -> Answer:
    """Reject the redemption under review; the value is reserved again and may be claimed anew."""
    state = unit.load(ORDER, command.order_id)
    redemption_id = orders.claim_to_review(state, command.redemption_id)
    if command.fault not in FAULTS:
        raise FaultUnknown(pointer="/fault")
    registered = orders.known(state)
    policy = _reviewer_is_free(unit, registered)
    current = unit.load(REVIEW, redemption_id)
    unit.append(REVIEW, redemption_id, reviews.reject(current, reviewer=unit.actor, reason=command.reason))
    events = orders.reject_redemption(state, command.reason, redemption_id)
    back_to_reserved(unit, command.order_id, state, events, command.reason)
    blame(unit, registered, policy, command.fault, command.order_id, redemption_id, command.reason)
    return answer_of(unit, command.order_id, redemption_id)


class _Beside(Value):
    """What a policy's supervision adds to the sample."""

    required: tuple[review.Required, ...] = ()
    signals: tuple[review.Signalled, ...] = ()
    hold: str = ""
    approvals: int = 0

    def requiring(self, required: review.Required) -> "_Beside":
        """With one reason more why a person must look."""
        return replace(self, required=(*self.required, required))


def _beside(
    unit: Unit,
    order_id: str,
    state: Order,
    registered: Registered,
    policy: Policy,
    rule: ReviewRule,
) -> _Beside:
    rules = policy.supervision
    if rules is None:
        return _Beside()
    amount = state.claims[state.redemption_id].amount
    weighed = together(unit, registered, policy, order_id, amount)
    approvals = rules.approvals_for(weighed)
    required: tuple[review.Required, ...] = ()
    if approvals:
        why = f"{written(weighed)} needs {approvals} approval{'s' * (approvals > 1)}."
        required = (review.Required(order_id, why, rules.clause),)
    signals = tie_signal(unit, order_id, state, policy)
    if rules.signals is not None:
        claimed = Claimed(order_id, state.redemption_id, amount, state, registered, policy, rules.signals)
        signals += signals_of(unit, claimed)
    hold = f"credit tier {rule.tier}" if rules.holds and rule.payment == "held" else ""
    return _Beside(required, tuple(signals), hold, approvals)


def _reviewer_is_free(unit: Unit, registered: Registered) -> Policy:
    policy = policy_of(unit, registered)
    reviewer_is_free(unit, registered, policy)
    return policy
