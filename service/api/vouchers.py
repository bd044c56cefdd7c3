"""Vouchers: the balance with its reasons, the statement, and the voucher as it stood on a day."""

from flask import Response, g

from schemas import answers_resources as answers
from schemas.requests import AsOfQuery, PlainQuery, StatementQuery
from service.api.answering import Answer, look_up, money, number_after, page, places, reading, state
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.api.versions import tagged
from service.belonging import check_voucher
from service.projections.balances import Balance, balance
from service.projections.statement import StatementLine, statement
from vouchers import wire
from vouchers.kinds import VOUCHER
from vouchers.replay import expired_by_date, voucher_as_of
from vouchers.values import asdict
from vouchers.voucher.decisions import terms_of
from vouchers.voucher.events import PLACES, Issued

blueprint = Blueprint("vouchers", __name__, url_prefix="/v1/vouchers")

_PLAIN, _STATEMENT, _AS_OF = PlainQuery(), StatementQuery(), AsOfQuery()


@blueprint.get("/<name:voucher_id>")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, answers.VOUCHER)
@tagged(VOUCHER.stream)
def show_voucher(values: Answer, voucher_id: str) -> Response:
    """One voucher: what can be spent today, and why the rest cannot."""
    _terms(voucher_id)
    today = service().today()
    found, position = look_up(
        values.get("after"), lambda connection: balance(connection, voucher_id, today), service().views.once
    )
    return state(show_balance(found), position)


@blueprint.get("/<name:voucher_id>/statement")
@blueprint.arguments(_STATEMENT, location="query")
@blueprint.response(200, answers.STATEMENT)
def show_statement(values: Answer, voucher_id: str) -> Response:
    """Every movement in the order of the log, with what was left after it."""
    currency = _terms(voucher_id).currency
    limit, after = values["limit"], number_after(values.get("cursor"), start=-1)
    with reading(values.get("after")) as (session, position):
        lines = statement(
            session,
            voucher_id,
            from_on=values.get("from_on", ""),
            to_on=values.get("until_on", ""),
            after=after,
            limit=limit,
        )
    return page([_line(line, currency) for line in lines], lines[-1].seq if len(lines) == limit else None, position)


@blueprint.get("/<name:voucher_id>/as-of")
@blueprint.arguments(_AS_OF, location="query")
@blueprint.response(200, answers.VOUCHER_AS_OF)
def show_voucher_as_of(values: Answer, voucher_id: str) -> Response:
    """A voucher at the end of a day, folded from the log, optionally from its first `position` entries alone.

    Expiry counts at the date: `expired_unrecorded` is the part of `expired` that no event had said by then.
    """
    ledger = service().ledger
    position = min(values.get("position", ledger.size()), ledger.size())
    entries = [entry for entry in ledger.history(VOUCHER.stream(voucher_id)) if entry.seq < position]
    found = voucher_as_of(entries, values["day"])
    currency = terms_of(found).currency
    counted = expired_by_date(found, values["day"])
    shown = {
        "voucher_id": voucher_id,
        "day": values["day"],
        "face": money(found.face, currency),
        "spendable": money(found.spendable(values["day"]), currency),
        "places": places({place: getattr(counted, place) for place in PLACES}, currency),
        "expired_unrecorded": money(found.unrecorded(values["day"]) + found.lapsed(values["day"]), currency),
        "use_by_on": found.use_by_on,
        "redeem_by_on": found.redeem_by_on,
        "held": {order_id: places(asdict(held), currency) for order_id, held in found.held.items()},
    }
    return state(shown, position)


def show_balance(found: Balance) -> Answer:
    """A balance with its money and reasons."""
    currency = found.currency
    shown: Answer = wire.plain(found)
    shown["face"] = money(found.face, currency)
    shown["spendable"] = money(found.spendable, currency)
    shown["places"] = places(found.places, currency)
    shown["reasons"] = [{**reason, "amount": money(reason["amount"], currency)} for reason in shown["reasons"]]
    return shown


def _terms(voucher_id: str) -> Issued:
    version, _ = g.get("head", (None, 0))
    return check_voucher(caller(), service().ledger.state(VOUCHER, voucher_id, version=version), predecessors)


def _line(line: StatementLine, currency: str) -> Answer:
    shown: Answer = wire.plain(line)
    shown["amount"] = money(line.amount, currency)
    shown["places"] = places(line.places, currency)
    return shown
