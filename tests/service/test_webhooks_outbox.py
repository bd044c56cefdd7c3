"""The outbox against receivers that fail: at least once, in order per stream, retried, laid aside, given up."""

import random
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from service.identity import Caller
from service.leasing import LeaseLost
from service.outward.audience import audience_of
from service.outward.outbox import MOST_DEAD, Guard
from service.outward.reaching import Outcome, post, target_of
from service.outward.settings import Webhooks as Options
from service.outward.signing import Signer
from service.outward.subscriptions import LETTERS, SECRETS, WEBHOOKS, LetterUnknown
from service.outward.webhooks import Webhooks
from tests.service import clients
from tests.service.clients import NOON, an_api, frozen
from tests.service.receiving import a_receiver, in_order

OWNER = Caller("officer", "li")
OPTIONS = Options(attempts=3, first_pause=10, longest_pause=1_000, give_up=3_600, timeout=1, waiting=30)


class Sender:
    """An installation with one webhook, and a clock that can be put forward."""

    def __init__(self, api, clock, url, options, since=0):
        self.api, self.clock, self.since = api, clock, since
        service = api.service
        self.webhooks = Webhooks(service.desk, service.ledger, service.feed, Signer(service.settings.data), options)
        with service.desk.writing() as connection:
            for table in (WEBHOOKS, SECRETS, LETTERS):
                connection.execute(table.delete())
        self.subscriptions = self.webhooks.subscriptions
        row, self.secret = self.subscriptions.create(OWNER, url, (), since)
        self.number = row["webhook_id"]

    def run(self, seconds=0, guard=None):
        self.clock.tick(timedelta(seconds=seconds))
        return self.webhooks.outbox.run(guard)

    def until_quiet(self, seconds=2_000, most=40):
        """Run until nothing is left to be tried."""
        for _ in range(most):
            if not self.run(seconds):
                return
        raise AssertionError("the outbox never comes to rest")

    @property
    def now(self):
        return self.subscriptions.one(self.number, OWNER)

    @property
    def dead(self):
        return [letter["seq"] for letter in self.subscriptions.dead(self.number, OWNER)]

    @property
    def size(self):
        return self.api.service.ledger.size()

    def told(self):
        """Everything that the owner's feed has."""
        feed = self.api.service.feed.page(audience_of(OWNER), self.since, 1_000)
        return [int(event["id"]) for event in feed.events]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """An interface whose town goes on from test to test, and its clock."""
    with frozen() as clock, an_api(tmp_path_factory.mktemp("outbox")) as api:
        yield api, clock


@pytest.fixture
def a_sender(town):
    """Make a sender to a receiver of this machine, of the last events so far and of all that follow."""

    @contextmanager
    def make(receiver, options=OPTIONS, last=18):
        api, clock = town
        clock.move_to(NOON)
        since = max(0, api.service.ledger.size() - last)
        yield Sender(api, clock, receiver.url, replace(options, allowed_hosts=("127.0.0.1",)), since)

    return make


def test_every_event_is_sent_once_and_in_order_to_a_receiver_that_works(a_sender):
    with a_receiver() as receiver, a_sender(receiver) as sender:
        sender.api.claimed()
        sender.until_quiet()
        assert [message.seq for message in receiver.messages] == sender.told()
        assert (sender.now["next"], sender.now["waiting"]) == (sender.size, 0)


def test_an_event_that_is_refused_holds_up_its_own_stream_only(a_sender):
    refused = set()

    def decide(_, event):
        return 422 if event["subject"].startswith("order/") and event["subject"] in refused else 204

    with a_receiver(decide) as receiver, a_sender(receiver) as sender:
        sender.until_quiet()
        first = sender.api.registered()
        refused.add(f"order/{first}")
        second = sender.api.registered(gross=clients.yuan(2_000), net=clients.yuan(2_000))
        body = clients.delivery_body()
        assert sender.api.post(f"/v1/orders/{first}/deliveries", body).status_code == 200
        sender.run()
        streams = {message.stream for message in receiver.taken}
        assert f"order/{second}" in streams
        assert f"order/{first}" not in streams
        tried = [message for message in receiver.messages if message.stream == f"order/{first}"]
        assert len(tried) == 1
        assert sender.now["waiting"] == 2
        refused.clear()
        sender.until_quiet(20)
        assert in_order(receiver.taken)
        assert sorted(message.seq for message in receiver.taken) == sender.told()


def test_no_log_has_a_secret_or_an_address(a_sender, caplog):
    caplog.set_level("DEBUG")
    with a_receiver(lambda *_: 400) as receiver, a_sender(receiver) as sender:
        sender.run()
        sender.subscriptions.rotate(sender.number, OWNER)
        assert sender.number in caplog.text
        assert sender.secret not in caplog.text
        assert receiver.host not in caplog.text


