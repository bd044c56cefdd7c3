"""Aid that counts together: one ledger for each enterprise and scope, one ceiling for each undertaking.

What belongs to an undertaking, the facts of the day say: the enterprises under the same controller, and those whose
place they took. So the ledgers of two firms add up from the day on which they come under one controller.
"""

from collections.abc import Callable, Iterable
from typing import Any

from vouchers.aid import decisions as aids
from vouchers.aid.state import Aid as Ledger
from vouchers.enterprise import decisions as enterprises
from vouchers.facts import Facts
from vouchers.kinds import AID, ENTERPRISE, ORDER, UNDERTAKING, VOUCHER
from vouchers.ledger import Unit
from vouchers.order.state import Order
from vouchers.policy import Aid
from vouchers.undertaking import decisions as undertakings
from vouchers.values import replace

Answer = dict[str, Any]


def declare_aid(unit: Unit, command: aids.DeclareAid) -> Answer:
    """Record aid of another body; what it leaves room for is asked at the next order or grant."""
    state = unit.load(ENTERPRISE, command.enterprise_id)
    enterprises.known(state)
    key = _key(command.scope, command.enterprise_id)
    events = aids.declare(unit.load(AID, key), command, unit.on)
    if events:
        unit.append(AID, key, events)
    join(unit, command.enterprise_id, state.facts)
    return {"enterprise_id": command.enterprise_id, "declaration_id": command.declaration_id, "recorded": bool(events)}


def withdraw_aid(unit: Unit, command: aids.WithdrawAid) -> Answer:
    """Take a declared aid back."""
    key = _key(command.scope, command.enterprise_id)
    events = aids.withdraw(unit.load(AID, key), command)
    if events:
        unit.append(AID, key, events)
    return {"enterprise_id": command.enterprise_id, "declaration_id": command.declaration_id, "withdrawn": bool(events)}


def check_room(unit: Unit, rule: Aid, enterprise_id: str, facts: Facts, amount: int, pointer: str = "/asked") -> None:
    """Refuse aid that would pass the ceiling of the undertaking in any window that today lies in."""
    house = undertaking_of(unit.load, enterprise_id, facts)
    ledgers = [as_due(unit.load, unit.load(AID, _key(rule.scope, each)), unit.on) for each in house]
    aids.check_ceiling(
        ledgers, amount, ceiling=rule.ceiling, windows=windows_of(rule, ledgers, unit.on), pointer=pointer
    )


def count(unit: Unit, rule: Aid, enterprise_id: str, facts: Facts, source_id: str, programme: str, amount: int) -> None:
    """Count aid that an enterprise gets today, and note under whom it stands."""
    key = _key(rule.scope, enterprise_id)
    counted = aids.count(
        unit.load(AID, key), source_id=source_id, programme=programme, granted_on=unit.on, amount=amount
    )
    unit.append(AID, key, counted)
    join(unit, enterprise_id, facts)


def uncount(unit: Unit, rule: Aid, enterprise_id: str, source_id: str, amount: int, reason: str) -> None:
    """Take back what was counted for an order or a voucher and is not received."""
    key = _key(rule.scope, enterprise_id)
    unit.append(AID, key, aids.uncount(unit.load(AID, key), source_id=source_id, amount=amount, reason=reason))


def join(unit: Unit, enterprise_id: str, facts: Facts) -> None:
    """Note once that an enterprise stands under its controller, or under nobody but itself."""
    head = _head(enterprise_id, facts)
    unit.append(UNDERTAKING, head, undertakings.see(unit.load(UNDERTAKING, head), enterprise_id))


def follow(unit: Unit, enterprise_id: str, before: Facts, now: Facts) -> None:
    """Note a new controller of an enterprise whose aid is counted, so that its ledger adds up there from today."""
    old = _head(enterprise_id, before)
    if old != _head(enterprise_id, now) and enterprise_id in unit.load(UNDERTAKING, old).members:
        join(unit, enterprise_id, now)


def undertaking_of(load: Callable[..., Any], enterprise_id: str, facts: Facts) -> tuple[str, ...]:
    """The enterprise, those under the same controller today, and every predecessor of them; `load` reads a stream."""
    head = _head(enterprise_id, facts)
    seen = load(UNDERTAKING, head).members
    under = [each for each in seen if _head(each, load(ENTERPRISE, each).facts) == head]
    line = [(each, *load(ENTERPRISE, each).predecessors) for each in dict.fromkeys((enterprise_id, *under))]
    return tuple(dict.fromkeys(each for one in line for each in one))


def as_due(load: Callable[..., Any], ledger: Ledger, on: str) -> Ledger:
    """A ledger without what vouchers and orders no longer have on a day, though no event says so yet."""
    late = {number: _late(load, number, on) for number, entry in ledger.entries.items() if not entry.declared}
    if not any(late.values()):
        return ledger
    entries = {
        number: replace(entry, amount=entry.amount - min(entry.amount, late.get(number, 0)))
        for number, entry in ledger.entries.items()
    }
    return Ledger(entries, ledger.withdrawn)


def held_on(load: Callable[..., Any], order: Order, on: str) -> int:
    """What an order still has reserved on a day: nothing once one of its vouchers can no longer be redeemed."""
    last = min((load(VOUCHER, share.voucher_id).redeem_by_on for share in order.shares), default=on)
    return order.held if on <= last else 0


def _late(load: Callable[..., Any], number: str, on: str) -> int:
    """What has lapsed of a voucher or an order by a day, and is not on record."""
    order = load(ORDER, number)
    if order.registered is not None:
        return int(order.held - held_on(load, order, on))
    voucher = load(VOUCHER, number)
    return int(voucher.unrecorded(on)) if voucher.terms is not None else 0


def _head(enterprise_id: str, facts: Facts) -> str:
    return str(facts.get("controller") or enterprise_id)


def windows_of(rule: Aid, ledgers: Iterable[Ledger], on: str) -> set[tuple[str, str]]:
    """Every window that a day lies in and that ends on it or on the day of a later aid."""
    if not rule.months:
        return {(rule.first_day(on), rule.last_day(on))}
    last = rule.last_day(on)
    later = {entry.granted_on for each in ledgers for entry in each.entries.values() if on < entry.granted_on <= last}
    return {(first, end) for end in (on, *later) if (first := rule.first_day(end)) <= on}


def _key(scope: str, enterprise_id: str) -> str:
    return f"{scope}/{enterprise_id}"
