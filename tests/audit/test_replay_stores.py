"""A replay and an as-of say the same of a log wherever it is kept: PostgreSQL, SQLite, the lines of a bundle."""

import pytest

from service.audit.asof.points import Point, size_at
from service.audit.asof.streams import diff_stream, standing
from service.audit.asof.tables import diff_table
from service.audit.replaying.parts import replay
from service.audit.replaying.sources import Opened, open_source
from tests.audit.replayed import first, written
from tests.examples import CHANGNING, YUAN
from tests.town import a_town
from vouchers import wire
from vouchers.ledger import open_recorder
from vouchers.ledger.recorder import Row
from vouchers.order import events as order


@pytest.fixture(scope="module")
def entries():
    """A town in which something of most kinds has happened."""
    with a_town() as town:
        town.record(CHANGNING)
        town.entitle(CHANGNING)
        town.paid("O-1")
        town.claw_back(1_000 * YUAN)
        town.order("O-2")
        town.cancel("O-2")
        town.claimed("O-3")
        return list(town.ledger.entries())


@pytest.fixture(scope="module")
def places(entries, postgres, tmp_path_factory):
    """The same log in three places, by their addresses."""
    folder = tmp_path_factory.mktemp("stores")
    rows = [Row(entry.agg, entry.ver, entry.type, wire.encode(entry)) for entry in entries]
    name = postgres.create_database()
    stores = [postgres.dsn(name), f"sqlite:{folder}/log.sqlite"]
    for address in stores:
        recorder = open_recorder(address)
        with recorder.write() as transaction:
            transaction.insert(rows)
        recorder.close()
    yield [*stores, str(written(folder, entries))]
    postgres.drop_database(name)


def test_one_transcript_from_every_place_on_one_core_and_on_two(places):
    found = [replay(address, processes=processes) for address in places for processes in (1, 2)]
    assert len({each.transcript for each in found}) == 1
    assert {(each.size, each.differing) for each in found} == {(found[0].size, 0)}


def test_one_answer_from_every_place_to_what_stood_when(entries, places):
    registered = first(entries, order.Registered)
    until = Point(len(entries), registered.eff)
    answers = []
    for address in places:
        source = open_source(address)
        answers.append(
            (
                standing(source, registered.agg, until),
                diff_stream(source, registered.agg, Point(registered.seq), Point(len(entries))),
                list(diff_table(source, "orders", Point(registered.seq), Point(registered.seq + 1), {})),
                size_at(source, registered.rec),
            )
        )
        source.close()
    assert answers[0] == answers[1] == answers[2]
    assert {seq for changed in answers[0][2] for seq in changed.seqs} == {registered.seq}


def test_the_log_of_a_running_service_answers_as_its_store_does():
    with a_town() as town:
        source = Opened(town.ledger)
        assert list(source.entries(0, 3)) == list(town.ledger.entries(0, 3))
        assert [entry.seq for entry in source.history("watch/all", 10)] == []
        assert source.size() == town.ledger.size()
        for entry in town.ledger.entries():
            assert [each.seq for each in source.stream(entry.agg, entry.seq + 1)][-1] == entry.seq
