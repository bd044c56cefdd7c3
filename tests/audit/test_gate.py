"""The start-up gate: a log that does not continue what is known of it outside is not served, and the reason is told."""

import json
import shutil
import socket
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from service.audit.gate import EntryChanged, LogRewritten, LogRolledBack, open_gate
from service.audit.keys import LogKeyMissing
from service.audit.outside import OutsideForeign
from service.audit.redactions import redact
from service.audit.rotating import rotate_key
from service.audit.signing import Signer
from service.backup import make_backup
from service.doctor import examine
from service.restoring import restore
from service.settings import load_settings
from service.wiring import Who
from tests.audit.private import OFFICER, PEOPLE
from tests.audit.signing_worlds import (
    an_installation,
    at,
    copy_of_log,
    entries_of,
    forge,
    happen,
    put_log,
    rewrite,
    tamper,
)
from tests.service.console import Console
from tests.service.running import Process, Server
from vouchers import application, wire
from vouchers.audit import Note, checkpoint_text, parse_checkpoint, parse_note, to_base64
from vouchers.ledger import LogCut
from vouchers.source.decisions import ReportOutage


@pytest.fixture
def settings(tmp_path):
    """An installation whose checkpoints are also kept elsewhere; its log was signed at two sizes."""
    found = an_installation(tmp_path / "data", f'[audit]\noutside = "{tmp_path / "elsewhere"}"\n')
    with at(found) as service:
        for _ in range(2):
            happen(service, 3)
            service.checkpoints.sign_if_grown()
    return found


def opens(settings):
    with at(settings) as service:
        return open_gate(service)


def test_a_log_that_went_on_is_served(settings):
    assert len(opens(settings)) == 3
    with at(settings) as service:
        happen(service)
    assert len(opens(settings)) == 3


def test_a_new_installation_is_served_and_has_a_key_from_then_on(tmp_path):
    fresh = an_installation(tmp_path / "data")
    assert opens(fresh) == []
    assert (fresh.data / "audit" / "log.key").is_file()


# What somebody with the disk in hand can do.


def test_an_old_copy_of_the_log_is_not_served(settings, tmp_path):
    old = copy_of_log(settings, tmp_path / "old.sqlite")
    with at(settings) as service:
        size = happen(service)
        service.checkpoints.sign_if_grown()
    put_log(settings, old)
    with pytest.raises(LogRolledBack, match=f"the data folder has its checkpoint of {size:,} entries") as refused:
        opens(settings)
    assert refused.value.facts == {"source": "the data folder", "size": size, "present": size - 1}


def test_a_log_without_its_last_entry_is_not_served(settings):
    tamper(settings, "DELETE FROM stored_events WHERE rowid = (SELECT MAX(rowid) FROM stored_events)")
    # The tree says that there was one more.
    with pytest.raises(LogCut, match="The log ends at 5, and its tree has 6 leaves"):
        opens(settings)


@pytest.mark.parametrize("seq", [0, 2, 5])
def test_a_log_that_was_written_anew_with_one_entry_changed_is_not_served(settings, tmp_path, seq):
    rewrite(settings, tmp_path, {seq: (b'"officer', b'"Officer')})
    with pytest.raises(LogRewritten, match="the data folder has the checkpoint with"):
        opens(settings)


@pytest.mark.parametrize(
    ("way", "refusal"),
    [
        ("insert", LogRewritten),
        ("delete", LogRolledBack),
        ("delete and go on", LogRewritten),
        ("swap", LogRewritten),
        ("back-date", LogRewritten),
    ],
)
def test_a_log_that_was_written_anew_is_not_served_however_well_its_tree_fits(settings, tmp_path, way, refusal):
    entries = entries_of(settings)
    if way == "insert":
        entries.insert(2, entries[2])
    elif way == "swap":
        entries[1], entries[3] = entries[3], entries[1]
    elif way == "back-date":
        entries[4] = entries[4].replace(b'"rec":"2', b'"rec":"1', 1)
    else:
        del entries[2]
        entries += [entries[-1]] * (way != "delete")
    assert entries != entries_of(settings)
    forge(settings, tmp_path, entries)
    with pytest.raises(refusal):
        opens(settings)


