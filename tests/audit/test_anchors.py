"""Outsiders vouch for the log, the log records what they said, and every entry lies between two of their times."""

import shutil
import threading
from datetime import timedelta
from hashlib import sha256

import pytest
from freezegun import freeze_time

from service.audit.anchors import Anchor, AnchorMissing, AnchorUnfit, NobodyToAsk
from service.audit.bracketing import Brackets, Vouched
from service.audit.gate import LogRewritten, LogRolledBack, open_gate
from service.audit.refilling import refill
from service.audit.rotating import rotate_key
from service.audit.signing import Signer
from service.audit.tiles import write_tiles
from service.audit.witness.client import (
    WitnessAhead,
    WitnessDisagrees,
    WitnessForeign,
    WitnessIncomplete,
    WitnessUnavailable,
)
from service.audit.witness.mirror import Mirror
from service.audit.witness.settings import Witness
from service.audit.witness.sources import Folder
from service.outward.outbox import Guard
from service.worker import jobs_of
from tests.audit.houses import OFFICER, house
from tests.audit.witnessing import Office, served
from vouchers.anchor.events import AnchorRecorded
from vouchers.audit import COSIGNATURE
from vouchers.days import instant_of, microseconds_of


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


def known(office, found):
    """Let the office witness a house, by the house's clock."""
    keys = found.service.checkpoints.keys
    office.store.trust(keys.origin, keys.public[-1].vkey)
    office.witness._now = lambda: int(found.present.timestamp())


def recorded(found):
    return [entry.data for entry in found.anchors.recorded()]


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


def test_an_older_backup_is_noticed_by_the_worker_and_by_the_gate(home, tmp_path):
    home.grow(2)
    home.turn()
    backup = home.copy(tmp_path / "backup")
    home.grow(5)
    home.wait(hours=1)
    home.turn()
    with house(backup, *home.witnesses) as restored:
        restored.present = home.present
        with pytest.raises(LogRolledBack) as refused:
            open_gate(restored.service)
        assert refused.value.facts["source"] == home.witnesses[0].url
        assert isinstance(restored.turn(now=True).failures[0], WitnessAhead)


def test_a_rewritten_log_is_noticed_and_the_witness_keeps_what_was_signed(home, office, tmp_path):
    home.grow(2)
    home.turn()
    backup = home.copy(tmp_path / "backup")
    home.grow(2)
    home.wait(hours=1)
    home.turn()
    with house(backup, *home.witnesses) as forged:
        forged.present = home.present
        forged.grow(8, "another story")
        with pytest.raises(LogRewritten) as refused:
            open_gate(forged.service)
        assert refused.value.facts["source"] == home.witnesses[0].url
        assert isinstance(forged.turn(now=True).failures[0], WitnessDisagrees)
        [kept] = office.store.evidence()
        assert kept.origin == forged.service.checkpoints.origin


def test_a_witness_that_does_not_answer_keeps_nobody_from_serving(tmp_path, office):
    with house(tmp_path / "home", office.address("http://127.0.0.1:9")) as home:
        home.grow()
        assert [view.source for view in open_gate(home.service)] == []


def test_the_gate_hears_the_witness_where_the_folder_was_lost_with_the_log(home, tmp_path):
    home.grow(4)
    home.turn()
    keys = tmp_path / "keys"
    shutil.copytree(home.anchors.folder, keys)
    for name in ("checkpoint", "checkpoints"):
        path = keys / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shutil.copytree(keys, fresh / "audit")
    with house(fresh, *home.witnesses) as lost, pytest.raises(LogRolledBack):
        open_gate(lost.service)


def test_a_note_that_was_changed_or_lost_no_longer_anchors_anything(home):
    home.grow()
    home.turn()
    home.grow()
    home.wait(hours=1)
    home.turn()
    first, second = recorded(home)
    place = home.anchors.folder / "anchors"
    (place / f"{first.note_sha256}.note").unlink()
    kept = place / f"{second.note_sha256}.note"
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes().replace(b"\n3\n", b"\n4\n"))
    found = [*home.anchors.checked(home.anchors.recorded())]
    assert [type(each) for each in found] == [AnchorMissing, AnchorUnfit]
    assert home.anchors.bracket(0) == (0, "", "", None, None)


