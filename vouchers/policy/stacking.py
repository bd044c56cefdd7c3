"""Money from several sides: other programmes for the same contract, levels of government, aid counted together."""

from typing import Final

from vouchers.days import add_days, add_months, end_of_year
from vouchers.money import WHOLE_BP
from vouchers.policy.reading import Table
from vouchers.values import Value

MOST_MONTHS: Final = 240


class Stacking(Value):
    """Which other programmes may pay for the same contract, up to which share of its cost, and how levels split it.

    `others` empty means that one programme pays a contract; `cost_split` are levels with their basis points.
    """

    others: tuple[str, ...]
    ceiling_bp: int
    cost_split: tuple[tuple[str, int], ...]
    one_programme: bool
    clause: str

    @property
    def counts_contracts(self) -> bool:
        """Whether the money of a contract is counted over programmes."""
        return self.one_programme or bool(self.others)


class Aid(Value):
    """A ceiling on what one undertaking receives over all programmes of a scope; `ceiling` in minor units.

    It looks at every window of so many months, or at calendar years where `months` is 0.
    """

    scope: str
    ceiling: int
    months: int
    counts_at: str  # grant | reservation
    clause: str

    def first_day(self, on: str) -> str:
        """The first day of the window that ends on a day; in a calendar year, its first."""
        return add_days(add_months(on, -self.months), 1) if self.months else f"{on[:4]}-01-01"

    def last_day(self, on: str) -> str:
        """The last day whose window still has a day in it."""
        return add_days(add_months(on, self.months), -1) if self.months else end_of_year(on)


class LookBack(Value):
    """A grant of this programme within so many months stands against another; what a refusal says."""

    programme: str
    months: int
    clause: str
    text: str
    remedy: str


def read_stacking(table: Table) -> Stacking | None:
    """The table [stacking], or nothing where the document has none."""
    if not table.content:
        return None
    others = table.words("with", default=())
    split = [_level(each) for each in table.tables("cost_split")]
    stacking = Stacking(
        others=others,
        ceiling_bp=table.whole("ceiling_bp", default=None if others else WHOLE_BP, most=WHOLE_BP),
        cost_split=tuple(split),
        one_programme=table.flag("one_programme", default=False),
        clause=table.clause(),
    )
    if stacking.one_programme and others:
        table.fault("with", "One programme pays, so no other may.", "Remove the list, or one_programme.")
    if split and sum(share for _, share in split) != WHOLE_BP:
        table.fault("cost_split", "The levels do not add up to the whole.", f"Let share_bp add up to {WHOLE_BP}.")
    table.end()
    return stacking


def read_aid(table: Table) -> Aid | None:
    """The table [aid], or nothing where the document has none."""
    if not table.content:
        return None
    rolling = table.one_of("period", ("rolling", "calendar_year")) == "rolling"
    aid = Aid(
        scope=table.text("scope"),
        ceiling=table.whole("ceiling", least=1),
        months=table.whole("months", least=1, most=MOST_MONTHS) if rolling else 0,
        counts_at=table.one_of("counts_at", ("grant", "reservation")),
        clause=table.clause(),
    )
    table.end()
    return aid


def read_lookback(table: Table) -> LookBack:
    """One table [[beneficiary.lookback]]."""
    back = LookBack(
        programme=table.text("programme"),
        months=table.whole("months", least=1, most=MOST_MONTHS),
        clause=table.clause(),
        text=table.text("text"),
        remedy=table.text("remedy"),
    )
    table.end()
    return back


def _level(table: Table) -> tuple[str, int]:
    level = table.text("level"), table.whole("share_bp", least=1, most=WHOLE_BP)
    table.end()
    return level
