"""Programmes: what was announced, the policies by version, and the budgets by pool."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Handler, Key, Ops, Row, Sum, View, Word, key_of
from vouchers.budget import events as budget
from vouchers.programme import events as programme
from vouchers.wire import Outline


class Programme(Row):
    """One programme; `closed_on` is empty while it takes orders."""

    __tablename__ = "programmes"
    programme: Mapped[Key]
    title: Mapped[Word]
    authority: Mapped[Word]
    currency: Mapped[Word]
    announced_on: Mapped[Word]
    closed_on: Mapped[Word]


class Policy(Row):
    """One adopted version of a programme's policy and the two people behind it."""

    __tablename__ = "policies"
    programme: Mapped[Key]
    version: Mapped[Key]
    effective_on: Mapped[Word]
    ends_on: Mapped[Word]
    digest: Mapped[Word]
    proposed_by: Mapped[Word]
    approved_by: Mapped[Word]
    adopted_on: Mapped[Word]


class Budget(Row):
    """One pool of a programme's period, in minor units: appropriated less cuts, and committed to orders.

    `blocked_since` is empty while it takes orders.
    """

    __tablename__ = "budgets"
    programme: Mapped[Key]
    period: Mapped[Key]
    pool: Mapped[Key]
    appropriated: Mapped[Sum]
    committed: Mapped[Sum]
    blocked_since: Mapped[Word]


def _announced(ops: Ops, entry: Outline[programme.Announced]) -> None:
    event = entry.data
    ops[Programme].fields[event.programme] |= {
        "title": event.title,
        "authority": event.authority,
        "currency": event.currency,
        "announced_on": entry.eff,
    }


def _adopted(ops: Ops, entry: Outline[programme.PolicyAdopted]) -> None:
    event = entry.data
    ops[Policy].fields[event.programme, event.version] |= {
        "effective_on": event.effective_on,
        "ends_on": event.ends_on,
        "digest": event.digest,
        "proposed_by": event.proposed_by,
        "approved_by": event.approved_by,
        "adopted_on": entry.eff,
    }


def _closed(ops: Ops, entry: Outline[programme.Closed]) -> None:
    ops[Programme].fields[key_of(entry)]["closed_on"] = entry.data.closed_on


def _counter(sum_of: int, sign: int) -> Handler:
    """The handler that adds an amount to one of a pool's sums, or takes it away; the stream's name tells the pool."""

    def count(ops: Ops, entry: Outline[Any]) -> None:
        ops[Budget].sums[_pool(entry)][sum_of] += sign * entry.data.amount

    return count


def _pool(entry: Outline[Any]) -> tuple[str, str, str]:
    """The row of a budget's stream."""
    _, code, period, pool = entry.agg.split("/", 3)
    return code, period, pool


def _blocked(ops: Ops, entry: Outline[budget.Blocked]) -> None:
    ops[Budget].fields[_pool(entry)]["blocked_since"] = entry.data.since_on


def _reopened(ops: Ops, entry: Outline[budget.Reopened]) -> None:
    ops[Budget].fields[_pool(entry)]["blocked_since"] = ""


_APPROPRIATED, _COMMITTED = 0, 1

VIEW = View(
    "programmes",
    2,
    (Programme, Policy, Budget),
    {
        programme.Announced: _announced,
        programme.PolicyAdopted: _adopted,
        programme.Closed: _closed,
        budget.Appropriated: _counter(_APPROPRIATED, 1),
        budget.Cut: _counter(_APPROPRIATED, -1),
        budget.Committed: _counter(_COMMITTED, 1),
        budget.Freed: _counter(_COMMITTED, -1),
        budget.TransferredIn: _counter(_APPROPRIATED, 1),
        budget.TransferredOut: _counter(_APPROPRIATED, -1),
        budget.Blocked: _blocked,
        budget.Reopened: _reopened,
    },
)


def programmes(session: Session) -> list[Programme]:
    """Every programme by its code."""
    return list(session.scalars(select(Programme).order_by(Programme.programme)))


def policies(session: Session, code: str = "") -> list[Policy]:
    """Adopted policies, of one programme or of all, by effective day."""
    query = select(Policy).where(Policy.programme == code) if code else select(Policy)
    return list(session.scalars(query.order_by(Policy.programme, Policy.effective_on, Policy.version)))


def budgets(session: Session, code: str, period: str = "") -> list[Budget]:
    """The pools of a programme, of one period or of all."""
    query = select(Budget).where(Budget.programme == code)
    if period:
        query = query.where(Budget.period == period)
    return list(session.scalars(query.order_by(Budget.period, Budget.pool)))
