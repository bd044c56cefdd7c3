"""What the writer remembers between groups: the streams used last, as the log has them, and nothing doubtful."""

from tests.ledger.acts import META, attempt, issue, tier_of, tiers
from tests.ledger.faulty import Faulty, never
from vouchers.application import return_value, run
from vouchers.application.vouchering import ReturnValue
from vouchers.kinds import VOUCHER
from vouchers.ledger import Ledger, open_recorder
from vouchers.ledger.group import Cache
from vouchers.ledger.recorder import Row
from vouchers.wire import UnknownEvent


def test_a_stream_that_was_only_looked_at_is_remembered_longer_than_one_that_nobody_used(ledger_url, clock):
    with Ledger(open_recorder(ledger_url), clock, cached_streams=2) as ledger:
        for work in (tiers("A", "C"), tiers("B", "C"), tier_of("A"), tiers("C", "C")):
            ledger.execute(work, META)
        assert set(ledger._cache.slots) == {"enterprise/A", "enterprise/C"}


def test_a_log_that_became_shorter_is_remembered_no_more(tmp_path, clock):
    addresses = [f"sqlite:{tmp_path / name}" for name in ("long.db", "short.db")]
    for address, tier_changes in zip(addresses, ("CD", "C"), strict=True):
        with Ledger(open_recorder(address), clock) as ledger:
            ledger.execute(tiers("A", *tier_changes), META)
    cache = Cache(10)
    for address, size in zip(addresses, (2, 1), strict=True):
        recorder = open_recorder(address)
        with recorder.write() as transaction:
            cache.catch_up(transaction)
            assert (cache.size, list(cache.slots)) == (size, [])
            cache.update({"enterprise/A": object()})
        recorder.close()


def test_beside_an_entry_that_cannot_be_read_nothing_older_is_taken_for_the_present(shared_url, clock):
    with Ledger(open_recorder(shared_url), clock) as ours, Ledger(open_recorder(shared_url), clock) as theirs:
        ours.execute(tiers("A", "C"), META)
        ours.execute(tiers("B", "C"), META)
        theirs.execute(tiers("A", "D"), META)
        [row] = theirs.rows(2, 3)
        with theirs._recorder.write() as transaction:
            strange = row.entry.replace(b"CreditTierChanged", b"NotYetInvented")
            transaction.insert([Row("enterprise/B", 2, "enterprise.NotYetInvented", strange)])
        assert ours.execute(tier_of("A"), META).result == "D"
        assert isinstance(attempt(ours, tier_of("B")), UnknownEvent)


def test_a_group_that_appends_nothing_leaves_no_time_behind(ledger, clock):
    ledger.execute(tiers("A", "C"), META)
    early = clock.now
    clock.now = early.replace(year=early.year + 1)
    ledger.execute(tier_of("A"), META)
    clock.now = early
    ledger.execute(tiers("A", "D"), META)
    assert [entry.rec[:4] for entry in ledger.entries()] == [str(early.year)] * 2


def test_what_another_wrote_is_counted_once_also_where_the_store_fails_in_between(shared_url, clock):
    faulty = Faulty(open_recorder(shared_url))
    with Ledger(faulty, clock) as ours, Ledger(open_recorder(shared_url), clock) as theirs:
        ours.execute(issue("V-1", 1000), META)
        run(theirs, return_value, ReturnValue("V-1", 100, "not needed"), META)
        faulty.calls.clear()
        faulty.fails = lambda _, name: name == "last_entry" and faulty.calls.count(name) == 1
        assert ours.execute(lambda unit: unit.load(VOUCHER, "V-1").returned, META).result == 100
        faulty.fails = never
        assert faulty.calls.count("last_entry") == 2
