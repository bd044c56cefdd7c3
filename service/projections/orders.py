"""Orders: one row each, from registration to payment, and the queries of the people who wait for them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Index, or_, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Handler, Key, Number, Ops, Row, Sum, View, Word, key_of
from vouchers.invoice import events as invoice
from vouchers.order import events as order
from vouchers.voucher import events as voucher
from vouchers.wire import Outline

MAX_ORDERS = 1_000
COURSE = frozenset(
    {
        "enterprise_region",
        "provider_region",
        "granted_on",
        "requested_on",
        "ended",
        "requests",
        "rejections",
    }
)


class Order(Row):
    """One order; amounts in minor units of `currency`, `seq` is the log number of its registration.

    Gross, net, base, subsidy and own_share are as registered; reserved and claimed are what its voucher holds for it
    now; released is all that went back to the voucher and lapsed what of it nobody redeemed in time, paid all that was
    paid, clawed_back what was demanded back. `status` is the step last taken: an order with several claims may hold
    more than it tells. `invoice` is the one filed last, though it may have left since; OrderInvoice has what stays.
    What COURSE names is for evaluators: each day is the last of its kind. What a bank returned is not paid.
    """

    __tablename__ = "orders"
    __table_args__ = (
        Index("orders_by_enterprise", "enterprise_id", "seq"),
        Index("orders_by_provider", "provider_id", "seq"),
        Index("orders_by_status", "programme", "status", "seq"),
    )
    order_id: Mapped[Key]
    seq: Mapped[Number]
    programme: Mapped[Word]
    period: Mapped[Word]
    category: Mapped[Word]
    voucher_id: Mapped[Word]
    enterprise_id: Mapped[Word]
    provider_id: Mapped[Word]
    payee: Mapped[Word]
    payee_id: Mapped[Word]
    policy_version: Mapped[Word]
    tier: Mapped[Word]
    currency: Mapped[Word]
    gross: Mapped[Number]
    net: Mapped[Number]
    base: Mapped[Number]
    subsidy: Mapped[Number]
    own_share: Mapped[Number]
    registered_on: Mapped[Word]
    contract_on: Mapped[Word]
    starts_on: Mapped[Word]
    ends_on: Mapped[Word]
    status: Mapped[Word]
    status_on: Mapped[Word]
    approved_on: Mapped[Word]
    delivered_on: Mapped[Word]
    invoice: Mapped[Word]
    invoiced_on: Mapped[Word]
    invoice_gross: Mapped[Number]
    invoice_net: Mapped[Number]
    redemption_id: Mapped[Word]
    settlement_id: Mapped[Word]
    paid_on: Mapped[Word]
    reason: Mapped[Word]
    enterprise_region: Mapped[Word]
    provider_region: Mapped[Word]
    granted_on: Mapped[Word]
    requested_on: Mapped[Word]
    ended: Mapped[Word]
    reserved: Mapped[Sum]
    released: Mapped[Sum]
    claimed: Mapped[Sum]
    paid: Mapped[Sum]
    clawed_back: Mapped[Sum]
    lapsed: Mapped[Sum]
    requests: Mapped[Sum]
    rejections: Mapped[Sum]

    def as_dict(self) -> dict[str, Any]:
        """The row as plain values by column, without what is for evaluators."""
        return {name: value for name, value in super().as_dict().items() if name not in COURSE}


class OrderInvoice(Row):
    """One invoice, or the line of it, that an order has or had; amounts in minor units of `currency`.

    Gross and net are the order's part and total_gross and total_net the whole invoice; red_gross and red_net are what
    red-letter invoices took back of the part; `withdrawn_on` is set once it left the order.
    """

    __tablename__ = "order_invoices"
    order_id: Mapped[Key]
    invoice: Mapped[Key]
    seq: Mapped[Number]
    issued_on: Mapped[Word]
    currency: Mapped[Word]
    gross: Mapped[Number]
    net: Mapped[Number]
    total_gross: Mapped[Number]
    total_net: Mapped[Number]
    withdrawn_on: Mapped[Word]
    red_gross: Mapped[Sum]
    red_net: Mapped[Sum]


_SUM_OF = {"reserved": 0, "available": 1, "claimed": 2, "paid": 3, "clawed_back": 4}
_LAPSED, _REQUESTS, _REJECTIONS = 5, 6, 7


def _registered(ops: Ops, entry: Outline[Any]) -> None:
    event = entry.data
    ops[Order].fields[key_of(entry)] |= {
        "seq": entry.seq,
        "programme": event.programme,
        "period": event.period,
        "category": event.category,
        "voucher_id": event.voucher_id,
        "enterprise_id": event.enterprise_id,
        "provider_id": event.provider_id,
        "payee": event.payee,
        "payee_id": event.provider_id if event.payee == "provider" else event.enterprise_id,
        "policy_version": event.policy_version,
        "tier": event.tier,
        "currency": event.currency,
        "gross": event.gross,
        "net": event.net,
        "base": event.base,
        "subsidy": event.subsidy,
        "own_share": event.own_share,
        "registered_on": event.registered_on,
        "contract_on": event.contract_on,
        "starts_on": event.starts_on,
        "ends_on": event.ends_on,
        "status": "registered",
        "status_on": entry.eff,
        "enterprise_region": str(event.enterprise_facts.region or ""),
        "provider_region": str(event.provider_facts.region or ""),
        "granted_on": event.granted_on,
    }


def _step(status: str, **columns: str) -> Handler:
    """The handler that brings an order to a status and copies fields of the event: column=field."""
    copies = tuple(columns.items())

    def step(ops: Ops, entry: Outline[Any]) -> None:
        fields = ops[Order].fields[key_of(entry)]
        fields["status"] = status
        fields["status_on"] = entry.eff
        for column, field in copies:
            fields[column] = getattr(entry.data, field)

    return step


def _part_delivered(ops: Ops, entry: Outline[order.PartDelivered]) -> None:
    ops[Order].fields[key_of(entry)]["delivered_on"] = entry.data.delivered_on


def _requested(ops: Ops, entry: Outline[order.RedemptionRequested]) -> None:
    key, changes = key_of(entry), ops[Order]
    changes.fields[key] |= {
        "status": "requested",
        "status_on": entry.eff,
        "redemption_id": entry.data.redemption_id,
        "requested_on": entry.eff,
    }
    changes.sums[key][_REQUESTS] += 1


def _rejected(ops: Ops, entry: Outline[order.RedemptionRejected]) -> None:
    key, changes = key_of(entry), ops[Order]
    changes.fields[key] |= {"status": "invoiced", "status_on": entry.eff, "reason": entry.data.reason}
    changes.sums[key][_REJECTIONS] += 1


def _approved(ops: Ops, entry: Outline[order.RedemptionApproved]) -> None:
    ops[Order].fields[key_of(entry)] |= {"status": "approved", "status_on": entry.eff, "approved_on": entry.eff}


def _settlement_withdrawn(ops: Ops, entry: Outline[order.SettlementWithdrawn]) -> None:
    ops[Order].fields[key_of(entry)] |= {"status": "approved", "status_on": entry.eff, "settlement_id": ""}


def _mover(from_place: str, to_place: str) -> Handler:
    """The handler that follows an order's value between the places of its voucher."""
    source, target = _SUM_OF[from_place], _SUM_OF[to_place]
    leaves = from_place in ("reserved", "claimed") or to_place == "claimed"

    def moved(ops: Ops, entry: Outline[Any]) -> None:
        sums = ops[Order].sums[entry.data.order_id]
        if leaves:
            sums[source] -= entry.data.amount
        sums[target] += entry.data.amount

    return moved


