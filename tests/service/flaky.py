"""A bad line between a client and a server: it passes requests on, and fails as a test tells it to."""

import http.client
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What the line answers itself: the status, and when to come back.
SAID = {"busy": (503, "7"), "limited": (429, "7"), "full": (429, "")}


class Handler(BaseHTTPRequestHandler):
    """One request: passed on, or not; answered, or not."""

    def log_message(self, *_):
        """Say nothing."""

    def handle_any(self):
        """Do what is next in the script; without one, pass on.

        drop: before the server hears of it. cut: after the server did it. half: in the middle of the answer.
        busy, limited, full: answered on the way.
        """
        act = self.server.script.popleft() if self.server.script else "pass"
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, self.headers.get("Idempotency-Key")))
        if act == "drop":
            return
        if act in SAID:
            status, wait = SAID[act]
            told = json.dumps({"code": f"line-{act}", "detail": "Not now.", "remedy": "Later."}).encode()
            headers = [("Content-Length", str(len(told))), *([("Retry-After", wait)] if wait else [])]
            self._answer(status, headers, told)
            return
        status, headers, content = self._passed_on(body)
        if act == "cut":
            return
        if act == "half":
            content = content[: len(content) // 2]
        self._answer(status, headers, content)

    do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - the library's names

    def _passed_on(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=30)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
            dropped = ("transfer-encoding", "connection", "content-length")
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in dropped]
            return answer.status, [*kept, ("Content-Length", str(len(content)))], content
        finally:
            connection.close()

    def _answer(self, status, headers, content):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


class Line(ThreadingHTTPServer):
    """The line to a server at a port: its script, and what it has seen."""

    daemon_threads = True

    def __init__(self, behind):
        super().__init__(("127.0.0.1", 0), Handler)
        self.behind = behind
        self.script: deque[str] = deque()
        self.seen: list[tuple[str, str, str | None]] = []

    @property
    def url(self) -> str:
        """Where a client finds it."""
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def a_line(behind: int) -> Iterator[Line]:
    """A line that is up while it is needed."""
    with Line(behind) as line:
        thread = threading.Thread(target=line.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield line
        finally:
            line.shutdown()
            thread.join()