@pytest.mark.parametrize("seq", [0, 2, 5])
def test_an_entry_whose_bytes_were_changed_in_the_file_is_named(settings, seq):
    tamper(
        settings, f'UPDATE stored_events SET state = replace(state, \'"rec":"2\', \'"rec":"3\') WHERE rowid = {seq + 1}'
    )
    with pytest.raises(EntryChanged, match=f"entry {seq:,} ") as refused:
        opens(settings)
    assert refused.value.facts == {"seq": seq}


@pytest.mark.parametrize("way", ["another text, and the leaf as it was", "no entry at all"])
def test_an_entry_that_tells_its_leaf_without_an_order_is_named(settings, way):
    with at(settings) as service:
        entry = service.ledger.rows(2, 3)[0].entry
    told = {**wire.parse(entry.replace(b'"officer', b'"Officer', 1)), "redacted": to_base64(wire.leaf_hash(entry))}
    forged = wire.canonical(told) if way.startswith("another") else b'{"redacted":"'
    tamper(settings, f"UPDATE stored_events SET state = x'{forged.hex()}' WHERE rowid = 3")
    with pytest.raises(EntryChanged, match="entry 2 "):
        opens(settings)


def test_an_entry_that_was_redacted_by_order_is_served(settings):
    with at(settings) as service:
        seq = service.ledger.size()
        command = ReportOutage("SRC", "2026-02-02", "Ms Wang called about it")
        service.execute(application.report_outage, command, OFFICER, on="2026-02-02")
        redact(service, seq, ("/data/reason",), OFFICER, authority="DPO", basis="art. 17", **PEOPLE)
    assert opens(settings)


def test_two_entries_that_changed_places_are_named(settings):
    with at(settings) as service:
        first, second = (row.entry.decode() for row in service.ledger.rows(1, 3))
    swap = "UPDATE stored_events SET state = CAST('{}' AS BLOB) WHERE rowid = {}"
    tamper(settings, swap.format(second.replace("'", "''"), 2), swap.format(first.replace("'", "''"), 3))
    with pytest.raises(EntryChanged, match="entry 1 "):
        opens(settings)


def test_a_backup_that_lacks_what_was_signed_later_is_not_served(settings, tmp_path):
    with at(settings) as service:
        make_backup(service, tmp_path / "backup")
        happen(service)
        service.checkpoints.sign_if_grown()
    restore(tmp_path / "backup", tmp_path / "restored", {})
    # The folder elsewhere knows more than the backup does.
    with pytest.raises(LogRolledBack, match="elsewhere"):
        opens(load_settings(str(tmp_path / "restored"), {}))


def test_a_backup_that_has_everything_is_served_under_the_same_name(settings, tmp_path):
    with at(settings) as service:
        make_backup(service, tmp_path / "backup")
        origin = service.checkpoints.origin
    restore(tmp_path / "backup", tmp_path / "restored", {})
    restored = load_settings(str(tmp_path / "restored"), {})
    assert len(opens(restored)) == 3
    with at(restored) as service:
        assert service.checkpoints.origin == origin
        happen(service)
        assert service.checkpoints.sign_if_grown()


def test_who_has_the_key_and_the_disk_is_stopped_by_the_folder_elsewhere_alone(settings, tmp_path):
    """A stolen key signs whatever it is shown: what is known of it outside of this machine is what holds."""
    rewrite(settings, tmp_path, {2: (b'"officer', b'"Officer')})
    (settings.data / "desk.sqlite").unlink()
    shutil.rmtree(settings.data / "audit" / "checkpoints")
    (settings.data / "audit" / "checkpoint").unlink()
    with at(settings) as service, pytest.raises(LogRewritten, match="elsewhere"):
        open_gate(service)
    shutil.rmtree(tmp_path / "elsewhere")
    # Nobody else knows: this is what a witness is for.
    assert opens(settings) == []


