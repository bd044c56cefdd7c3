"""Server-sent events: the feed as it grows, over a connection that is bounded in time and in number."""

import logging
import time
from collections.abc import Collection, Iterator
from typing import Final

from service.outward.audience import Audience
from service.outward.cloudevents import line_of
from service.outward.feed import Feed

MEDIA_TYPE: Final = "text/event-stream"
BATCH: Final = 100  # events of one look
PAUSE: Final = 0.1  # seconds between two looks
LOOKED: Final = 1.0  # seconds after which a stream looks whether its reader is still there
BACK: Final = b"retry: 2000\n\n"  # milliseconds after which a reader comes back

_log: Final = logging.getLogger("vouchers.feed")


def follow(feed: Feed, reader: Audience, start: int, types: Collection[str]) -> Iterator[bytes]:
    """The events from a number on as they come, until the stream's time is over or the process stops."""
    options, stopped = feed.options, feed.streams.stopped
    now = time.monotonic()
    until, told, looked = now + options.stream_seconds, now, now
    yield BACK
    while now < until and not stopped.is_set():
        try:
            page = feed.page(reader, start, BATCH, types)
        except Exception:  # noqa: BLE001 - its reader comes back and goes on where it was.
            _log.exception("a stream of events could not go on")
            return
        moved, start = page.following > start, page.following
        if page.events:
            told = now
            yield b"".join(b"id: %b\ndata: %b\n\n" % (event["id"].encode(), line_of(event)) for event in page.events)
        elif now - told >= options.heartbeat_seconds:
            told = looked = now
            # The number without an event: a reader that comes back need not look through the same entries again.
            yield b": quiet\n" + (b"id: %d\n" % (start - 1) if start else b"") + b"\n"
        elif now - looked >= LOOKED:
            looked = now
            yield b""  # Whoever sends it finds out whether the reader has gone.
        if not moved or start >= page.position:
            stopped.wait(PAUSE)
        now = time.monotonic()
