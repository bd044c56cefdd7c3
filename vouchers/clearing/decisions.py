"""What may happen to the clearing of a month next."""

import re
from collections.abc import Mapping
from typing import Final

from vouchers.clearing import events as clearing
from vouchers.clearing.state import Clearing, Pair
from vouchers.refusals import Malformed, NotAllowed, NotFound, Refused
from vouchers.texts import same_person
from vouchers.values import Value

MOST_FLOWS: Final = 1_000  # in one command
_MONTH: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")


class MonthMalformed(Malformed):
    """A month is written as year and month: 2026-03."""

    remedy = "Write the month as YYYY-MM."


class MonthNotOver(Refused):
    """A month is cleared once it is over."""


class ClearingClosed(Refused):
    """The positions of this month are stated already."""

    remedy = "Take late payments into the next month."


class ClearingEmpty(NotFound):
    """Nothing was paid between regions in this month."""

    remedy = "Take the month's payments in first."


class ClearingNotProposed(Refused):
    """There are no stated positions to decide about."""

    remedy = "Propose the clearing first."


class ClearingNeedsSecondPerson(NotAllowed):
    """The positions are approved by somebody other than who proposed them."""

    remedy = "Have another officer approve them."


class TooManyFlows(Refused):
    """Payments are taken in a thousand at a time."""

    remedy = "Take them in in several steps."


class TakeFlows(Value):
    """Take the confirmed payments of these orders into the clearing of a month."""

    programme: str
    month: str
    orders: tuple[str, ...]


class CloseClearing(Value):
    """State who owes whom for a month."""

    programme: str
    month: str


class ApproveClearing(Value):
    """Approve the positions of a month as a second person."""

    programme: str
    month: str


class WithdrawClearing(Value):
    """Withdraw the positions of a month before their approval, with the reason."""

    programme: str
    month: str
    reason: str


def check_month(month: object, pointer: str = "") -> str:
    """Return a month in its one spelling, else refuse it."""
    if isinstance(month, str) and _MONTH.fullmatch(month):
        return month
    raise MonthMalformed(pointer=pointer)


def take(state: Clearing, month: str, flows: list[clearing.Event], on: str) -> list[clearing.Event]:
    """Add flows to a month that is over and whose positions are not stated."""
    if on[: len(month)] <= month:
        raise MonthNotOver(pointer="/month", remedy=f"{month} is over on the first day of the next month.")
    if flows and state.status != "open":
        raise ClearingClosed(pointer="/month", status=state.status)
    return flows


def propose(state: Clearing, command: CloseClearing, *, currency: str, proposed_by: str) -> list[clearing.Event]:
    """State the net positions of a month once."""
    if not state.flows:
        raise ClearingEmpty(pointer="/month")
    if state.status != "open":
        raise ClearingClosed(pointer="/month", status=state.status)
    gross = sum(state.gross.values())
    stated = clearing.Proposed(command.programme, command.month, currency, state.flows, gross, proposed_by)
    owed = net_of_pairs(state.gross)
    positions = [clearing.PositionStated(*pair, amount) for pair, amount in owed.items()]
    nets = [clearing.NetStated(region, amount) for region, amount in net_of_regions(owed).items()]
    return [stated, *positions, *nets]


def approve(state: Clearing, approved_by: str) -> list[clearing.Event]:
    """Approve as a second person; the same person again changes nothing."""
    if state.status == "approved" and state.approved_by == approved_by:
        return []
    if state.status != "proposed" or state.proposed is None:
        raise ClearingNotProposed(pointer="/month", status=state.status)
    if same_person(state.proposed.proposed_by, approved_by):
        raise ClearingNeedsSecondPerson(pointer="/month")
    return [clearing.Approved(approved_by)]


def withdraw(state: Clearing, *, withdrawn_by: str, reason: str) -> list[clearing.Event]:
    """Withdraw what was proposed and is not approved."""
    if state.status != "proposed":
        raise ClearingNotProposed(pointer="/month", status=state.status)
    return [clearing.Withdrawn(withdrawn_by, reason)]


def net_of_pairs(gross: Mapping[Pair, int]) -> dict[Pair, int]:
    """What remains owed between each two regions, by who owes and to whom; what is even or at home is left out."""
    owed: dict[Pair, int] = {}
    for one, other in sorted({(min(pair), max(pair)) for pair in gross}):
        amount = gross.get((one, other), 0) - gross.get((other, one), 0)
        if one != other and amount:
            owed[(one, other) if amount > 0 else (other, one)] = abs(amount)
    return owed


def net_of_regions(owed: Mapping[Pair, int]) -> dict[str, int]:
    """What each region receives from all others together; the sum over all regions is nothing."""
    nets: dict[str, int] = {}
    for (debtor, creditor), amount in owed.items():
        nets[debtor] = nets.get(debtor, 0) - amount
        nets[creditor] = nets.get(creditor, 0) + amount
    return dict(sorted(nets.items()))
