"""What may be paid for a contract next."""

from collections.abc import Collection
from dataclasses import replace

from vouchers.contract import events as contract
from vouchers.contract.state import Contract
from vouchers.money import WHOLE_BP, format_amount
from vouchers.refusals import Refused


class ContractPaidElsewhere(Refused):
    """Another programme pays for this contract already, and the two do not go together."""

    remedy = "Keep the order of the other programme, or cancel it first."


class StackingCeilingExceeded(Refused):
    """All programmes together would pay more of the contract than is allowed."""


class TooManySupports(Refused):
    """A contract has at most as many orders as one entry of the log can list."""

    remedy = "Register the further services under a contract of their own."


MOST_SUPPORTS = 100


ANY = "*"


def support(state: Contract, asked: contract.Support) -> list[contract.Event]:
    """Let an order take money for the contract beside programmes that agree; the ceiling exactly reached passes."""
    strangers = [
        each.programme
        for each in state.supports
        if each.programme != asked.programme and not (_agrees(each, asked) and _agrees(asked, each))
    ]
    if strangers:
        names = " and ".join(dict.fromkeys(strangers))
        raise ContractPaidElsewhere(f"{names} pays for this contract already.", pointer="/contract_digest")
    if len(state.supports) >= MOST_SUPPORTS:
        raise TooManySupports(pointer="/contract_digest", limit=MOST_SUPPORTS)
    after = Contract((*state.supports, asked))
    _within_ceiling(after, asked)
    return [contract.Supported(asked.order_id, asked.amount, after.supports)]


def support_more(state: Contract, order_id: str, amount: int) -> list[contract.Event]:
    """Let an order that grows hold more for the contract; its cost stays what it was told at first."""
    before = state.of(order_id)
    if before is None or amount <= 0:
        return []
    grown = replace(before, amount=before.amount + amount)
    after = Contract(_with(state, grown))
    _within_ceiling(after, grown)
    return [contract.Supported(order_id, amount, after.supports)]


def restate(state: Contract, now: contract.Support) -> list[contract.Event]:
    """State another cost of an order that holds no more than before; its claim is held against the new cost."""
    return [] if state.of(now.order_id) == now else [contract.Supported(now.order_id, 0, _with(state, now))]


def room_on(state: Contract, order_id: str, gross: int, waiting: Collection[str]) -> int | None:
    """What an order may take of an actual cost beside the other programmes; None where it is the only one.

    A later order that still waits for its own claim gives way: what is left for it is asked at that claim.
    """
    own = state.of(order_id)
    if own is None or not state.others(own.programme):
        return None
    actual = Contract(_with(state, replace(own, gross=gross)))
    ceiling = actual.cost() * min(each.ceiling_bp for each in state.supports) // WHOLE_BP
    place = state.supports.index(own)
    first = [
        each.amount
        for at, each in enumerate(state.supports)
        if at != place and not (at > place and each.order_id in waiting)
    ]
    return max(0, ceiling - sum(first))


def give_back(state: Contract, order_id: str, amount: int, *, whole: bool) -> list[contract.Event]:
    """Give money of the contract back; an order that ended frees the contract for another programme."""
    before = state.of(order_id)
    if before is None or (amount == 0 and not whole):
        return []
    rest = replace(before, amount=before.amount - amount)
    kept = tuple([each for each in state.supports if each.order_id != order_id]) if whole else _with(state, rest)
    return [contract.Unsupported(order_id, amount, kept)]


def _agrees(one: contract.Support, other: contract.Support) -> bool:
    return ANY in one.others or other.programme in one.others


def _with(state: Contract, changed: contract.Support) -> tuple[contract.Support, ...]:
    return tuple([changed if each.order_id == changed.order_id else each for each in state.supports])


def _within_ceiling(after: Contract, asked: contract.Support) -> None:
    """Only money of several programmes stacks, up to the lowest of their ceilings; one has its own rates."""
    if not after.others(asked.programme):
        return
    cost = after.cost()
    ceiling = cost * min(each.ceiling_bp for each in after.supports) // WHOLE_BP
    if after.total <= ceiling:
        return
    left = max(0, ceiling - (after.total - asked.amount))
    raise StackingCeilingExceeded(
        f"All programmes together may pay {format_amount(ceiling)} of {format_amount(cost)};"
        f" with this order they would pay {format_amount(after.total)}.",
        pointer="/asked",
        remedy=f"Ask for at most {format_amount(left)}." if left else "Nothing more can be paid for this contract.",
        left=left,
    )
