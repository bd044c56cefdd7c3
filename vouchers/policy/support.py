"""The table `[support]`: what a platform receives each year, less as its market income grows, and never nothing."""

from vouchers.money import WHOLE_BP
from vouchers.policy.reading import Table
from vouchers.policy.wording import percent, written
from vouchers.values import Value


class Support(Value):
    """The yearly support of a platform in minor units: a base that degresses, its floor, and the constant R&D part."""

    base: int
    floor: int
    rd_part: int
    pool: str
    kinds: tuple[str, ...]
    clause: str

    def due(self, market_income: int, total_income: int, performance_bp: int) -> tuple[int, tuple[str, ...]]:
        """The part that degresses, and its arithmetic: max(floor, base x (1 - market share)) x performance.

        The floor holds once more after the performance, which may lower the support and never below it.
        """
        others = total_income - market_income
        degressed = self.base * others // total_income if total_income else self.base
        held = max(self.floor, degressed)
        scored = held * performance_bp // WHOLE_BP
        due = max(self.floor, scored)
        elsewhere = f"{written(others)} of {written(total_income)} not from the market"
        return due, (
            f"{written(self.base)} x {elsewhere} = {written(degressed)}",
            f"at least the floor of {written(self.floor)}: {written(held)}",
            f"performance {percent(performance_bp)}: {written(scored)}",
            f"at least the floor: {written(due)}",
        )


def read_support(table: Table) -> Support | None:
    """The table [support]; without it the programme supports no platforms."""
    if not table.content:
        return None
    support = Support(
        base=table.whole("base", least=1),
        floor=table.whole("floor", least=1),
        rd_part=table.whole("rd_part"),
        pool=table.text("pool", default="support"),
        kinds=table.words("kinds", default=("platform",)),
        clause=table.clause(),
    )
    if support.floor > support.base:
        table.fault("floor", "The floor is above the base.", f"Give at most {support.base}.")
    table.end()
    return support
