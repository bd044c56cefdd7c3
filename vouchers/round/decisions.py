"""What may happen next to those who wait for a pool's money."""

from collections.abc import Mapping

from vouchers.money import largest_remainder
from vouchers.refusals import Conflict, NotFound, Refused
from vouchers.round import events as rounds
from vouchers.round.state import Round
from vouchers.values import Value

MAX_WAITING = 500


class RoundUnknown(NotFound):
    """No round of requests is open for this pool."""

    remedy = "Wait until the office opens a round, or look at the rounds of the pool."


class RoundOpen(Conflict):
    """A round of requests is open for this pool already."""

    remedy = "Close it on its day, and then open the next."


class RoundOver(Refused):
    """The last day of this round of requests has passed."""

    remedy = "Ask again in the next round."


class RoundRunning(Conflict):
    """The round still takes requests; it is closed on the day after its last."""


class ClosingDayInvalid(Refused):
    """A round takes requests on the day of its opening or later, not in the past."""


class RequestUnknown(NotFound):
    """This order does not wait for money of this pool."""

    remedy = "Look at those who wait for the pool."


class AlreadyWaiting(Conflict):
    """This order waits for money of this pool already."""

    remedy = "Look at its place, or take it back first."


class TooManyWaiting(Refused):
    """At most 500 orders wait for the money of one pool."""

    remedy = "Use another category, or ask again when the queue is shorter."


class OpenRound(Value):
    """Collect requests for a pool's money up to and on a day."""

    programme: str
    period: str
    pool: str
    closes_on: str


def open_round(state: Round, command: OpenRound, *, by: str, on: str) -> list[rounds.Event]:
    """Open the next round once the last is closed; the same opening again changes nothing."""
    if state.closes_on == command.closes_on:
        return []
    if state.closes_on:
        raise RoundOpen(pointer="/pool", closes_on=state.closes_on)
    if command.closes_on < on:
        raise ClosingDayInvalid(pointer="/closes_on", remedy=f"Give a day from {on} on.")
    return [rounds.Opened(state.number + 1, command.closes_on, by)]


def join(state: Round, *, order_id: str, enterprise_id: str, amount: int, request: str) -> list[rounds.Event]:
    """Wait behind everybody who came before; the same request again changes nothing."""
    waiting = state.waiting.get(order_id)
    if waiting is not None and waiting.request == request:
        return []
    if waiting is not None:
        raise AlreadyWaiting(pointer="/order_id", place=waiting.place)
    if len(state.waiting) >= MAX_WAITING:
        raise TooManyWaiting(pointer="/category", limit=MAX_WAITING)
    return [rounds.Joined(order_id, enterprise_id, state.places + 1, amount, request)]


def collecting(state: Round, on: str) -> None:
    """Refuse a request for which no round is open on a day."""
    if not state.closes_on:
        raise RoundUnknown(pointer="/category")
    if on > state.closes_on:
        raise RoundOver(pointer="/category", closes_on=state.closes_on)


def leave(state: Round, *, order_id: str, reason: str) -> list[rounds.Event]:
    """Take a request back."""
    if order_id not in state.waiting:
        raise RequestUnknown(pointer="/order_id")
    return [rounds.Left(order_id, reason)]


def closing(state: Round, on: str) -> None:
    """Refuse to close a round that is not open, or on a day that still belongs to it."""
    if not state.closes_on:
        raise RoundUnknown(pointer="/pool")
    if on <= state.closes_on:
        remedy = f"Close it after {state.closes_on}."
        raise RoundRunning(pointer="/pool", remedy=remedy, closes_on=state.closes_on)


def allot(state: Round, asked: Mapping[str, int], money: int) -> list[rounds.Event]:
    """Give everybody all where the money is enough, else each its share of exactly the money there is.

    Shares are in proportion; what is lost in rounding goes to the largest remainders, among equals to who came first.
    """
    order_ids = [order_id for order_id in state.waiting if order_id in asked]
    amounts = [asked[order_id] for order_id in order_ids]
    shares = largest_remainder(money, amounts) if sum(amounts) > money else amounts
    return [rounds.Allotted(*each) for each in zip(order_ids, amounts, shares, strict=True)]


def close(state: Round, asked: Mapping[str, int], money: int) -> list[rounds.Event]:
    """End a round whose shares were given."""
    allotted = sum(state.allotted.values())
    return [rounds.Closed(state.number, len(asked), sum(asked.values()), money, allotted)]
