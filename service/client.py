"""A client of the service on the standard library alone: it repeats what may be repeated, and reads what it wrote.

A client serves one thread. Every POST has an idempotency key, the same one through all repetitions, so that a request
whose answer was lost takes effect once.
"""

import http.client
import json
import random
import ssl
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlencode, urlsplit

Found = TypeVar("Found")

BATCH: Final = 500  # lines of one request
LONGEST_PAUSE: Final = 30.0  # seconds
_FIRST_PAUSE: Final = 0.1  # seconds
_AGAIN: Final = frozenset({408, 502, 503, 504})
_TOO_MANY: Final = 429  # worth a repetition only where it is said when
_IN_FLIGHT: Final = "request-in-flight"
_LINES: Final = "application/x-ndjson"
_FAILED: Final = 400


class Problem(Exception):
    """The service said no: a stable code, what is wrong, where, and what helps; `errors` has every fault."""

    def __init__(self, status: int, told: Mapping[str, Any]) -> None:
        """Take what a problem document tells."""
        self.status = status
        self.code: str = told.get("code", "")
        self.detail: str = told.get("detail", "")
        self.remedy: str = told.get("remedy", "")
        self.errors: list[dict[str, str]] = list(told.get("errors", ()))
        self.pointer: str = self.errors[0]["pointer"] if self.errors else ""
        self.trace_id: str = told.get("trace_id", "")
        super().__init__(f"{status} {self.code}: {self.detail} {self.remedy}".rstrip())


class Unreachable(Exception):
    """The service did not answer, however often it was asked; what was sent may be sent again with the same key."""


class Answer(dict[str, Any]):
    """The members of an answer, with its status, its ETag, and whether it repeats an earlier one."""

    status: int = 200
    etag: str = ""
    replayed: bool = False


