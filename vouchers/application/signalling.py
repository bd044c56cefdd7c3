"""Signals: what about a claim deserves a look; none is a verdict, each makes a person look or holds the money."""

from collections.abc import Iterator, Mapping
from typing import Any

from vouchers.application.linking import related, tie_since
from vouchers.application.programmes import policy_of
from vouchers.application.publishing import benchmark
from vouchers.application.splitting import pair_key
from vouchers.application.standing import watched
from vouchers.application.supervising import money_may_leave
from vouchers.days import add_months, days_between
from vouchers.facts import Fact
from vouchers.kinds import ENTERPRISE, LINK, ORDER, PAIR, REVIEW
from vouchers.ledger import Unit
from vouchers.link.decisions import SAME_ADDRESS
from vouchers.money import WHOLE_BP
from vouchers.order import decisions as orders
from vouchers.order.events import Registered
from vouchers.order.state import Order
from vouchers.policy import Policy
from vouchers.policy.supervision import Signals
from vouchers.policy.wording import written
from vouchers.refusals import Refused
from vouchers.review import decisions as reviews
from vouchers.review import events as review
from vouchers.values import Value

Answer = dict[str, Any]

SHARED = frozenset({"same-account", "same-contact"})
RELATED = "related-party"


class TiedSinceTheOrder(Refused):
    """Enterprise and provider became tied before the money left."""


class TiesRecheckedTooEarly(Refused):
    """Ties after payment are looked at when the order was paid."""

    remedy = "Wait for the payment."


class Found(Value):
    """A signal: its name, a sentence, and the figures that were compared."""

    signal: str
    text: str
    figures: Mapping[str, Fact]


class Claimed(Value):
    """A claim as the signals look at it."""

    order_id: str
    redemption_id: str
    amount: int
    state: Order
    registered: Registered
    policy: Policy
    rules: Signals


class RaiseSignal(Value):
    """Raise a signal about a redemption, found by a scan or by a person."""

    order_id: str
    signal: str
    text: str
    redemption_id: str = ""


class LiftHold(Value):
    """Let the money of a held redemption go, with the reason."""

    order_id: str
    reason: str
    redemption_id: str = ""


class RecheckTies(Value):
    """Look at the ties of a paid order's parties again, up to some months after the payment."""

    order_id: str


def signals_of(unit: Unit, claimed: Claimed) -> list[review.Signalled]:
    """The signals that the claim's own streams give."""
    clause = claimed.policy.supervision.clause if claimed.policy.supervision else ""
    looks = (
        *_of_time(claimed),
        *_of_money(claimed),
        *_of_price(unit, claimed),
        *_of_own_share(claimed),
        *_of_parties(unit, claimed),
    )
    return [review.Signalled(claimed.order_id, each.signal, each.text, clause, dict(each.figures)) for each in looks]


def tie_signal(unit: Unit, order_id: str, state: Order, policy: Policy) -> list[review.Signalled]:
    """A tie since the registration: refused or signalled at the claim, as the policy says."""
    ties = policy.supervision.ties if policy.supervision else None
    if policy.supervision is None or ties is None or ties.at_redemption == "ignore":
        return []
    tie = tie_since(unit, state, policy, unit.on)
    if tie is None:
        return []
    if ties.at_redemption == "refuse":
        raise related(policy, tie)
    text = f"Enterprise and provider are tied: {tie.text}"
    return [review.Signalled(order_id, RELATED, text, policy.supervision.clause, {"share_bp": tie.share_bp})]


def raise_signal(unit: Unit, command: RaiseSignal) -> Answer:
    """Raise a signal once; an approved claim that is not paid yet waits for an officer."""
    state = unit.load(ORDER, command.order_id)
    registered = orders.known(state)
    redemption_id = command.redemption_id or state.redemption_id
    policy = policy_of(unit, registered)
    clause = policy.supervision.clause if policy.supervision else ""
    raised = review.Signalled(command.order_id, command.signal, command.text, clause, {})
    claim = state.claims.get(redemption_id)
    unpaid = claim is not None and claim.status in {"approved", "settling"}
    current = unit.load(REVIEW, redemption_id)
    after = unit.append(REVIEW, redemption_id, reviews.signal(current, raised, unpaid=unpaid))
    return _answer(command.order_id, redemption_id, after.hold)


def lift_hold(unit: Unit, command: LiftHold) -> Answer:
    """Let held money go, as an officer."""
    state = unit.load(ORDER, command.order_id)
    orders.known(state)
    redemption_id = command.redemption_id or state.redemption_id
    current = unit.load(REVIEW, redemption_id)
    events = reviews.lift_hold(current, order_id=command.order_id, officer=unit.actor, reason=command.reason)
    after = unit.append(REVIEW, redemption_id, events)
    return _answer(command.order_id, redemption_id, after.hold)


def recheck_ties(unit: Unit, command: RecheckTies) -> Answer:
    """Look at the ties up to the policy's months after payment; a finding is a ground to claw back, not a verdict."""
    state = unit.load(ORDER, command.order_id)
    policy = policy_of(unit, orders.known(state))
    ties = policy.supervision.ties if policy.supervision else None
    answer: Answer = {"order_id": command.order_id, "until_on": "", "finding": ""}
    paid = [claim for claim in state.claims.values() if claim.status == "paid"]
    if not paid:
        raise TiesRecheckedTooEarly(pointer="/order_id")
    for claim in paid if ties else ():
        until_on = min(unit.on, add_months(claim.paid_on, ties.months if ties else 0))
        tie = tie_since(unit, state, policy, until_on)
        finding = tie.text if tie else ""
        events = reviews.recheck_ties(
            unit.load(REVIEW, claim.redemption_id), order_id=command.order_id, until_on=until_on, finding=finding
        )
        unit.append(REVIEW, claim.redemption_id, events)
        answer |= {"until_on": until_on, "finding": finding}
    return answer


