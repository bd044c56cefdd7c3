"""Reviews of redemptions, and the way back before payment."""

import re
from functools import partial
from typing import Final

from flask import Response

from schemas import answers_resources as answers
from schemas.requests import PlainQuery, ProgrammeQuery, ReasonBody, ReviewBody
from service.api.answering import Answer, act, look_up, number_after, page, reading, state, with_money
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.api.versions import decided_on, tagged
from service.belonging import check_order, check_payee
from service.projections.reviews import Waiting, opinions, review_queue, review_row
from vouchers import application, wire
from vouchers.application.reviewing import ApproveReview, RejectReview
from vouchers.kinds import ORDER, REVIEW
from vouchers.order import decisions as orders
from vouchers.order.state import Order
from vouchers.review.decisions import ReviewUnknown

blueprint = Blueprint("reviews", __name__, url_prefix="/v1")

_REVIEW, _REASON, _QUEUE, _PLAIN = ReviewBody(), ReasonBody(), ProgrammeQuery(), PlainQuery()
_ROUND: Final = re.compile(r"-R[0-9]{1,9}\Z")
_AMOUNT: Final = frozenset({"amount"})
_REVIEWED: Final = (
    *("redemption_id", "order_id", "programme", "enterprise_id", "provider_id", "requested_by", "amount", "currency"),
    *("tier", "approvals_needed", "since_on", "closed_on"),
)
_SAID: Final = ("reviewer", "opinion", "note")


def _meant(number: str) -> str:
    """The redemption of this number, or the one that waits, else the latest, of the order of this number."""
    order_id = _ROUND.sub("", number)
    return orders.claim_to_review(service().ledger.state(ORDER, order_id), "") if number == order_id else number


def _order(redemption_id: str) -> str:
    return ORDER.stream(_ROUND.sub("", redemption_id))


def _stream(redemption_id: str) -> str:
    return REVIEW.stream(_meant(redemption_id))


@blueprint.post("/redemptions/<name:redemption_id>/reversal")
@blueprint.arguments(_REASON)
@blueprint.response(200, answers.CLAIMED)
@decided_on(_order)
def reverse_redemption(values: Answer, redemption_id: str) -> Response:
    """Take a claim back before a settlement takes it up."""
    order_id, seen, order = _round(redemption_id)
    show = partial(with_money, currency=check_payee(caller(), order, predecessors).currency)
    return act(application.reverse_redemption, orders.ReverseRedemption(order_id, values["reason"], seen), show)


@blueprint.get("/reviews")
@blueprint.arguments(_QUEUE, location="query")
@blueprint.response(200, answers.REVIEWS)
def list_reviews(values: Answer) -> Response:
    """What waits for a reviewer, the longest wait first."""
    limit, cursor = values["limit"], values.get("cursor")
    with reading(values.get("after")) as (session, position):
        rows = review_queue(
            session, programme=values.get("programme", ""), after=number_after(cursor, start=-1), limit=limit
        )
        items = [_shown(row) for row in rows]
    return page(items, rows[-1].seq if len(rows) == limit else None, position)


@blueprint.get("/reviews/<name:redemption_id>")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, answers.REVIEW)
@blueprint.alt_response(409, "Problem409")
@tagged(_stream)
def show_review(values: Answer, redemption_id: str) -> Response:
    """The review of the redemption of this number, or of the waiting one of the order of this number, with opinions."""
    number = _meant(redemption_id)
    if service().ledger.state(REVIEW, number).assigned is None:
        raise ReviewUnknown(pointer="/path/redemption_id")
    row, position = look_up(values.get("after"), lambda session: review_row(session, number))
    with reading(position) as (session, position):
        said = [opinion.as_dict() for opinion in opinions(session, number)]
    shown = {name: getattr(row, name) for name in _REVIEWED}
    shown |= {"evidence": wire.parse(row.evidence), "status": row.outcome or "waiting"}
    shown["opinions"] = [{"on": each["eff"], **{name: each[name] for name in _SAID}} for each in said]
    return state(with_money(shown, row.currency, _AMOUNT), position)


@blueprint.post("/reviews/<name:redemption_id>/decision")
@blueprint.arguments(_REVIEW)
@blueprint.response(200, answers.CLAIMED)
@decided_on(_stream, needed=True)
def decide(values: Answer, redemption_id: str) -> Response:
    """A reviewer approves or rejects the redemption of this number, or the waiting one of the order of this number."""
    order_id, _, order = _round(redemption_id)
    seen = _meant(redemption_id)
    show = partial(with_money, currency=check_order(caller(), order, predecessors).currency)
    if values["decision"] == "approve":
        return act(application.approve_review, ApproveReview(order_id, values.get("note", ""), seen), show)
    rejection = RejectReview(order_id, values["reason"], seen, values.get("fault", ""))
    return act(application.reject_review, rejection, show)


def _shown(waiting: Waiting) -> Answer:
    values: Answer = wire.plain(waiting)
    return with_money(values, waiting.currency, _AMOUNT)


def _round(number: str) -> tuple[str, str, Order]:
    """The order, the redemption that the caller has seen, and how the order stands.

    Who decides must not decide on a claim that came in between, nor get the answer of an earlier one.
    """
    order_id = _ROUND.sub("", number)
    order = service().ledger.state(ORDER, order_id)
    return order_id, order.redemption_id if number == order_id else number, order
