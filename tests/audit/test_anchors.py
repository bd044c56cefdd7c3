"""Outsiders vouch for the log, and the log records what they said."""

import threading
from hashlib import sha256

import pytest
from freezegun import freeze_time

from service.audit.anchors import NobodyToAsk, Turn
from service.audit.gate import open_gate
from service.audit.signing import Signer
from service.audit.witness.client import (
    WitnessForeign,
    WitnessIncomplete,
    WitnessUnavailable,
)
from service.audit.witness.settings import Witness
from service.outward.outbox import Guard
from service.worker import jobs_of
from tests.audit.houses import house, known, recorded
from tests.audit.witnessing import Office, served
from vouchers.audit import COSIGNATURE
from vouchers.days import instant_of


@pytest.fixture
def office(tmp_path):
    found = Office(tmp_path)
    yield found
    found.store.close()


@pytest.fixture
def url(office):
    with served(office.app) as address:
        yield address


@pytest.fixture
def home(tmp_path, office, url):
    """A house that the office witnesses; the clocks of both go alike."""
    with house(tmp_path / "home", office.address(url)) as found:
        known(office, found)
        yield found


def test_what_the_witness_signed_is_recorded_in_the_log_and_kept_beside_it(home, office):
    home.grow(3)
    turn = home.turn()
    [anchor] = recorded(home)
    assert (turn.size, turn.seq, anchor.size) == (3, 3, 3)
    note = (home.anchors.folder / "anchors" / f"{anchor.note_sha256}.note").read_bytes()
    assert sha256(note).hexdigest() == anchor.note_sha256
    assert home.service.checkpoints.at(3).note.content == note
    assert anchor.root_hash == home.service.ledger.tree.root(3).hex()
    at = instant_of(int(home.present.timestamp()) * 1_000_000)
    names = {f"{signer.key.name}+{signer.key.key_id.hex()}" for signer in office.signers}
    assert anchor.cosignature_times == dict.fromkeys(names, at)
    assert (anchor.tsr_sha256, anchor.tsr_at) == ("", "")


def test_a_witness_is_asked_again_when_its_time_has_come_and_the_log_has_grown(home):
    home.grow()
    assert home.turn().by
    home.grow()
    home.wait(seconds=500)
    assert not home.turn().by
    home.wait(seconds=100)
    assert home.turn().by
    assert [anchor.size for anchor in recorded(home)] == [1, 3]


def test_a_proof_is_by_what_was_cosigned_however_many_checkpoints_came_since(home):
    home.grow()
    home.turn()
    checkpoints = home.service.checkpoints
    for _ in range(62):
        home.grow()
        checkpoints.sign_if_grown()
    assert checkpoints.vouched(0).checkpoint.size == 1
    assert checkpoints.vouched(1).checkpoint.size == home.service.ledger.size()


def test_two_that_ask_at_once_may_record_in_any_order(home):
    home.grow()
    home.turn()
    earlier = home.service.checkpoints.at(1).note
    home.grow()
    assert home.turn(now=True).size == 3
    turn = home.anchors._record(earlier, None, [])
    assert (turn.size, set(turn.by), turn.seq) == (1, set(recorded(home)[0].cosignature_times), None)
    assert [anchor.size for anchor in recorded(home)] == [1, 3]


def test_a_clock_that_was_set_back_keeps_no_witness_from_being_asked(home):
    home.grow()
    assert home.turn().by
    home.grow()
    home.wait(hours=-2)
    assert home.turn().by


def test_an_idle_log_does_not_grow_by_its_own_anchors(home):
    home.grow()
    for _ in range(5):
        home.turn()
        home.wait(hours=1)
    assert [anchor.size for anchor in recorded(home)] == [1]
    home.grow()
    home.turn()
    assert [anchor.size for anchor in recorded(home)] == [1, 3]


def test_whoever_asks_for_it_has_it_now(home):
    home.grow()
    home.turn()
    assert home.turn(now=True).size == 2
    assert home.turn(now=True).size == 3


def test_without_witnesses_and_authority_there_is_nobody_to_ask(tmp_path):
    with house(tmp_path / "alone") as alone:
        alone.grow()
        assert not alone.turn().by
        with pytest.raises(NobodyToAsk):
            alone.turn(now=True)
        assert recorded(alone) == []