def test_an_anchor_that_states_other_times_or_another_tree_than_its_note_does_not_hold(home):
    home.grow()
    home.turn()
    [entry] = home.anchors.recorded()
    assert isinstance(home.anchors.check(entry), Anchor)
    name = next(iter(entry.data.cosignature_times))
    for change in (
        {"cosignature_times": {name: "2020-01-01T00:00:00.000000Z"}},
        {"size": 2},
        {"root_hash": "00" * 32},
        {"origin": "another.example/log"},
        {"note_sha256": "00" * 32},
    ):
        fields = {field: getattr(entry.data, field) for field in AnchorRecorded.__dataclass_fields__} | change
        with pytest.raises((AnchorUnfit, AnchorMissing)):
            home.anchors.check(_Changed(entry.seq, AnchorRecorded(**fields)))


class _Changed:
    """An entry whose event was changed by hand."""

    def __init__(self, seq, data):
        self.seq, self.data = seq, data


def test_an_entry_lies_between_the_anchor_before_it_and_the_next_that_covers_it(home):
    home.grow(2)
    home.turn()
    home.wait(hours=1)
    home.grow(2)
    home.turn()
    first, second = [microseconds_of(max(each.cosignature_times.values())) for each in recorded(home)]
    second += 1_000_000  # A cosignature states the second that it was made in.
    entries = [entry.rec for entry in home.service.ledger.entries()]
    brackets = home.anchors.brackets()
    for seq, rec in enumerate(entries):
        found = home.anchors.bracket(seq)
        assert found == brackets.of(seq)
        assert found.fault(rec) == ""
    assert home.anchors.bracket(1)[1:3] == ("", instant_of(first + 1_000_000))
    assert home.anchors.bracket(2)[1:3] == ("", instant_of(second)), "the anchor itself is bracketed by its own past"
    assert home.anchors.bracket(3)[1:] == (instant_of(first), instant_of(second), 2, 5)
    assert home.anchors.bracket(5)[1:] == (instant_of(first), "", 2, None)


@pytest.mark.parametrize(("wrong", "told"), [(timedelta(hours=-2), "follows entry 1"), (timedelta(hours=2), "vouched")])
def test_an_entry_that_states_a_wrong_time_is_named(home, wrong, told):
    home.ahead = wrong
    home.grow()
    home.turn()
    home.wait(hours=1)
    home.grow()
    home.turn()
    [entry] = home.service.ledger.entries(2, 3)
    assert told in home.anchors.bracket(2).fault(entry.rec)
    assert (
        home.anchors.bracket(2).fault(instant_of(microseconds_of(entry.rec) - int(wrong.total_seconds()) * 1_000_000))
        == ""
    )


def test_clocks_may_differ_by_five_seconds_and_no_more():
    brackets = Brackets(
        [Vouched(1, ("2026-03-02T09:00:00.000000Z",), 1), Vouched(9, ("2026-03-02T10:00:00.000000Z",), 9)]
    )
    found = brackets.of(5)
    for inside in ("2026-03-02T08:59:55.000000Z", "2026-03-02T10:00:06.000000Z"):
        assert found.fault(inside) == ""
    for outside in ("2026-03-02T08:59:54.999999Z", "2026-03-02T10:00:06.000001Z"):
        assert found.fault(outside)


def test_of_several_witnesses_the_widest_times_count():
    early, late = "2026-03-02T09:00:00.000000Z", "2026-03-02T09:00:40.000000Z"
    brackets = Brackets([Vouched(1, (late, early), 1), Vouched(4, (early, late), 4)])
    assert brackets.of(2)[1:3] == (early, "2026-03-02T09:00:41.000000Z")


