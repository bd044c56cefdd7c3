"""Foreign currency: which prices a policy takes in other money, and the one way in which they are converted."""

from typing import Final

from vouchers.days import add_days
from vouchers.money import EXPONENTS, check_amount, exponent_of
from vouchers.policy.reading import Table
from vouchers.values import Value

ONE: Final = 1_000_000  # A rate of one, in millionths.


class Foreign(Value):
    """The currencies taken, the rounding, the greatest age of a rate, and whose rate an invoice is converted at."""

    currencies: tuple[str, ...]
    half_up: bool
    max_rate_age_days: int
    invoice_rate: str  # order | invoice
    clause: str

    def convert(self, amount: int, currency: str, into: str, rate: int) -> int:
        """Minor units of one currency as minor units of another, rounded once; `rate` is millionths per whole unit."""
        over = amount * rate * 10 ** exponent_of(into)
        under = ONE * 10 ** exponent_of(currency)
        return check_amount((2 * over + under) // (2 * under) if self.half_up else over // under, "/gross")

    def first_rate_day(self, on: str) -> str:
        """The earliest day of a rate that may convert a sum of this day."""
        return add_days(on, -self.max_rate_age_days)


def read_foreign(table: Table) -> Foreign:
    """The table [foreign]; without it no foreign currency is taken."""
    given = bool(table.content)
    foreign = Foreign(
        currencies=table.words("currencies", default=None if given else (), known=tuple(EXPONENTS)),
        half_up=table.one_of("rounding", ("floor", "half_up"), default=None if given else "floor") == "half_up",
        max_rate_age_days=table.whole("max_rate_age_days", default=7, most=366),
        invoice_rate=table.one_of("invoice_rate", ("order", "invoice"), default="order"),
        clause=table.clause(),
    )
    table.end()
    return foreign
