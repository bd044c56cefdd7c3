"""A log that was restored from an old backup is filled up from its tiles, byte for byte, or not at all."""

import shutil

import pytest

from service.audit.gate import LogRolledBack, open_gate
from service.audit.outside import OutsideForeign
from service.audit.redactions import redact, redactions
from service.audit.refilling import TilesMissing, TilesNotFollowing, refill
from service.audit.tiles import TileDiffers, TilesForeign, write_tiles
from service.settings import load_settings
from tests.audit.private import OFFICER, PEOPLE
from tests.audit.signing_worlds import an_installation, at, copy_of_log, entries_of, happen, put_log, rewrite
from tests.service.clients import on_server
from tests.service.console import Console
from vouchers import application, wire
from vouchers.audit import to_base64
from vouchers.audit.tiles import pack_bundle, unpack_bundle
from vouchers.source.decisions import ReportOutage


@pytest.fixture
def settings(tmp_path):
    """An installation whose log is also written as tiles; its old backup lacks 300 of 301 entries."""
    found = an_installation(tmp_path / "data", f'[audit]\ntiles = "{tmp_path / "tiles"}"\n')
    with at(found) as service:
        happen(service)
    copy_of_log(found, tmp_path / "old.sqlite")
    with at(found) as service:
        happen(service, 300)
        service.checkpoints.sign_if_grown()
    return found


def filled(settings, folder):
    with at(settings) as service:
        keys = service.checkpoints.prepare()
    return refill(settings.log_url, keys, folder)


def test_what_a_backup_lacks_comes_from_the_tiles(settings, tmp_path):
    whole = entries_of(settings)
    put_log(settings, tmp_path / "old.sqlite")
    with at(settings) as service, pytest.raises(LogRolledBack):
        open_gate(service)
    assert filled(settings, tmp_path / "tiles") == (1, 301)
    assert entries_of(settings) == whole
    with at(settings) as service:
        assert open_gate(service)
        assert service.views.verify(service.ledger) == []
        happen(service)
        assert service.checkpoints.sign_if_grown()


def test_a_log_that_lacks_nothing_stays_as_it_is(settings, tmp_path):
    assert filled(settings, tmp_path / "tiles") == (301, 301)


def test_tiles_fill_a_log_of_another_kind_of_store(settings, tmp_path, postgres_url):
    whole = entries_of(settings)
    with at(settings) as service:
        keys = service.checkpoints.prepare()
    other = an_installation(tmp_path / "other", **on_server(postgres_url))
    assert refill(other.log_url, keys, tmp_path / "tiles") == (0, 301)
    assert entries_of(other) == whole


@pytest.mark.parametrize(
    "way", ["changed in the tiles", "changed in the log", "missing", "of another log", "no folder"]
)
def test_nothing_is_appended_that_does_not_make_the_signed_root(settings, tmp_path, way):
    folder, refusal = tmp_path / "tiles", TilesNotFollowing
    put_log(settings, tmp_path / "old.sqlite")
    if way == "changed in the tiles":
        bundle = folder / "tile" / "entries" / "000"
        bundle.chmod(0o600)
        bundle.write_bytes(bundle.read_bytes().replace(b'"staff":20', b'"staff":99', 1))
    elif way == "changed in the log":
        rewrite(settings, tmp_path, {0: (b'"officer', b'"Officer')})
    elif way == "missing":
        shutil.rmtree(folder / "tile" / "entries" / "001.p")
        refusal = TilesMissing
    elif way == "no folder":
        folder, refusal = tmp_path / "nowhere", TilesMissing
    else:
        other = an_installation(tmp_path / "other", f'[audit]\ntiles = "{tmp_path / "foreign"}"\n')
        with at(other) as service:
            happen(service, 2)
            service.checkpoints.sign_if_grown()
        folder, refusal = tmp_path / "foreign", OutsideForeign
    before = entries_of(settings)
    with pytest.raises(refusal):
        filled(settings, folder)
    assert entries_of(settings) == before


