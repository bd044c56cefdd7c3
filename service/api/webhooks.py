"""Webhooks: events of the caller's own feed, sent to an address of the caller's as they happen."""

from typing import Any, Final

from flask import Response

from schemas.webhooks import (
    NOW,
    LetterPage,
    LettersQuery,
    ReplayBody,
    Revived,
    RotationBody,
    Tested,
    Webhook,
    WebhookBody,
    WebhookPage,
)
from service.api.answering import Answer, decode_cursor, number_after, page, state
from service.api.asking import caller, idempotency_key, service
from service.api.blueprints import Blueprint
from service.api.feed import EventUnknown
from service.outward.feed import PlaceBeyondLog
from service.outward.showing import letter, shown
from service.outward.subscriptions import Subscriptions

blueprint = Blueprint("webhooks", __name__, url_prefix="/v1/webhooks")

_NEW, _REPLAY, _ROTATION, _LETTERS = WebhookBody(), ReplayBody(), RotationBody(), LettersQuery()
_ONE, _PAGE, _DEAD, _REVIVED, _TESTED = Webhook(), WebhookPage(), LetterPage(), Revived(), Tested()
_MOST_DIGITS: Final = 16


@blueprint.post("")
@blueprint.arguments(_NEW)
@blueprint.response(201, _ONE)
def create(values: Answer) -> Response:
    """A new webhook; its secret is told in this answer and never again."""
    made, secret = _all().create(
        caller(),
        values["url"],
        values["types"],
        _start(values["start"]),
        description=values["description"],
        key=idempotency_key(),
    )
    response = _state(_all().one(made["webhook_id"], caller()), secret)
    response.status_code = 201
    response.headers["Location"] = f"/v1/webhooks/{made['webhook_id']}"
    if not secret:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@blueprint.get("")
@blueprint.arguments(_LETTERS, location="query")
@blueprint.response(200, _PAGE)
def list_webhooks(values: Answer) -> Response:
    """The caller's webhooks; an administrator sees all."""
    after = decode_cursor(values["cursor"]) if "cursor" in values else ""
    rows = _all().every(caller(), after, values["limit"])
    following = rows[-1]["webhook_id"] if len(rows) == values["limit"] else None
    return page([shown(row) for row in rows], following, service().ledger.size())


@blueprint.get("/<name:webhook_id>")
@blueprint.response(200, _ONE)
def show(webhook_id: str) -> Response:
    """One webhook: how far it is, and how its receiver is doing."""
    return _state(_all().one(webhook_id, caller()))


@blueprint.post("/<name:webhook_id>/pause")
@blueprint.response(200, _ONE)
def pause(webhook_id: str) -> Response:
    """Send nothing more until it is resumed; nothing is lost."""
    return _state(_all().pause(webhook_id, caller()))


@blueprint.post("/<name:webhook_id>/resumption")
@blueprint.response(200, _ONE)
def resume(webhook_id: str) -> Response:
    """Go on where it stopped, whoever stopped it."""
    return _state(_all().resume(webhook_id, caller()))


@blueprint.post("/<name:webhook_id>/removal")
@blueprint.response(200, _ONE)
def remove(webhook_id: str) -> Response:
    """Forget the webhook, its secrets and its dead letters."""
    return _state(_all().remove(webhook_id, caller()))


@blueprint.post("/<name:webhook_id>/secrets")
@blueprint.arguments(_ROTATION)
@blueprint.response(201, _ONE)
def rotate(values: Answer, webhook_id: str) -> Response:
    """A new secret, told in this answer and never again; the ones before sign beside it for a while."""
    row, secret = _all().rotate(webhook_id, caller(), values.get("overlap"))
    response = _state(row, secret)
    response.status_code = 201
    return response


@blueprint.post("/<name:webhook_id>/test")
@blueprint.response(200, _TESTED)
def test(webhook_id: str) -> Response:
    """Send a message that says nothing, now, and tell what came of it."""
    tried = service().webhooks.test(webhook_id, caller())
    outcome = tried.outcome
    told = {"delivered": outcome.delivered, "status": outcome.status, "failure": outcome.failure}
    return state({**told, "message_id": tried.message_id}, service().ledger.size())


@blueprint.post("/<name:webhook_id>/replay")
@blueprint.arguments(_REPLAY)
@blueprint.response(200, _ONE)
def replay(values: Answer, webhook_id: str) -> Response:
    """Send everything again from a place of the log on."""
    return _state(_all().replay(webhook_id, caller(), _start(values["start"])))


@blueprint.get("/<name:webhook_id>/dead")
@blueprint.arguments(_LETTERS, location="query")
@blueprint.response(200, _DEAD)
def list_dead(values: Answer, webhook_id: str) -> Response:
    """Events that were given up after their last attempt."""
    rows = _all().dead(webhook_id, caller(), number_after(values.get("cursor"), start=-1), values["limit"])
    items = [letter(row) for row in rows]
    following = rows[-1]["seq"] if len(rows) == values["limit"] else None
    return page(items, following, service().ledger.size())


@blueprint.post("/<name:webhook_id>/dead/retry")
@blueprint.response(200, _REVIVED)
def retry_all(webhook_id: str) -> Response:
    """Try every dead letter again."""
    return state({"revived": _all().revive(webhook_id, caller())}, service().ledger.size())


@blueprint.post("/<name:webhook_id>/dead/<name:number>/retry")
@blueprint.response(200, _REVIVED)
def retry_one(webhook_id: str, number: str) -> Response:
    """Try one dead letter again."""
    if not (number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS):
        raise EventUnknown(pointer="/path/number", remedy="Take the number from the list of dead letters.")
    return state({"revived": _all().revive(webhook_id, caller(), int(number))}, service().ledger.size())


def _all() -> Subscriptions:
    return service().webhooks.subscriptions


def _start(value: int | str) -> int:
    size = service().ledger.size()
    if value != NOW and int(value) > size:
        raise PlaceBeyondLog(pointer="/start")
    return size if value == NOW else int(value)


def _state(row: Any, secret: str = "") -> Response:
    told = {"secret": secret} if secret else {}
    return state({**shown(row), **told}, service().ledger.size())