class Client:
    """One caller's connection to a service. Use as a context manager, or close it."""

    def __init__(
        self,
        url: str,
        credential: str,
        *,
        timeout: float = 30.0,
        attempts: int = 6,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Address the service by its URL, with an API key or a token; nothing is sent yet."""
        self.position = 0  # the furthest place in the log that this client has written
        self._url = urlsplit(url.rstrip("/"))
        self._headers = {"Authorization": f"Bearer {credential}", "Accept": "application/json"}
        self._timeout, self._attempts, self._sleep = timeout, attempts, sleep
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the connection; a later request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, path: str, **query: Any) -> Answer:
        """Read, at least as new as what this client wrote; addresses that know no position are asked without one."""
        asked = {"after": self.position} | query if self.position else query
        try:
            return self._told("GET", path, query=asked)
        except Problem as problem:
            if problem.pointer != "/query/after" or problem.code != "field-unknown" or "after" in query:
                raise
        return self._told("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, key: str = "", etag: str = "") -> Answer:
        """Write, once: by the key, which is made where none is given. `etag` is of the state that was decided on."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex} | ({"If-Match": etag} if etag else {})
        content = b"" if body is None else json.dumps(body).encode()
        if content:
            headers["Content-Type"] = "application/json"
        answer = self._told("POST", path, content, headers)
        self._wrote(answer)
        return answer

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page."""
        while True:
            page = self.get(path, **query)
            yield from page["items"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]

    def bulk(self, path: str, items: Iterable[Mapping[str, Any]], **query: Any) -> Iterator[dict[str, Any]]:
        """Send lines, each with a `key`; what became of each, in order. A part that broke off is sent again."""
        left, done = iter(items), 0
        while part := list(islice(left, BATCH)):
            for result in self._part(path, part, query):
                self._wrote(result)
                yield result | {"line": result["line"] + done}
            done += len(part)

    def follow(self, start: int = 0, types: str = "", pause: float = 1.0) -> Iterator[dict[str, Any]]:
        """Events as they become durable, for ever; an event's id + 1 is where to start the next time."""
        wanted = {"types": types} if types else {}
        place: dict[str, Any] = {"start": start}
        while True:
            page = self._told("GET", "/v1/feed", query=place | wanted)
            yield from page["items"]
            if place == (place := {"cursor": page["next"]}):
                self._sleep(pause)

    def wait_for(self, position: int) -> None:
        """Wait until reads show so much of the log, whoever wrote it."""
        self._told("GET", "/v1/programmes", query={"after": position})

    def upload(self, content: bytes, media_type: str) -> str:
        """Bring a document; its digest."""
        digest = sha256(content).hexdigest()
        self._told("PUT", f"/v1/evidence/{digest}", content, {"Content-Type": media_type})
        return digest

    def download(self, digest: str, order_id: str = "") -> bytes:
        """A document, compared with its digest; a party of an order names the order."""
        query = {"order_id": order_id} if order_id else {}
        content, _ = self._read("GET", f"/v1/evidence/{digest}", query=query)
        if sha256(content).hexdigest() != digest:
            raise Unreachable("The document did not come whole.")
        return content

    def _wrote(self, answer: Mapping[str, Any]) -> None:
        self.position = max(self.position, answer.get("position", 0))

    def _told(self, *request: Any, **options: Any) -> Answer:
        """The answer to a request that is answered in JSON."""
        content, response = self._read(*request, **options)
        answer = Answer(json.loads(content) if content else {})
        answer.status, answer.etag = response.status, response.headers.get("ETag", "")
        answer.replayed = response.headers.get("Idempotency-Replayed") == "true"
        return answer

    def _read(self, *request: Any, **options: Any) -> tuple[bytes, http.client.HTTPResponse]:
        """The whole content of an answer."""

        def ask() -> tuple[bytes, http.client.HTTPResponse]:
            response = self._send(*request, **options)
            return response.read(), response

        return self._again(ask)

    def _part(self, path: str, part: list[Mapping[str, Any]], query: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The results of one request of lines."""
        content = b"".join(json.dumps(each).encode() + b"\n" for each in part)

        def ask() -> list[dict[str, Any]]:
            response = self._send("POST", path, content, {"Content-Type": _LINES}, query)
            results = [json.loads(line) for line in response.read().splitlines()]
            if results and results[-1]["line"] > len(part):
                raise Problem(results[-1]["status"], results[-1]["problem"])
            if len(results) < len(part):
                raise http.client.IncompleteRead(b"")
            return results

        return self._again(ask)

    def _again(self, ask: Callable[[], Found]) -> Found:
        """Ask until there is an answer, with longer and longer pauses of random length between."""
        last: Exception = Unreachable("Nothing was asked.")
        for attempt in range(1, self._attempts + 1):
            try:
                return ask()
            except (OSError, http.client.HTTPException) as error:
                self.close()
                pause, last = 0.0, Unreachable(f"{self._url.netloc} did not answer: {error!r}.")
            except _Later as later:
                pause, last = later.seconds, later.problem
            if attempt < self._attempts:
                spread = random.uniform(0, _FIRST_PAUSE * 2**attempt)  # noqa: S311 - so that clients spread out.
                self._sleep(min(pause + spread, LONGEST_PAUSE))
        raise last

    def _send(
        self,
        method: str,
        path: str,
        content: bytes = b"",
        headers: Mapping[str, str] = MappingProxyType({}),
        query: Mapping[str, Any] = MappingProxyType({}),
    ) -> http.client.HTTPResponse:
        """Send a request once; the answer with its content still to be read. Raises Problem, _Later or OSError."""
        target = self._url.path + path + (f"?{urlencode(query)}" if query else "")
        connection = self._open()
        connection.request(method, target, content or None, {**self._headers, **headers})
        response = connection.getresponse()
        if response.status < _FAILED:
            return response
        problem = Problem(response.status, _document(response.read()))
        wait = response.headers.get("Retry-After", "")
        if response.status in _AGAIN or problem.code == _IN_FLIGHT or (response.status == _TOO_MANY and wait):
            raise _Later(problem, wait)
        raise problem

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is None:
            host = self._url.netloc
            if self._url.scheme == "https":
                context = ssl.create_default_context()
                self._connection = http.client.HTTPSConnection(host, timeout=self._timeout, context=context)
            else:
                self._connection = http.client.HTTPConnection(host, timeout=self._timeout)
        return self._connection


class _Later(Exception):
    """The service cannot answer now, and may say in how many seconds it can."""

    def __init__(self, problem: Problem, retry_after: str) -> None:
        self.problem = problem
        self.seconds = float(retry_after) if retry_after.isascii() and retry_after.isdecimal() else 0.0
        super().__init__(str(problem))


def _document(content: bytes) -> dict[str, Any]:
    """A problem document; nothing where something on the way answered with another page."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
