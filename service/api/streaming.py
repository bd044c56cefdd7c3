"""Long bodies: read as they come, up to a limit of their own, by so many requests at a time that others have room."""

import io
import threading
from contextlib import ExitStack
from typing import IO, Final, cast

from flask import current_app, request

from service.api.asking import MediaTypeUnsupported
from vouchers.refusals import Refused, Unavailable

_BUFFER: Final = 1 << 16
_EXTENSION: Final = "vouchers.places"
_gate = threading.Lock()


class TooManyStreams(Unavailable):
    """As many long requests as this process takes at a time are under way."""

    remedy = "Repeat the request in some seconds, with the same keys."


def long_body(media_types: frozenset[str], most: int, too_large: type[Refused]) -> IO[bytes]:
    """The stream of a body of at most so many bytes; raises MediaTypeUnsupported or the refusal of a larger one."""
    if request.mimetype not in media_types:
        remedy = f"Send it with a Content-Type of {', '.join(sorted(media_types))}."
        raise MediaTypeUnsupported(
            "The request's body is not announced as a type that is read here.",
            pointer="/headers/content-type",
            remedy=remedy,
        )
    if (request.content_length or 0) > most:
        raise too_large(f"The body has {request.content_length:,} bytes.", remedy=f"Send at most {most:,} bytes.")
    # Where no length was announced, whoever reads a block beyond the limit is cut off; before that it may count itself.
    request.max_content_length = most + _BUFFER
    return io.BufferedReader(cast("io.RawIOBase", request.stream), _BUFFER)


def place(what: str, most: int) -> ExitStack:
    """A place among the long requests of a kind, given back when it is closed; raises TooManyStreams."""
    with _gate:
        places = current_app.extensions.setdefault(_EXTENSION, {}).setdefault(what, threading.Semaphore(most))
    if not places.acquire(blocking=False):
        raise TooManyStreams
    taken = ExitStack()
    taken.callback(places.release)
    return taken
