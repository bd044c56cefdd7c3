"""What can have happened to the yearly support of a platform; names and fields are the stored format."""

from vouchers.values import Value


class IncomeStated(Value):
    """The platform earned `total_income` in `period`, `market_income` of it from the market, by its accounts."""

    programme: str
    provider_id: str
    period: str
    market_income: int
    total_income: int
    performance_bp: int
    digest: str
    stated_by: str


class Line(Value):
    """One line of the reasoning: the rule, its clause, and what was computed."""

    rule: str
    clause: str
    text: str


class SupportDecided(Value):
    """The support of `period` was decided, `rd_part` of it for research; the rest degresses."""

    programme: str
    provider_id: str
    period: str
    policy_version: str
    policy_digest: str
    currency: str
    rd_part: int
    degressive_part: int
    amount: int
    pool: str
    trace: tuple[Line, ...]
    decided_by: str


class SupportPaid(Value):
    """The support of `period` was paid."""

    programme: str
    provider_id: str
    period: str
    amount: int
    paid_on: str
    bank_reference: str


Event = IncomeStated | SupportDecided | SupportPaid
