"""Settlements: what waits for payment, batches, the second person's approval, and what the bank answered."""

from typing import Final

from flask import Response

from schemas import answers_resources as answers
from schemas.requests import (
    NoBody,
    PayablesQuery,
    PaymentBody,
    PlainQuery,
    ProgrammeQuery,
    ReasonBody,
    SettlementBody,
)
from schemas.values import amount_in
from service.api.answering import Answer, act, look_up, number_after, page, reading, state, with_money
from service.api.asking import caller, idempotency_key, service
from service.api.blueprints import Blueprint
from service.api.versions import decided_on, tagged
from service.projections import settlements as views
from service.reach import check_programme
from vouchers import application, wire
from vouchers.application.settling import (
    ApproveSettlement,
    ConfirmPayment,
    FailPayment,
    ProposeSettlement,
    ReinstructPayment,
    WithdrawSettlement,
)
from vouchers.identifiers import make_code
from vouchers.kinds import SETTLEMENT
from vouchers.settlement.decisions import known

blueprint = Blueprint("settlements", __name__, url_prefix="/v1")

_SETTLEMENT, _PAYMENT, _REASON, _NOTHING = SettlementBody(), PaymentBody(), ReasonBody(), NoBody()
_PLAIN, _OF_PROGRAMME, _PAYABLES = PlainQuery(), ProgrammeQuery(), PayablesQuery()

_MONEY: Final = frozenset({"amount", "failed_amount", "netted", "paid_amount", "total"})


@blueprint.get("/payables")
@blueprint.arguments(_PAYABLES, location="query")
@blueprint.response(200, answers.PAYABLES)
def list_payables(values: Answer) -> Response:
    """What waits for a settlement, by payee, and the orders of each programme that one may take up now."""
    programme = values.get("programme", "")
    with reading(values.get("after")) as (session, position):
        waiting = views.payables(session, programme)
        codes = dict.fromkeys(payable.programme for payable in waiting)
        orders = {code: views.payable_orders(session, code) for code in codes}
    payees = [_money(wire.plain(payable)) for payable in waiting]
    return state({"payees": payees, "orders": orders}, position)


@blueprint.get("/settlements")
@blueprint.arguments(_OF_PROGRAMME, location="query")
@blueprint.response(200, answers.SETTLEMENTS)
def list_settlements(values: Answer) -> Response:
    """Batches in the order of their proposal."""
    limit, after = values["limit"], number_after(values.get("cursor"), start=-1)
    with reading(values.get("after")) as (session, position):
        rows = views.settlements(session, programme=values.get("programme", ""), after=after, limit=limit)
    return page([_summary(row) for row in rows], rows[-1].seq if len(rows) == limit else None, position)


@blueprint.get("/settlements/<name:settlement_id>")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, answers.SETTLEMENT)
@tagged(SETTLEMENT.stream)
def show_settlement(values: Answer, settlement_id: str) -> Response:
    """One batch with its payments."""
    known(service().ledger.state(SETTLEMENT, settlement_id))
    row, position = look_up(values.get("after"), lambda session: views.settlement_row(session, settlement_id))
    with reading(position) as (session, position):
        lines = [line.as_dict() for line in views.settlement_lines(session, settlement_id)]
    shown = [with_money(_without_seq(line), row.currency, _MONEY) for line in lines]
    return state({**_summary(row), "lines": shown}, position)


@blueprint.post("/settlements")
@blueprint.arguments(_SETTLEMENT)
@blueprint.response(201, answers.SETTLEMENT_STEP)
def propose(values: Answer) -> Response:
    """Put approved redemptions into a batch; its number is derived from the caller and the idempotency key."""
    settlement_id = make_code("S", caller().actor, idempotency_key())
    command = ProposeSettlement(settlement_id, values["programme"], tuple(values["orders"]))
    check_programme(caller(), command.programme)
    response = act(application.propose_settlement, command, _money, 201)
    response.headers["Location"] = f"/v1/settlements/{settlement_id}"
    return response


@blueprint.post("/settlements/preview")
@blueprint.arguments(_SETTLEMENT)
def preview(values: Answer) -> Response:
    """Which of these orders a batch may take up today, and what speaks against the others; nothing is recorded."""
    command = ProposeSettlement("preview", values["programme"], tuple(values["orders"]))
    return act(application.preview_settlement, command, dict)


@blueprint.post("/settlements/<name:settlement_id>/approval")
@blueprint.arguments(_NOTHING)
@blueprint.response(200, answers.SETTLEMENT_STEP)
@decided_on(SETTLEMENT.stream, needed=True)
def approve(_: Answer, settlement_id: str) -> Response:
    """Approve a batch as a second person."""
    return act(application.approve_settlement, ApproveSettlement(settlement_id), _money)


@blueprint.post("/settlements/<name:settlement_id>/withdrawal")
@blueprint.arguments(_REASON)
@blueprint.response(200, answers.SETTLEMENT_STEP)
@decided_on(SETTLEMENT.stream)
def withdraw(values: Answer, settlement_id: str) -> Response:
    """Withdraw a batch before its approval; its orders wait for another."""
    command = WithdrawSettlement(settlement_id, values["reason"])
    return act(application.withdraw_settlement, command, _money)


@blueprint.post("/settlements/<name:settlement_id>/payments")
@blueprint.arguments(_PAYMENT)
@blueprint.response(200, answers.SETTLEMENT_STEP)
@decided_on(SETTLEMENT.stream)
def record_payment(values: Answer, settlement_id: str) -> Response:
    """Record that the bank paid or could not pay one line, or that it is told to pay again."""
    order_id, instruction_id = values["order_id"], values.get("instruction_id", "")
    # Where several redemptions of the order are in the batch, it is named.
    redemption_id = values.get("redemption_id", "")
    if values["outcome"] == "confirmed":
        currency = known(service().ledger.state(SETTLEMENT, settlement_id)).currency
        amount = amount_in(currency, values, "amount") if "amount" in values else None
        paid = (values["bank_reference"], values["paid_on"])
        command = ConfirmPayment(settlement_id, order_id, *paid, instruction_id, redemption_id, amount)
        return act(application.confirm_payment, command, _money)
    if values["outcome"] == "failed":
        failed = FailPayment(settlement_id, order_id, values["reason"], instruction_id, redemption_id)
        return act(application.fail_payment, failed, _money)
    return act(application.reinstruct_payment, ReinstructPayment(settlement_id, order_id, redemption_id), _money)


def _money(values: Answer) -> Answer:
    return with_money(values, values["currency"], _MONEY)


def _summary(row: views.SettlementSummary) -> Answer:
    return _money(_without_seq(wire.plain(row)))


def _without_seq(values: Answer) -> Answer:
    return {name: value for name, value in values.items() if name != "seq"}