def test_a_retry_is_the_same_message_and_waits_longer_each_time(a_sender):
    with a_receiver(lambda *_: 500) as receiver, a_sender(receiver) as sender:
        sender.run()
        before = len(receiver.messages)
        assert sender.run(5) == 0
        assert sender.run(10) > 0
        again = receiver.messages[before]
        assert again.headers["webhook-id"] == receiver.messages[0].headers["webhook-id"]
        assert again.body == receiver.messages[0].body
        assert again.headers["webhook-timestamp"] > receiver.messages[0].headers["webhook-timestamp"]
        at = len(receiver.messages)
        assert sender.run(25) == 0
        assert sender.run(30) > 0
        assert len(receiver.messages) > at


def test_a_receiver_that_fails_is_left_in_peace(a_sender):
    with a_receiver(lambda *_: 503) as receiver, a_sender(receiver) as sender:
        sender.run()
        assert len(receiver.messages) == 3
        assert sender.now["failures"] == 3
        assert sender.run(1) == 0
        assert len(receiver.messages) == 3


def test_a_receiver_may_say_how_long_to_wait(a_sender):
    with a_receiver(lambda *_: (429, {"Retry-After": "600"})) as receiver, a_sender(receiver) as sender:
        sender.run()
        assert sender.run(590) == 0
        assert sender.run(20) > 0
        assert len(receiver.messages) > 3


def test_what_fails_to_the_last_is_laid_aside_and_the_rest_goes_on(a_sender):
    poison = []

    def decide(_, event):
        return 400 if event["id"] in poison else 204

    with a_receiver(decide) as receiver, a_sender(receiver) as sender:
        sender.until_quiet()
        order = sender.api.registered()
        history = sender.api.service.ledger.history(f"order/{order}")
        poison.append(str(history[0].seq))
        assert sender.api.post(f"/v1/orders/{order}/deliveries", clients.delivery_body()).status_code == 200
        sender.until_quiet(60)
        assert sender.dead == [history[0].seq]
        [letter] = sender.subscriptions.dead(sender.number, OWNER)
        assert (letter["attempts"], letter["failure"]) == (3, "the receiver answered 400")
        assert {message.seq for message in receiver.taken} == set(sender.told()) - {history[0].seq}
        poison.clear()
        with pytest.raises(LetterUnknown):
            sender.subscriptions.revive(sender.number, OWNER, 1)
        assert sender.subscriptions.revive(sender.number, OWNER, history[0].seq) == 1
        sender.until_quiet(60)
        assert sender.dead == []
        assert {message.seq for message in receiver.taken} == set(sender.told())


def test_a_receiver_that_says_it_is_gone_is_asked_no_more(a_sender):
    with a_receiver(lambda *_: 410) as receiver, a_sender(receiver) as sender:
        sender.run()
        assert len(receiver.messages) == 1
        assert (sender.now["status"], sender.now["reason"]) == ("disabled", "the receiver said that it is gone")
        assert sender.run(100_000) == 0
        receiver.decide = lambda *_: 204
        assert sender.subscriptions.resume(sender.number, OWNER)["status"] == "active"
        sender.until_quiet()
        assert [message.seq for message in receiver.taken] == sender.told()


def test_a_receiver_that_never_answers_is_given_up_and_nothing_is_lost(a_sender):
    with a_receiver(lambda *_: 500) as receiver, a_sender(receiver) as sender:
        for _ in range(60):
            sender.run(300)
            if sender.now["status"] == "disabled":
                break
        assert sender.now["reason"] == "nothing was delivered for too long"
        receiver.decide = lambda *_: 204
        sender.subscriptions.resume(sender.number, OWNER)
        sender.subscriptions.revive(sender.number, OWNER)
        sender.until_quiet()
        assert {message.seq for message in receiver.taken} == set(sender.told())


def test_events_that_wait_are_few(a_sender):
    few = replace(OPTIONS, waiting=5, attempts=30, give_up=10_000_000)

    def decide(_, event):
        return 400

    with a_receiver(decide) as receiver, a_sender(receiver, few) as sender:
        for _ in range(20):
            sender.run(2_000)
        assert sender.now["waiting"] <= 5 + 20
        receiver.decide = lambda *_: 204
        sender.until_quiet()
        assert in_order(receiver.taken)
        assert {message.seq for message in receiver.taken} == set(sender.told())


def test_a_webhook_that_is_further_than_the_log_is_disabled_and_says_why(a_sender):
    with a_receiver() as receiver, a_sender(receiver) as sender:
        sender.subscriptions.replay(sender.number, OWNER, sender.size + 5)
        assert sender.run() == 0
        assert sender.now["status"] == "disabled"
        assert "further than the log" in sender.now["reason"]


