"""The front before the application: slow clients hold no thread, what cannot be answered soon is told so."""

import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from service.front.environment import Environments, HeaderRepeated, HostMissing
from tests.service.test_api_server import free_port

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys, time
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from service.front.gateway import Gateway
from service.front.settings import Front

def application(environment, start):
    path = environment["PATH_INFO"]
    if path == "/sleep":
        time.sleep(1.5)
    if path == "/long":
        start("200 OK", [("Content-Type", "text/plain")])
        return (b"x" * 100_000 for _ in range(2_000))
    if path == "/unchanged":
        start("304 Not Modified", [("ETag", '"1"')])
        return ()
    body = environment["wsgi.input"].read()
    told = f"{len(body)} {environment['REMOTE_ADDR']} {environment['wsgi.url_scheme']}".encode()
    start("200 OK", [("Content-Length", str(len(told)))])
    return [told]

def build():
    front = Front(waiting=2, patience_seconds=1, body_seconds=1, send_seconds=1, proxies=("127.0.0.1",))
    say = lambda word: lambda: print(word, flush=True)
    return Gateway(application, front, 2, say("started"), say("stopped"))

if __name__ == "__main__":
    Granian("program:build", factory=True, interface=Interfaces.ASGI, http=HTTPModes.http1, port=int(sys.argv[1]),
            http1_settings=HTTP1Settings(header_read_timeout=1_000, max_buffer_size=32_768), backpressure=1_024,
            websockets=False, log_enabled=False).serve()