@pytest.mark.parametrize("tiled", ["before", "afterwards"])
def test_a_redacted_entry_comes_back_without_its_text(settings, tmp_path, tiled):
    folder = tmp_path / ("tiles" if tiled == "before" else "fresh")
    with at(settings) as service:
        seq = service.ledger.size()
        command = ReportOutage("SRC", "2026-02-02", "Ms Wang called about it")
        service.execute(application.report_outage, command, OFFICER, on="2026-02-02")
        service.checkpoints.sign_if_grown()
        redact(service, seq, ("/data/reason",), OFFICER, authority="DPO", basis="art. 17", **PEOPLE)
        signed = service.checkpoints.sign_if_grown()
        if tiled == "afterwards":
            write_tiles(service.ledger, signed.note, folder)
        keys = service.checkpoints.prepare()
    whole = entries_of(settings)
    put_log(settings, tmp_path / "old.sqlite")
    assert refill(settings.log_url, keys, folder) == (1, len(whole))
    assert entries_of(settings) == whole
    assert b"Ms Wang" not in b"".join(whole)
    with at(settings) as service:
        assert open_gate(service)
        assert all(each.done for each in redactions(service))


def test_tiles_of_an_interrupted_turn_may_hold_a_text_that_was_taken_out_since(tmp_path):
    tiles = tmp_path / "tiles"
    with at(an_installation(tmp_path / "data", f'[audit]\ntiles = "{tiles}"\n')) as service:
        command = ReportOutage("SRC", "2026-02-02", "Ms Wang called about it")
        service.execute(application.report_outage, command, OFFICER, on="2026-02-02")
        happen(service, 256)
        service.checkpoints.sign_if_grown()
        (tiles / "checkpoint").unlink()  # As if the turn had ended before it was written.
        redact(service, 0, ("/data/reason",), OFFICER, authority="DPO", basis="art. 17", **PEOPLE)
        assert service.checkpoints.sign_if_grown()
        (tiles / "checkpoint").unlink()
        bundle = tiles / "tile" / "entries" / "000"
        bundle.chmod(0o600)
        bundle.write_bytes(bundle.read_bytes().replace(b'"staff":8', b'"staff":9', 1))
        happen(service)
        with pytest.raises(TileDiffers):
            service.checkpoints.sign_if_grown()


def test_an_entry_that_tells_a_leaf_of_its_own_is_not_appended(settings, tmp_path):
    bundle = tmp_path / "tiles" / "tile" / "entries" / "000"
    entries = unpack_bundle(bundle.read_bytes())
    leaf = to_base64(wire.leaf_hash(entries[7]))
    forged = {**wire.parse(entries[7].replace(b'"staff":8', b'"staff":99', 1)), "redacted": leaf}
    assert wire.leaf_hash(wire.canonical(forged)) == wire.leaf_hash(entries[7])
    bundle.chmod(0o600)
    bundle.write_bytes(pack_bundle([*entries[:7], wire.canonical(forged), *entries[8:]]))
    put_log(settings, tmp_path / "old.sqlite")
    with pytest.raises(TilesNotFollowing, match="Entry 7 "):
        filled(settings, tmp_path / "tiles")
    assert len(entries_of(settings)) == 1


def test_a_checkpoint_that_cannot_be_read_is_named(settings, tmp_path):
    checkpoint = tmp_path / "tiles" / "checkpoint"
    checkpoint.write_text("no note")
    with pytest.raises(OutsideForeign, match="tiles/checkpoint: "):
        filled(settings, tmp_path / "tiles")
    with at(settings) as service, pytest.raises(TilesForeign, match="tiles/checkpoint: "):
        write_tiles(service.ledger, service.checkpoints.latest().note, tmp_path / "tiles")


def test_a_broken_file_of_entries_is_named(settings, tmp_path):
    bundle = tmp_path / "tiles" / "tile" / "entries" / "000"
    bundle.chmod(0o600)
    bundle.write_bytes(bundle.read_bytes()[:-1])
    put_log(settings, tmp_path / "old.sqlite")
    with pytest.raises(TilesNotFollowing, match="entries/000: the bundle ends within an entry"):
        filled(settings, tmp_path / "tiles")


def test_an_operator_fills_a_log_at_the_command_line(settings, tmp_path):
    put_log(settings, tmp_path / "old.sqlite")
    console = Console(tmp_path)
    told = console.ask("audit", "refill", str(tmp_path / "tiles"), "--data", str(settings.data))
    assert (told["before"], told["after"]) == (1, 301)
    assert "301 entries" in console.tell("audit", "refill", str(tmp_path / "tiles"), "--data", str(settings.data))
    with at(load_settings(str(settings.data), {})) as service:
        assert open_gate(service)