def test_a_witness_that_is_down_keeps_nobody_waiting_and_is_asked_again_in_a_minute(tmp_path, office, url):
    silent = Witness("http://127.0.0.1:9", "", office.address(url).keys)
    with house(tmp_path / "home", silent, office.address(url)) as home:
        known(office, home)
        home.grow()
        turn = home.turn()
        assert turn.by
        assert [type(each) for each in turn.failures] == [WitnessUnavailable]
        known_of = home.anchors.of(silent.url)
        assert (known_of.code, known_of.size) == ("witness-unavailable", 0)
        home.wait(seconds=59)
        assert not home.turn().failures
        home.wait(seconds=1)
        assert len(home.turn().failures) == 1
        assert home.anchors.of(silent.url).failing_since == known_of.failing_since
        assert home.anchors.of(url).failing_since == 0


def test_a_witness_that_comes_back_catches_up_from_the_size_that_it_knows(home, office):
    home.grow(2)
    home.turn()
    # The desk forgot where the witness is: the witness says it, and the proof begins there.
    for size in (0, 1, 2):
        with freeze_time(home.present):
            home.anchors._outsiders.answered(home.witnesses[0].url, size)
        home.grow()
        home.wait(minutes=10)
        assert home.turn().by
    assert [*office.store.evidence()] == []


def test_an_answer_that_does_not_come_is_given_up_in_time(tmp_path, office):
    hold = threading.Event()

    def slow(environ, start):
        hold.wait(20)
        start("200 OK", [])
        return [b""]

    with (
        served(slow) as address,
        house(tmp_path / "home", Witness(address, "", office.address("").keys), timeout=1) as home,
    ):
        home.grow()
        turn = home.turn()
        hold.set()
        assert "no answer in time" in turn.failures[0].detail
        assert not turn.by


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("500 Oops", b"oops"),
        ("200 OK", b""),
        ("200 OK", b"x" * 1_000_000),
        ("200 OK", "— audit-office.example/w1 AAAA\n".encode()),
        ("409 Conflict", b"many\n"),
        ("409 Conflict", b"1\n"),
        ("404 Not Found", b"\x1b[2Junknown"),
        ("301 Moved", b""),
    ],
)
def test_a_witness_that_answers_nonsense_vouches_for_nothing(tmp_path, office, status, body):
    def odd(environ, start):
        start(status, [("Content-Length", str(len(body)))])
        return [body]

    with served(odd) as address, house(tmp_path / "home", Witness(address, "", office.address("").keys)) as home:
        home.grow(2)
        turn = home.turn()
        assert turn.seq is None
        assert turn.failures[0].detail.isprintable()
        assert recorded(home) == []


def test_cosignatures_of_somebody_else_are_not_taken(tmp_path, office, url):
    impostor = Signer.new("audit-office.example/w1", COSIGNATURE)
    with house(tmp_path / "home", Witness(url, "", (impostor.vkey,))) as home:
        known(office, home)
        home.grow()
        assert isinstance(home.turn().failures[0], WitnessForeign)
        assert recorded(home) == []
        # Nor does the gate believe what it says of the log.
        assert [view.source for view in open_gate(home.service)] != [url]


def test_a_witness_that_does_not_answer_keeps_nobody_from_serving(tmp_path, office):
    with house(tmp_path / "home", office.address("http://127.0.0.1:9")) as home:
        home.grow()
        assert [view.source for view in open_gate(home.service)] == []


def test_the_worker_asks_outsiders_by_itself(home):
    home.grow(2)
    [job] = [each for each in jobs_of(home.service) if each.name == "anchors"]
    assert job.every == 60.0
    with freeze_time(home.present):
        assert job.run(Guard()).startswith("2 entries vouched for by audit-office.example/w1+")
        assert job.run(Guard()) == ""


def test_anchors_on_postgresql_are_the_same(tmp_path, office, url, postgres_url):
    addresses = dict.fromkeys(("log", "views", "desk"), postgres_url)
    with house(tmp_path / "home", office.address(url), addresses=addresses) as home:
        known(office, home)
        home.grow(2)
        assert home.turn().size == 2
        home.wait(minutes=10)
        assert not home.turn().by
        home.grow()
        home.wait(minutes=10)
        assert home.turn().size == 4
        assert home.anchors.bracket(3).anchor == 2
        assert home.anchors.of(url).size == 4


@pytest.mark.parametrize("half", [{"url": "http://127.0.0.1:9"}, {"keys": ("a",)}])
def test_half_a_witness_is_told_of_before_anything_is_served(tmp_path, half):
    with house(tmp_path / "home", Witness(**half)) as home:
        home.grow()
        assert [type(each) for each in home.turn().failures] == [WitnessIncomplete]
        with pytest.raises(WitnessIncomplete):
            open_gate(home.service)


def test_nobody_is_asked_to_vouch_for_a_log_without_entries(home):
    assert home.turn(now=True) == Turn()
    home.grow()
    assert home.turn().size == 1
