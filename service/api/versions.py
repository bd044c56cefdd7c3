"""Which version of a thing is shown, and which one a request was decided on (RFC 9110, section 13)."""

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from flask import Response, g, request

from service.api.asking import service
from vouchers.application.running import Seen
from vouchers.refusals import Malformed, Refused

View = TypeVar("View", bound=Callable[..., Response])
# The stream of the thing at an address, from the parts of the address in order.
StreamOf = Callable[..., str]

_MATCH: Final = re.compile(r'"([0-9]{1,16})(?:\.[^"]{1,64})?"')
_POSITION: Final = re.compile(rb'"position":[0-9]+')
_DIGITS: Final = 16  # sixty-four bits: enough to notice a change, and no proof of anything
_POINTER: Final = "/headers/if-match"
_NOT_MODIFIED: Final = 304


class VersionMissing(Refused):
    """This is decided on what was looked at, and the request does not say which version that was."""

    status = 428
    remedy = "Read the thing, and send its ETag in the header If-Match."


class VersionMalformed(Malformed):
    """The header If-Match names no version of this service."""

    remedy = "Send one ETag, as the thing was answered with."


def tagged(stream_of: StreamOf | None = None) -> Callable[[View], View]:
    """A read whose answer has an ETag: the version of the thing's stream, and a digest of what is shown.

    What is shown is at least as new as the version. The digest tells apart what one version can show: to another role,
    on another day, beside other things. The position that an answer names is no part of it: the log grows, and the
    thing stays. A read of no single stream has the digest alone.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*values: Any, **parts: str) -> Response:
            version = 0
            if stream_of is not None:
                version, g.least = g.head = service().ledger.head(stream_of(*parts.values()))
            response = view(*values, **parts)
            return _answer(response, f"{version}.{_digest(response)}" if version else _digest(response))

        return _marked(wrapper, "tagged")

    return decorate


def decided_on(stream_of: StreamOf, *, needed: bool = False) -> Callable[[View], View]:
    """A write that takes effect only on the version named by If-Match; where it is `needed`, not without one."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(*values: Any, **parts: str) -> Response:
            version = _named(needed=needed)
            g.seen = Seen(stream_of(*parts.values()), version) if version is not None else None
            return view(*values, **parts)

        return _marked(wrapper, "needed" if needed else "welcome")

    return decorate


def _marked(wrapper: Any, mark: str) -> Any:
    """The view with a word for the document of the API."""
    wrapper._apidoc = {**getattr(wrapper, "_apidoc", {}), "version": mark}  # noqa: SLF001 - flask-smorest's notes
    return wrapper


def seen() -> Seen | None:
    """What the request in hand was decided on, if it says so."""
    found: Seen | None = g.get("seen")
    return found


def _named(*, needed: bool) -> int | None:
    header = request.headers.get("If-Match")
    if needed and header in (None, "", "*"):
        raise VersionMissing(pointer=_POINTER)
    if header is None or header == "*":
        return None
    found = _MATCH.fullmatch(header)
    if found is None:
        raise VersionMalformed(pointer=_POINTER)
    return int(found[1])


def _answer(response: Response, tag: str) -> Response:
    """The answer with its tag; without its body, where the client has it already."""
    response.set_etag(tag)
    response.vary.add("Authorization")
    if request.if_none_match.contains_weak(tag):
        response.status_code = _NOT_MODIFIED
        response.set_data(b"")
        del response.headers["Content-Type"]
    return response


def _digest(response: Response) -> str:
    return hashlib.sha256(_POSITION.sub(b"", response.get_data())).hexdigest()[:_DIGITS]
