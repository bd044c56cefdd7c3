"""Orders: preview and registration by the enterprise, then delivery, invoice, claim and cancellation."""

from typing import Any, Final

from flask import Response

from schemas import answers_resources as answers
from schemas.requests import (
    DeliveryBody,
    InvoiceBody,
    OrderBody,
    OrdersQuery,
    PlainQuery,
    ReasonBody,
    RedemptionBody,
)
from schemas.values import amount_in, key_of
from service.api.answering import Answer, act, look_up, money, number_after, page, reading, state, with_money
from service.api.asking import caller, idempotency_key, predecessors, service
from service.api.blueprints import Blueprint
from service.api.versions import decided_on, tagged
from service.belonging import check_claimant, check_order, check_payee, check_voucher
from service.projections.orders import Order as Row
from service.projections.orders import order_row
from service.projections.orders import orders as list_rows
from service.reach import is_narrow, reaches, site_of
from vouchers import application, wire
from vouchers.identifiers import make_code
from vouchers.kinds import ORDER, PROGRAMME, VOUCHER
from vouchers.order import decisions as orders
from vouchers.order.events import Registered
from vouchers.order.state import Order
from vouchers.policy import review_rule
from vouchers.replay import state_as_of
from vouchers.values import asdict
from vouchers.voucher.events import Issued

blueprint = Blueprint("orders", __name__, url_prefix="/v1/orders")

_ORDER, _DELIVERY, _INVOICE = OrderBody(), DeliveryBody(), InvoiceBody()
_REDEMPTION, _REASON = RedemptionBody(), ReasonBody()
_AMOUNTS: Final = {"gross", "net", "asked"}
_WAITING_MONEY: Final = frozenset({"amount"})
_ORDERS, _PLAIN = OrdersQuery(), PlainQuery()
# What is told of each voucher, invoice and redemption of an order, and which of it is money.
_PARTS: Final = {
    "vouchers": ("voucher_id", "enterprise_id", "amount"),
    "invoices": ("invoice", "issued_on", "gross", "net", "red_gross", "red_net"),
    "redemptions": ("redemption_id", "status", "amount", "invoices", "settlement_id", "paid_on", "paid", "clawed_back"),
}
_PART_MONEY: Final = frozenset({"amount", "clawed_back", "gross", "net", "paid", "red_gross", "red_net"})


@blueprint.post("")
@blueprint.arguments(_ORDER)
@blueprint.response(201, answers.REGISTERED)
def register(values: Answer) -> Response:
    """Register an order; its number is derived from the caller and the idempotency key."""
    order_id = make_code("O", caller().actor, idempotency_key())
    command, currency = _command(order_id, values)
    response = act(application.register_order, command, lambda answer: with_money(answer, currency), 201)
    response.headers["Location"] = f"/v1/orders/{order_id}"
    return response


@blueprint.post("/queue")
@blueprint.arguments(_ORDER)
def join_round(values: Answer) -> Response:
    """Let an order wait for money: in the queue of its pool, or in the open round; nothing is reserved for it yet."""
    order_id = make_code("O", caller().actor, idempotency_key())
    command, currency = _command(order_id, values)
    return act(application.join_round, command, lambda answer: with_money(answer, currency, _WAITING_MONEY), 201)


@blueprint.post("/preview")
@blueprint.arguments(_ORDER)
@blueprint.response(200, answers.PREVIEW)
def preview(values: Answer) -> Response:
    """What registering the order would answer; nothing is recorded."""
    command, currency = _command("preview", values)
    return act(application.preview_order, command, lambda answer: _unnumbered(with_money(answer, currency)))


@blueprint.get("")
@blueprint.arguments(_ORDERS, location="query")
@blueprint.response(200, answers.ORDERS)
def list_orders(values: Answer) -> Response:
    """The caller's orders, or all of them for those who may see all, in order of registration."""
    # A firm sees its own, whatever it asks for; what was ordered by those whose place it takes is its own too.
    if caller().role == "enterprise":
        values["enterprise_id"] = (caller().subject, *predecessors())
    elif caller().role == "provider":
        values["provider_id"] = caller().subject
    limit, after, cursor = values.pop("limit"), values.pop("after", None), values.pop("cursor", None)
    with reading(after) as (session, position):
        rows = list_rows(session, **values, after=number_after(cursor, start=-1), limit=limit)
        items = [_shown(row) for row in rows if _is_within(row)]
    return page(items, rows[-1].seq if len(rows) == limit else None, position)


@blueprint.get("/<name:order_id>")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, answers.ORDER)
@tagged(ORDER.stream)
def show_order(values: Answer, order_id: str) -> Response:
    """One order with its vouchers, invoices and redemptions, the documents it needs, how its subsidy was computed."""
    registered = check_order(caller(), _state(order_id), predecessors)
    row, position = look_up(values.get("after"), lambda session: order_row(session, order_id))
    shown = {**_shown(row), **_parts(order_id, position), "evidence": _evidence(registered)}
    if caller().role != "provider":
        shown["explanation"] = [wire.plain(line) for line in registered.trace]
    return state(shown, position)


@blueprint.post("/<name:order_id>/deliveries")
@blueprint.arguments(_DELIVERY)
@blueprint.response(200, answers.ORDER_STEP)
@decided_on(ORDER.stream)
def accept_delivery(values: Answer, order_id: str) -> Response:
    """The enterprise accepts the service."""
    check_order(caller(), _state(order_id), predecessors)
    return act(application.accept_delivery, orders.AcceptDelivery(order_id, **values), dict)


