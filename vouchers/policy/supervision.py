"""How a programme is supervised: ties, splitting, approvals, moves between tiers, rechecks and signals, as data."""

from collections.abc import Mapping
from typing import Final

from vouchers.money import WHOLE_BP
from vouchers.policy.reading import Table
from vouchers.values import Value

ANSWERS: Final = ("refuse", "review", "ignore")
CAUSES: Final = ("rejected", "clean")


class Ties(Value):
    """How far ties are searched, from which share on they count, and what one means at each step."""

    at_order: str  # refuse | review | ignore
    at_redemption: str
    depth: int
    share_bp: int
    months: int  # after payment, in which a new tie is still a finding


class Threshold(Value):
    """A sum from which on a claim needs so many approvals."""

    from_amount: int
    approvals: int


class Splitting(Value):
    """Orders of one pair in one category within these days count as one, for the limits that are named."""

    days: int
    max_per_order: bool
    quotes: bool
    approvals: bool


class Move(Value):
    """After so many faults or clean payments a tier moves by so many steps."""

    after: str  # rejected | clean
    times: int
    steps: int


class Signals(Value, eq=False):
    """The thresholds of the signals; 0, no words or false switch one off."""

    near_bp: int
    min_days: Mapping[str, int]
    price_bp: int
    subcontracted_bp: int
    yearly_repeats: int
    statuses: tuple[str, ...]
    shared: bool
    own_share: bool
    identical_amounts: int
    agent_firms: int
    controller_firms: int
    reviewer_bp: int
    reviewer_least: int
    burst_orders: int
    burst_days: int
    first_hour: int
    last_hour: int
    queue_jump: int


class Supervision(Value, eq=False):
    """Everything that a programme does to watch over its money without being felt."""

    repair_months: int
    provider_tiers: bool
    holds: bool
    period_seeds: bool
    approvals: tuple[Threshold, ...]
    recheck_bp: int
    recheck_every_months: int
    moves: tuple[Move, ...]
    ties: Ties | None
    splitting: Splitting | None
    signals: Signals | None
    clause: str

    def approvals_for(self, amount: int) -> int:
        """How many people must approve a claim of this sum, whatever its tier; exactly at a threshold reaches it."""
        return max((each.approvals for each in self.approvals if amount >= each.from_amount), default=0)

    def move_after(self, cause: str, times: int) -> int:
        """How many steps a tier moves at the n-th fault or clean payment; the largest that is due."""
        return max((move.steps for move in self.moves if move.after == cause and times % move.times == 0), default=0)


def read_supervision(top: Table) -> Supervision | None:
    """The table [supervision] of a document; nothing where the programme has none."""
    if not top.has("supervision"):
        top.asked.add("supervision")
        return None
    table = top.table("supervision")
    supervision = Supervision(
        repair_months=table.whole("repair_months", default=0, most=600),
        provider_tiers=table.flag("provider_tiers", default=False),
        holds=table.flag("holds", default=False),
        period_seeds=table.flag("period_seeds", default=False),
        approvals=tuple(_threshold(each) for each in table.tables("approvals")),
        recheck_bp=table.whole("recheck_bp", default=0, most=WHOLE_BP),
        recheck_every_months=table.whole("recheck_every_months", default=6, least=1, most=12),
        moves=tuple(_move(each) for each in table.tables("move")),
        ties=_ties(table) if table.has("ties") else None,
        splitting=_splitting(table) if table.has("splitting") else None,
        signals=_signals(table) if table.has("signals") else None,
        clause=table.clause(),
    )
    if 12 % supervision.recheck_every_months:
        table.fault("recheck_every_months", "A year is not a whole number of these.", "Choose 1, 2, 3, 4, 6 or 12.")
    table.asked.update(("ties", "splitting", "signals"))
    table.end()
    return supervision


def _ties(above: Table) -> Ties:
    table = above.table("ties")
    ties = Ties(
        at_order=table.one_of("at_order", ANSWERS, default="refuse"),
        at_redemption=table.one_of("at_redemption", ANSWERS, default="review"),
        depth=table.whole("depth", default=2, least=1, most=4),
        share_bp=table.whole("share_bp", default=2_500, least=1, most=WHOLE_BP),
        months=table.whole("months", default=0, most=120),
    )
    table.end()
    return ties


def _splitting(above: Table) -> Splitting:
    table = above.table("splitting")
    splitting = Splitting(
        days=table.whole("days", least=1, most=366),
        max_per_order=table.flag("max_per_order", default=True),
        quotes=table.flag("quotes", default=True),
        approvals=table.flag("approvals", default=True),
    )
    table.end()
    return splitting


def _move(table: Table) -> Move:
    move = Move(
        after=table.one_of("after", CAUSES),
        times=table.whole("times", default=1, least=1, most=1_000),
        steps=table.whole("steps", default=1, least=1, most=3),
    )
    table.end()
    return move


def _signals(above: Table) -> Signals:
    table = above.table("signals")
    days = table.table("min_days", required=False)
    signals = Signals(
        near_bp=table.whole("near_bp", default=0, most=WHOLE_BP),
        min_days={name: days.whole(name, most=366) for name in days.content if name not in {"source", "clause"}},
        price_bp=table.whole("price_bp", default=0, most=10 * WHOLE_BP),
        subcontracted_bp=table.whole("subcontracted_bp", default=0, most=WHOLE_BP),
        yearly_repeats=table.whole("yearly_repeats", default=0, most=20),
        statuses=table.words("statuses", default=()),
        shared=table.flag("shared", default=False),
        own_share=table.flag("own_share", default=False),
        identical_amounts=table.whole("identical_amounts", default=0, most=100_000),
        agent_firms=table.whole("agent_firms", default=0, most=100_000),
        controller_firms=table.whole("controller_firms", default=0, most=100_000),
        reviewer_bp=table.whole("reviewer_bp", default=0, most=WHOLE_BP),
        reviewer_least=table.whole("reviewer_least", default=10, least=1, most=100_000),
        burst_orders=table.whole("burst_orders", default=0, most=100_000),
        burst_days=table.whole("burst_days", default=7, least=1, most=366),
        first_hour=table.whole("first_hour", default=0, most=23),
        last_hour=table.whole("last_hour", default=24, most=24),
        queue_jump=table.whole("queue_jump", default=0, most=100_000),
    )
    days.end()
    table.end()
    return signals


def _threshold(table: Table) -> Threshold:
    threshold = Threshold(table.whole("from_amount"), table.whole("approvals", least=1, most=5))
    table.end()
    return threshold
