"""The service under load: stopped, killed in part, and run twice on one database, it loses nothing acknowledged."""

import http.client
import json
import os
import signal
import socket
import threading
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from service.front.settings import Front
from service.identity import create_key
from service.settings import Settings
from service.wiring import Service
from tests.examples import PUDONG
from tests.service.test_api_server import PATIENCE, Server, found, todays_order, workers_of
from vouchers.kinds import ORDER, REQUEST

ACTOR = f"enterprise:{PUDONG}"
CANCEL = b'{"reason": "changed our mind"}'


@dataclass
class Clerks:
    """Clients that register orders as fast as they can, and what became of each request by its key."""

    port: int
    key: str
    body: bytes
    answered: dict[str, tuple[int, dict[str, object]]] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self, number):
        """Register orders over one connection after the other until told to stop, or nobody listens."""
        attempt = 0
        while not self.stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            try:
                connection.connect()
            except OSError:
                time.sleep(0.02)  # Nobody listens, or not yet again: nothing was asked.
                continue
            attempt = self._ask(connection, number, attempt)
            connection.close()

    def _ask(self, connection, number, attempt):
        """Register and cancel in turn, so that no limit of open orders is reached."""
        order_id = ""
        while not self.stop.is_set():
            attempt += 1
            name = f"clerk-{number}-{attempt}"
            path, body = (f"/v1/orders/{order_id}/cancellation", CANCEL) if order_id else ("/v1/orders", self.body)
            headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            try:
                connection.request("POST", path, body, headers | {"Idempotency-Key": name})
                answer = connection.getresponse()
                self.answered[name] = answer.status, json.load(answer)
            except (http.client.HTTPException, OSError):
                self.unanswered.add(name)
                return attempt
            order_id = self.answered[name][1].get("order_id", "") if answer.status == 201 else ""
            if answer.will_close:
                return attempt
        return attempt

    def acknowledged(self):
        """What was acknowledged, by key: the order, and what was done with it."""
        answered = dict(self.answered)
        assert {status for status, _ in answered.values()} <= {200, 201, 422, 503}, answered
        return {
            name: (answer["order_id"], status) for name, (status, answer) in answered.items() if status in (200, 201)
        }


@contextmanager
def working(port, settings, *, clerks=4):
    key, _ = create_key(settings.data, "enterprise", PUDONG, "2026-02-02T00:00:00Z")
    work = Clerks(port, key, json.dumps(todays_order(settings)).encode())
    threads = [threading.Thread(target=work.work, args=(number,)) for number in range(clerks)]
    for thread in threads:
        thread.start()
    try:
        yield work
    finally:
        work.stop.set()
        for thread in threads:
            thread.join(PATIENCE)


def a_place(kind, folder, request):
    """The settings of a town in a store of this kind, and how a server is told."""
    stores = ()
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url")
        stores = (url, f"{url}&schema=views", f"{url}&schema=desk")
    settings = Settings(folder, **dict(zip(("log", "views", "desk"), stores, strict=False)))
    found(settings)
    return settings, Server(folder, *stores)


def check_all_there(settings, work):
    """What was acknowledged is in the log."""
    acknowledged = work.acknowledged()
    assert acknowledged
    with Service(settings) as service:
        cancelled = {order_id for order_id, status in acknowledged.values() if status == 200}
        for name, (order_id, _) in acknowledged.items():
            status = service.ledger.state(ORDER, order_id).status
            assert status == "cancelled" if order_id in cancelled else status in ("registered", "cancelled")
            assert order_id in str(service.ledger.state(REQUEST, f"{ACTOR}/{name}"))
        assert service.catch_up() == service.ledger.size()
        assert service.views.verify(service.ledger) == []
        return [name for name in work.unanswered if service.ledger.history(REQUEST.stream(f"{ACTOR}/{name}"))]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def test_a_service_that_is_stopped_under_load_answers_all_that_it_began(kind, tmp_path, request):
    settings, server = a_place(kind, tmp_path, request)
    try:
        server.wait_until_ready()
        with working(server.port, settings) as work:
            time.sleep(0.7)
            began = time.monotonic()
            assert server.stop() == 0, (tmp_path / "server.log").read_text()
            assert time.monotonic() - began < Front().stop_seconds
    finally:
        server.remove()
    # A request that came as the door closed got no answer, and nothing was done for it.
    assert check_all_there(settings, work) == []
    assert len(work.answered) > len(work.unanswered)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_killed_process_takes_nothing_acknowledged_with_it_and_is_replaced(kind, tmp_path, request):
    settings, server = a_place(kind, tmp_path, request)
    try:
        server.wait_until_ready()
        before = workers_of(server.process.pid)
        assert len(before) == 2
        with working(server.port, settings) as work:
            time.sleep(0.7)
            os.kill(before[0], signal.SIGKILL)
            # Meanwhile the other one answers.
            count = len(work.acknowledged())
            until = time.monotonic() + PATIENCE
            while len(work.acknowledged()) < count + 20 and time.monotonic() < until:
                time.sleep(0.05)
        while len(set(workers_of(server.process.pid)) - set(before)) < 1 and time.monotonic() < until:
            time.sleep(0.1)
        assert set(workers_of(server.process.pid)) - set(before)
        assert server.stop() == 0
    finally:
        server.remove()
    check_all_there(settings, work)


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_no_process_outlives_a_server_that_was_killed(tmp_path):
    server = Server(tmp_path)
    try:
        server.wait_until_ready()
        workers = workers_of(server.process.pid)
        assert workers
        server.process.kill()
        until = time.monotonic() + PATIENCE
        while any(Path(f"/proc/{worker}/fd").exists() for worker in workers) and time.monotonic() < until:
            time.sleep(0.1)
        # The address is free for the next one, also where a process was just about to begin.
        while not is_free(server.port) and time.monotonic() < until:
            time.sleep(0.1)
        assert is_free(server.port)
    finally:
        server.remove()