def test_a_key_that_is_gone_is_told(settings):
    (settings.data / "audit" / "log.key").unlink()
    with pytest.raises(LogKeyMissing):
        opens(settings)


@pytest.mark.parametrize("way", ["another log", "no note", "forged"])
def test_what_is_kept_outside_has_to_be_of_this_log(settings, tmp_path, way):
    place = tmp_path / "elsewhere" / "checkpoint"
    note = parse_note(place.read_bytes())
    known = parse_checkpoint(note.text)
    if way == "another log":
        text = checkpoint_text("other.example/log", known.size, known.root)
        place.write_bytes(Note(text, (Signer.new("other.example/log").sign(text),)).content)
    elif way == "no note":
        place.write_bytes(note.content[:-1])
    else:
        text = checkpoint_text(known.origin, 1, known.root)
        place.write_bytes(Note(text, note.signatures).content)
    with pytest.raises(OutsideForeign):
        opens(settings)


# Processes.


def test_neither_the_service_nor_the_worker_starts_behind_a_closed_gate(settings, tmp_path):
    old = copy_of_log(settings, tmp_path / "old.sqlite")
    with at(settings) as service:
        happen(service)
        service.checkpoints.sign_if_grown()
    put_log(settings, old)
    console = Console(settings.data.parent)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    for typed in (("serve", "--port", port), ("worker", "--once")):
        process = console.spawn(*typed, "--data", str(settings.data))
        _, told = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "Refused: log-rolled-back" in told
        assert "the data folder has its checkpoint" in told
        assert "Serving" not in told


def test_a_service_signs_what_was_appended_and_once_more_when_it_stops(settings):
    server = Server(settings.data)
    try:
        with at(settings) as service:
            size = happen(service)
    finally:
        assert server.stop() == 0
    with at(settings) as service:
        assert service.checkpoints.latest().checkpoint.size == size
    assert len(opens(settings)) == 3


@pytest.mark.long
def test_a_worker_signs_in_its_turn(settings):
    with at(settings) as service:
        size = happen(service)
    worker = Process(settings.data, "worker", "--once")
    assert worker.process.wait(60) == 0, worker.log.read_text()
    with at(settings) as service:
        assert service.checkpoints.latest().checkpoint.size >= size
    lines = (settings.data / "audit" / "checkpoints").glob("*.jsonl")
    assert [json.loads(line) for path in lines for line in path.read_text().splitlines()]


# The doctor.


def found(settings, check):
    return {each.state: each for each in examine(str(settings.data), {}) if each.check == check}


def test_the_doctor_says_that_the_log_continues_what_was_signed(settings):
    [state] = found(settings, "checkpoints").values()
    assert "continues that of 6 entries (the data folder, " in state.what
    assert "keys so far: 1" in found(settings, "log key")["ok"].what


def test_the_doctor_finds_what_keeps_the_gate_closed(settings, tmp_path):
    rewrite(settings, tmp_path, {2: (b'"officer', b'"Officer')})
    assert "has the checkpoint with" in found(settings, "checkpoints")["fail"].what


def test_the_doctor_finds_a_log_that_nobody_signs(settings):
    with at(settings) as service:
        happen(service)
    assert "ok" in found(settings, "checkpoints")
    with freeze_time(datetime.now(UTC) + timedelta(seconds=601)):
        assert "was not signed for 10 minutes" in found(settings, "checkpoints")["warn"].what


def test_the_doctor_finds_a_key_that_others_may_read_that_is_gone_or_was_replaced(settings):
    with at(settings) as service:
        rotate_key(service, "routine", Who("system:desk", "system"), "2026-02-02")
    key = settings.data / "audit" / "log.key"
    assert "keys so far: 2" in found(settings, "log key")["ok"].what
    key.chmod(0o640)
    assert "Others may read it" in found(settings, "log key")["fail"].what
    name = key.read_text().partition("+")[0]
    key.write_text(Signer.new(name).text)
    key.chmod(0o600)
    assert "not the one that the log names" in found(settings, "log key")["fail"].what
    key.unlink()
    assert "not in the data folder" in found(settings, "log key")["fail"].what
