"""The list of demands: what enterprises need, and what providers offer."""

from typing import Any

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Handler, Key, Number, Ops, Row, View, Word, key_of
from vouchers.demand import events as demand
from vouchers.wire import Outline

MAX_DEMANDS = 1_000


class Demand(Row):
    """One demand; `seq` is the log number of its posting, the budget is in minor units of `currency`."""

    __tablename__ = "demands"
    __table_args__ = (Index("demands_by_status", "status", "category", "seq"),)
    demand_id: Mapped[Key]
    seq: Mapped[Number]
    enterprise_id: Mapped[Word]
    category: Mapped[Word]
    summary: Mapped[Word]
    digest: Mapped[Word]
    budget: Mapped[Number]
    currency: Mapped[Word]
    posted_on: Mapped[Word]
    until_on: Mapped[Word]
    status: Mapped[Word]
    accepted: Mapped[Word]
    order_id: Mapped[Word]


class Offer(Row):
    """One offer to a demand, standing, withdrawn or accepted; the fee in minor units of the demand's currency."""

    __tablename__ = "offers"
    demand_id: Mapped[Key]
    offer_id: Mapped[Key]
    provider_id: Mapped[Word]
    product_id: Mapped[Word]
    fee: Mapped[Number]
    starts_on: Mapped[Word]
    ends_on: Mapped[Word]
    offered_on: Mapped[Word]
    status: Mapped[Word]


def _posted(ops: Ops, entry: Outline[demand.Posted]) -> None:
    event = entry.data
    ops[Demand].fields[key_of(entry)] |= {
        "seq": entry.seq,
        "enterprise_id": event.enterprise_id,
        "category": event.category,
        "summary": event.summary,
        "digest": event.digest,
        "budget": event.budget,
        "currency": event.currency,
        "posted_on": entry.eff,
        "until_on": event.until_on,
        "status": "open",
    }


def _offered(ops: Ops, entry: Outline[demand.Offered]) -> None:
    event = entry.data
    ops[Offer].fields[key_of(entry), event.offer_id] |= {
        "provider_id": event.provider_id,
        "product_id": event.product_id,
        "fee": event.fee,
        "starts_on": event.starts_on,
        "ends_on": event.ends_on,
        "offered_on": entry.eff,
        "status": "standing",
    }


def _offer_withdrawn(ops: Ops, entry: Outline[demand.OfferWithdrawn]) -> None:
    ops[Offer].fields[key_of(entry), entry.data.offer_id]["status"] = "withdrawn"


def _accepted(ops: Ops, entry: Outline[demand.OfferAccepted]) -> None:
    ops[Offer].fields[key_of(entry), entry.data.offer_id]["status"] = "accepted"
    ops[Demand].fields[key_of(entry)] |= {"status": "accepted", "accepted": entry.data.offer_id}


def _came_to(status: str, **columns: str) -> Handler:
    """The handler that brings a demand to a status and copies fields of the event: column=field."""

    def step(ops: Ops, entry: Outline[Any]) -> None:
        copied = {column: getattr(entry.data, field) for column, field in columns.items()}
        ops[Demand].fields[key_of(entry)] |= {"status": status, **copied}

    return step


VIEW = View(
    "demands",
    1,
    (Demand, Offer),
    {
        demand.Posted: _posted,
        demand.Offered: _offered,
        demand.OfferWithdrawn: _offer_withdrawn,
        demand.OfferAccepted: _accepted,
        demand.Ordered: _came_to("ordered", order_id="order_id"),
        demand.Withdrawn: _came_to("withdrawn"),
    },
)


def demands(
    session: Session, *, category: str = "", enterprise_id: str = "", on: str = "", after: int = -1, limit: int = 100
) -> list[Demand]:
    """Demands in the order of posting; with a day only those that take offers then."""
    query = select(Demand).where(Demand.seq > after)
    if category:
        query = query.where(Demand.category == category)
    if enterprise_id:
        query = query.where(Demand.enterprise_id == enterprise_id)
    if on:
        query = query.where(Demand.status == "open", Demand.until_on >= on)
    return list(session.scalars(query.order_by(Demand.seq).limit(min(limit, MAX_DEMANDS))))


def offers(session: Session, demand_id: str) -> list[Offer]:
    """The offers to a demand, the lowest fee first."""
    query = select(Offer).where(Offer.demand_id == demand_id).order_by(Offer.fee, Offer.offer_id)
    return list(session.scalars(query))
