"""What happens to a voucher outside of orders: expiry, return, revocation, extension."""

from typing import Any

from vouchers.application.programmes import entitlement_key, in_force
from vouchers.application.receiving import carried, lost
from vouchers.days import LAST_YEAR, add_months
from vouchers.identifiers import make_code
from vouchers.kinds import ENTITLEMENT, PROGRAMME, VOUCHER
from vouchers.ledger import Unit
from vouchers.policy import Policy, period_of, redeem_by_of, use_by_of
from vouchers.programme import decisions as programmes
from vouchers.refusals import Refused
from vouchers.values import Value, replace
from vouchers.voucher import decisions as voucher_decisions
from vouchers.voucher import events as voucher

Answer = dict[str, Any]

LAST_DAY = f"{LAST_YEAR}-12-31"


class NotEntitledAnew(Refused):
    """An unused rest goes on into a period for which the enterprise is entitled again."""


class ExpireVoucher(Value):
    """Let a voucher's unused value lapse."""

    voucher_id: str


class ReturnValue(Value):
    """Give unused value back; amount in minor units."""

    voucher_id: str
    amount: int
    reason: str


class RestoreValue(Value):
    """Take value again that was given back; amount in minor units."""

    voucher_id: str
    amount: int
    reason: str


class Revoke(Value):
    """Take all unused value back."""

    voucher_id: str
    reason: str


class Extend(Value):
    """Move both last days of a voucher."""

    voucher_id: str
    use_by_on: str
    redeem_by_on: str
    reason: str


class CarryOver(Value):
    """Let the policy's share of a voucher's expired rest go on as a voucher of the present period."""

    voucher_id: str


def expire_voucher(unit: Unit, command: ExpireVoucher) -> Answer:
    """Let unused value lapse after the use-by day; stays quiet otherwise."""
    state = unit.load(VOUCHER, command.voucher_id)
    return _append(unit, command.voucher_id, voucher_decisions.expire(state, on=unit.on))


def return_value(unit: Unit, command: ReturnValue) -> Answer:
    """Give unused value back to the programme."""
    state = unit.load(VOUCHER, command.voucher_id)
    voucher_decisions.terms_of(state)
    events = voucher_decisions.return_value(state, amount=command.amount, on=unit.on, reason=command.reason)
    return _append(unit, command.voucher_id, events)


def restore_value(unit: Unit, command: RestoreValue) -> Answer:
    """Take value again that was given back, where the policy in force lets it be."""
    state = unit.load(VOUCHER, command.voucher_id)
    terms = voucher_decisions.terms_of(state)
    _, policy = in_force(unit, terms.programme, unit.on)
    allowed = policy.deadlines.restore_returned
    events = voucher_decisions.restore(state, amount=command.amount, on=unit.on, allowed=allowed, reason=command.reason)
    return _append(unit, command.voucher_id, events)


def revoke_voucher(unit: Unit, command: Revoke) -> Answer:
    """Take all unused value of a voucher back."""
    state = unit.load(VOUCHER, command.voucher_id)
    return _append(unit, command.voucher_id, voucher_decisions.revoke(state, on=unit.on, reason=command.reason))


def extend_voucher(unit: Unit, command: Extend) -> Answer:
    """Extend as often as the policy in force allows."""
    state = unit.load(VOUCHER, command.voucher_id)
    terms = voucher_decisions.terms_of(state)
    _, policy = in_force(unit, terms.programme, unit.on)
    events = voucher_decisions.extend(
        state,
        use_by_on=command.use_by_on,
        redeem_by_on=command.redeem_by_on,
        on=unit.on,
        most=policy.deadlines.extensions,
        latest=_latest(policy, terms),
        reason=command.reason,
    )
    return _append(unit, command.voucher_id, events)


def carry_over_voucher(unit: Unit, command: CarryOver) -> Answer:
    """Issue a voucher of the present period from the expired rest of an earlier one, to a firm entitled anew."""
    state = unit.load(VOUCHER, command.voucher_id)
    terms = voucher_decisions.terms_of(state)
    programmes.open_on(unit.load(PROGRAMME, terms.programme), unit.on)
    _, policy = in_force(unit, terms.programme, unit.on)
    period = period_of(policy, unit.on)
    number = make_code("V", terms.programme, period, terms.enterprise_id, terms.kind, "from", terms.period)
    amount = policy.carry_over.of(state.expired + state.unrecorded(unit.on))
    events = voucher_decisions.carry_over(state, voucher_id=number, period=period, amount=amount, on=unit.on)
    if not unit.load(ENTITLEMENT, entitlement_key(terms.programme, period, terms.enterprise_id)).is_granted:
        raise NotEntitledAnew(pointer="/voucher_id", remedy=f"Have the enterprise's entitlement for {period} decided.")
    use_by_on = use_by_of(policy, unit.on)
    issued = replace(
        terms,
        period=period,
        face=amount,
        issued_on=unit.on,
        use_by_on=use_by_on,
        redeem_by_on=redeem_by_of(policy, use_by_on),
    )
    lost(unit, command.voucher_id, state, unit.append(VOUCHER, command.voucher_id, events))
    carried(unit, policy, terms.enterprise_id, number, amount)
    made = voucher_decisions.issue(unit.load(VOUCHER, number), issued)
    return _append(unit, number, [*made, voucher.CarriedFrom(command.voucher_id, terms.period)])


def _latest(policy: Policy, terms: voucher.Issued) -> str:
    """The last day up to which the policy lets a voucher be extended."""
    months = policy.deadlines.extension_months
    return add_months(terms.use_by_on, months * policy.deadlines.extensions) if months else LAST_DAY


def _append(unit: Unit, voucher_id: str, events: list[voucher.Event]) -> Answer:
    before = unit.load(VOUCHER, voucher_id)
    after = unit.append(VOUCHER, voucher_id, events)
    lost(unit, voucher_id, before, after)
    return {
        "voucher_id": voucher_id,
        "available": after.available,
        "reserved": after.reserved,
        "use_by_on": after.use_by_on,
        "redeem_by_on": after.redeem_by_on,
    }
