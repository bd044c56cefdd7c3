"""Workers as processes: two for one installation, the leader killed in the middle of its deliveries."""

import signal
import threading
import time
from pathlib import Path

import pytest

from service.identity import Caller
from service.outward.audience import audience_of
from service.settings import settings_of_store
from service.wiring import Service
from tests.examples import YRD
from tests.service.receiving import a_receiver, in_order
from tests.service.running import Process, a_folder
from tests.service.walk import address
from tests.town import Town
from vouchers.ledger import open_recorder

SETTINGS = """
[webhooks]
allowed_hosts = ["127.0.0.1"]
first_pause = 1
[worker]
lease = 2
poll = 20
"""
OWNER = Caller("officer", "li")
LEADS = "this worker leads"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
def settings(request, tmp_path):
    """An installation on one kind of store."""
    if request.param == "sqlite":
        return a_folder(tmp_path, SETTINGS)
    where = address(request.param, request, Path(tmp_path))
    return a_folder(tmp_path, SETTINGS, log=where, views=where, desk=where)


@pytest.fixture
def start(settings):
    """Start a worker that is gone after the test."""
    started = []

    def run():
        started.append(Process(settings.data, "worker"))
        return started[-1]

    yield run
    for each in started:
        each.kill()


def test_the_leader_is_killed_and_every_event_arrives_in_order_all_the_same(settings, start):
    log = open_recorder(settings.log_url)
    early = []

    def decide(_, event):
        if log.size() <= int(event["id"]):
            early.append(event["id"])
        time.sleep(0.01)
        return 204

    with a_receiver(decide) as receiver, Service(settings) as service:
        service.webhooks.subscriptions.create(OWNER, receiver.url, (), 0)
        first = start()
        first.wait_for(LEADS)
        second = start()
        writing = threading.Thread(target=write, args=(service, 40))
        writing.start()
        receiver.wait_for(lambda taken: len(taken) > 30)
        assert not second.says(LEADS)
        killed_at, before = time.monotonic(), len(receiver.taken)
        first.kill()
        receiver.wait_for(lambda taken: len(taken) > before + 5)
        assert second.says(LEADS)
        assert time.monotonic() - killed_at < 8
        writing.join()
        told = {int(event["id"]) for event in service.feed.page(audience_of(OWNER), 0, 2_000).events}
        assert len(told) > 100
        taken = receiver.wait_for(lambda taken: {message.seq for message in taken} >= told, 30)
        assert {message.seq for message in taken} == told
        assert in_order(taken)
        assert early == []
        assert len(taken) < len(told) + 40, "only what was in hand is sent again"
        assert second.stop() == 0
    log.close()


def write(service, orders, first=0):
    """Orders for other days, one after the other."""
    town = Town(service.ledger, on=service.today(), seed=service.seed)
    for number in range(first, first + orders):
        town.order(f"O-{number}", gross=100_00, starts_on=town.on, ends_on=town.on, contract_on=town.on)
        time.sleep(0.01)


@pytest.mark.long
def test_a_leader_that_slept_does_nothing_when_it_wakes_up(settings, start):
    with a_receiver(lambda *_: time.sleep(0.01) or 204) as receiver, Service(settings) as service:
        service.webhooks.subscriptions.create(OWNER, receiver.url, (), 0)
        first = start()
        first.wait_for(LEADS)
        second = start()
        write(service, 10)
        receiver.wait_for(lambda taken: len(taken) > 20)
        first.process.send_signal(signal.SIGSTOP)
        second.wait_for(LEADS, 10)
        write(service, 10, 100)
        told = {int(event["id"]) for event in service.feed.page(audience_of(OWNER), 0, 2_000).events}
        receiver.wait_for(lambda taken: {message.seq for message in taken} >= told, 30)
        first.process.send_signal(signal.SIGCONT)
        first.wait_for("another worker leads", 10)
        before = service.ledger.size()
        write(service, 10, 200)
        told = {int(event["id"]) for event in service.feed.page(audience_of(OWNER), 0, 2_000).events}
        taken = receiver.wait_for(lambda taken: {message.seq for message in taken} >= told, 30)
        assert in_order(taken)
        fresh = [message.seq for message in taken if message.seq >= before]
        assert len(fresh) == len(set(fresh)), "only one of them sends"
        assert [first.stop(), second.stop()] == [0, 0]


def test_a_worker_that_is_told_to_stop_hands_over_at_once(settings, start):
    first = start()
    first.wait_for(LEADS)
    second = start()
    time.sleep(1)
    assert not second.says(LEADS)
    assert first.stop() == 0
    second.wait_for(LEADS, 5)
    assert second.stop() == 0


def test_a_worker_works_for_every_store_of_an_installation(tmp_path):
    settings = a_folder(tmp_path, f"{SETTINGS}\n[stores.second]\nprogrammes = ['SH-YRD']\n")
    second = settings_of_store(settings, "second")
    with Service(second) as service:
        Town(service.ledger, seed=service.seed).adopt(YRD)
    once = Process(tmp_path, "worker", "--once")
    assert once.process.wait(30) == 0, once.log.read_text()
    for each in (settings, second):
        with Service(each) as service:
            assert service.views.position() == service.ledger.size() > 0


def test_a_timer_may_run_the_worker_once(settings):
    with a_receiver() as receiver, Service(settings) as service:
        service.webhooks.subscriptions.create(OWNER, receiver.url, ("programme.*",), 0)
        for _ in range(2):
            once = Process(settings.data, "worker", "--once")
            assert once.process.wait(30) == 0, once.log.read_text()
        assert [message.event["type"] for message in receiver.taken] == [
            "org.innovation-vouchers.programme.Announced.v1",
            "org.innovation-vouchers.programme.PolicyAdopted.v1",
        ]
        assert service.views.position() == service.ledger.size()
