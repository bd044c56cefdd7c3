"""Streams of events from the real server: as they happen, none before it is durable, and never so many as to block."""

import threading
import time
from itertools import islice

import pytest

from tests.examples import LAB, PUDONG
from tests.service.clients import order_body, yuan
from tests.service.running import Server, Stream, a_folder, a_key
from vouchers.ledger import open_recorder

# Each process counts the streams that it keeps open; here one answers all.
SETTINGS = """
workers = 1

[feed]
streams = 2
caller_streams = 1
stream_seconds = 30
heartbeat_seconds = 1
"""
WRITERS, ORDERS = 8, 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    a_folder(folder, SETTINGS)
    return folder


@pytest.fixture(scope="module")
def server(folder):
    server = Server(folder)
    yield server
    server.kill()


@pytest.fixture(scope="module")
def keys(folder):
    people = {"regulator": "audit", "officer": "li", "finance": "sun", "enterprise": PUDONG, "provider": LAB}
    return {role: a_key(folder, role, subject) for role, subject in people.items()}


def register(server, key, number):
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    small = {"gross": yuan(100), "net": yuan(100), "contract_on": today, "starts_on": today, "ends_on": today}
    body = order_body(**small, contract_digest=f"{number:064x}")
    return server.ask("/v1/orders", key, body, Idempotency_Key=f"k-{number}")


def write(server, key, writer):
    for each in range(ORDERS):
        for _ in range(50):
            status, answer = register(server, key, writer * 100 + each)
            if status != 503:
                break
            time.sleep(0.05)
        assert status == 201, answer


def test_who_follows_misses_nothing_while_many_write_and_sees_nothing_before_it_is_durable(server, folder, keys):
    log = open_recorder(f"sqlite:{folder / 'log.sqlite'}")
    writers = [threading.Thread(target=write, args=(server, keys["enterprise"], n)) for n in range(WRITERS)]
    seen, orders = [], set()
    with Stream.opened(server, keys["regulator"], "/v1/feed?start=5") as stream:
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        with Stream.opened(server, keys["provider"]) as firm:
            for writer in writers:
                writer.start()
            for event in stream.events():
                seen.append(int(event["id"]))
                assert log.size() > seen[-1], "an event came before it was in the log"
                if event["type"].endswith(".order.Registered.v1"):
                    orders.add(event["subject"])
                if len(orders) == WRITERS * ORDERS:
                    break
            own = [event["subject"] for event in islice(firm.events(), WRITERS * ORDERS + 3)]
    for writer in writers:
        writer.join()
    log.close()
    assert seen == list(range(5, 5 + len(seen)))
    assert set(own) == orders | {f"provider/{LAB}"}


def test_a_reader_that_comes_back_goes_on_after_the_last_event_that_it_saw(server, keys):
    with Stream.opened(server, keys["officer"], "/v1/feed?types=order.*,provider.*") as first:
        begun = [int(event["id"]) for event in islice(first.events(), 3)]
    with Stream.opened(server, keys["regulator"], "/v1/feed", last=first.last) as again:
        rest = [int(event["id"]) for event in islice(again.events(), 5)]
    assert rest == list(range(begun[-1] + 1, begun[-1] + 6))


def test_a_quiet_stream_says_so_and_how_far_it_is(server, keys):
    size = server.ask("/v1/feed?limit=1", keys["regulator"])[1]["position"]
    with Stream.opened(server, keys["officer"], "/v1/feed?types=voucher.Expired") as stream:
        blocks = list(islice(stream.blocks(), 2))
    assert blocks[0] == {"retry": "2000"}
    assert blocks[1] == {"": "quiet", "id": str(size - 1)}


def test_streams_never_keep_everybody_else_waiting(server, keys):
    with Stream.opened(server, keys["officer"]):
        with Stream(server, keys["officer"]) as again:
            assert again.status == 503
            assert again.answer.headers["Retry-After"]
            assert b"streams-taken" in again.answer.read()
        with Stream.opened(server, keys["regulator"]), Stream(server, keys["finance"]) as third:
            assert third.status == 503
            began = time.monotonic()
            assert [server.ask("/v1/feed?limit=1", keys["provider"])[0] for _ in range(5)] == [200] * 5
            assert time.monotonic() - began < 5
    with Stream.opened(server, keys["finance"]) as later:
        assert later.status == 200


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 17])
def test_an_id_that_the_stream_never_gave_is_refused(server, keys, last):
    with Stream(server, keys["officer"], last=last) as stream:
        assert stream.status == 400
        assert b"last-event-id-malformed" in stream.answer.read()


def test_a_server_that_is_told_to_stop_ends_its_streams_first(server, keys):
    with Stream.opened(server, keys["officer"]) as stream:
        next(stream.events())
        began = time.monotonic()
        ended = threading.Thread(target=lambda: list(stream.blocks()))
        ended.start()
        assert server.stop() == 0
        ended.join(10)
        assert not ended.is_alive()
    assert time.monotonic() - began < 15


@pytest.mark.long
def test_who_follows_one_of_two_servers_misses_nothing_that_the_other_recorded(tmp_path, postgres_url):
    settings = f"workers = 2\n{SETTINGS}"
    a_folder(tmp_path, settings, log=postgres_url, views=postgres_url, desk=postgres_url)
    audit, firm = a_key(tmp_path, "regulator", "audit"), a_key(tmp_path, "enterprise", PUDONG)
    log = open_recorder(postgres_url)
    servers = [Server(tmp_path), Server(tmp_path)]
    try:
        writers = [threading.Thread(target=write, args=(servers[n % 2], firm, n)) for n in range(WRITERS)]
        seen, orders = [], 0
        with Stream.opened(servers[0], audit) as stream:
            for writer in writers:
                writer.start()
            for event in stream.events():
                seen.append(int(event["id"]))
                assert log.size() > seen[-1]
                orders += event["type"].endswith(".order.Registered.v1")
                if orders == WRITERS * ORDERS:
                    break
        for writer in writers:
            writer.join()
        assert seen == list(range(len(seen)))
        assert [server.stop() for server in servers] == [0, 0]
    finally:
        for server in servers:
            server.kill()
        log.close()