def may_leave(unit: Unit, policy: Policy, state: Order, redemption_ids: tuple[str, ...]) -> None:
    """Refuse to settle or instruct claims that are held, sanctioned, or whose parties became tied since the order."""
    if policy.supervision is None:
        return
    money_may_leave(unit, orders.known(state))
    ties = policy.supervision.ties
    tie = tie_since(unit, state, policy, unit.on) if ties and ties.at_redemption != "ignore" else None
    for redemption_id in redemption_ids:
        under_review = unit.load(REVIEW, redemption_id)
        reviews.may_be_paid(under_review)
        if tie is not None and not under_review.is_signalled(RELATED):
            remedy = f"Raise the signal {RELATED}; an officer then decides whether the money may go."
            raise TiedSinceTheOrder(f"A tie was found before payment: {tie.text}", pointer="/orders", remedy=remedy)


def _of_time(claimed: Claimed) -> Iterator[Found]:
    """Work done faster than such work can be."""
    registered, delivery = claimed.registered, claimed.state.delivery
    least = claimed.rules.min_days.get(registered.category, 0)
    if delivery is not None and least:
        took = days_between(registered.contract_on, delivery.delivered_on)
        if took < least:
            text = f"Delivered {took} days after the contract; {registered.category} takes {least} at least."
            yield Found("impossible-speed", text, {"days": took, "least_days": least})


def _of_money(claimed: Claimed) -> Iterator[Found]:
    """Claims at a ceiling or just below a threshold, and services passed on to others."""
    rules, amount, registered = claimed.rules, claimed.amount, claimed.registered
    category = claimed.policy.categories.get(registered.category)
    ceiling = category.max_per_order if category else None
    if rules.near_bp and ceiling is not None and amount == ceiling:
        yield Found(
            "exactly-at-ceiling", f"The claim is exactly the ceiling of {written(ceiling)}.", {"amount": amount}
        )
    supervision = claimed.policy.supervision
    for threshold in supervision.approvals if supervision else ():
        missing = threshold.from_amount - amount
        if rules.near_bp and 0 < missing <= threshold.from_amount * rules.near_bp // WHOLE_BP:
            text = f"The claim of {written(amount)} is just below {written(threshold.from_amount)}."
            yield Found("just-below-threshold", text, {"amount": amount, "threshold": threshold.from_amount})
    stated = registered.attributes.get("subcontracted_bp", 0)
    passed_on = max(stated if isinstance(stated, int) else 0, claimed.state.subcontracted_bp)
    if rules.subcontracted_bp and passed_on > rules.subcontracted_bp:
        text = f"{passed_on} of 10000 parts of the service are passed on to others."
        yield Found("subcontracted", text, {"share_bp": passed_on, "most_bp": rules.subcontracted_bp})


def _of_price(unit: Unit, claimed: Claimed) -> Iterator[Found]:
    """A price above what the provider published for the day of the order."""
    rules, registered = claimed.rules, claimed.registered
    if not rules.price_bp:
        return
    provider_id, on = registered.provider_id, registered.registered_on
    quoted = benchmark(unit, provider_id, registered.attributes, on, registered.currency)
    if quoted is not None and registered.gross * WHOLE_BP > quoted * (WHOLE_BP + rules.price_bp):
        text = f"The price of {written(registered.gross)} is above {written(quoted)}, the published fee of {on}."
        yield Found("price-above-published", text, {"price": registered.gross, "published": quoted})


def _of_own_share(claimed: Claimed) -> Iterator[Found]:
    """An own share that came back to the firm, in whole or in part."""
    refunded = claimed.state.own.refunded
    if claimed.rules.own_share and refunded:
        text = f"{written(refunded)} of the own share came back to the firm."
        yield Found("own-share-refunded", text, {"refunded": refunded})


def _of_parties(unit: Unit, claimed: Claimed) -> Iterator[Found]:
    """Firms that are closed, share an account, a contact or an address, or buy the same every year."""
    rules, registered = claimed.rules, claimed.registered
    firm = registered.enterprise_id
    status = unit.load(ENTERPRISE, firm).facts.get("status", "")
    if rules.statuses and status not in rules.statuses:
        yield Found(
            "status-at-claim", f'The register says "{status}" on the day of the claim.', {"status": str(status)}
        )
    if rules.shared and firm in watched(unit):
        links = unit.load(LINK, firm).between(registered.registered_on, unit.on)
        if any(each.kind == SAME_ADDRESS and each.other == registered.provider_id for each in links):
            yield Found("same-address", "The firm and its provider share an address.", {})
        others = [each.other for each in links if each.kind in SHARED and each.other != registered.provider_id]
        if others:
            text = f"The firm shares an account or a contact with {len(others)} others."
            yield Found("shared-account", text, {"others": tuple(sorted(others)[:20])})
    if rules.yearly_repeats:
        years = unit.load(PAIR, pair_key(firm, registered.provider_id)).years(registered.category)
        last = int(registered.registered_on[:4])
        if all(str(last - back) in years for back in range(rules.yearly_repeats)):
            text = f"The same service from the same provider in {rules.yearly_repeats} years in a row."
            yield Found("same-every-year", text, {"years": rules.yearly_repeats})


def _answer(order_id: str, redemption_id: str, hold: str) -> Answer:
    return {"order_id": order_id, "redemption_id": redemption_id, "hold": hold}
