"""Firms that turn out to have had one controller: what their orders use together of the ceilings of their group."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from vouchers.application.cases import facts_of
from vouchers.application.ceilings import used_of
from vouchers.application.programmes import policy_of
from vouchers.enterprise import decisions as enterprises
from vouchers.enterprise import events as enterprise
from vouchers.enterprise.state import Enterprise
from vouchers.kinds import ENTERPRISE, ORDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order.state import Order
from vouchers.policy import Cap, caps
from vouchers.refusals import Refused
from vouchers.values import Value, replace

Answer = dict[str, Any]


class OrderOfAnotherEnterprise(Refused):
    """The order is of another enterprise."""

    remedy = "Name orders of this enterprise only."


class RecheckGroup(Value):
    """Hold orders of an enterprise against the controllers that are known today for their days."""

    enterprise_id: str
    orders: tuple[str, ...]


def recheck_group(unit: Unit, command: RecheckGroup) -> Answer:
    """Record every ceiling of a group that turns out to be passed; money and counts stay as they are."""
    state = unit.load(ENTERPRISE, command.enterprise_id)
    enterprises.known(state)
    moved: defaultdict[str, int] = defaultdict(int)
    numbers: defaultdict[str, list[str]] = defaultdict(list)
    limits: dict[str, tuple[str, Cap]] = {}
    for order_id in dict.fromkeys(command.orders):
        found = unit.load(ORDER, order_id)
        if orders.known(found).enterprise_id != command.enterprise_id:
            raise OrderOfAnotherEnterprise(pointer="/orders", order_id=order_id)
        for programme, cap in _elsewhere(unit, state, found):
            moved[cap.stream] += _in_use(found)
            numbers[cap.stream].append(order_id)
            limits[cap.stream] = programme, cap
    over = []
    for stream, (programme, cap) in limits.items():
        used = used_of(unit, stream).amount + moved[stream]
        if cap.limit is None or used <= cap.limit:
            continue
        passed = enterprise.OverCapFound(
            command.enterprise_id, programme, stream, cap.limit, used, tuple(numbers[stream]), cap.clause
        )
        over.append({"cap": stream, "limit": cap.limit, "used": used, "orders": numbers[stream]})
        state = unit.append(ENTERPRISE, command.enterprise_id, enterprises.find_over_cap(state, passed))
    return {"enterprise_id": command.enterprise_id, "orders": len(command.orders), "over": over}


def close_over_cap(unit: Unit, command: enterprises.CloseOverCap) -> Answer:
    """Close the finding that a group passed a ceiling."""
    state = unit.load(ENTERPRISE, command.enterprise_id)
    after = unit.append(ENTERPRISE, command.enterprise_id, enterprises.close_over_cap(state, command))
    return {"enterprise_id": command.enterprise_id, "open": [found.cap for found in after.over_caps]}


def _elsewhere(unit: Unit, state: Enterprise, found: Order) -> Iterator[tuple[str, Cap]]:
    """The group ceilings that an order would have counted against, and did not, had its controller been known."""
    registered = orders.known(found)
    controller = state.facts_on(registered.registered_on).get("controller", "")
    if not controller or controller == registered.enterprise_facts.get("controller"):
        return
    policy = policy_of(unit, registered)
    facts = facts_of(registered, registered.registered_on)
    known_now = replace(facts, enterprise={**facts.enterprise, "controller": controller})
    for cap in caps(policy, known_now):
        if cap.level == "group" and cap.stream not in registered.caps:
            yield registered.programme, cap


def _in_use(found: Order) -> int:
    """What an order holds, has claimed or was paid, less what was demanded back."""
    return found.held + found.claimed + found.paid - found.clawed_back
