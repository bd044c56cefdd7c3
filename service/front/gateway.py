"""The server's application: it runs the Flask application on threads of its own, and lets no slow client hold one."""

import asyncio
import io
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from schemas.problems import MEDIA_TYPE, problem
from service.api.tracing import trace_of
from service.front.bodies import READ_AHEAD, Body
from service.front.environment import Environments
from service.front.settings import Front
from vouchers.refusals import Refused, Unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

Headers = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_log: Final = logging.getLogger("vouchers.front")
MOST_HELD: Final = 256 * READ_AHEAD  # bytes of bodies that wait for a thread
LONGEST_WHOLE: Final = 1024 * 1024  # bytes of an answer that is sent in one piece
# Whoever watches the service is let in when it is full: busy is not dead.
PROBES: Final = frozenset({b"/healthz", b"/readyz", b"/metrics"})
ROOM_FOR_PROBES: Final = 4


class ServiceBusy(Unavailable):
    """More requests wait for the service than it can answer soon."""

    remedy = "Repeat the request in a moment, with the same key."


@dataclass(slots=True)
class Load:
    """What one process has in hand."""

    inside: int = 0
    held: int = 0


class Gateway:
    """An ASGI application around a WSGI one, with a bounded queue before its threads."""

    def __init__(
        self,
        application: "WSGIApplication",
        front: Front,
        threads: int,
        start: Callable[[], None] = lambda: None,
        stop: Callable[[], None] = lambda: None,
        on_refusal: Callable[[str], object] = lambda _: None,
    ) -> None:
        """Run the application on so many threads; `start` and `stop` are called with the server.

        `on_refusal` is told the code of each refusal that the application never saw.
        """
        self.load = Load()
        self._application = application
        self._front = front
        self._most = threads + front.waiting
        self._environments = Environments(front.proxies)
        self._pool = ThreadPoolExecutor(threads, "request")
        self._start, self._stop, self._on_refusal = start, stop, on_refusal

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's beginning and end."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self._close)
        await send({"type": "lifespan.shutdown.complete"})

    def _close(self) -> None:
        self._pool.shutdown()
        self._stop()

    async def _answer(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        body = Body(receive, self._front.body_seconds)
        exchange = Exchange(send, self._front.send_seconds, body)
        try:
            await self._admit(scope, body, exchange)
        except Refused as refused:
            self._on_refusal(refused.code)
            await exchange.refuse(refused, scope)
        except ClientGone:
            _log.info("a client left before it had its answer")
        finally:
            exchange.close()

    async def _admit(self, scope: Mapping[str, Any], body: Body, exchange: "Exchange") -> None:
        """Read the body while no thread is held, then wait for a thread, as long as there is room to wait."""
        room = self._most + ROOM_FOR_PROBES * (scope["raw_path"] in PROBES)
        if self.load.inside >= room or self.load.held >= MOST_HELD:
            raise ServiceBusy
        environment = self._environments.make(scope, io.BufferedReader(body))
        held = await body.read_ahead()
        if self.load.inside >= room:
            raise ServiceBusy
        self.load.inside += 1
        self.load.held += held
        try:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._pool, self._run, environment, exchange, time.monotonic())
            await exchange.finish()
        finally:
            self.load.inside -= 1
            self.load.held -= held

    def _run(self, environment: "WSGIEnvironment", exchange: "Exchange", since: float) -> None:
        """Run the application in this thread of the pool."""
        waited = time.monotonic() - since
        if waited > self._front.patience_seconds:
            raise ServiceBusy
        environment["vouchers.waited"] = waited
        answer = self._application(environment, exchange.begin)
        try:
            exchange.pass_on(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()


class ClientGone(Exception):
    """The client left, or leaves its answer unread."""


class Exchange:
    """One answer on its way: begun and passed on by a thread, sent by the loop."""

    def __init__(self, send: Send, seconds: float, body: Body) -> None:
        """Begin with nothing said; no wait for the client is longer than so many seconds."""
        self._send = send
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._status = 0
        self._headers: Headers = []
        self._whole: bytes | None = None
        self._begun = False
        self._body = body
        self._watch: asyncio.Task[None] | None = None

    def begin(self, status: str, headers: list[tuple[str, str]], _fault: object = None) -> Callable[[bytes], object]:
        """What a WSGI application calls with its status and headers."""
        self._status = int(status[:3])
        self._headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return self._write

    def pass_on(self, answer: Iterable[bytes]) -> None:
        """Keep a short answer for the loop to send in one piece; send a long one as it comes."""
        length = int(dict(self._headers).get(b"content-length", LONGEST_WHOLE + 1))
        if length <= LONGEST_WHOLE and not self._begun:
            self._whole = b"".join(answer)
            return
        for part in answer:
            self._write(part)

    async def finish(self) -> None:
        """Send what is left to be sent."""
        # Nothing was passed on where an answer has no body, such as 304.
        if not self._begun:
            await self._start()
        await self._soon({"type": "http.response.body", "body": self._whole or b"", "more_body": False})

    async def refuse(self, refused: Refused, scope: Mapping[str, Any]) -> None:
        """Answer with a problem document, unless an answer has begun."""
        if self._begun:
            return
        trace = trace_of(dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1"))
        document = {**problem(refused, scope["path"]), "trace_id": trace.trace_id}
        told_of = {"status": refused.status, "code": refused.code, "trace_id": trace.trace_id}
        _log.info("refused at the door", extra=told_of)
        told = json.dumps(document, ensure_ascii=False, sort_keys=True).encode()
        headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(told)), "Cache-Control": "no-store"}
        headers["traceresponse"] = str(trace)
        if isinstance(refused, Unavailable):
            headers["Retry-After"] = "1"
        # What is left of a body that was not read would be taken for the next request.
        headers["Connection"] = "close"
        self.begin(f"{refused.status} {HTTPStatus(refused.status).phrase}", [*headers.items()])
        self._whole = told
        with suppress(ClientGone):
            await self.finish()

    def close(self) -> None:
        """Look no more whether the client has gone."""
        if self._watch is not None:
            self._watch.cancel()

    def _write(self, part: bytes) -> None:
        asyncio.run_coroutine_threadsafe(self._part(part), self._loop).result()

    async def _part(self, part: bytes) -> None:
        if not self._begun:
            await self._start()
        # The server takes what is sent to a client that has gone, and says nothing of it.
        if self._watch is None and self._body.ended:
            self._watch = self._loop.create_task(self._body.left())
        if self._watch is not None and self._watch.done():
            raise ClientGone
        if part:
            await self._soon({"type": "http.response.body", "body": part, "more_body": True})

    async def _start(self) -> None:
        self._begun = True
        await self._soon({"type": "http.response.start", "status": self._status, "headers": self._headers})

    async def _soon(self, message: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(message)
        except (TimeoutError, RuntimeError, OSError) as gone:
            raise ClientGone from gone
