"""Bodies of requests: the first part is read before a thread is taken, the rest as the application asks for it."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from vouchers.refusals import Malformed, Refused

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

# One byte more than any body that is no stream, so that a thread never waits for a slow client's short body.
READ_AHEAD: Final = 256 * 1024 + 1


class BodyTooSlow(Refused):
    """The request's body did not come in time."""

    status = 408
    remedy = "Send the request again, with the same key, over a faster connection or in smaller parts."


class BodyBroken(Malformed):
    """The request's body ended before it was complete."""

    remedy = "Send the request again, with the same key."


class Buffer(Protocol):
    """Something that bytes can be written into."""

    def __len__(self) -> int:
        """How many."""

    def __setitem__(self, place: slice, value: bytes) -> None:
        """Write."""


class Body(io.RawIOBase):
    """A request's body: what came first, then what the server hands on when it is asked."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        """Begin with nothing read; no wait for the client is longer than so many seconds."""
        super().__init__()
        self._receive = receive
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._ready = b""
        self._more = True

    async def read_ahead(self) -> int:
        """Read the body, or its first part; the number of bytes. Raises BodyTooSlow or BodyBroken."""
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._seconds):
                while self._more and size < READ_AHEAD:
                    parts.append(await self._next())
                    size += len(parts[-1])
        except TimeoutError as slow:
            raise BodyTooSlow from slow
        self._ready = b"".join(parts)
        return size

    @property
    def ended(self) -> bool:
        """Whether all of it has come."""
        return not self._more

    async def left(self) -> None:
        """Wait until the client has gone; asked only once the body has ended."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Buffer) -> int:  # type: ignore[override]
        """Give what is there; wait for the client where nothing is. Runs in a thread of the application."""
        while not self._ready and self._more:
            self._ready = asyncio.run_coroutine_threadsafe(self._soon(), self._loop).result()
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    async def _soon(self) -> bytes:
        try:
            return await asyncio.wait_for(self._next(), self._seconds)
        except TimeoutError as slow:
            raise BodyTooSlow from slow

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] != "http.request":
            raise BodyBroken
        self._more = bool(message.get("more_body"))
        part: bytes = message.get("body", b"")
        return part
