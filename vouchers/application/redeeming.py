"""Redemptions: the claim on the actual cost, and the way back before a settlement takes it up."""

from vouchers.application.booking import claim, give_back
from vouchers.application.cases import lines_of
from vouchers.application.claims import Answer, answer_of, due_on, earlier, gross_of, reverse_claims
from vouchers.application.programmes import policy_of
from vouchers.application.reviewing import assign
from vouchers.application.sampling import Drawn
from vouchers.application.stacking import within_ceiling
from vouchers.kinds import ORDER, PROVIDER
from vouchers.ledger import Unit
from vouchers.order import coupons, own_shares
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.policy import Assessment, review_rule, written
from vouchers.provider import decisions as providers
from vouchers.refusals import Ineligible


def request_redemption(
    unit: Unit, command: orders.RequestRedemption, *, seed: bytes | Drawn, at_most: int | None = None
) -> Answer:
    """Claim the subsidy on the actual cost so far, keep or give back the rest, and let the sample decide who checks.
    `at_most` is what the enterprise consented to, where that was a coupon.
    """
    state = unit.load(ORDER, command.order_id)
    registered = orders.known(state)
    orders.check_claimable(state)
    providers.may_be_paid(unit.load(PROVIDER, registered.provider_id), unit.on)
    policy = policy_of(unit, registered)
    rule = review_rule(policy, registered.tier)
    actual = due_on(policy, state, state.bills.values(), unit.on)
    if actual.reasons:
        raise Ineligible(actual.reasons)
    if not command.more_to_come:
        actual = within_ceiling(unit, policy, command.order_id, state, actual, gross_of(state.bills.values()))
    taken = earlier(state)
    amount = actual.subsidy - taken if at_most is None else min(actual.subsidy - taken, at_most)
    coupons.check_free(state, amount, more_to_come=command.more_to_come)
    # Who is reimbursed must have paid the whole of its invoices first.
    paid_first = gross_of(state.bills.values()) if registered.payee == "enterprise" else actual.own_share
    own_shares.check_proven(state, policy.order_rules.own_share_proof, paid_first)
    after = unit.append(
        ORDER,
        command.order_id,
        orders.request_redemption(
            state,
            amount=amount,
            requested_by=unit.actor,
            evidence=_evidence(state, command),
            needed=tuple(dict.fromkeys((*registered.evidence, *rule.evidence))),
            trace=(*lines_of(actual), *_less_earlier(taken, actual), *_of_coupon(at_most)),
            order_id=command.order_id,
            more_to_come=command.more_to_come,
        ),
    )
    _claim(unit, command.order_id, state, after, amount)
    assign(unit, command.order_id, after, policy, rule, seed)
    return answer_of(unit, command.order_id)


def reverse_redemption(unit: Unit, command: orders.ReverseRedemption) -> Answer:
    """Take a redemption back before a settlement takes it up; a review that was still open is closed."""
    state = unit.load(ORDER, command.order_id)
    events = orders.reverse_redemption(state, command.reason, command.redemption_id)
    reverse_claims(unit, command.order_id, state, [each.redemption_id for each in events], command.reason)
    return answer_of(unit, command.order_id, events[0].redemption_id)


def _evidence(state: Order, command: orders.RequestRedemption) -> dict[str, str]:
    """What the log already holds by digest, then what the payee adds."""
    held = {"contract": orders.known(state).contract_digest}
    if state.delivery is not None:
        further = [part.report_digest for part in state.parts]
        held |= _numbered("service_report", [state.delivery.report_digest, *further])
    held |= _numbered("invoice", [bill.invoice for bill in state.unclaimed])
    return {**command.evidence, **held}


def _numbered(kind: str, found: list[str]) -> dict[str, str]:
    """Documents of one kind: the first under the kind's name, further ones with their number."""
    return {kind if number == 1 else f"{kind}_{number}": each for number, each in enumerate(found, 1)}


def _less_earlier(taken: int, actual: Assessment) -> tuple[order.Line, ...]:
    """What earlier redemptions took of the subsidy on all invoices together."""
    if not taken:
        return ()
    text = f"{written(actual.subsidy)} on all invoices less {written(taken)} of earlier redemptions"
    return (order.Line("earlier", "", f"{text} = {written(actual.subsidy - taken)}"),)


def _of_coupon(at_most: int | None) -> tuple[order.Line, ...]:
    """What a coupon is good for, where one was handed in."""
    return () if at_most is None else (order.Line("coupon", "", f"the coupon is good for up to {written(at_most)}"),)


def _claim(unit: Unit, order_id: str, before: Order, after: Order, amount: int) -> None:
    rest = before.held - amount - after.held
    if rest:
        give_back(unit, order_id, before, rest, "actual cost below the reservation", whole=False)
    claim(unit, order_id, before, after.redemption_id, amount)
