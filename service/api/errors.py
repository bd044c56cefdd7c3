"""Every error as a problem document (RFC 9457), also those of the web framework and our own faults."""

import logging
from typing import Final

from eventsourcing.persistence import PersistenceError
from flask import Flask, Response, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge
from werkzeug.exceptions import MethodNotAllowed as NoSuchMethod
from werkzeug.exceptions import NotFound as NoSuchRoute

from schemas.problems import MEDIA_TYPE, fault, problem
from service.api.asking import LARGEST_BODY
from service.api.tracing import trace_id
from service.identity import Unauthenticated
from vouchers.refusals import Malformed, NotFound, Refused, StoreUnavailable, Unavailable

_log: Final = logging.getLogger("vouchers.http")
RETRY_AFTER: Final = "1"  # seconds


class RouteUnknown(NotFound):
    """There is nothing at this address."""


class MethodUnknown(Refused):
    """This address does not take this method."""

    status = 405


class BodyTooLarge(Refused):
    """The request's body is too large."""

    status = 413


class RequestUnreadable(Malformed):
    """The request breaks the rules of HTTP."""


class ViewsUnavailable(Unavailable):
    """The views cannot be read now; the log is not touched."""


def answer_errors(app: Flask) -> None:
    """Let every error of an app be answered as a problem document."""
    app.register_error_handler(Refused, answer_refusal)
    app.register_error_handler(HTTPException, _answer_framework)
    app.register_error_handler(InternalServerError, _answer_behind)
    app.register_error_handler(PersistenceError, _answer_store)
    app.register_error_handler(SQLAlchemyError, _answer_views)
    app.register_error_handler(Exception, _answer_fault)


def answer_refusal(refused: Refused) -> Response:
    """The problem document of a refusal."""
    response = jsonify({**problem(refused, request.path), "trace_id": trace_id()})
    response.status_code = refused.status
    response.mimetype = MEDIA_TYPE
    if isinstance(refused, Unauthenticated):
        response.headers["WWW-Authenticate"] = refused.challenge
    if isinstance(refused, Unavailable):
        response.headers["Retry-After"] = RETRY_AFTER
    if "retry_after" in refused.facts:
        response.headers["Retry-After"] = str(refused.facts["retry_after"])
    return response


def _answer_behind(error: InternalServerError) -> Response:
    """The answer to what went wrong after a view had answered, or where no other handler was asked."""
    match error.original_exception:
        case Refused() as refused:
            return answer_refusal(refused)
        case PersistenceError() as fault:
            return _answer_store(fault)
        case SQLAlchemyError() as fault:
            return _answer_views(fault)
        case Exception() as fault:
            return _answer_fault(fault)
        case _:
            return _answer_fault(error)


def _answer_framework(error: HTTPException) -> Response:
    if error.code is not None and error.code < 400:  # noqa: PLR2004 - a redirect is no error
        return Response(status=error.code, headers=[*error.get_headers(request.environ)])
    response = answer_refusal(_refusal_of(error))
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _refusal_of(error: HTTPException) -> Refused:
    match error:
        case NoSuchRoute():
            return RouteUnknown(remedy="Check the address; all routes begin with /v1.")
        case NoSuchMethod():
            return MethodUnknown(remedy=f"Use {', '.join(sorted(error.valid_methods or []))}.")
        case RequestEntityTooLarge():
            return BodyTooLarge(remedy=f"Send at most {LARGEST_BODY:,} bytes; documents are named by their digests.")
        case _:
            return RequestUnreadable(error.description or "", remedy="Correct the request.")


def _answer_store(error: PersistenceError) -> Response:
    _log.error("the log's store failed", exc_info=error)
    return answer_refusal(StoreUnavailable(remedy="Repeat the request in a moment, with the same key."))


def _answer_views(error: SQLAlchemyError) -> Response:
    _log.error("the views' database failed", exc_info=error)
    return answer_refusal(ViewsUnavailable(remedy="Ask again in a moment."))


def _answer_fault(error: Exception) -> Response:
    # A bug must not show its inside to a client, and must not go unseen either.
    _log.error("a request failed", exc_info=error)
    response = jsonify({**fault(request.path), "trace_id": trace_id()})
    response.status_code = 500
    response.mimetype = MEDIA_TYPE
    return response
