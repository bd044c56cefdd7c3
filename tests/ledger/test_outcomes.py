"""A store that fails: what was acknowledged is there, what was refused is not, and the ledger says which."""

import itertools
import threading
import time

import pytest

from tests.ledger.acts import META, appropriate, attempt, both, commit, fingerprint, issue, tier_of, tiers, together
from tests.ledger.faulty import Faulty, Late, never
from tests.postgres import NoPostgres, Server
from vouchers import application
from vouchers.application import run
from vouchers.application.vouchering import ReturnValue
from vouchers.kinds import VOUCHER
from vouchers.ledger import Committed, Ledger, open_recorder
from vouchers.refusals import OutcomeUnknown, StoreUnavailable, Unavailable

KILLS, CLIENTS, HEALING = 3, 4, 10


@pytest.fixture
def faulty(ledger_url):
    return Faulty(open_recorder(ledger_url))


@pytest.fixture
def frail(faulty, clock):
    """Return a ledger with one voucher, whose recorder the test can make fail."""
    with Ledger(faulty, clock) as ledger:
        ledger.execute(issue("V-1", 1000), META)
        ledger._cache.clear()
        faulty.calls.clear()
        yield ledger


def give_back(ledger, key="k-1", amount=1):
    return run(ledger, application.return_value, ReturnValue("V-1", amount, "not needed"), META, key=key)


def calls_of_one_command(faulty, frail):
    give_back(frail, "trial")
    calls = list(faulty.calls)
    faulty.calls.clear()
    frail._cache.clear()
    return calls


def returned(ledger):
    return ledger.state(VOUCHER, "V-1").returned - 1  # One went with the trial.


def test_each_single_failure_of_the_store_is_mended_by_the_ledger(faulty, frail):
    calls = calls_of_one_command(faulty, frail)
    assert calls == ["begin", "last_entry", "streams", "streams", "insert", "commit", "committed"]
    for effects, failing in enumerate(range(1, len(calls) + 1), 1):
        faulty.fails = lambda number, _, failing=failing: number == failing
        outcome = give_back(frail, f"k-{failing}")
        faulty.fails = never
        assert returned(frail) == effects
        assert not outcome.replayed
        assert outcome.position == frail.size()
        frail._cache.clear()
        faulty.calls.clear()
    assert [entry.seq for entry in frail.entries()] == list(range(frail.size()))


@pytest.mark.parametrize("failing", range(1, 8))
def test_a_store_that_fails_for_good_is_told_truly_and_the_key_settles_it(faulty, frail, failing):
    name = calls_of_one_command(faulty, frail)[failing - 1]
    before = fingerprint(frail)
    faulty.fails = lambda number, _: number >= failing
    with pytest.raises(Unavailable) as unavailable:
        give_back(frail)
    faulty.fails = never
    known = name in {"begin", "last_entry", "streams"}
    assert type(unavailable.value) is (StoreUnavailable if known else OutcomeUnknown)
    assert (fingerprint(frail) == before) is (name != "committed")
    assert give_back(frail).replayed is (name == "committed")
    assert returned(frail) == 1


