"""The course of things, for whoever evaluates a programme: who was judged and what they are, and each order's days."""

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from service.projections.tables import Handler, Key, Number, Ops, Row, Sum, View, Word, key_of
from vouchers.entitlement import events as entitlement
from vouchers.order import events as order
from vouchers.policy.sizes import china_2011_300, eu_sme
from vouchers.wire import Outline

MEASURES = ("region", "sector", "staff", "revenue", "assets")


class Judged(Row):
    """An enterprise as it was when it was granted or denied: the outcome that stands, its place and its size class.

    `size` is the class of document 2011-300, or the European one where no sector is known; nothing where the facts
    do not tell it.
    """

    __tablename__ = "judged"
    programme: Mapped[Key]
    period: Mapped[Key]
    enterprise_id: Mapped[Key]
    outcome: Mapped[Word]
    decided_on: Mapped[Word]
    region: Mapped[Word]
    size: Mapped[Word]


class Course(Row):
    """One order from grant to payment; sums in minor units, each day the last on which such a thing happened.

    Gross and subsidy are those of the contract as it was last changed.
    """

    __tablename__ = "courses"
    __table_args__ = (
        Index("courses_by_period", "programme", "period", "seq"),
        Index("courses_by_enterprise", "enterprise_id", "seq"),
    )
    order_id: Mapped[Key]
    seq: Mapped[Number]
    programme: Mapped[Word]
    period: Mapped[Word]
    category: Mapped[Word]
    enterprise_id: Mapped[Word]
    provider_id: Mapped[Word]
    enterprise_region: Mapped[Word]
    provider_region: Mapped[Word]
    gross: Mapped[Number]
    subsidy: Mapped[Number]
    granted_on: Mapped[Word]
    registered_on: Mapped[Word]
    delivered_on: Mapped[Word]
    requested_on: Mapped[Word]
    paid_on: Mapped[Word]
    ended: Mapped[Word]
    requests: Mapped[Sum]
    rejections: Mapped[Sum]
    paid: Mapped[Sum]
    clawed_back: Mapped[Sum]


_REQUESTS, _REJECTIONS, _PAID, _CLAWED_BACK = range(4)


def _judged(outcome: str) -> Handler:
    def judged(ops: Ops, entry: Outline[Any]) -> None:
        event = entry.data
        ops[Judged].fields[event.programme, event.period, event.enterprise_id] |= {
            "outcome": outcome,
            "decided_on": entry.eff,
            "region": str(event.facts.region or ""),
            "size": _size_of(event.facts),
        }

    return judged


def _size_of(facts: Any) -> str:
    known = {name: value for name in MEASURES if isinstance(value := getattr(facts, name), int)}
    try:
        return china_2011_300(known) if "sector" in known else eu_sme(known)
    except KeyError:
        return ""


def _registered(ops: Ops, entry: Outline[Any]) -> None:
    event = entry.data
    ops[Course].fields[key_of(entry)] |= {
        "seq": entry.seq,
        "programme": event.programme,
        "period": event.period,
        "category": event.category,
        "enterprise_id": event.enterprise_id,
        "provider_id": event.provider_id,
        "enterprise_region": str(event.enterprise_facts.region or ""),
        "provider_region": str(event.provider_facts.region or ""),
        "gross": event.gross,
        "subsidy": event.subsidy,
        "granted_on": event.granted_on,
        "registered_on": event.registered_on,
    }


def _changed(ops: Ops, entry: Outline[order.Changed]) -> None:
    ops[Course].fields[key_of(entry)] |= {"gross": entry.data.gross, "subsidy": entry.data.subsidy}


def _delivered(ops: Ops, entry: Outline[order.DeliveryAccepted | order.PartDelivered]) -> None:
    ops[Course].fields[key_of(entry)]["delivered_on"] = entry.data.delivered_on


def _requested(ops: Ops, entry: Outline[order.RedemptionRequested]) -> None:
    key = key_of(entry)
    ops[Course].fields[key]["requested_on"] = entry.eff
    ops[Course].sums[key][_REQUESTS] += 1


def _rejected(ops: Ops, entry: Outline[order.RedemptionRejected]) -> None:
    ops[Course].sums[key_of(entry)][_REJECTIONS] += 1


def _paid(ops: Ops, entry: Outline[order.Paid]) -> None:
    key = key_of(entry)
    ops[Course].fields[key]["paid_on"] = entry.data.paid_on
    ops[Course].sums[key][_PAID] += entry.data.amount


def _returned(ops: Ops, entry: Outline[order.PaymentReturned]) -> None:
    ops[Course].sums[key_of(entry)][_PAID] -= entry.data.amount


def _clawed_back(ops: Ops, entry: Outline[order.ClawbackOrdered]) -> None:
    ops[Course].sums[key_of(entry)][_CLAWED_BACK] += entry.data.amount


def _ended(how: str) -> Handler:
    def ended(ops: Ops, entry: Outline[Any]) -> None:
        ops[Course].fields[key_of(entry)]["ended"] = how

    return ended


VIEW = View(
    "courses",
    3,
    (Judged, Course),
    {
        entitlement.Granted: _judged("granted"),
        entitlement.Denied: _judged("denied"),
        order.Registered: _registered,
        order.Changed: _changed,
        order.DeliveryAccepted: _delivered,
        order.PartDelivered: _delivered,
        order.RedemptionRequested: _requested,
        order.RedemptionRejected: _rejected,
        order.Paid: _paid,
        order.PaymentReturned: _returned,
        order.ClawbackOrdered: _clawed_back,
        order.Cancelled: _ended("cancelled"),
        order.Lapsed: _ended("lapsed"),
    },
)
