"""What regulators read is put on record before they get it."""

import logging
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError

from service import clock
from service.api.asking import identity, service
from service.api.errors import answer_refusal
from service.api.tracing import trace_id
from service.identity import Caller
from service.identity.accesses import Access
from vouchers.refusals import Unavailable

_PLAIN: Final = "/:@!$&'()*+,;=~"
_log: Final = logging.getLogger("vouchers.identity")


class AccessNotRecorded(Unavailable):
    """What you read could not be put on record, and is therefore not shown."""

    remedy = "Ask again in a moment."


def record_accesses(app: Flask) -> None:
    """Let an app keep record of what regulators ask, refused questions too."""
    app.after_request(_record)


def _address() -> str:
    """What was asked, in characters that every store can keep."""
    path, query = quote(request.path, safe=_PLAIN), quote(request.query_string, safe=f"{_PLAIN}?%")
    return f"{path}?{query}" if query else path


def _record(response: Response) -> Response:
    who: Caller | None = g.get("caller")
    if who is None or who.role != "regulator":
        return response
    access = Access(
        at=clock.now(),
        actor=who.actor,
        credential=who.credential,
        route=str(request.endpoint),
        path=_address(),
        status=response.status_code,
        position=service().ledger.size(),
        trace_id=trace_id(),
    )
    try:
        identity().accesses.add(access)
    except SQLAlchemyError as fault:
        _log.error("a read of a regulator could not be put on record: %r", fault)
        response.close()
        return answer_refusal(AccessNotRecorded())
    return response
