"""Payables and settlements: what waits for payment, and each batch with its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Index, Select, case, func, or_, select
from sqlalchemy.orm import Mapped, Session

from service.projections.orders import Order
from service.projections.tables import Handler, Key, Number, Ops, Row, Sum, View, Word, key_of, table_of
from vouchers.order import events as order
from vouchers.settlement import events as settlement
from vouchers.settlement.decisions import OWED_AGAIN
from vouchers.wire import Outline

MAX_SETTLEMENTS = 1_000


class Settlement(Row):
    """One batch: its total in minor units of `currency`, who proposed it, and who approved or withdrew it and why."""

    __tablename__ = "settlements"
    __table_args__ = (Index("settlements_by_programme", "programme", "seq"),)
    settlement_id: Mapped[Key]
    seq: Mapped[Number]
    programme: Mapped[Word]
    currency: Mapped[Word]
    count: Mapped[Number]
    total: Mapped[Number]
    proposed_by: Mapped[Word]
    proposed_on: Mapped[Word]
    approved_by: Mapped[Word]
    approved_on: Mapped[Word]
    withdrawn_by: Mapped[Word]
    withdrawn_on: Mapped[Word]
    reason: Mapped[Word]


class SettlementLine(Row):
    """One payment of a batch; `status` is proposed, withdrawn, instructed, partly_paid, paid, failed or returned.

    `account_ref` is the payee's account at the proposal, and from then on that of the present instruction;
    `netted` of the amount was kept back because the payee owes it.
    """

    __tablename__ = "settlement_lines"
    __table_args__ = (
        Index("settlement_lines_by_settlement", "settlement_id", "seq"),
        Index("settlement_lines_by_payee", "payee_id", "seq"),
    )
    settlement_id: Mapped[Key]
    redemption_id: Mapped[Key]
    seq: Mapped[Number]
    order_id: Mapped[Word]
    voucher_id: Mapped[Word]
    payee_id: Mapped[Word]
    account_ref: Mapped[Word]
    amount: Mapped[Number]
    status: Mapped[Word]
    instruction_id: Mapped[Word]
    attempt: Mapped[Number]
    paid_on: Mapped[Word]
    bank_reference: Mapped[Word]
    reason: Mapped[Word]
    netted: Mapped[Sum]


class Claim(Row):
    """One redemption of an order; `status` is requested, approved, settling, paid, or gone: rejected or taken back."""

    __tablename__ = "claims"
    __table_args__ = (Index("claims_by_status", "status", "order_id"),)
    redemption_id: Mapped[Key]
    order_id: Mapped[Word]
    amount: Mapped[Number]
    status: Mapped[Word]
    approved_on: Mapped[Word]


def _requested(ops: Ops, entry: Outline[order.RedemptionRequested]) -> None:
    event = entry.data
    ops[Claim].fields[event.redemption_id] |= {
        "order_id": key_of(entry),
        "amount": event.amount,
        "status": "requested",
    }


def _claim_approved(ops: Ops, entry: Outline[order.RedemptionApproved]) -> None:
    ops[Claim].fields[entry.data.redemption_id] |= {"status": "approved", "approved_on": entry.eff}


def _claim_is(status: str) -> Handler:
    """The handler that brings a redemption to a status."""

    def step(ops: Ops, entry: Outline[Any]) -> None:
        ops[Claim].fields[entry.data.redemption_id]["status"] = status

    return step


def _proposed(ops: Ops, entry: Outline[settlement.Proposed]) -> None:
    event = entry.data
    ops[Settlement].fields[key_of(entry)] |= {
        "seq": entry.seq,
        "programme": event.programme,
        "currency": event.currency,
        "count": event.count,
        "total": event.total,
        "proposed_by": event.proposed_by,
        "proposed_on": entry.eff,
    }


def _line_added(ops: Ops, entry: Outline[settlement.LineAdded]) -> None:
    event = entry.data
    ops[SettlementLine].fields[_key(entry)] |= {
        "seq": entry.seq,
        "order_id": event.order_id,
        "voucher_id": event.voucher_id,
        "payee_id": event.payee_id,
        "account_ref": event.account_ref,
        "amount": event.amount,
        "status": "proposed",
    }


def _withdrawn(ops: Ops, entry: Outline[settlement.Withdrawn]) -> None:
    event = entry.data
    ops[Settlement].fields[key_of(entry)] |= {
        "withdrawn_by": event.withdrawn_by,
        "withdrawn_on": entry.eff,
        "reason": event.reason,
    }


def _line_withdrawn(ops: Ops, entry: Outline[order.SettlementWithdrawn]) -> None:
    ops[SettlementLine].fields[entry.data.settlement_id, entry.data.redemption_id]["status"] = "withdrawn"
    ops[Claim].fields[entry.data.redemption_id]["status"] = "approved"


def _key(entry: Outline[Any]) -> tuple[str, str]:
    """The line that an event of a settlement is about; a redemption may be in another that was withdrawn."""
    return key_of(entry), entry.data.redemption_id


def _approved(ops: Ops, entry: Outline[settlement.Approved]) -> None:
    ops[Settlement].fields[key_of(entry)] |= {"approved_by": entry.data.approved_by, "approved_on": entry.eff}


def _instructed(ops: Ops, entry: Outline[settlement.Instructed]) -> None:
    ops[SettlementLine].fields[_key(entry)] |= {
        "status": "instructed",
        "instruction_id": entry.data.instruction_id,
        "attempt": entry.data.attempt,
        "account_ref": entry.data.account_ref,
        "reason": "",
    }


def _confirmed(ops: Ops, entry: Outline[settlement.Confirmed]) -> None:
    ops[SettlementLine].fields[_key(entry)] |= {
        "status": "paid",
        "paid_on": entry.data.paid_on,
        "bank_reference": entry.data.bank_reference,
    }


def _partly_paid(ops: Ops, entry: Outline[settlement.PartlyPaid]) -> None:
    ops[SettlementLine].fields[_key(entry)] |= {
        "status": "partly_paid",
        "paid_on": entry.data.paid_on,
        "bank_reference": entry.data.bank_reference,
    }


def _returned(ops: Ops, entry: Outline[settlement.Returned]) -> None:
    ops[SettlementLine].fields[_key(entry)] |= {"status": "returned", "reason": entry.data.reason}


def _paid(ops: Ops, entry: Outline[order.Paid]) -> None:
    """Also a line of which all was kept back is paid, and no bank confirms it."""
    event = entry.data
    fields = ops[SettlementLine].fields[event.settlement_id, event.redemption_id]
    fields |= {"status": "paid", "paid_on": event.paid_on}
    ops[Claim].fields[event.redemption_id]["status"] = "paid"


def _netted(ops: Ops, entry: Outline[settlement.Netted]) -> None:
    ops[SettlementLine].sums[_key(entry)][_NETTED] += entry.data.amount


def _failed(ops: Ops, entry: Outline[settlement.Failed]) -> None:
    ops[SettlementLine].fields[_key(entry)] |= {"status": "failed", "reason": entry.data.reason}


_NETTED = 0

VIEW = View(
    "settlements",
    3,
    (Settlement, SettlementLine, Claim),
    {
        order.RedemptionRequested: _requested,
        order.RedemptionApproved: _claim_approved,
        order.RedemptionRejected: _claim_is("gone"),
        order.RedemptionReversed: _claim_is("gone"),
        order.Settling: _claim_is("settling"),
        order.PaymentReturned: _claim_is("settling"),
        settlement.Proposed: _proposed,
        settlement.LineAdded: _line_added,
        settlement.Withdrawn: _withdrawn,
        order.SettlementWithdrawn: _line_withdrawn,
        settlement.Approved: _approved,
        settlement.Instructed: _instructed,
        settlement.Confirmed: _confirmed,
        settlement.Failed: _failed,
        settlement.PartlyPaid: _partly_paid,
        settlement.Returned: _returned,
        settlement.Netted: _netted,
        order.Paid: _paid,
    },
)


@dataclass(frozen=True, slots=True)
class Payable:
    """Approved redemptions of one payee that no settlement has taken up; minor units of `currency`."""

    programme: str
    payee: str
    payee_id: str
    currency: str
    count: int
    amount: int
    since_on: str


@dataclass(frozen=True, slots=True)
class SettlementSummary:
    """A batch with its payments by outcome; `status` is proposed, withdrawn, instructed, paid, or attention."""

    settlement_id: str
    seq: int
    programme: str
    currency: str
    count: int
    total: int
    proposed_by: str
    proposed_on: str
    approved_by: str
    approved_on: str
    withdrawn_by: str
    withdrawn_on: str
    reason: str
    status: str
    paid: int
    paid_amount: int
    failed: int
    failed_amount: int


def payables(session: Session, programme: str = "") -> list[Payable]:
    """What waits for settlement, by programme and payee, the longest wait first."""
    since_on = func.min(Claim.approved_on).label("since_on")
    by = (Order.programme, Order.payee, Order.payee_id, Order.currency)
    query = select(*by, func.count(), func.sum(Claim.amount), since_on).select_from(Claim)
    query = query.join(Order, Order.order_id == Claim.order_id).where(Claim.status == "approved").group_by(*by)
    if programme:
        query = query.where(Order.programme == programme)
    rows = session.execute(query.order_by(since_on, Order.programme, Order.payee_id))
    return [Payable(*row[:5], int(row[5]), row[6]) for row in rows]


def payable_orders(session: Session, programme: str, *, limit: int = 2_000) -> list[str]:
    """The orders that a settlement may take up now, in order of registration."""
    approved = select(Claim.order_id).where(Claim.status == "approved")
    query = select(Order.order_id).where(Order.programme == programme, Order.order_id.in_(approved))
    return list(session.scalars(query.order_by(Order.seq).limit(limit)))


def settlements(session: Session, *, programme: str = "", after: int = -1, limit: int = 100) -> list[SettlementSummary]:
    """Batches in the order of their proposal with seq above `after`, at most `limit` (1,000)."""
    query = _summaries().where(Settlement.seq > after)
    if programme:
        query = query.where(Settlement.programme == programme)
    rows = session.execute(query.order_by(Settlement.seq).limit(min(limit, MAX_SETTLEMENTS)))
    return [_summary(row) for row in rows]


def settlement_row(session: Session, settlement_id: str) -> SettlementSummary | None:
    """One batch, or nothing."""
    row = session.execute(_summaries().where(Settlement.settlement_id == settlement_id)).first()
    return _summary(row) if row else None


def settlement_lines(session: Session, settlement_id: str) -> list[SettlementLine]:
    """The payments of a batch (it has at most 2,000), in their order."""
    query = select(SettlementLine).where(SettlementLine.settlement_id == settlement_id)
    return list(session.scalars(query.order_by(SettlementLine.seq)))


def settlements_paid(session: Session, first: str, last: str, programme: str = "") -> list[str]:
    """The settlements of which the bank paid something that may fall between two days, by number."""
    query = select(Settlement.settlement_id).where(Settlement.approved_on != "", Settlement.proposed_on <= last)
    query = query.where(
        select(SettlementLine.seq)
        .where(SettlementLine.settlement_id == Settlement.settlement_id)
        # What came back and is paid anew, or not yet, moved on other days than its last one.
        .where(or_(SettlementLine.paid_on >= first, SettlementLine.status == "returned", SettlementLine.attempt > 1))
        .exists()
    )
    if programme:
        query = query.where(Settlement.programme == programme)
    return list(session.scalars(query.order_by(Settlement.settlement_id)))


def payments_to(session: Session, payee_id: str, *, after: int = -1, limit: int = 100) -> list[SettlementLine]:
    """What was or will be paid to a payee, in order, at most `limit` (1,000)."""
    query = select(SettlementLine).where(SettlementLine.payee_id == payee_id, SettlementLine.status != "withdrawn")
    query = query.where(SettlementLine.seq > after)
    return list(session.scalars(query.order_by(SettlementLine.seq).limit(min(limit, MAX_SETTLEMENTS))))


def _summaries() -> Select[*tuple[Any, ...]]:
    """Each batch with the number and amount of its paid and failed lines."""

    def of(*statuses: str) -> tuple[ColumnElement[int], ColumnElement[int]]:
        is_so = SettlementLine.status.in_(statuses)
        amount = func.coalesce(func.sum(case((is_so, SettlementLine.amount), else_=0)), 0)
        return func.coalesce(func.sum(case((is_so, 1), else_=0)), 0), amount

    columns = Settlement.__table__.columns
    return (
        select(*columns, *of("paid"), *of(*OWED_AGAIN))
        .join_from(Settlement, SettlementLine, SettlementLine.settlement_id == Settlement.settlement_id, isouter=True)
        .group_by(*columns)
    )


def _summary(row: Sequence[Any]) -> SettlementSummary:
    *stored, paid, paid_amount, failed, failed_amount = row
    columns = dict(zip(table_of(Settlement).columns.keys(), stored, strict=True))
    if not columns["approved_by"]:
        status = "withdrawn" if columns["withdrawn_by"] else "proposed"
    elif failed:
        status = "attention"
    else:
        status = "paid" if paid == columns["count"] else "instructed"
    # PostgreSQL sums whole numbers as decimals.
    columns |= {"paid": int(paid), "paid_amount": int(paid_amount)}
    columns |= {"failed": int(failed), "failed_amount": int(failed_amount)}
    return SettlementSummary(**columns, status=status)
