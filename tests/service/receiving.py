"""A receiver of webhooks as strangers write them: it fails, dawdles, is gone, and keeps what it was sent."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

Answer = int | tuple[int, dict[str, str]]


@dataclass
class Message:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes
    answered: int

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def seq(self) -> int:
        return int(self.event["id"])

    @property
    def stream(self) -> str:
        return str(self.event["subject"])

    def verified_by(self, secret: str) -> bool:
        """Whether the library of the standard accepts it."""
        return bool(Webhook(secret).verify(self.body, self.headers))


@dataclass
class Receiver:
    """Answers as `decide` says, with 204 unless it is told otherwise."""

    decide: Callable[["Receiver", dict[str, Any]], Answer] = lambda _, __: 204
    messages: list[Message] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=vouchers"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def taken(self) -> list[Message]:
        """What was answered with success."""
        with self.lock:
            return [message for message in self.messages if 200 <= message.answered < 300]

    def wait_for(self, enough: Callable[[list[Message]], bool], seconds: float = 20) -> list[Message]:
        """What was taken, as soon as it is enough."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if enough(taken := self.taken):
                return taken
            time.sleep(0.02)
        raise AssertionError(f"after {seconds} s there are {[message.seq for message in self.taken]}")


@contextmanager
def a_receiver(decide: Callable[[Receiver, dict[str, Any]], Answer] | None = None) -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver(**({"decide": decide} if decide else {}))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = receiver.decide(receiver, json.loads(body))
            status, more = answer if isinstance(answer, tuple) else (answer, {})
            headers = {name.lower(): value for name, value in self.headers.items()}
            with receiver.lock:
                receiver.messages.append(Message(headers, body, status))
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A sender that was killed is no fault of ours."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


def in_order(messages: list[Message]) -> bool:
    """Whether the events of each stream came in its order, the first time that each came."""
    firsts: dict[str, list[int]] = {}
    seen: set[int] = set()
    for message in messages:
        if message.seq not in seen:
            seen.add(message.seq)
            firsts.setdefault(message.stream, []).append(message.seq)
    return all(numbers == sorted(numbers) for numbers in firsts.values())