def test_a_webhook_with_a_heap_of_dead_letters_is_disabled(a_sender):
    with a_receiver() as receiver, a_sender(receiver) as sender:
        told = {"stream": "x/1", "state": "dead", "attempts": 3, "due_at": 0, "failure": "", "failed_at": NOON}
        letters = [{"webhook_id": sender.number, "seq": 10_000 + number, **told} for number in range(MOST_DEAD)]
        with sender.api.service.desk.writing() as connection:
            connection.execute(LETTERS.insert(), letters)
        assert sender.run() == 0
        assert (sender.now["status"], receiver.messages) == ("disabled", [])


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_receiver_that_dawdles_is_hung_up_on_in_time(drip):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def dawdle():
            with suppress(OSError), listening.accept()[0] as connection:
                connection.sendall(drip)
                for _ in range(60):
                    connection.sendall(drip[-1:])
                    time.sleep(0.1)

        threading.Thread(target=dawdle, daemon=True).start()
        began = time.monotonic()
        outcome = post(target_of(f"http://127.0.0.1:{listening.getsockname()[1]}/", ("127.0.0.1",)), {}, b"{}", 1)
        assert outcome == Outcome(0, "no answer in time")
        assert time.monotonic() - began < 3


def test_a_worker_that_lost_its_lease_sends_nothing_and_notes_nothing(a_sender):
    def refuse(_):
        raise LeaseLost

    with a_receiver() as receiver, a_sender(receiver) as sender:
        assert sender.run(guard=Guard(holds=lambda: False)) == 0
        assert receiver.messages == []
        sender.run(guard=Guard(confirm=refuse))
        assert sender.now["next"] == sender.since
        sender.until_quiet()
        assert {message.seq for message in receiver.taken} == set(sender.told())
        assert in_order(receiver.taken)


def test_sending_again_wins_over_a_delivery_in_hand(a_sender):
    with a_receiver() as receiver, a_sender(receiver) as sender:
        sender.until_quiet()
        order = sender.api.registered()

        def decide(receiver, _):
            receiver.decide = lambda *_: 204
            sender.subscriptions.replay(sender.number, OWNER, sender.since)
            return 204

        receiver.decide = decide
        sender.until_quiet()
        numbers = [message.seq for message in receiver.taken]
        assert numbers.count(sender.told()[0]) == 2
        assert f"order/{order}" in {message.stream for message in receiver.taken}


@pytest.mark.parametrize("seed", range(2))
def test_whatever_a_receiver_does_every_event_arrives_in_order(a_sender, seed):
    chance = random.Random(seed)

    def decide(*_):
        return chance.choice((204, 204, 200, 500, 503, 429, 400, 404, 301))

    patient = replace(OPTIONS, attempts=30, give_up=100_000_000)
    with a_receiver(decide) as receiver, a_sender(receiver, patient) as sender:
        for _ in range(4):
            sender.api.claimed(gross=clients.yuan(1_000), net=clients.yuan(1_000))
            sender.run(chance.randrange(400))
        sender.until_quiet(2_000, 200)
        assert sender.dead == []
        assert {message.seq for message in receiver.taken} == set(sender.told())
        assert in_order(receiver.taken)
        assert len(receiver.messages) > len(receiver.taken)


def test_no_answer_is_followed_elsewhere(a_sender):
    with a_receiver() as inside, a_receiver(lambda *_: (307, {"Location": inside.url})) as receiver:
        outcome = post(target_of(receiver.url, ("127.0.0.1",)), {}, b'{"id": "1"}', 2)
        assert outcome == Outcome(307, "the receiver answered 307")
        assert inside.messages == []


def test_a_name_that_leads_inside_is_not_connected_to(monkeypatch):
    with a_receiver() as receiver:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        target = target_of(f"https://hooks.example.com:{receiver.port}/", ())
        assert post(target, {}, b"{}", 2) == Outcome(0, "the host's address is not public")
        assert receiver.messages == []


def test_what_goes_wrong_with_a_connection_is_told_in_a_word():
    with a_receiver() as receiver:
        plain = target_of(f"https://127.0.0.1:{receiver.port}/", ("127.0.0.1",))
        assert post(plain, {}, b"{}", 2).failure == "no trusted TLS connection"
    closed = target_of(f"http://127.0.0.1:{receiver.port}/", ("127.0.0.1",))
    assert post(closed, {}, b"{}", 2).failure == "the connection failed"
    nowhere = target_of("https://nowhere.invalid/", ())
    assert post(nowhere, {}, b"{}", 2).failure == "the host has no address"
