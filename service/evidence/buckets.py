"""Documents in a bucket of an S3 service: put, get and list, each request signed (AWS Signature Version 4).

One object a document, in one piece, addressed by path. Nothing is deleted, no rights are set, and credentials are those
of the settings: what else a bucket needs (encryption, versions, retention) is set where the bucket is.
"""

import hashlib
import hmac
import http.client
import logging
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from html import unescape
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote, urlsplit

from service import clock
from service.evidence.keeping import EvidenceStoreUnavailable, Found
from service.evidence.settings import Evidence

_log: Final = logging.getLogger("vouchers.evidence")
TIMEOUT: Final = 20  # seconds without a byte
ATTEMPTS: Final = 3
_LARGEST_LIST: Final = 4 << 20  # bytes of one page of a list
_MOST_PAGES: Final = 100_000
_EMPTY: Final = hashlib.sha256().hexdigest()
_KEY: Final = re.compile(r"<Key>([^<]{1,1024})</Key>")
_FURTHER: Final = re.compile(r"<NextContinuationToken>([^<]{1,2048})</NextContinuationToken>")
_OK, _MISSING, _BUSY, _FAULT = 200, 404, 429, 500


class _Answer:
    """What a request got: its status, and its body on a connection of its own."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection
        self._response = connection.getresponse()
        self.status = self._response.status
        self.size = int(self._response.headers.get("Content-Length") or 0)

    def read(self, size: int, /) -> bytes:
        try:
            return self._response.read(size)
        except (OSError, http.client.HTTPException) as fault:
            raise EvidenceStoreUnavailable from fault

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Bucket:
    """The documents under one address of an S3 service."""

    def __init__(self, address: str, settings: Evidence, incoming: Path) -> None:
        """Use https://HOST/BUCKET/PREFIX, without asking for anything yet."""
        self.incoming = incoming
        parts = urlsplit(address)
        self._secure, self._host = parts.scheme == "https", parts.netloc
        self._bucket, _, prefix = parts.path.strip("/").partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._settings = settings

    def put(self, digest: str, path: Path) -> None:
        """Send a file; the service checks it against its digest."""
        with self._ask("PUT", self._place(digest), digest=digest, path=path) as answer:
            if answer.status != _OK:
                raise self._refused(answer)

    def get(self, digest: str) -> Found | None:
        """An object and its size."""
        answer = self._ask("GET", self._place(digest))
        if answer.status == _OK:
            return Found(answer.size, answer)
        with answer:
            if answer.status == _MISSING:
                return None
            raise self._refused(answer)

    def digests(self) -> Iterator[str]:
        """The last part of every key below the prefix, a page at a time."""
        further = ""
        for _ in range(_MOST_PAGES):
            query = {"list-type": "2", "prefix": self._prefix} | ({"continuation-token": further} if further else {})
            with self._ask("GET", f"/{self._bucket}", query) as answer:
                if answer.status != _OK:
                    raise self._refused(answer)
                text = answer.read(_LARGEST_LIST).decode()
            for key in _KEY.findall(text):
                yield unescape(key).rpartition("/")[2]
            found = _FURTHER.search(text)
            if found is None:
                return
            further = unescape(found[1])

    def _place(self, digest: str) -> str:
        return f"/{self._bucket}/{self._prefix}{digest[:2]}/{digest}"

    def _ask(
        self,
        method: str,
        place: str,
        query: Mapping[str, str] | None = None,
        digest: str = _EMPTY,
        path: Path | None = None,
    ) -> _Answer:
        """Send a request, again where the service is busy or fails; an answer that says why not is an answer."""
        target = quote(place)
        written = "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted((query or {}).items())
        )
        for attempt in range(ATTEMPTS):
            time.sleep(0.2 * attempt)
            with suppress(OSError, http.client.HTTPException):
                answer = self._send(method, target, written, digest, path)
                if answer.status < _FAULT and answer.status != _BUSY:
                    return answer
                answer.close()
        _log.error("the evidence store at %s does not answer", self._host)
        raise EvidenceStoreUnavailable

    def _send(self, method: str, target: str, query: str, digest: str, path: Path | None) -> _Answer:
        headers = self._signed(method, target, query, digest)
        connection = _connection(self._host, secure=self._secure)
        try:
            address = f"{target}?{query}" if query else target
            if path is None:
                connection.request(method, address, headers=headers)
            else:
                with path.open("rb") as file:
                    length = {"Content-Length": str(path.stat().st_size)}
                    connection.request(method, address, body=file, headers=headers | length)
            return _Answer(connection)
        except BaseException:  # Whatever it is goes on to the caller; nobody else could close it.
            connection.close()
            raise

    def _signed(self, method: str, target: str, query: str, digest: str) -> dict[str, str]:
        """The headers of a request with its signature."""
        now = re.sub(r"[-:]", "", clock.now()[:19]) + "Z"
        headers = {"host": self._host, "x-amz-content-sha256": digest, "x-amz-date": now}
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        request = f"{method}\n{target}\n{query}\n{lines}\n{names}\n{digest}"
        scope = f"{now[:8]}/{self._settings.region}/s3/aws4_request"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        signature = sign(self._settings.secret_key, scope, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashed}")
        credential = f"Credential={self._settings.access_key}/{scope}"
        told = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}"
        return {**headers, "authorization": told}

    def _refused(self, answer: _Answer) -> EvidenceStoreUnavailable:
        _log.error("the evidence store at %s answered %d", self._host, answer.status)
        return EvidenceStoreUnavailable()


def sign(secret: str, scope: str, text: str) -> str:
    """The signature of a text, by a key that is made of the secret and the scope."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _connection(host: str, *, secure: bool) -> http.client.HTTPConnection:
    if secure:
        return http.client.HTTPSConnection(host, timeout=TIMEOUT, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, timeout=TIMEOUT)
