"""Redemptions: the claim on the actual cost, and the way back before a settlement takes it up."""

from vouchers.application.booking import claim, give_back
from vouchers.application.cases import facts_of, lines_of
from vouchers.application.claims import Answer, answer_of, back_to_reserved
from vouchers.application.programmes import of_version
from vouchers.application.reviewing import assign
from vouchers.kinds import ORDER, PROVIDER, REVIEW
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order.state import Order
from vouchers.policy import review_rule, settle
from vouchers.provider import decisions as providers
from vouchers.refusals import Ineligible
from vouchers.review import decisions as reviews


def request_redemption(unit: Unit, command: orders.RequestRedemption, *, seed: bytes) -> Answer:
    """Claim the subsidy on the actual cost, give the rest back, and let the sample decide who checks it."""
    state = unit.load(ORDER, command.order_id)
    registered = orders.at_step(state, "invoiced")
    assert state.invoice is not None, "an invoiced order has an invoice"
    providers.may_be_paid(unit.load(PROVIDER, registered.provider_id), unit.on)
    policy = of_version(unit, registered.programme, registered.policy_version)
    rule = review_rule(policy, registered.tier)
    actual = settle(policy, facts_of(registered, unit.on), state.invoice.gross, state.invoice.net, state.held)
    if actual.reasons:
        raise Ineligible(actual.reasons)
    evidence = _evidence(state, command)
    after = unit.append(
        ORDER,
        command.order_id,
        orders.request_redemption(
            state,
            amount=actual.subsidy,
            requested_by=unit.actor,
            evidence=evidence,
            needed=tuple(dict.fromkeys((*registered.evidence, *rule.evidence))),
            trace=lines_of(actual),
            order_id=command.order_id,
        ),
    )
    _claim(unit, command.order_id, state, after, actual.subsidy)
    assign(unit, command.order_id, after, rule, seed)
    return answer_of(unit, command.order_id)


def reverse_redemption(unit: Unit, command: orders.ReverseRedemption) -> Answer:
    """Take a redemption back before a settlement takes it up; a review that was still open is closed."""
    state = unit.load(ORDER, command.order_id)
    events = orders.reverse_redemption(state, command.reason, command.redemption_id)
    for reversed_ in events:
        current = unit.load(REVIEW, reversed_.redemption_id)
        closed = reviews.close(current, order_id=command.order_id, reason=command.reason)
        unit.append(REVIEW, reversed_.redemption_id, closed)
    back_to_reserved(unit, command.order_id, state, events, command.reason)
    return answer_of(unit, command.order_id)


def _evidence(state: Order, command: orders.RequestRedemption) -> dict[str, str]:
    """What the log already holds by digest, then what the payee adds."""
    assert state.registered is not None
    held = {"contract": state.registered.contract_digest}
    if state.invoice is not None:
        held["invoice"] = state.invoice.invoice
    if state.delivery is not None:
        held["service_report"] = state.delivery.report_digest
    return held | {kind: digest for kind, digest in command.evidence.items() if kind not in held}


def _claim(unit: Unit, order_id: str, before: Order, after: Order, amount: int) -> None:
    rest = before.held - amount
    if rest:
        give_back(unit, order_id, before, rest, "actual cost below the reservation", whole=False)
    claim(unit, order_id, before, after.redemption_id, amount)