def _released(ops: Ops, entry: Outline[voucher.Released]) -> None:
    _MOVED_BACK(ops, entry)
    if entry.data.reason == "lapsed":
        ops[Order].sums[entry.data.order_id][_LAPSED] += entry.data.amount


def _ended(how: str, **columns: str) -> Handler:
    """The handler that brings an order to its end."""
    step = _step(how, **columns)

    def ended(ops: Ops, entry: Outline[Any]) -> None:
        step(ops, entry)
        ops[Order].fields[key_of(entry)]["ended"] = how

    return ended


def _invoice_added(ops: Ops, entry: Outline[order.InvoiceAdded]) -> None:
    event = entry.data
    ops[Order].fields[key_of(entry)] |= {
        "invoice": event.invoice,
        "invoiced_on": event.issued_on,
        "invoice_gross": event.gross,
        "invoice_net": event.net,
    }


def _changed(ops: Ops, entry: Outline[order.Changed]) -> None:
    event = entry.data
    ops[Order].fields[key_of(entry)] |= {
        "gross": event.gross,
        "net": event.net,
        "base": event.base,
        "subsidy": event.subsidy,
        "own_share": event.own_share,
        "ends_on": event.ends_on,
    }


def _rest_released(ops: Ops, entry: Outline[order.RestReleased]) -> None:
    event = entry.data
    ops[Order].fields[key_of(entry)] |= {"status": event.status, "status_on": entry.eff, "reason": event.reason}