@blueprint.post("/<name:order_id>/invoices")
@blueprint.arguments(_INVOICE)
@blueprint.response(200, answers.INVOICED)
@decided_on(ORDER.stream)
def file_invoice(values: Answer, order_id: str) -> Response:
    """The provider files its invoice; or the enterprise, where it is paid itself."""
    state_now = _state(order_id)
    own = check_claimant(caller(), state_now, predecessors).currency
    stated = values["gross"]["currency"]
    foreign = state_now.converted is not None and state_now.converted.foreign_currency == stated != own
    currency = stated if foreign else own
    command = orders.FileInvoice(
        order_id,
        key_of(values["invoice"], "/invoice"),
        values["issued_on"],
        amount_in(currency, values, "gross"),
        amount_in(currency, values, "net"),
        replaces=key_of(values["replaces"], "/replaces") if "replaces" in values else "",
        total_gross=amount_in(currency, values, "total_gross") if "total_gross" in values else None,
        total_net=amount_in(currency, values, "total_net") if "total_net" in values else None,
        currency=currency if foreign else "",
        rate=_rate(values),
    )
    return act(application.file_invoice, command, dict)


@blueprint.post("/<name:order_id>/redemptions")
@blueprint.arguments(_REDEMPTION)
@blueprint.response(201, answers.CLAIMED)
@decided_on(ORDER.stream)
def request_redemption(values: Answer, order_id: str) -> Response:
    """Whoever is paid claims the subsidy."""
    currency = check_payee(caller(), _state(order_id), predecessors).currency
    command = orders.RequestRedemption(order_id, values["evidence"], values["more_to_come"])
    return act(application.request_redemption, command, lambda answer: with_money(answer, currency), 201)


@blueprint.post("/<name:order_id>/cancellation")
@blueprint.arguments(_REASON)
@blueprint.response(200, answers.RELEASED)
@decided_on(ORDER.stream)
def cancel(values: Answer, order_id: str) -> Response:
    """Cancel before anything was claimed."""
    currency = check_order(caller(), _state(order_id), predecessors).currency
    command = orders.CancelOrder(order_id, values["reason"])
    return act(application.cancel_order, command, lambda answer: with_money(answer, currency))


def _command(order_id: str, values: Answer) -> tuple[orders.RegisterOrder, str]:
    terms = check_voucher(caller(), service().ledger.state(VOUCHER, values["voucher_id"]), predecessors)
    return registration(order_id, caller().subject, terms, values), terms.currency


def registration(order_id: str, enterprise_id: str, terms: Issued, values: Answer) -> orders.RegisterOrder:
    """The command of a request to register an order; its amounts are in the currency of its voucher, or at its rate."""
    rate = _rate(values)
    currency = values["gross"]["currency"] if rate else terms.currency
    for name in sorted(_AMOUNTS & set(values)):
        values[name] = amount_in(terms.currency if name == "asked" else currency, values, name)
    values |= {"vouchers": tuple(values.get("vouchers", ())), "currency": currency if rate else "", "rate": rate}
    return orders.RegisterOrder(order_id=order_id, enterprise_id=enterprise_id, **values)


def _rate(values: dict[str, Any]) -> orders.Rate | None:
    """The rate of a price in foreign money, taken out of what a body says."""
    rate = values.pop("rate", None)
    return orders.Rate(**rate) if rate else None


def _state(order_id: str) -> Order:
    return service().ledger.state(ORDER, order_id)


def _evidence(registered: Registered) -> list[str]:
    """The documents that a claim needs: those of the category, then those that the enterprise's credit tier adds."""
    adopted = service().ledger.state(PROGRAMME, registered.programme).policy(registered.policy_version)
    assert adopted is not None, "an order names a policy that was adopted"
    rule = review_rule(application.compiled(adopted), registered.tier)
    return list(dict.fromkeys((*registered.evidence, *rule.evidence)))


def _parts(order_id: str, position: int) -> Answer:
    """What else an order has, as of a position: vouchers, invoices, redemptions, what is set aside for coupons."""
    stood = state_as_of(ORDER, service().ledger.history(ORDER.stream(order_id)), position=position)
    currency = orders.known(stood).currency
    found = {
        "vouchers": [asdict(share) for share in stood.shares],
        "invoices": [asdict(bill) for bill in stood.bills.values()],
        "redemptions": [asdict(claim) for claim in stood.claims.values()],
    }
    parts: Answer = {
        name: [with_money({part: each[part] for part in _PARTS[name]}, currency, _PART_MONEY) for each in items]
        for name, items in found.items()
    }
    return parts | {"set_aside": money(stood.aside, currency)}


def _is_within(row: Row) -> bool:
    """Whether an order is within the limits of a caller who is limited to a site or to programmes."""
    return not is_narrow(caller()) or reaches(caller(), row.programme, site_of(orders.known(_state(row.order_id))))


def _shown(row: Row) -> Answer:
    """An order without what only the log needs; what the registry says of a firm is not for its providers."""
    values: dict[str, Any] = row.as_dict()
    del values["seq"]
    if caller().role == "provider":
        del values["tier"]
    return with_money(values, row.currency)


def _unnumbered(answer: Answer) -> Answer:
    return {name: value for name, value in answer.items() if name != "order_id"}
