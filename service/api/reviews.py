"""Reviews of redemptions, and the way back before payment."""

import re
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Final

from flask import Blueprint, Response

from schemas.requests import ProgrammeQuery, ReasonBody, ReviewBody
from service.api.answering import Answer, act, number_after, page, reading, with_money
from service.api.asking import body, caller, query, service
from service.permissions import check_order, check_payee
from service.projections.reviews import Waiting, review_queue
from vouchers import application, wire
from vouchers.application.redeeming import ApproveReview, RejectReview
from vouchers.kinds import ORDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order.state import Order
from vouchers.refusals import NotFound

blueprint = Blueprint("reviews", __name__, url_prefix="/v1")

_REVIEW, _REASON, _QUEUE = ReviewBody(), ReasonBody(), ProgrammeQuery()
UseCase = Callable[[Unit, Any], Answer]
_ROUND: Final = re.compile(r"-R[0-9]{1,9}\Z")


class RedemptionUnknown(NotFound):
    """There is no redemption with this number, or a later one took its place."""


@blueprint.post("/redemptions/<name:redemption_id>/reversal")
def reverse_redemption(redemption_id: str) -> Response:
    """Take a claim back before a settlement takes it up."""
    values = body(_REASON)
    order_id, state = _order_of(redemption_id)
    show = partial(with_money, currency=check_payee(caller(), state).currency)
    use_case = _of_round(application.reverse_redemption, redemption_id)
    return act(use_case, orders.ReverseRedemption(order_id, values["reason"]), show)


@blueprint.get("/reviews")
def list_reviews() -> Response:
    """What waits for a reviewer, the longest wait first."""
    values = query(_QUEUE)
    limit, cursor = values["limit"], values.get("cursor")
    with reading(values.get("after")) as (session, position):
        rows = review_queue(
            session, programme=values.get("programme", ""), after=number_after(cursor, start=-1), limit=limit
        )
        items = [_shown(row) for row in rows]
    return page(items, rows[-1].seq if len(rows) == limit else None, position)


@blueprint.post("/reviews/<name:redemption_id>/decision")
def decide(redemption_id: str) -> Response:
    """A reviewer approves or rejects the redemption of this number, or of the order of this number."""
    values = body(_REVIEW)
    order_id, state = _order_of(redemption_id)
    show = partial(with_money, currency=check_order(caller(), state).currency)
    if values["decision"] == "approve":
        use_case = _of_round(application.approve_review, redemption_id)
        return act(use_case, ApproveReview(order_id, values.get("note", "")), show)
    return act(_of_round(application.reject_review, redemption_id), RejectReview(order_id, values["reason"]), show)


def _shown(waiting: Waiting) -> Answer:
    values: Answer = wire.plain(waiting)
    return with_money(values, waiting.currency, frozenset({"amount"}))


def _order_of(number: str) -> tuple[str, Order]:
    order_id = _ROUND.sub("", number)
    return order_id, service().ledger.state(ORDER, order_id)


def _of_round(use_case: UseCase, number: str) -> UseCase:
    """The use case for the round of this number only: who decides must not decide on a claim that came in between."""

    @wraps(use_case)
    def checked(unit: Unit, command: Any) -> Answer:
        if number not in (command.order_id, unit.load(ORDER, command.order_id).redemption_id):
            raise RedemptionUnknown(pointer="/path/redemption_id", remedy="Look the redemption up in the order.")
        return use_case(unit, command)

    return checked