@pytest.mark.long
def test_all_processes_killed_at_once_take_nothing_acknowledged_with_them_and_are_replaced(tmp_path, request):
    settings, server = a_place("sqlite", tmp_path, request)
    try:
        server.wait_until_ready()
        with working(server.port, settings) as work:
            for _ in range(3):
                time.sleep(1)
                count = len(work.acknowledged())
                for worker in workers_of(server.process.pid):
                    os.kill(worker, signal.SIGKILL)
                until = time.monotonic() + PATIENCE
                while len(work.acknowledged()) < count + 10 and time.monotonic() < until:
                    time.sleep(0.1)
                # A worker that dies again within 5.5 seconds ends the server, so that whoever watches takes notice.
                time.sleep(6)
        assert server.stop() == 0
    finally:
        server.remove()
    check_all_there(settings, work)


def scraped(port, key):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        lines = answer.read().decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[:1] != "#"}


def test_two_services_on_one_database_keep_one_log_and_figures_of_all_their_processes(tmp_path, request):
    settings, first = a_place("postgresql", tmp_path, request)
    second = Server(tmp_path, settings.log, settings.views, settings.desk)
    try:
        for server in (first, second):
            server.wait_until_ready()
        root, _ = create_key(tmp_path, "administrator", "root", "2026-02-02T00:00:00Z")
        with working(first.port, settings, clerks=3) as one, working(second.port, settings, clerks=3) as other:
            time.sleep(0.7)
        counted = sum(each["status"] in ("200", "201") and each["value"] for each in posts(scraped(first.port, root)))
        assert counted == len(one.acknowledged())
        assert ask_twice_for_whom(second.port) == 400
        assert scraped(second.port, root)['vouchers_http_refused_at_the_door_total{code="header-repeated"}'] == 1
        pids = {name for name in scraped(second.port, root) if name.startswith("vouchers_process_threads{")}
        assert len(pids) == 2
        # The same key at both is one request.
        shown = {json.dumps(asked(server.port, one)) for server in (first, second) for _ in range(3)}
        assert len(shown) == 1
        # What one wrote can be read from any at once.
        [order] = map(json.loads, shown)
        for server in (first, second) * 3:
            path = f"/v1/orders/{order['order_id']}?after={order['position']}"
            assert server.ask(path, one.key)[1]["status"] == "registered"
        assert (first.stop(), second.stop()) == (0, 0)
    finally:
        first.remove()
        second.remove()
    assert check_all_there(settings, one) == []
    assert check_all_there(settings, other) == []


def ask_twice_for_whom(port):
    """The status of a request that says twice who it comes from."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.putrequest("GET", "/v1/orders")
    for _ in range(2):
        connection.putheader("Authorization", "Bearer x")
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def posts(figures):
    for name, value in figures.items():
        if name.startswith("vouchers_http_requests_total{") and 'method="POST"' in name:
            yield {"status": name.partition('status="')[2][:3], "value": value}


def asked(port, work):
    headers = {"Authorization": f"Bearer {work.key}", "Idempotency-Key": "the-same", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/orders", work.body, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)