"""
HELLO = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"


class Served:
    """The front with two threads, and the sockets of its clients."""

    def __init__(self, folder):
        (folder / "program.py").write_text(PROGRAM)
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "program.py", str(self.port)],
            cwd=folder,
            env={"PYTHONPATH": f"{ROOT}:{folder}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "started\n"

    def connect(self):
        for _ in range(200):
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=10)
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise AssertionError("it does not listen")

    def ask(self, request):
        """The status and the body of an answer."""
        with closing(self.connect()) as connection:
            connection.sendall(request)
            return answer_on(connection)


def answer_on(connection):
    data = b""
    while b"\r\n\r\n" not in data and (part := connection.recv(65_536)):
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(headers.get(b"content-length", 0)) and (part := connection.recv(65_536)):
        body += part
    return int(head.split()[1]), body


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    served = Served(tmp_path_factory.mktemp("front"))
    yield served
    served.process.terminate()
    rest, _ = served.process.communicate(timeout=40)
    assert rest == "stopped\n"
    assert served.process.returncode == 0


@contextmanager
def clients(served, number, sent):
    opened = [served.connect() for _ in range(number)]
    for connection in opened:
        connection.sendall(sent)
    try:
        yield opened
    finally:
        for connection in opened:
            connection.close()


def test_three_hundred_half_open_connections_hold_up_nobody(served):
    with clients(served, 300, b"GET /hello HTTP/1.1\r\nHost: x\r\n") as opened:
        began = time.monotonic()
        assert served.ask(HELLO)[0] == 200
        assert time.monotonic() - began < 1
        # They are not kept for ever either.
        assert opened[0].recv(1) == b""


def test_bodies_that_do_not_come_hold_no_thread_and_are_given_up(served):
    half = b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"
    with clients(served, 50, half) as opened:
        began = time.monotonic()
        assert served.ask(HELLO)[0] == 200
        assert time.monotonic() - began < 0.9
        status, body = answer_on(opened[0])
        assert (status, json.loads(body)["code"]) == (408, "body-too-slow")
        assert len(json.loads(body)["trace_id"]) == 32
        assert opened[0].recv(1) == b""


def test_a_long_body_may_not_pause_for_long_either(served):
    began = b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 300_000
    with clients(served, 1, began) as [connection]:
        status, body = answer_on(connection)
    assert (status, json.loads(body)["code"]) == (408, "body-too-slow")


def test_a_long_body_is_read_to_its_end(served):
    head = b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    status, body = served.ask(head + b"x" * 1_000_000)
    assert (status, body.split()[0]) == (200, b"1000000")


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 100\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\nabc\r\n0\r\n\r\n",
    ],
    ids=["short", "without an end", "bad chunk"],
)
def test_a_body_that_breaks_off_is_no_body(served, sent):
    with closing(served.connect()) as connection:
        connection.sendall(b"POST /hello HTTP/1.1\r\nHost: x\r\n" + sent)
        connection.shutdown(socket.SHUT_WR)
        status, body = answer_on(connection)
    assert (status, json.loads(body)["code"]) == (400, "body-broken")


def test_more_than_can_be_answered_soon_is_told_to_come_again(served):
    answers = []

    def ask():
        answers.append(served.ask(b"GET /sleep HTTP/1.1\r\nHost: x\r\n\r\n"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    # Two run, two wait, four were sent away; whoever watches the service is let in.
    assert len(answers) == 4
    assert served.ask(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")[0] in (200, 503)
    for thread in threads:
        thread.join()
    busy = [json.loads(body)["code"] for status, body in answers if status == 503]
    # The two that waited longer than they may were sent away as well.
    assert (len(busy), set(busy)) == (6, {"service-busy"})
    assert served.ask(HELLO)[0] == 200


def test_a_long_answer_that_nobody_reads_is_given_up(served):
    with clients(served, 2, b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n"):
        time.sleep(2.5)
        assert served.ask(HELLO)[0] == 200


def test_an_answer_without_a_body_is_an_answer(served):
    with closing(served.connect()) as connection:
        for _ in range(2):  # On one connection, so that nothing is left over.
            connection.sendall(b"GET /unchanged HTTP/1.1\r\nHost: x\r\n\r\n")
            head = connection.recv(4_096)
            assert head.startswith(b"HTTP/1.1 304 "), head
            assert head.endswith(b"\r\n\r\n")
            assert b'etag: "1"' in head.lower()


def test_a_long_answer_comes_whole(served):
    with closing(served.connect()) as connection:
        connection.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        size = sum(map(len, iter(lambda: connection.recv(1_000_000), b"")))
    assert 200_000_000 < size < 201_000_000


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /hello HTTP/1.1\r\n\r\n", 400),
        (b"GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET /hello HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"GET /hello HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n", 400),
        (b"GET /hello HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 400_000 + b"\r\n\r\n", 431),
        (b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET /hello HTTP/1.0\r\n\r\n", 200),
    ],
)
def test_what_two_readers_could_understand_in_two_ways_is_refused(served, request_, status):
    assert served.ask(request_)[0] == status


def test_a_request_hidden_behind_a_chunked_body_is_not_answered(served):
    hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with closing(served.connect()) as connection:
        connection.sendall(head + hidden)
        data = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert data.count(b"HTTP/1.1 ") == 1


def scope(headers, client="127.0.0.1", version="1.1"):
    return {
        "method": "GET",
        "raw_path": b"/a%2Fb%ff",
        "query_string": b"x=%20",
        "http_version": version,
        "server": ("127.0.0.1", 80),
        "client": (client, 1),
        "scheme": "http",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }


def environment(headers, proxies=(), client="127.0.0.1"):
    return Environments(proxies).make(scope([("host", "x"), *headers], client), None)


def test_a_request_is_told_as_a_gateway_interface_wants_it():
    told = environment([("accept", "a"), ("accept", "b"), ("cookie", "c=1"), ("cookie", "d=2"), ("content-type", "t")])
    assert (told["PATH_INFO"], told["QUERY_STRING"]) == ("/a/b\xff", "x=%20")
    assert (told["HTTP_ACCEPT"], told["HTTP_COOKIE"], told["CONTENT_TYPE"]) == ("a,b", "c=1; d=2", "t")
    assert told["wsgi.input_terminated"]


@pytest.mark.parametrize("name", ["authorization", "idempotency-key", "host"])
def test_a_header_that_decides_stands_once(name):
    with pytest.raises(HeaderRepeated):
        environment([(name, "a"), (name, "b")])


def test_a_host_is_named_since_http_1_1():
    with pytest.raises(HostMissing):
        Environments(()).make(scope([]), None)
    assert Environments(()).make(scope([], version="1.0"), None)["REMOTE_ADDR"] == "127.0.0.1"


def test_a_name_that_only_looks_like_another_is_left_out():
    assert "HTTP_IDEMPOTENCY_KEY" not in environment([("idempotency_key", "k")])


FORWARDED = [("x-forwarded-for", "6.6.6.6, 10.0.0.9, 9.9.9.9, 10.0.0.8"), ("x-forwarded-proto", "https")]


@pytest.mark.parametrize(
    ("proxies", "client", "address", "scheme"),
    [
        ((), "10.0.0.7", "10.0.0.7", "http"),
        (("10.0.0.0/8",), "9.9.9.9", "9.9.9.9", "http"),
        (("10.0.0.0/8",), "10.0.0.7", "9.9.9.9", "https"),
        (("10.0.0.0/8", "9.0.0.0/8"), "10.0.0.7", "6.6.6.6", "https"),
    ],
)
def test_a_proxy_is_believed_only_where_it_is_named(proxies, client, address, scheme):
    told = environment(FORWARDED, proxies, client)
    assert (told["REMOTE_ADDR"], told["wsgi.url_scheme"]) == (address, scheme)
    assert not [name for name in told if name.startswith("HTTP_X_FORWARDED")]


@pytest.mark.parametrize(("said", "believed"), [("unknown", "10.0.0.7"), ("", "10.0.0.7"), ("1.2.3.4, _x", "10.0.0.7")])
def test_what_a_proxy_says_is_an_address_or_nothing(said, believed):
    assert environment([("x-forwarded-for", said)], ("10.0.0.7",), "10.0.0.7")["REMOTE_ADDR"] == believed
