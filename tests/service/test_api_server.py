"""The real server in a process of its own: it listens, finishes what is in flight, and loses nothing."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from service import serving
from service.front.listening import AddressUnavailable
from service.identity import create_key
from service.serving import serve, workers_for
from service.settings import Settings, Store, UnsafeOption
from service.wiring import Service
from tests.examples import PUDONG
from tests.service.clients import order_body, yuan
from tests.town import Town

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from service.serving import serve
from service.settings import Settings
if __name__ == "__main__":
    stores = dict(zip(("log", "views", "desk"), sys.argv[3:]))
    serve(Settings(Path(sys.argv[1]), port=int(sys.argv[2]), threads=4, **stores))
"""
PATIENCE = 40  # seconds


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process and its address."""

    def __init__(self, folder, *stores):
        self.folder = folder
        self.port = free_port()
        script = folder / "run.py"
        script.write_text(PROGRAM)
        self.output = (folder / "server.log").open("wb")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(script), str(folder), str(self.port), *stores]
        self.process = subprocess.Popen(
            command, env=environment, stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True
        )

    def ask(self, path, key="", body=None, idempotency_key="k-1", wait=10):
        """The status and the JSON of an answer."""
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": idempotency_key}
        data = None if body is None else json.dumps(body).encode()
        headers |= {"Content-Type": "application/json"} if data else {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=wait) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def wait_until_ready(self):
        """Ask until the server answers."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                return self.ask("/readyz")[1]
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        pytest.fail((self.folder / "server.log").read_text(), pytrace=False)

    def stop(self):
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def remove(self):
        """Make sure that nothing of it is left."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)
        self.output.close()


def found(settings):
    """A town in which orders can be registered today."""
    with Service(settings) as service:
        town = Town(service.ledger, on=service.today(), seed=service.seed)
        town.adopt()
        town.appropriate("TEST", 10**9, period=town.on[:4])
        town.record()
        town.entitle()
        town.admit()
        town.accredit(first="2020-01-01", last="2199-12-31")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with a town."""
    folder = tmp_path_factory.mktemp("served")
    found(Settings(folder))
    return folder


@pytest.fixture
def server(folder):
    server = Server(folder)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.remove()


def todays_order(settings):
    """An order of the present day on the voucher that the firm was granted."""
    with Service(settings) as service:
        today = service.today()
        name = service.ledger.names("voucher/")[0]
    days = dict.fromkeys(("contract_on", "starts_on", "ends_on"), today)
    return order_body(voucher_id=name.removeprefix("voucher/"), gross=yuan(100), net=yuan(100), **days)


def test_what_is_written_can_be_read_back_from_the_server(folder, server):
    key, _ = create_key(folder, "enterprise", PUDONG, "2026-02-02T00:00:00Z")
    status, answer = server.ask("/v1/orders", key, todays_order(Settings(folder)), "read-back")
    assert status == 201
    status, shown = server.ask(f"/v1/orders/{answer['order_id']}?after={answer['position']}", key)
    assert (status, shown["status"]) == (200, "registered")
    assert server.ask("/v1/orders", "vk_0")[0] == 401


@pytest.mark.parametrize(("chunks", "status", "code"), [(0, 400, "json-malformed"), (5, 413, "body-too-large")])
def test_a_body_without_a_length_is_read_up_to_the_limit(folder, server, chunks, status, code):
    key, _ = create_key(folder, "enterprise", PUDONG, "2026-02-02T00:00:00Z")
    head = (
        f"POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nIdempotency-Key: k\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head + b"1\r\n{\r\n" + chunk * chunks + b"0\r\n\r\n")
        answer = b""
        while b"}" not in answer and (part := connection.recv(4_096)):
            answer += part
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert f'"code":"{code}"'.encode() in answer


def workers_of(pid):
    """The processes that a server's main process has started to serve."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    commands = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [child for child, command in commands.items() if b"spawn_main" in command]


def test_an_address_in_use_is_told_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(AddressUnavailable):
            serve(Settings(tmp_path, port=taken.getsockname()[1]))
    assert list(tmp_path.iterdir()) == []


def test_a_server_may_open_as_many_files_as_it_is_allowed(monkeypatch):
    given = []
    monkeypatch.setattr(serving.resource, "setrlimit", lambda _, limits: given.append(limits))
    for soft, hard in [(1_024, 4_096), (1_024, 1_100), (4_096, 4_096), (1_024, -1), (-1, -1)]:
        monkeypatch.setattr(serving.resource, "getrlimit", lambda _, limits=(soft, hard): limits)
        serving._allow_files(1_280)
    assert given == [(1_280, 4_096), (1_100, 1_100), (1_280, -1)]


def test_nothing_is_served_beside_an_option_that_loses_events(tmp_path, monkeypatch):
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "y")
    with pytest.raises(UnsafeOption):
        serve(Settings(tmp_path, port=free_port()))
    assert list(tmp_path.iterdir()) == []


def test_a_store_in_memory_is_served_by_one_process_and_others_by_several(tmp_path):
    assert workers_for(Settings(tmp_path)) == min(os.cpu_count() or 1, 2)
    assert workers_for(Settings(tmp_path, workers=3)) == 3
    assert workers_for(Settings(tmp_path, log="memory:", workers=3)) == 1
    assert workers_for(Settings(tmp_path, views="memory:", workers=3)) == 1
    server = Settings(tmp_path, log="postgresql://localhost/x")
    assert workers_for(server) >= 1
    assert workers_for(replace(server, workers=3)) == 3
    assert workers_for(replace(server, workers=3, stores={"a": Store()})) == 3
