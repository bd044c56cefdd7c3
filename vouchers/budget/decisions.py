"""What may happen to a budget next."""

from dataclasses import dataclass

from vouchers.budget import events as budget
from vouchers.budget.state import Budget
from vouchers.money import check_amount, format_amount
from vouchers.refusals import Refused


class BudgetExhausted(Refused):
    """The programme's budget for this period has not enough left."""


class BudgetMissing(Refused):
    """No budget was appropriated for this programme, period and pool."""


class AmountZero(Refused):
    """An amount of nothing changes no budget."""


class BudgetBelowCommitments(Refused):
    """A budget cannot be cut below what is already committed."""


@dataclass(frozen=True, slots=True)
class Appropriate:
    """Make money available: amount in minor units, reference of the legal act."""

    programme: str
    period: str
    pool: str
    amount: int
    reference: str


@dataclass(frozen=True, slots=True)
class CutBudget:
    """Take uncommitted money away: amount in minor units, reference of the legal act."""

    programme: str
    period: str
    pool: str
    amount: int
    reference: str


def appropriate(state: Budget, command: Appropriate, currency: str) -> list[budget.Event]:
    """Add to the budget, in the programme's currency."""
    amount = _above_zero(command.amount)
    total = check_amount(state.appropriated + amount, "/amount")
    return [
        budget.Appropriated(
            command.programme,
            command.period,
            command.pool,
            currency,
            amount,
            command.reference,
            total,
            state.committed,
        )
    ]


def cut(state: Budget, command: CutBudget) -> list[budget.Event]:
    """Take away at most what is free."""
    amount = _above_zero(command.amount)
    if amount > state.free:
        raise BudgetBelowCommitments(
            pointer="/amount", remedy=f"At most {format_amount(state.free)} is free.", free=state.free
        )
    return [
        budget.Cut(
            command.programme,
            command.period,
            command.pool,
            amount,
            command.reference,
            state.appropriated - amount,
            state.committed,
        )
    ]


def commit(state: Budget, *, order_id: str, amount: int) -> list[budget.Event]:
    """Commit an order's subsidy: the last minor unit may be used, not one more."""
    if not state.appropriated:
        raise BudgetMissing(remedy="An officer must record the appropriation first.")
    if amount > state.free:
        raise BudgetExhausted(
            f"The budget has {format_amount(state.free)} left, and {format_amount(amount)} was asked for.",
            remedy="Ask for less, or wait for a top-up of the budget.",
            free=state.free,
            amount=amount,
        )
    return [budget.Committed(order_id, amount, state.appropriated, state.committed + amount)]


def free(state: Budget, *, order_id: str, amount: int) -> list[budget.Event]:
    """Give a commitment back."""
    if amount == 0:
        return []
    return [budget.Freed(order_id, amount, state.appropriated, state.committed - amount)]


def _above_zero(value: int) -> int:
    amount = check_amount(value, "/amount")
    if amount == 0:
        raise AmountZero(pointer="/amount", remedy="Give the amount of the legal act.")
    return amount
