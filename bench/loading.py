"""Clients of the web server: so many connections in one thread, each with one request under way."""

import json
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any, Final, NamedTuple

from bench.world import Times

LONGEST: Final = 60  # seconds without an answer
_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length: "


class Answered(NamedTuple):
    """What the clients got: their times, how often each status, and the bodies where they were asked for."""

    times: Times
    statuses: Counter[int]
    bodies: list[bytes]


class _Connection:
    """One connection: what was sent when, and what has come back so far."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LONGEST)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self._got = b""

    def send(self, request: bytes) -> None:
        """Ask; small requests go out at once."""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[int, bytes] | None:
        """The status and body of the answer, once it is whole."""
        part = self.socket.recv(1 << 16)
        if not part:
            raise ConnectionError("the server closed a connection")
        self._got += part
        head, found, rest = self._got.partition(_END)
        if not found:
            return None
        at = head.lower().find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) < length:
            return None
        self._got = rest[length:]
        return int(head[9:12]), rest[:length]


def request(method: str, path: str, headers: Mapping[str, str], body: Any = None) -> bytes:
    """The bytes of a request; a body is sent as JSON."""
    data = json.dumps(body).encode() if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join([*lines, "", ""]).encode() + data


def load(port: int, requests: Iterable[bytes], connections: int, *, keep: bool = False) -> Answered:
    """Send the requests over so many connections, each as soon as the one before it was answered."""
    waiting = deque(requests)
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    bodies: list[bytes] = []
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        opened = [_Connection(port) for _ in range(min(connections, len(waiting)))]
        for each in opened:
            stack.enter_context(each.socket)
            selector.register(each.socket, selectors.EVENT_READ, each)
        started = time.perf_counter()
        for each in opened:
            each.send(waiting.popleft())
        under_way = len(opened)
        while under_way:
            ready = selector.select(LONGEST)
            if not ready:
                raise TimeoutError("the server does not answer")
            for key, _ in ready:
                each = key.data
                answer = each.receive()
                if answer is None:
                    continue
                latencies.append(time.perf_counter() - each.began)
                statuses[answer[0]] += 1
                if keep:
                    bodies.append(answer[1])
                if waiting:
                    each.send(waiting.popleft())
                else:
                    under_way -= 1
        seconds = time.perf_counter() - started
    return Answered(Times(seconds, sorted(latencies)), statuses, bodies)