def _filed(ops: Ops, entry: Outline[invoice.Filed | invoice.PartFiled]) -> None:
    event = entry.data
    ops[OrderInvoice].fields[event.order_id, key_of(entry)] |= {
        "seq": entry.seq,
        "issued_on": event.issued_on,
        "currency": event.currency,
        "gross": getattr(event, "part_gross", event.gross),
        "net": getattr(event, "part_net", event.net),
        "total_gross": event.gross,
        "total_net": event.net,
        "withdrawn_on": "",
    }


def _filed_beside(ops: Ops, entry: Outline[invoice.FiledBeside]) -> None:
    # It pays on the part of another order; day and currency are told with that one.
    event = entry.data
    ops[OrderInvoice].fields[event.order_id, key_of(entry)] |= {
        "seq": entry.seq,
        "gross": event.gross,
        "net": event.net,
        "total_gross": event.gross,
        "total_net": event.net,
        "withdrawn_on": "",
    }


def _withdrawn(ops: Ops, entry: Outline[invoice.Withdrawn]) -> None:
    ops[OrderInvoice].fields[entry.data.order_id, key_of(entry)]["withdrawn_on"] = entry.eff


def _red_letter(ops: Ops, entry: Outline[invoice.Reversed]) -> None:
    for cut in entry.data.cuts:
        sums = ops[OrderInvoice].sums[cut.order_id, key_of(entry)]
        sums[0] += cut.gross
        sums[1] += cut.net


_STEPS: dict[type, Handler] = {
    order.Registered: _registered,
    order.DeliveryAccepted: _step("delivered", delivered_on="delivered_on"),
    order.PartDelivered: _part_delivered,
    order.InvoiceFiled: _step(
        "invoiced", invoice="invoice", invoiced_on="issued_on", invoice_gross="gross", invoice_net="net"
    ),
    order.RedemptionRequested: _requested,
    order.RedemptionApproved: _approved,
    order.RedemptionRejected: _rejected,
    order.RedemptionReversed: _step("invoiced", reason="reason"),
    order.Settling: _step("settling", settlement_id="settlement_id"),
    order.SettlementWithdrawn: _settlement_withdrawn,
    order.Paid: _step("paid", paid_on="paid_on"),
    order.InvoiceAdded: _invoice_added,
    order.Changed: _changed,
    order.RestReleased: _rest_released,
    invoice.Filed: _filed,
    invoice.PartFiled: _filed,
    invoice.FiledBeside: _filed_beside,
    invoice.Withdrawn: _withdrawn,
    invoice.Reversed: _red_letter,
    order.PaymentReturned: _step("settling", reason="reason"),
    order.Cancelled: _ended("cancelled", reason="reason"),
    order.Lapsed: _ended("lapsed"),
}
_MOVES = {event: _mover(*places) for event, places in voucher.MOVES.items() if hasattr(event, "order_id")}

_MOVED_BACK = _MOVES[voucher.Released]

VIEW = View(
    "orders",
    8,
    (Order, OrderInvoice),
    {**_STEPS, **_MOVES, voucher.Released: _released},
)


def orders(
    session: Session,
    *,
    enterprise_id: str | Sequence[str] = "",
    provider_id: str = "",
    programme: str = "",
    status: str = "",
    holding: bool = False,
    after: int = -1,
    limit: int = 100,
) -> list[Order]:
    """Orders in the order of registration with seq above `after`, at most `limit` (1,000); of one or some firms.

    `holding` asks for those that hold value of a voucher, whatever their last step was.
    """
    query = select(Order).where(Order.seq > after)
    if holding:
        query = query.where(or_(Order.reserved > 0, Order.claimed > 0))
    if enterprise_id:
        codes = (enterprise_id,) if isinstance(enterprise_id, str) else enterprise_id
        query = query.where(Order.enterprise_id.in_(codes))
    wanted = {"provider_id": provider_id, "programme": programme, "status": status}
    for column, value in wanted.items():
        if value:
            query = query.where(Order.__table__.c[column] == value)
    return list(session.scalars(query.order_by(Order.seq).limit(min(limit, MAX_ORDERS))))


def order_row(session: Session, order_id: str) -> Order | None:
    """One order, or nothing."""
    return session.get(Order, order_id)


def invoices_of(session: Session, order_id: str) -> list[OrderInvoice]:
    """The invoices that an order has, in the order of their filing."""
    query = select(OrderInvoice).where(OrderInvoice.order_id == order_id, OrderInvoice.withdrawn_on == "")
    return list(session.scalars(query.order_by(OrderInvoice.seq)))
