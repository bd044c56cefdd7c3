"""A small S3 service for tests: it checks every signature by itself, and keeps objects in memory."""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

ACCESS, SECRET, REGION = "test-key", "a secret of tests", "test-region"
PAGE = 2  # keys in one page of a list


class Handler(BaseHTTPRequestHandler):
    """One request: refused unless its signature is right for what came."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Say nothing."""

    def do_PUT(self):
        """Keep an object whose content is what was signed."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._may():
            right = hashlib.sha256(body).hexdigest() == self.headers["x-amz-content-sha256"]
            if right:
                self.server.objects[self._path()] = body
            self._answer(200 if right else 400)

    def do_GET(self):
        """An object, or a page of a list."""
        if not self._may():
            return
        query = dict(parse_qsl(urlsplit(self.path).query))
        if "list-type" in query:
            self._list(query)
        elif self._path() in self.server.objects:
            self._answer(200, self.server.objects[self._path()])
        else:
            self._answer(404)

    def _list(self, query):
        bucket = f"{self._path()}/"
        names = [path.removeprefix(bucket) for path in self.server.objects if path.startswith(bucket)]
        after = query.get("continuation-token", "").removeprefix("after <")
        left = sorted(name for name in names if name.startswith(query["prefix"]) and name > after)
        page = left[:PAGE]
        text = "".join(f"<Contents><Key>{name}</Key><Size>1</Size></Contents>" for name in page)
        if len(left) > PAGE:
            text += f"<NextContinuationToken>after &lt;{page[-1]}</NextContinuationToken>"
        self._answer(200, f"<ListBucketResult>{text}</ListBucketResult>".encode())

    def _path(self):
        return urlsplit(self.path).path

    def _may(self):
        """Whether the request is served: not while the service is to fail, and only with its own signature."""
        if self.server.failing:
            self.server.failing -= 1
            self._answer(503)
            return False
        if self.headers.get("Authorization", "") != self._signed():
            self._answer(403)
            return False
        return True

    def _signed(self):
        """The header that a right request has."""
        parts = urlsplit(self.path)
        names = ("host", "x-amz-content-sha256", "x-amz-date")
        query = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in sorted(parse_qsl(parts.query)))
        request = [self.command, parts.path, query, *[f"{name}:{self.headers.get(name, '')}" for name in names], ""]
        request += [";".join(names), self.headers.get("x-amz-content-sha256", "")]
        day = self.headers.get("x-amz-date", "")[:8]
        scope = [day, REGION, "s3", "aws4_request"]
        hashed = hashlib.sha256("\n".join(request).encode()).hexdigest()
        text = "\n".join(["AWS4-HMAC-SHA256", self.headers.get("x-amz-date", ""), "/".join(scope), hashed])
        key = b"AWS4" + SECRET.encode()
        for part in scope:
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        credential = f"{ACCESS}/{'/'.join(scope)}"
        return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={';'.join(names)}, Signature={signature}"

    def _answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """The service with its objects; the next `failing` requests are answered 503."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.failing = 0

    @property
    def address(self) -> str:
        """The address of a bucket, as settings have it."""
        return f"s3:http://127.0.0.1:{self.server_address[1]}/papers/sh"


@contextmanager
def a_bucket() -> Iterator[Server]:
    """A service that runs while it is needed."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