def test_a_size_that_was_vouched_for_and_not_recorded_yet_ends_a_bracket_and_begins_none():
    brackets = Brackets([Vouched(7, ("2026-03-02T09:00:00.000000Z",))])
    assert brackets.of(6)[1:] == ("", "2026-03-02T09:00:01.000000Z", None, 7)
    assert brackets.of(7)[1:] == ("", "", None, None)


def test_an_anchor_that_does_not_hold_is_passed_over_and_asked_once():
    asked = []
    good = {1: "2026-03-02T09:00:00.000000Z", 6: "2026-03-02T11:00:00.000000Z"}

    def times_of(vouched):
        asked.append(vouched.seq)
        return (good[vouched.seq],) if vouched.seq in good else ()

    brackets = Brackets([Vouched(size, (), size) for size in (1, 2, 5, 6, 8)], times_of)
    for _ in range(2):
        assert brackets.of(3) == (3, good[1], "2026-03-02T11:00:01.000000Z", 1, 6)
    assert asked == [2, 1, 5, 6]


def test_who_steals_the_key_of_the_log_can_rewrite_what_came_since_the_last_cosignature_and_the_owner_notices(
    home, office, tmp_path
):
    home.grow(3)
    home.turn()
    stolen = home.copy(tmp_path / "stolen")
    home.grow(2)
    with house(stolen, *home.witnesses) as thief:
        thief.present = home.present
        thief.grow(5, "what never happened")
        # Nobody can tell the two apart yet: the key is the same, and nothing that was cosigned is touched.
        assert thief.turn(now=True).by
    with pytest.raises(LogRolledBack):
        open_gate(home.service)
    home.grow(9)
    assert isinstance(home.turn(now=True).failures[0], WitnessDisagrees)
    with pytest.raises(LogRewritten):
        open_gate(home.service)


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


def test_a_new_key_of_the_log_is_cosigned_once_the_office_has_been_told_of_it(home, office):
    home.grow(2)
    home.turn()
    with freeze_time(home.present):
        rotate_key(home.service, "routine", OFFICER, "2026-03-02")
    home.grow()
    [refused] = home.turn(now=True).failures
    assert "403" in refused.detail
    assert [view.source for view in open_gate(home.service)], "what the old key signed is still the log's"
    keys = home.service.checkpoints.keys
    office.store.trust(keys.origin, keys.public[-1].vkey)
    assert home.turn(now=True).by
    assert [type(each) for each in home.anchors.checked(home.anchors.recorded())] == [Anchor, Anchor]


def test_an_old_backup_is_filled_up_from_the_copy_of_the_witness_and_served_again(home, office, tmp_path):
    home.grow(2)
    home.turn()
    backup = home.copy(tmp_path / "backup")
    home.grow(5)
    home.wait(hours=1)
    home.turn()
    tiles = tmp_path / "tiles"
    write_tiles(home.service.ledger, home.service.checkpoints.latest().note, tiles)
    view = office.store.view(home.service.checkpoints.origin)
    mirror = Mirror(office.folder, view, Folder(tiles))
    assert mirror.follow().size == 8
    with house(backup, *home.witnesses) as restored:
        restored.present = home.present
        with pytest.raises(LogRolledBack):
            open_gate(restored.service)
        restored.close()
        assert refill(restored.service.settings.log_url, restored.service.checkpoints.keys, mirror.folder) == (3, 8)
        restored.open()
        assert open_gate(restored.service)
        restored.grow()
        assert restored.turn(now=True).by
    assert [*office.store.evidence()] == []


@pytest.mark.parametrize("half", [{"url": "http://127.0.0.1:9"}, {"keys": ("a",)}])
def test_half_a_witness_is_told_of_before_anything_is_served(tmp_path, half):
    with house(tmp_path / "home", Witness(**half)) as home:
        home.grow()
        assert [type(each) for each in home.turn().failures] == [WitnessIncomplete]
        with pytest.raises(WitnessIncomplete):
            open_gate(home.service)
