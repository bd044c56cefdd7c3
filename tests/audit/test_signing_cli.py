"""What the log signs, at the command line: by its operator, and offline by somebody who was given files."""

import shutil

import pytest

from service.settings import load_settings
from tests.audit.signing_worlds import at, happen
from tests.service.console import Console
from vouchers.audit import parse_note, parse_policy, parse_proof


@pytest.fixture
def console(tmp_path):
    """An operator with a data folder in which a few things have happened."""
    console = Console(tmp_path)
    console.tell("init")
    with at(load_settings(str(tmp_path / "vouchers-data"), {})) as service:
        happen(service, 3)
    return console


@pytest.fixture
def somebody(tmp_path):
    """Somebody else, with an empty folder."""
    (tmp_path / "elsewhere").mkdir()
    return Console(tmp_path / "elsewhere")


def more(console):
    with at(load_settings(str(console.folder / "vouchers-data"), {})) as service:
        return happen(service)


def test_a_checkpoint_is_printed_as_it_is_published(console):
    assert console.refused("audit", "checkpoint", "--look") == "no-checkpoint"
    printed = console.tell("audit", "checkpoint")
    told = console.ask("audit", "checkpoint")
    assert parse_note(printed.encode()).content.decode() == printed == told["note"]
    assert told["size"] == 3
    more(console)
    assert console.ask("audit", "checkpoint", "--look")["size"] == 3
    assert console.ask("audit", "checkpoint")["size"] == 4


def test_a_proof_is_handed_over_and_checked_without_the_installation(console, somebody):
    console.tell("audit", "checkpoint")
    somebody.write("trust", console.tell("audit", "trust"))
    told = console.ask("audit", "proof", "1")
    assert (told["proof"], told["size"]) == ("seq1.tlog-proof", 3)
    for name in (told["proof"], told["entry"]):
        shutil.copy(console.folder / name, somebody.folder)
    assert parse_proof((somebody.folder / told["proof"]).read_bytes()).index == 1
    check = ("audit", "note", told["proof"], "--trust", "trust", "--entry", told["entry"])
    assert somebody.ask(*check)["size"] == 3
    assert "The entry is in the log" in somebody.tell(*check)
    assert somebody.refused("audit", "note", told["proof"], "--trust", "trust", code=2) == "entry-missing"
    entry = somebody.folder / told["entry"]
    entry.chmod(0o600)
    entry.write_bytes(entry.read_bytes() + b" ")
    assert somebody.refused(*check, code=4) == "proof-refused"


def test_a_proof_overwrites_nothing_and_waits_for_a_checkpoint(console):
    assert console.refused("audit", "proof", "1") == "no-checkpoint"
    assert console.refused("audit", "proof", "99") == "leaf-not-in-log"
    console.tell("audit", "checkpoint")
    console.tell("audit", "proof", "1", "--output", "mine")
    assert console.refused("audit", "proof", "2", "--output", "mine") == "proof-exists"


def test_a_note_is_checked_against_the_trust_file_that_one_was_given(console, somebody):
    somebody.write("note", console.tell("audit", "checkpoint"))
    somebody.write("trust", console.tell("audit", "trust"))
    assert somebody.ask("audit", "note", "note", "--trust", "trust")["size"] == 3
    somebody.write("changed", (somebody.folder / "note").read_text().replace("\n3\n", "\n4\n"))
    assert somebody.refused("audit", "note", "changed", "--trust", "trust", code=4) == "note-signature-invalid"
    somebody.write("cut", (somebody.folder / "note").read_text()[:-1])
    assert somebody.refused("audit", "note", "cut", "--trust", "trust", code=2) == "note-malformed"
    somebody.write("other", console.tell("audit", "trust").replace("quorum none", "quorum office"))
    assert somebody.refused("audit", "note", "note", "--trust", "other", code=2) == "trust-policy-malformed"
    assert somebody.refused("audit", "note", "note", "--trust", "none") == "trust-file-missing"


def test_after_a_change_of_the_key_only_the_new_trust_file_serves(console, somebody):
    console.tell("audit", "checkpoint")
    before = somebody.write("before", console.tell("audit", "trust"))
    told = console.ask("audit", "rotate", "--occasion", "suspicion")
    assert told["size"] == 4
    somebody.write("note", told["note"])
    assert somebody.refused("audit", "note", "note", "--trust", before, code=4) == "log-not-trusted"
    after = somebody.write("after", console.tell("audit", "trust"))
    assert somebody.ask("audit", "note", "note", "--trust", after)["size"] == 4
    assert [party.key.vkey for party in parse_policy((somebody.folder / "after").read_bytes()).logs] == [told["vkey"]]
    assert "logkey.KeyRotated" in console.tell("log", "show", "--limit", "1")


def test_tiles_are_written_once_and_grow_with_the_log(console):
    first = console.ask("audit", "tiles", "tiles")
    assert (first["files"], first["size"]) == (2, 3)
    more(console)
    second = console.ask("audit", "tiles", "tiles")
    assert (second["files"], second["size"]) == (2, 4)
    assert console.ask("audit", "tiles", "tiles")["files"] == 0
    names = {str(path.relative_to(console.folder)) for path in (console.folder / "tiles").rglob("*") if path.is_file()}
    partial = {f"tiles/tile/{level}/000.p/{size}" for level in ("0", "entries") for size in (3, 4)}
    assert names == {"tiles/checkpoint", *partial}
    # Another log does not continue this folder.
    console.tell("init", "--data", "other")
    assert console.refused("audit", "tiles", "tiles", "--data", "other") == "tiles-foreign"
