"""The trace that a request belongs to (W3C Trace Context): the caller's or a new one, told in every answer."""

import re
from contextvars import ContextVar
from random import Random
from typing import Final, NamedTuple

from flask import Flask, Response, request

_PARENT: Final = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-(?P<flags>[0-9a-f]{2})"
    r"(?P<more>-.*)?"
)
_LONGEST: Final = 200  # characters; what a later version of the header may add is not looked at
_NOT_SAMPLED: Final = "00"
# Such ids have to be different, and need not be secret; each process begins with its own chance.
_ids: Final = Random()  # noqa: S311 - see above


class Trace(NamedTuple):
    """The trace's id, the id of our part in it, and the caller's flags (whether it is sampled)."""

    trace_id: str
    span_id: str
    flags: str

    def __str__(self) -> str:
        """The trace as a header, for whoever is asked next."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace | None:
    """The trace of the request in hand; none outside of a request."""
    return _trace.get()


def trace_id() -> str:
    """The id of the trace of the request in hand; nothing outside of a request."""
    trace = _trace.get()
    return trace.trace_id if trace else ""


def trace_of(header: str) -> Trace:
    """Our part in the trace of a `traceparent` header; a new trace where the header is none that can be read."""
    found = _PARENT.fullmatch(header.strip()) if len(header) <= _LONGEST else None
    if found is None or (found["version"] == "00" and found["more"]):
        return Trace(_id(16), _id(8), _NOT_SAMPLED)
    return Trace(found["trace"], _id(8), found["flags"])


def _id(size: int) -> str:
    """An id of so many bytes, which is never zero."""
    return f"{_ids.randint(1, 256**size - 1):0{2 * size}x}"


def trace_requests(app: Flask) -> None:
    """Let every request of an app have its trace, before anything else is done with it."""
    app.before_request(_begin)
    app.after_request(_tell)


def _begin() -> None:
    _trace.set(trace_of(request.headers.get("traceparent", "")))


def _tell(response: Response) -> Response:
    response.headers["traceresponse"] = str(current())
    return response
