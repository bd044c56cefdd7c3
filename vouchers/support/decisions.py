"""What may happen to the yearly support of a platform next."""

from vouchers.refusals import Conflict, Malformed, NotAllowed, NotFound, Refused
from vouchers.support import events as support
from vouchers.support.state import Support
from vouchers.texts import same_person
from vouchers.values import Value

WHOLE_BP = 10_000


class IncomeMalformed(Malformed):
    """The figures of a year do not fit together."""

    remedy = "Give a market income within the total income, and a score from 0 to 10,000 basis points."


class IncomeNotStated(NotFound):
    """The platform's income of this year is not on record."""

    remedy = "State the income of the year first."


class SupportDecidedAlready(Conflict):
    """The support of this year is decided, and its figures stand."""

    remedy = "Correct the next year's figures."


class SupportNotDecided(Refused):
    """The support of this year is not decided."""

    remedy = "Decide it first."


class SupportPaidAlready(Conflict):
    """The support of this year was paid."""

    remedy = "See the payment on record."


class SupportNeedsSecondPerson(NotAllowed):
    """Whoever states the figures does not decide on them, and whoever decides does not pay."""

    remedy = "Let somebody else take this step."


class NotAPlatform(Refused):
    """The programme does not support providers of this kind."""


class NoSupport(Refused):
    """The programme's policy supports no platforms."""


class StateIncome(Value):
    """State what a platform earned in a year, how much of it on the market, and how it was assessed."""

    programme: str
    provider_id: str
    period: str
    market_income: int
    total_income: int
    performance_bp: int
    digest: str


class DecideSupport(Value):
    """Decide the support of a year by the policy in force."""

    programme: str
    provider_id: str
    period: str


class PaySupport(Value):
    """Record that the support of a year was paid."""

    programme: str
    provider_id: str
    period: str
    paid_on: str
    bank_reference: str


def state_income(state: Support, command: StateIncome, actor: str) -> list[support.Event]:
    """State the figures of a year, or correct them before the decision; the same again changes nothing."""
    if command.market_income > command.total_income or command.performance_bp > WHOLE_BP:
        raise IncomeMalformed(pointer="/market_income")
    year = state.year(command.period)
    stated = support.IncomeStated(
        command.programme,
        command.provider_id,
        command.period,
        command.market_income,
        command.total_income,
        command.performance_bp,
        command.digest,
        actor,
    )
    if year.stated is not None and _figures(year.stated) == _figures(stated):
        return []
    if year.decided is not None:
        raise SupportDecidedAlready(pointer="/period")
    return [stated]


def stated(state: Support, period: str) -> support.IncomeStated:
    """The figures of a year, or a refusal where they are not on record."""
    year = state.year(period)
    if year.stated is None:
        raise IncomeNotStated(pointer="/period")
    return year.stated


def decide(state: Support, decided: support.SupportDecided) -> list[support.Event]:
    """Decide once, by somebody who did not state the figures."""
    if state.year(decided.period).decided is not None:
        raise SupportDecidedAlready(pointer="/period")
    _second_person(stated(state, decided.period).stated_by, decided.decided_by)
    return [decided]


def pay(state: Support, command: PaySupport, actor: str) -> list[support.Event]:
    """Record the payment once; the same again changes nothing."""
    year = state.year(command.period)
    if year.decided is None:
        raise SupportNotDecided(pointer="/period")
    amount = year.decided.amount
    paid = support.SupportPaid(
        command.programme, command.provider_id, command.period, amount, command.paid_on, command.bank_reference
    )
    if year.paid == paid:
        return []
    if year.paid is not None:
        raise SupportPaidAlready(pointer="/period", paid_on=year.paid.paid_on)
    _second_person(year.decided.decided_by, actor)
    return [paid]


def _figures(stated: support.IncomeStated) -> tuple[int, int, int, str]:
    return stated.market_income, stated.total_income, stated.performance_bp, stated.digest


def _second_person(before: str, now: str) -> None:
    if same_person(before, now):
        raise SupportNeedsSecondPerson(pointer="/actor")
