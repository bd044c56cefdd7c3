"""The ceilings of a policy in the log: how much of each is used, counted with an order, and given back with it.

A ceiling of a fixed period keeps its running totals in `cap/...`; one over rolling months keeps its days in
`window/...`; one of what a level of government bears keeps its orders in `level/...`.
"""

from vouchers.cap import decisions as caps
from vouchers.kinds import CAP, LEVEL, WINDOW
from vouchers.ledger import Unit
from vouchers.level import decisions as levels
from vouchers.policy import Cap, Used, window_start
from vouchers.window import decisions as windows


def used_of(unit: Unit, stream: str) -> Used:
    """What is counted in the stream of a ceiling on the unit's day."""
    kind, _, key = stream.partition("/")
    if kind == WINDOW.name:
        window = unit.load(WINDOW, key).since(_since(unit, key))
        return Used(window.total, window.count)
    if kind == LEVEL.name:
        purse = unit.load(LEVEL, key)
        return Used(purse.total, purse.count)
    usage = unit.load(CAP, key)
    return Used(usage.total, usage.count)


def count(unit: Unit, cap: Cap, order_id: str, amount: int, orders: int = 1) -> None:
    """Count an order against a ceiling; where the order is counted already and grows, no further one."""
    kind, _, key = cap.stream.partition("/")
    limits = {"limit": cap.limit, "count_limit": cap.count_limit}
    if kind == WINDOW.name:
        window, since = unit.load(WINDOW, key), _since(unit, key)
        counted = windows.count(
            window, order_id=order_id, amount=amount, on=unit.on, since=since, orders=orders, **limits
        )
        unit.append(WINDOW, key, counted)
    elif kind == LEVEL.name:
        borne = levels.count(
            unit.load(LEVEL, key),
            order_id=order_id,
            amount=amount,
            weight=cap.weight,
            whole=cap.whole,
            on=unit.on,
            orders=orders,
            **limits,
        )
        unit.append(LEVEL, key, borne)
    else:
        usage = unit.load(CAP, key)
        unit.append(CAP, key, caps.count(usage, order_id=order_id, amount=amount, on=unit.on, orders=orders, **limits))


def uncount(unit: Unit, stream: str, order_id: str, amount: int, on: str, *, whole: bool) -> None:
    """Give an amount that was counted on a day back to a ceiling."""
    kind, _, key = stream.partition("/")
    if kind == WINDOW.name:
        window, since = unit.load(WINDOW, key), _since(unit, key)
        freed = windows.uncount(window, order_id=order_id, amount=amount, on=on, since=since, whole=whole)
        unit.append(WINDOW, key, freed)
    elif kind == LEVEL.name:
        purse = unit.load(LEVEL, key)
        unit.append(LEVEL, key, levels.uncount(purse, order_id=order_id, amount=amount, on=on, whole=whole))
    else:
        usage = unit.load(CAP, key)
        unit.append(CAP, key, caps.uncount(usage, order_id=order_id, amount=amount, on=on, whole=whole))


def _since(unit: Unit, key: str) -> str:
    """The first day that still counts on the unit's day; the key ends with the period's name."""
    return window_start(key.rpartition("/")[2], unit.on)
