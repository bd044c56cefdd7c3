"""Backups, forgeries and stolen keys: what those who vouch for the log notice, and what they cannot."""

import shutil

import pytest
from freezegun import freeze_time

from service.audit.anchors import Anchor, AnchorMissing, AnchorUnfit
from service.audit.gate import LogRewritten, LogRolledBack, open_gate
from service.audit.refilling import refill
from service.audit.rotating import rotate_key
from service.audit.tiles import write_tiles
from service.audit.witness.client import (
    WitnessAhead,
    WitnessDisagrees,
)
from service.audit.witness.mirror import Mirror
from service.audit.witness.sources import Folder
from tests.audit.houses import OFFICER, house, recorded, watched
from vouchers.anchor.events import AnchorRecorded


@pytest.fixture
def world(tmp_path):
    with watched(tmp_path) as found:
        yield found


@pytest.fixture
def home(world):
    return world[0]


@pytest.fixture
def office(world):
    return world[1]


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
