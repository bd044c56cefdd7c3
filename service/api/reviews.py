"""Reviews of redemptions, and the way back before payment."""

import re
from functools import partial
from typing import Final

from flask import Response

from schemas.requests import ProgrammeQuery, ReasonBody, ReviewBody
from service.api.answering import Answer, act, number_after, page, reading, with_money
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.permissions import check_order, check_payee
from service.projections.reviews import Waiting, review_queue
from vouchers import application, wire
from vouchers.application.reviewing import ApproveReview, RejectReview
from vouchers.kinds import ORDER
from vouchers.order import decisions as orders
from vouchers.order.state import Order

blueprint = Blueprint("reviews", __name__, url_prefix="/v1")

_REVIEW, _REASON, _QUEUE = ReviewBody(), ReasonBody(), ProgrammeQuery()
_ROUND: Final = re.compile(r"-R[0-9]{1,9}\Z")


@blueprint.post("/redemptions/<name:redemption_id>/reversal")
@blueprint.arguments(_REASON)
def reverse_redemption(values: Answer, redemption_id: str) -> Response:
    """Take a claim back before a settlement takes it up."""
    order_id, seen, state = _round(redemption_id)
    show = partial(with_money, currency=check_payee(caller(), state, predecessors).currency)
    return act(application.reverse_redemption, orders.ReverseRedemption(order_id, values["reason"], seen), show)


@blueprint.get("/reviews")
@blueprint.arguments(_QUEUE, location="query")
def list_reviews(values: Answer) -> Response:
    """What waits for a reviewer, the longest wait first."""
    limit, cursor = values["limit"], values.get("cursor")
    with reading(values.get("after")) as (session, position):
        rows = review_queue(
            session, programme=values.get("programme", ""), after=number_after(cursor, start=-1), limit=limit
        )
        items = [_shown(row) for row in rows]
    return page(items, rows[-1].seq if len(rows) == limit else None, position)


@blueprint.post("/reviews/<name:redemption_id>/decision")
@blueprint.arguments(_REVIEW)
def decide(values: Answer, redemption_id: str) -> Response:
    """A reviewer approves or rejects the redemption of this number, or the waiting one of the order of this number."""
    order_id, seen, state = _round(redemption_id)
    if redemption_id == order_id:
        seen = orders.claim_to_review(state, "")
    show = partial(with_money, currency=check_order(caller(), state, predecessors).currency)
    if values["decision"] == "approve":
        return act(application.approve_review, ApproveReview(order_id, values.get("note", ""), seen), show)
    return act(application.reject_review, RejectReview(order_id, values["reason"], seen), show)


def _shown(waiting: Waiting) -> Answer:
    values: Answer = wire.plain(waiting)
    return with_money(values, waiting.currency, frozenset({"amount"}))


def _round(number: str) -> tuple[str, str, Order]:
    """The order, the redemption that the caller has seen, and how the order stands.

    Who decides must not decide on a claim that came in between, nor get the answer of an earlier one.
    """
    order_id = _ROUND.sub("", number)
    state = service().ledger.state(ORDER, order_id)
    return order_id, state.redemption_id if number == order_id else number, state
