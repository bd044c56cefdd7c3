"""The counter: one-time codes of an enterprise for an order, and what its provider redeems with them."""

from typing import Final

from flask import Response, jsonify

from schemas import answers_counter as answers
from schemas.answers_resources import CLAIMED
from schemas.counter import CodeBody, CounterBody
from schemas.requests import NoBody
from schemas.values import amount_in, key_of
from service.api.answering import Answer, act, with_money
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.belonging import check_order
from service.counter.codes import Standing
from service.counter.pictures import data_uri
from service.counter.presenting import codes_of, present, redeem
from service.reach import reaches, site_of
from vouchers.counter.decisions import RedeemAtCounter
from vouchers.kinds import ORDER
from vouchers.order.decisions import check_open

blueprint = Blueprint("counter", __name__, url_prefix="/v1")

_CODE, _NOTHING, _REDEMPTION = CodeBody(), NoBody(), CounterBody()
_AS_GIVEN: Final = ("delivered_on", "report_digest", "issued_on", "evidence", "more_to_come")


@blueprint.post("/orders/<name:order_id>/code")
@blueprint.arguments(_CODE)
@blueprint.response(201, answers.CODE)
def issue_code(values: Answer, order_id: str) -> Response:
    """A one-time code of an order and its QR code, shown this once; one that was open is good no longer."""
    state = service().ledger.state(ORDER, order_id)
    registered = check_order(caller(), state, predecessors)
    check_open(state)
    up_to = amount_in(registered.currency, values, "up_to") if "up_to" in values else None
    fresh = codes_of(service()).issue(order_id, registered.provider_id, up_to)
    shown = {"order_id": order_id, **fresh._asdict(), "qr": data_uri(fresh.code, values["picture"])}
    response = jsonify(shown)
    response.status_code = 201
    return response


@blueprint.get("/orders/<name:order_id>/code")
@blueprint.response(200, answers.STANDING)
def show_code(order_id: str) -> Response:
    """Whether a code of an order is open, how many wrong ones were presented, and whether the order is frozen."""
    check_order(caller(), service().ledger.state(ORDER, order_id), predecessors)
    return _standing(order_id, codes_of(service()).standing(order_id))


@blueprint.post("/orders/<name:order_id>/code/release")
@blueprint.arguments(_NOTHING)
@blueprint.response(200, answers.STANDING)
def lift_freeze(_: Answer, order_id: str) -> Response:
    """The enterprise ends the freeze of an order; codes that were open when it began stay ended."""
    check_order(caller(), service().ledger.state(ORDER, order_id), predecessors)
    return _standing(order_id, codes_of(service()).lift(order_id))


@blueprint.post("/counter/redemptions")
@blueprint.arguments(_REDEMPTION)
@blueprint.response(201, CLAIMED)
def redeem_code(values: Answer) -> Response:
    """A provider's clerk presents a code: the delivery is accepted, the invoice filed and the subsidy claimed."""
    provider_id = caller().subject
    presented = present(service(), values["code"], values["order_id"], provider_id)
    registered = service().ledger.state(ORDER, presented.order_id).registered if presented.order_id else None
    if registered is not None and not reaches(caller(), registered.programme, site_of(registered)):
        presented = presented._replace(good=False)
    # The order of a code that is not good stays unknown, and so does its currency.
    known = registered is not None and presented.good
    currency = registered.currency if registered is not None and known else values["gross"]["currency"]
    command = RedeemAtCounter(
        presented.order_id,
        provider_id,
        presented.digest,
        invoice=key_of(values["invoice"], "/invoice"),
        gross=amount_in(currency, values, "gross"),
        net=amount_in(currency, values, "net"),
        **{name: values[name] for name in _AS_GIVEN},
    )
    return redeem(
        service(),
        presented,
        command,
        lambda use_case, asked: act(use_case, asked, lambda answer: with_money(answer, currency), 201),
    )


def _standing(order_id: str, standing: Standing) -> Response:
    return jsonify({"order_id": order_id, **standing._asdict()})
