"""Settlements: what waits for payment, batches, the second person's approval, and what the bank answered."""

from typing import Final

from flask import Blueprint, Response

from schemas.requests import (
    NoBody,
    PayablesQuery,
    PaymentBody,
    PlainQuery,
    ProgrammeQuery,
    ReasonBody,
    SettlementBody,
)
from service.api.answering import Answer, act, look_up, number_after, page, reading, state, with_money
from service.api.asking import body, caller, idempotency_key, query, service
from service.projections import settlements as views
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
def list_payables() -> Response:
    """What waits for a settlement, by payee, and the orders of each programme that one may take up now."""
    values = query(_PAYABLES)
    programme = values.get("programme", "")
    with reading(values.get("after")) as (session, position):
        waiting = views.payables(session, programme)
        codes = dict.fromkeys(payable.programme for payable in waiting)
        orders = {code: views.payable_orders(session, code) for code in codes}
    payees = [_money(wire.plain(payable)) for payable in waiting]
    return state({"payees": payees, "orders": orders}, position)


@blueprint.get("/settlements")
def list_settlements() -> Response:
    """Batches in the order of their proposal."""
    values = query(_OF_PROGRAMME)
    limit, after = values["limit"], number_after(values.get("cursor"), start=-1)
    with reading(values.get("after")) as (session, position):
        rows = views.settlements(session, programme=values.get("programme", ""), after=after, limit=limit)
    return page([_summary(row) for row in rows], rows[-1].seq if len(rows) == limit else None, position)


@blueprint.get("/settlements/<name:settlement_id>")
def show_settlement(settlement_id: str) -> Response:
    """One batch with its payments."""
    values = query(_PLAIN)
    known(service().ledger.state(SETTLEMENT, settlement_id))
    row, position = look_up(values.get("after"), lambda session: views.settlement_row(session, settlement_id))
    with reading(position) as (session, position):
        lines = [line.as_dict() for line in views.settlement_lines(session, settlement_id)]
    shown = [with_money(_without_seq(line), row.currency, _MONEY) for line in lines]
    return state({**_summary(row), "lines": shown}, position)


@blueprint.post("/settlements")
def propose() -> Response:
    """Put approved redemptions into a batch; its number is derived from the caller and the idempotency key."""
    values = body(_SETTLEMENT)
    settlement_id = make_code("S", caller().actor, idempotency_key())
    command = ProposeSettlement(settlement_id, values["programme"], tuple(values["orders"]))
    response = act(application.propose_settlement, command, _money, 201)
    response.headers["Location"] = f"/v1/settlements/{settlement_id}"
    return response


@blueprint.post("/settlements/<name:settlement_id>/approval")
def approve(settlement_id: str) -> Response:
    """Approve a batch as a second person."""
    body(_NOTHING)
    return act(application.approve_settlement, ApproveSettlement(settlement_id), _money)


@blueprint.post("/settlements/<name:settlement_id>/withdrawal")
def withdraw(settlement_id: str) -> Response:
    """Withdraw a batch before its approval; its orders wait for another."""
    command = WithdrawSettlement(settlement_id, body(_REASON)["reason"])
    return act(application.withdraw_settlement, command, _money)


@blueprint.post("/settlements/<name:settlement_id>/payments")
def record_payment(settlement_id: str) -> Response:
    """Record that the bank paid or could not pay one line, or that it is told to pay again."""
    values = body(_PAYMENT)
    order_id, instruction_id = values["order_id"], values.get("instruction_id", "")
    # Where several redemptions of the order are in the batch, it is named.
    redemption_id = values.get("redemption_id", "")
    if values["outcome"] == "confirmed":
        paid = (values["bank_reference"], values["paid_on"])
        command = ConfirmPayment(settlement_id, order_id, *paid, instruction_id, redemption_id)
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