@pytest.mark.parametrize("point", ["commit", "committed"])
def test_a_whole_group_learns_the_true_outcome_of_its_commit(faulty, frail, point):
    before = frail.size()
    faulty.fails = lambda _, name: name == point and faulty.calls.count(point) == 2  # The first holds the writer.
    answers = together(frail, [tiers("A", "C"), tier_of("A"), lambda _: 1 // 0, tiers("B", "D")])
    assert [type(answer) for answer in answers] == [Committed, Committed, ZeroDivisionError, Committed]
    assert answers[3].position == frail.size() == before + 2
    assert frail.execute(tier_of("B"), META).result == "D"


def test_what_another_wrote_in_place_of_a_lost_group_is_not_taken_for_it(shared_url, clock):
    faulty = Faulty(open_recorder(shared_url))
    with Ledger(faulty, clock) as ours, Ledger(open_recorder(shared_url), clock) as theirs:

        def lost(_, name):
            if faulty.calls.count("commit") == 1 and name == "begin" and theirs.size() == 0:
                theirs.execute(tiers("B", "D"), META)
            return name == "commit" and faulty.calls.count("commit") == 1

        faulty.fails = lost
        assert ours.execute(tiers("A", "C"), META).position == 2
        assert [entry.agg for entry in ours.entries()] == ["enterprise/B", "enterprise/A"]


def test_a_commit_that_is_still_under_way_is_waited_for(shared_url, clock):
    late = Late(open_recorder(shared_url))
    with Ledger(late, clock) as ledger:
        ledger.execute(issue("V-1", 1000), META)
        late.late = True
        assert give_back(ledger, key="").position == ledger.size() == 2
        assert ledger.state(VOUCHER, "V-1").returned == 1


@pytest.mark.parametrize("reads", [(), ["enterprise/A"]])
def test_an_error_of_a_driver_is_not_blamed_on_a_command(faulty, frail, monkeypatch, reads):
    faults = itertools.chain([OSError("the wire is cut")], itertools.repeat(None))
    point = faulty.point

    def cut(name):
        if name == "streams" and (fault := next(faults)):
            raise fault
        point(name)

    monkeypatch.setattr(faulty, "point", cut)
    assert frail.execute(tiers("A", "C"), META, reads).result == "C"


def test_a_full_disk_refuses_and_the_ledger_goes_on_once_there_is_room(tmp_path, clock):
    with Ledger(open_recorder(f"sqlite:{tmp_path / 'log.db'}"), clock) as ledger:
        ledger.execute(both(appropriate(1000), tiers("A", "C")), META)
        limit_pages(ledger, 0)  # SQLite takes the present size for the smallest limit.
        written = 0
        while isinstance(answer := attempt(ledger, tiers("A", "x" * 3000)), Committed) and written < 100:
            written += 1
        before = fingerprint(ledger)
        assert isinstance(answer, StoreUnavailable)
        assert isinstance(attempt(ledger, tiers("A", "x" * 3000)), StoreUnavailable)
        assert (before, ledger.size()) == (fingerprint(ledger), 2 + written)
        assert ledger.execute(tier_of("A"), META).result[0] in "Cx"
        limit_pages(ledger, 1_000_000)
        ledger.execute(commit("O", 1000), META)
        assert [entry.seq for entry in ledger.entries()] == list(range(3 + written))


def limit_pages(ledger, pages):
    """Limit the size of the file on the one connection that the writer uses."""
    with ledger._recorder.write() as transaction:
        transaction._cursor.execute(f"PRAGMA max_page_count={pages or 1}")


def test_a_fault_of_the_clock_reaches_its_callers_and_the_writer_lives_on(ledger_url, clock):
    times = itertools.chain([clock()], iter([None]), iter(clock, ""))
    with Ledger(open_recorder(ledger_url), lambda: next(times)) as ledger:
        ledger.execute(tiers("A", "C"), META)
        assert isinstance(attempt(ledger, tiers("A", "D")), TypeError)
        assert ledger.execute(tiers("A", "D"), META).position == 2


@pytest.fixture
def own_server():
    """Run a PostgreSQL server that no other test uses."""
    try:
        server = Server()
    except NoPostgres as missing:
        pytest.skip(f"PostgreSQL is not installed: {missing}")
    try:
        server.start()
        yield server
    finally:
        server.remove()


class Client(threading.Thread):
    """A client that gives back one yuan at a time, and repeats with the same key what it got no answer for."""

    def __init__(self, ledger, name):
        super().__init__(name=name)
        self.ledger, self.acknowledged, self.unavailable = ledger, {}, 0
        self.stopping = threading.Event()

    def run(self):
        for turn in range(100_000):
            while not self.stopping.is_set():
                try:
                    self.acknowledged[f"{self.name}-{turn}"] = give_back(self.ledger, f"{self.name}-{turn}")
                except Unavailable:
                    self.unavailable += 1
                    self.stopping.wait(0.05)
                else:
                    break


def test_a_killed_postgres_loses_nothing_that_was_acknowledged(own_server, clock):
    url = own_server.dsn(own_server.create_database())
    with Ledger(open_recorder(url), clock) as ledger:
        ledger.execute(issue("V-1", 10_000_000), META)
        clients = [Client(ledger, f"c{number}") for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for _ in range(KILLS):
            time.sleep(0.4)
            own_server.kill()
            own_server.start()
            before, patience = [len(client.acknowledged) for client in clients], time.monotonic() + HEALING
            while any(len(c.acknowledged) == b for c, b in zip(clients, before, strict=True)):
                assert time.monotonic() < patience, "the ledger did not find the server again"
                time.sleep(0.01)
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join(HEALING)
    acknowledged = {key: outcome for client in clients for key, outcome in client.acknowledged.items()}
    with Ledger(open_recorder(url), clock) as ledger:
        keys = [entry.agg.rpartition("/")[2] for entry in ledger.entries() if entry.type == "request.Answered"]
        assert len(keys) == len(set(keys)) == ledger.state(VOUCHER, "V-1").returned
        assert set(acknowledged) <= set(keys)
        assert len(keys) - len(acknowledged) <= CLIENTS
        answers = [give_back(ledger, key) for key in acknowledged]
        assert all(answer.replayed for answer in answers)
        assert [answer.answer for answer in answers] == [outcome.answer for outcome in acknowledged.values()]
        assert [entry.seq for entry in ledger.entries()] == list(range(ledger.size()))
