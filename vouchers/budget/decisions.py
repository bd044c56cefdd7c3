"""What may happen to a budget next."""

from typing import TypeAlias

from vouchers.budget import events as budget
from vouchers.budget.state import Budget
from vouchers.money import check_amount, format_amount
from vouchers.refusals import Conflict, NotAllowed, Refused
from vouchers.texts import same_person
from vouchers.values import Value

Transfer: TypeAlias = tuple[list[budget.Event], list[budget.Event]]


class BudgetExhausted(Refused):
    """The programme's budget for this period has not enough left."""


class BudgetMissing(Refused):
    """No budget was appropriated for this programme, period and pool."""


class AmountZero(Refused):
    """An amount of nothing changes no budget."""


class BudgetBelowCommitments(Refused):
    """A budget cannot be cut below what is already committed."""


class CategoryBlocked(Refused):
    """The money of this category is used up, and it takes no orders until it is opened again."""

    remedy = "Wait for the notice that it is open again, or use another category."


class PoolCanPay(Refused):
    """The pool has enough for this order, so it is not blocked."""


class PoolNotBlocked(Conflict):
    """The pool is open; there is nothing to open again."""

    remedy = "Look at the budget."


class PoolStillEmpty(Refused):
    """A pool without free money cannot be opened again."""

    remedy = "Top it up, or wait until an order gives money back."


class TransferBeyondFree(Refused):
    """No more can go to another pool than is free."""


class TransferToItself(Refused):
    """Money goes from one pool to another."""

    remedy = "Name two pools."


class TransferNotIndependent(NotAllowed):
    """The person who proposed a transfer cannot approve it."""

    remedy = "Let another officer approve it."


class TransferBudget(Value):
    """Let uncommitted money go from one pool to another, as a second person beside the one who proposed it."""

    programme: str
    period: str
    pool: str
    to_pool: str
    amount: int
    reference: str
    proposed_by: str


class BlockPool(Value):
    """Close a pool that cannot pay an order of this amount."""

    programme: str
    period: str
    pool: str
    amount: int
    reason: str


class ReopenPool(Value):
    """Let a blocked pool take orders again."""

    programme: str
    period: str
    pool: str
    reason: str


class Appropriate(Value):
    """Make money available: amount in minor units, reference of the legal act."""

    programme: str
    period: str
    pool: str
    amount: int
    reference: str


class CutBudget(Value):
    """Take uncommitted money away: amount in minor units, reference of the legal act."""

    programme: str
    period: str
    pool: str
    amount: int
    reference: str


def appropriate(state: Budget, command: Appropriate, currency: str) -> list[budget.Event]:
    """Add to the budget, in the programme's currency; a pool that was blocked is open again."""
    amount = _above_zero(command.amount)
    total = check_amount(state.appropriated + amount, "/amount")
    added = budget.Appropriated(
        command.programme,
        command.period,
        command.pool,
        currency,
        amount,
        command.reference,
        total,
        state.committed,
    )
    return [added, *_reopened(state, command.reference, total)]


def cut(state: Budget, command: CutBudget) -> list[budget.Event]:
    """Take away at most what is free."""
    amount = _above_zero(command.amount)
    if amount > state.free:
        raise BudgetBelowCommitments(
            pointer="/amount", remedy=f"At most {format_amount(state.free)} is free.", free=state.free
        )
    total = state.appropriated - amount
    taken = budget.Cut(
        command.programme,
        command.period,
        command.pool,
        amount,
        command.reference,
        total,
        state.committed,
    )
    return [taken, *_still_blocked(state, total, state.committed)]


def transfer(source: Budget, target: Budget, command: TransferBudget, *, currency: str, approved_by: str) -> Transfer:
    """Move what is free from one pool to another: the events of the one and of the other."""
    amount = _above_zero(command.amount)
    if command.pool == command.to_pool:
        raise TransferToItself(pointer="/to_pool")
    if same_person(approved_by, command.proposed_by):
        raise TransferNotIndependent(pointer="/proposed_by")
    if amount > source.free:
        remedy = f"At most {format_amount(source.free)} is free."
        raise TransferBeyondFree(pointer="/amount", remedy=remedy, free=source.free)
    acts = (amount, command.reference, command.proposed_by, approved_by)
    less, more = source.appropriated - amount, check_amount(target.appropriated + amount, "/amount")
    out = budget.TransferredOut(
        command.programme, command.period, command.pool, command.to_pool, *acts, less, source.committed
    )
    into = budget.TransferredIn(
        command.programme, command.period, command.to_pool, command.pool, currency, *acts, more, target.committed
    )
    return (
        [out, *_still_blocked(source, less, source.committed)],
        [into, *_reopened(target, command.reference, more)],
    )


def block(state: Budget, command: BlockPool, on: str) -> list[budget.Event]:
    """Close a pool that cannot pay an order; a blocked one stays as it is."""
    if not state.appropriated:
        raise BudgetMissing(remedy="An officer must record the appropriation first.")
    if state.blocked_since:
        return []
    if _above_zero(command.amount) <= state.free:
        remedy = f"It has {format_amount(state.free)} left; it is blocked when that cannot pay an order."
        raise PoolCanPay(pointer="/amount", remedy=remedy, free=state.free)
    return [budget.Blocked(on, command.reason, state.appropriated, state.committed)]


def reopen(state: Budget, command: ReopenPool) -> list[budget.Event]:
    """Let a blocked pool take orders again once it has money."""
    if not state.blocked_since:
        raise PoolNotBlocked(pointer="/pool")
    if state.free <= 0:
        raise PoolStillEmpty(pointer="/pool")
    return [budget.Reopened(command.reason, state.appropriated, state.committed)]


def commit(state: Budget, *, order_id: str, amount: int) -> list[budget.Event]:
    """Commit an order's subsidy: the last minor unit may be used, not one more."""
    if not state.appropriated:
        raise BudgetMissing(remedy="An officer must record the appropriation first.")
    if state.blocked_since:
        detail = f"The money of this category is used up; it takes no orders since {state.blocked_since}."
        raise CategoryBlocked(detail, pointer="/category", since_on=state.blocked_since, reason=state.blocked_reason)
    if amount > state.free:
        raise BudgetExhausted(
            f"The budget has {format_amount(state.free)} left, and {format_amount(amount)} was asked for.",
            remedy=f"{'Ask for less, or wait' if state.free > 0 else 'Wait'} for a top-up of the budget.",
            free=state.free,
            amount=amount,
        )
    return [budget.Committed(order_id, amount, state.appropriated, state.committed + amount)]


def free(state: Budget, *, order_id: str, amount: int) -> list[budget.Event]:
    """Give a commitment back; a blocked pool stays blocked until somebody opens it."""
    if amount == 0:
        return []
    committed = state.committed - amount
    freed = budget.Freed(order_id, amount, state.appropriated, committed)
    return [freed, *_still_blocked(state, state.appropriated, committed)]


def _still_blocked(state: Budget, appropriated: int, committed: int) -> list[budget.Event]:
    """The block again, because the last event alone tells how a budget stands."""
    if not state.blocked_since:
        return []
    return [budget.Blocked(state.blocked_since, state.blocked_reason, appropriated, committed)]


def _reopened(state: Budget, reason: str, appropriated: int) -> list[budget.Event]:
    return [budget.Reopened(reason, appropriated, state.committed)] if state.blocked_since else []


def _above_zero(value: int) -> int:
    amount = check_amount(value, "/amount")
    if amount == 0:
        raise AmountZero(pointer="/amount", remedy="Give the amount of the legal act.")
    return amount
