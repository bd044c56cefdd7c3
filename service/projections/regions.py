"""Regions and levels: which payments wait for a clearing, who owes whom for a month, and which level paid what."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Mapped, Session

from service.projections.orders import Order
from service.projections.settlements import SettlementLine
from service.projections.tables import Key, Number, Ops, Row, View, Word, key_of
from vouchers.clearing import events as clearing
from vouchers.order import events as order
from vouchers.policy import payer_of
from vouchers.wire import Outline

MOST_DUE = 10_000


class Crossing(Row):
    """One order that a region pays: whose programme and period it is, and the area that pays."""

    __tablename__ = "crossings"
    order_id: Mapped[Key]
    programme: Mapped[Word]
    period: Mapped[Word]
    payer: Mapped[Word]


class RegionFlow(Row):
    """One payment in a clearing, from the region that paid to the one that performed; `clearing` is empty once out."""

    __tablename__ = "region_flows"
    redemption_id: Mapped[Key]
    order_id: Mapped[Word]
    region_from: Mapped[Word]
    region_to: Mapped[Word]
    amount: Mapped[Number]
    clearing: Mapped[Word]


class Clearing(Row):
    """The clearing of one month; `stated_seq` is the log number of its last proposal, amounts are minor units."""

    __tablename__ = "clearings"
    clearing: Mapped[Key]
    programme: Mapped[Word]
    month: Mapped[Word]
    currency: Mapped[Word]
    status: Mapped[Word]
    stated_seq: Mapped[Number]
    flows: Mapped[Number]
    gross: Mapped[Number]
    proposed_by: Mapped[Word]
    proposed_on: Mapped[Word]
    approved_by: Mapped[Word]
    approved_on: Mapped[Word]
    reason: Mapped[Word]


class ClearingPosition(Row):
    """What one region owes another for a month; `seq` tells the proposal that it belongs to."""

    __tablename__ = "clearing_positions"
    clearing: Mapped[Key]
    region_from: Mapped[Key]
    region_to: Mapped[Key]
    seq: Mapped[Number]
    amount: Mapped[Number]


class LevelShare(Row):
    """What a level of government pays of an order, where no redemption is named, or of a redemption."""

    __tablename__ = "level_shares"
    order_id: Mapped[Key]
    redemption_id: Mapped[Key]
    level: Mapped[Key]
    amount: Mapped[Number]


def _registered(ops: Ops, entry: Outline[order.Registered]) -> None:
    payer = payer_of(entry.data.pool)
    if payer:
        fields = {"programme": entry.data.programme, "period": entry.data.period, "payer": payer}
        ops[Crossing].fields[key_of(entry)] |= fields


def _funded(ops: Ops, entry: Outline[order.Funded]) -> None:
    for each in entry.data.levels:
        row = ops[LevelShare].fields[key_of(entry), entry.data.redemption_id, each.level]
        row["amount"] = each.amount


def _added(ops: Ops, entry: Outline[clearing.FlowAdded]) -> None:
    event = entry.data
    ops[RegionFlow].fields[event.redemption_id] |= {
        "order_id": event.order_id,
        "region_from": event.region_from,
        "region_to": event.region_to,
        "amount": event.amount,
        "clearing": key_of(entry),
    }


def _taken_out(ops: Ops, entry: Outline[clearing.FlowTakenOut]) -> None:
    ops[RegionFlow].fields[entry.data.redemption_id]["clearing"] = ""


def _proposed(ops: Ops, entry: Outline[clearing.Proposed]) -> None:
    event = entry.data
    ops[Clearing].fields[key_of(entry)] |= {
        "programme": event.programme,
        "month": event.month,
        "currency": event.currency,
        "status": "proposed",
        "stated_seq": entry.seq,
        "flows": event.flows,
        "gross": event.gross,
        "proposed_by": event.proposed_by,
        "proposed_on": entry.eff,
    }


def _stated(ops: Ops, entry: Outline[clearing.PositionStated]) -> None:
    event = entry.data
    key = key_of(entry), event.region_from, event.region_to
    ops[ClearingPosition].fields[key] |= {"seq": entry.seq, "amount": event.amount}


def _approved(ops: Ops, entry: Outline[clearing.Approved]) -> None:
    row = {"status": "approved", "approved_by": entry.data.approved_by, "approved_on": entry.eff}
    ops[Clearing].fields[key_of(entry)] |= row


def _withdrawn(ops: Ops, entry: Outline[clearing.Withdrawn]) -> None:
    ops[Clearing].fields[key_of(entry)] |= {"status": "open", "reason": entry.data.reason}


VIEW = View(
    "regions",
    1,
    (Crossing, RegionFlow, Clearing, ClearingPosition, LevelShare),
    {
        order.Registered: _registered,
        order.Funded: _funded,
        clearing.FlowAdded: _added,
        clearing.FlowTakenOut: _taken_out,
        clearing.Proposed: _proposed,
        clearing.PositionStated: _stated,
        clearing.Approved: _approved,
        clearing.Withdrawn: _withdrawn,
    },
)


@dataclass(frozen=True, slots=True)
class LevelTotal:
    """What one level of government holds for orders and has paid, in minor units."""

    level: str
    orders: int
    granted: int
    paid: int


def orders_due(session: Session, programme: str, month: str, *, limit: int = MOST_DUE) -> list[str]:
    """The orders with payments that the clearing of a month has to take in, or to take out because they came back."""
    flow = RegionFlow.clearing
    paid = and_(
        SettlementLine.status == "paid", SettlementLine.paid_on <= f"{month}-31", or_(flow.is_(None), flow == "")
    )
    came_back = and_(SettlementLine.status == "returned", flow != "")
    query = (
        _lines(select(SettlementLine.order_id).distinct())
        .where(Crossing.programme == programme, or_(paid, came_back))
        .order_by(SettlementLine.order_id)
    )
    return list(session.scalars(query.limit(limit)))


def clearings(session: Session, programme: str = "") -> list[Clearing]:
    """Every month whose positions were stated, by programme and month."""
    query = select(Clearing).order_by(Clearing.programme, Clearing.month)
    return list(session.scalars(query.where(Clearing.programme == programme) if programme else query))


def positions(session: Session, key: str) -> list[ClearingPosition]:
    """What is owed by the last statement of a month, by who owes and to whom."""
    query = (
        select(ClearingPosition)
        .join(Clearing, Clearing.clearing == ClearingPosition.clearing)
        .where(ClearingPosition.clearing == key, ClearingPosition.seq > Clearing.stated_seq)
        .order_by(ClearingPosition.region_from, ClearingPosition.region_to)
    )
    return list(session.scalars(query))


def flows(session: Session, key: str) -> list[RegionFlow]:
    """The payments of a month's clearing, by redemption."""
    query = select(RegionFlow).where(RegionFlow.clearing == key).order_by(RegionFlow.redemption_id)
    return list(session.scalars(query))


def level_totals(session: Session, programme: str, period: str) -> list[LevelTotal]:
    """What each level pays in a programme's period: of all that orders were granted, and of what is paid."""
    paid = select(SettlementLine.redemption_id).where(SettlementLine.status == "paid")
    whole = LevelShare.redemption_id == ""
    query = (
        select(
            LevelShare.level,
            func.sum(case((whole, 1), else_=0)),
            func.sum(case((whole, LevelShare.amount), else_=0)),
            func.sum(case((LevelShare.redemption_id.in_(paid), LevelShare.amount), else_=0)),
        )
        .join(Order, Order.order_id == LevelShare.order_id)
        .where(Order.programme == programme, Order.period == period, Order.status.not_in(("cancelled", "lapsed")))
        .group_by(LevelShare.level)
        .order_by(LevelShare.level)
    )
    return [LevelTotal(row[0], *map(int, row[1:])) for row in session.execute(query)]


def _lines(query: Select[Any]) -> Select[Any]:
    """Payments of orders that a region pays, with the clearing that they are in."""
    return query.join(Crossing, Crossing.order_id == SettlementLine.order_id).join(
        RegionFlow, RegionFlow.redemption_id == SettlementLine.redemption_id, isouter=True
    )
