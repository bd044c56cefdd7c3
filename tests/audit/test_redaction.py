"""A text that should never have been recorded: taken out with two people behind it, while every proof stays valid."""

import base64
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from service.audit.redactions import EntryUnknown, RedactionForged, redact, redactions
from service.backup import make_backup
from service.doctor.privacy import look_at_redactions
from service.restoring import restore
from service.settings import Settings
from service.wiring import Service
from tests.audit.private import OFFICER, PEOPLE, an_installation, files_with
from tests.service.clients import frozen
from tests.service.console import Console
from tests.town import Town
from vouchers import application, wire
from vouchers.application.erasing import RemainderNotTheEntry, redaction_of
from vouchers.erasure.decisions import (
    REMOVED,
    EntryRedactedOtherwise,
    ErasureNotIndependent,
    PlaceNotRedactable,
)
from vouchers.kinds import VOUCHER
from vouchers.ledger.guards import RedactionNotOrdered
from vouchers.merkle import verify_inclusion
from vouchers.replay import voucher_as_of

SECRET = "Wang Xiaoming of the second floor is ill"
WORDS = {"authority": "data protection officer", "basis": "art. 17", **PEOPLE}


def mistaken(service):
    """The number of an entry with a name in its reason."""
    town = Town(service.ledger, on="2026-02-02", seed=service.seed)
    number = town.ledger.size()
    town.do(*returned(SECRET))
    return number


def returned(reason):
    from tests.examples import YUAN, voucher_of  # noqa: PLC0415 - what the town's verb says otherwise
    from vouchers.application.vouchering import ReturnValue  # noqa: PLC0415

    return application.return_value, ReturnValue(voucher_of(), 100 * YUAN, reason)


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request, tmp_path):
    stores = {}
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        stores = {name: f"{url}&schema={name}" for name in ("log", "views", "desk")}
    with an_installation(tmp_path / "data", **stores) as service:
        yield service


def places_of(service, voucher_id):
    return voucher_as_of(service.ledger.history(VOUCHER.stream(voucher_id)))


def test_the_text_is_gone_and_everything_else_stays(service, tmp_path):
    seq = mistaken(service)
    service.catch_up()
    [row] = service.ledger.rows(seq, seq + 1)
    before, root, leaf = row.entry, service.ledger.tree.root(), service.ledger.tree.leaf(seq)
    size, state = service.ledger.size(), places_of(service, row.stream.partition("/")[2])
    assert redact(service, seq, ("/data/reason",), OFFICER, **WORDS)
    [done] = redactions(service)
    after = service.ledger.rows(seq, seq + 1)[0].entry
    entry = wire.decode(row.topic, after)
    assert (done.done, done.event.seq) == (True, seq)
    assert (entry.data.reason, entry.data.amount) == (REMOVED, wire.decode(row.topic, before).data.amount)
    assert SECRET.encode() not in b"".join(each.entry for each in service.ledger.rows(0, service.ledger.size()))
    if service.settings.log_url.startswith("sqlite:"):
        assert files_with(tmp_path, SECRET.encode()) == []
    assert places_of(service, row.stream.partition("/")[2]) == state
    assert (service.ledger.tree.leaf(seq), service.ledger.tree.root(size)) == (leaf, root)
    assert wire.leaf_hash(after) == leaf == wire.leaf_hash(before)
    verify_inclusion(seq, size, leaf, service.ledger.tree.inclusion(seq, size), root)
    assert service.views.verify(service.ledger) == []


def test_what_is_handed_out_of_it_is_its_leaf_alone(service):
    seq = mistaken(service)
    leaf = base64.b64encode(service.ledger.tree.leaf(seq)).decode()
    redact(service, seq, ("/data/reason",), OFFICER, **WORDS)
    stored = service.ledger.rows(seq, seq + 1)[0].entry
    assert wire.line_of(stored) == json.dumps({"redacted": leaf}, separators=(",", ":")).encode()
    assert wire.redacted_leaf(stored) == leaf
    assert [each.event.leaf_hash for each in redactions(service)] == [leaf]
    assert [json.loads(each.event.left)["redacted"] for each in redactions(service)] == [leaf]


def test_the_log_goes_on_after_it_and_a_second_time_changes_nothing(service):
    seq = mistaken(service)
    redact(service, seq, ("/data/reason",), OFFICER, **WORDS)
    size = service.ledger.size()
    redact(service, seq, ("/data/reason",), OFFICER, **WORDS)
    assert service.ledger.size() == size
    service.execute(*returned("not needed"), OFFICER, on="2026-02-03")
    assert service.ledger.tree.size() == service.ledger.size() > size


def test_a_redaction_that_was_interrupted_is_finished_by_asking_again(service):
    seq = mistaken(service)
    [row] = service.ledger.rows(seq, seq + 1)
    service.execute(application.redact_entry, redaction_of(row.entry, ("/data/reason",), **WORDS), OFFICER)
    assert [each.done for each in redactions(service)] == [False]
    assert redact(service, seq, ("/data/reason",), OFFICER, **WORDS)
    assert [each.done for each in redactions(service)] == [True]


@pytest.mark.parametrize(
    "pointer",
    ["/data/amount", "/data/programme", "/actor", "/data", "/agg", "/data/reason/x", "/data/nothing", "reason", ""],
)
def test_what_balances_are_made_of_cannot_be_taken_out(tmp_path, pointer):
    with an_installation(tmp_path / "data") as service:
        seq = mistaken(service)
        size = service.ledger.size()
        with pytest.raises(PlaceNotRedactable):
            redact(service, seq, (pointer,), OFFICER, **WORDS)
        assert (service.ledger.size(), [*redactions(service)]) == (size, [])


def test_two_people_one_entry_and_one_decision(tmp_path):
    with an_installation(tmp_path / "data") as service:
        seq = mistaken(service)
        with pytest.raises(ErasureNotIndependent):
            redact(service, seq, ("/data/reason",), OFFICER, **(WORDS | {"proposed_by": "officer:wang"}))
        with pytest.raises(EntryUnknown):
            redact(service, service.ledger.size(), ("/data/reason",), OFFICER, **WORDS)
        [row] = service.ledger.rows(seq, seq + 1)
        command = redaction_of(row.entry, ("/data/reason",), **WORDS)
        unread = [{"left": text} for text in ("", "7", "said", "{}", '{"seq":1}')]
        for wrong in ({"left": row.entry.decode()}, {"seq": seq - 1}, {"pointers": ()}, {"leaf_hash": "x"}, *unread):
            with pytest.raises(RemainderNotTheEntry):
                service.execute(application.redact_entry, replace(command, **wrong), OFFICER)
        redact(service, seq, ("/data/reason",), OFFICER, **WORDS)
        other = replace(command, pointers=("/data/reason", "/data/reason"))
        with pytest.raises(EntryRedactedOtherwise):
            service.execute(application.redact_entry, other, OFFICER)


def test_facts_with_a_text_too_much_are_redacted_and_only_they(tmp_path):
    with an_installation(tmp_path / "data") as service:
        seq = service.ledger.size()
        Town(service.ledger, on="2026-02-02", seed=service.seed).record(as_of_on="2026-01-31", contact=SECRET)
        redact(service, seq, ("/data/facts/contact",), OFFICER, **WORDS)
        facts = json.loads(service.ledger.rows(seq, seq + 1)[0].entry)["data"]["facts"]
        assert facts["contact"] == REMOVED
        assert facts["staff"] > 0
        assert files_with(tmp_path, SECRET.encode()) == []


def test_a_backup_after_it_has_no_text_and_the_same_tree(tmp_path):
    with an_installation(tmp_path / "data") as service:
        redact(service, mistaken(service), ("/data/reason",), OFFICER, **WORDS)
        root = service.ledger.tree.head()
        make_backup(service, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again", {})
    assert files_with(tmp_path / "again", SECRET.encode()) == []
    with frozen(), Service(Settings(tmp_path / "again")) as restored:
        assert restored.ledger.tree.head() == root
        assert [each.done for each in redactions(restored)] == [True]


def test_a_clerk_takes_a_text_out_and_lists_what_was(tmp_path):
    with an_installation(tmp_path / "vouchers-data") as service:
        seq = mistaken(service)
    console = Console(tmp_path)
    typed = ("audit", "redact", str(seq), "--at", "/data/reason", "--authority", "DPO", "--basis", "art. 17")
    assert console.refused(*typed, "--proposed-by", "officer:desk") == "erasure-not-independent"
    assert console.ask(*typed, "--proposed-by", "officer:li")["removed"] is True
    [told] = console.ask("audit", "redactions")["redactions"]
    assert (told["seq"], told["pointers"], told["removed"]) == (seq, "/data/reason", True)
    exported = console.tell("log", "export", "--from", str(seq), "--limit", "1")
    assert set(json.loads(exported)) == {"redacted"}
    assert SECRET not in console.tell("history", "91310115MA1TE5T0X3") + console.tell("log", "show")


def told_by_the_doctor(service):
    """What the doctor says of redactions."""
    return [(each.state, each.what) for each in look_at_redactions(service)]


def test_the_doctor_finds_a_redaction_that_waits_and_a_change_that_hides_behind_one(tmp_path):
    with an_installation(tmp_path / "data") as service:
        seq = mistaken(service)
        assert told_by_the_doctor(service) == [("ok", "0 on record, each carried out.")]
        [row] = service.ledger.rows(seq, seq + 1)
        command = redaction_of(row.entry, ("/data/reason",), **WORDS)
        with closing(sqlite3.connect(tmp_path / "data" / "log.sqlite")) as raw:
            [(name, trigger)] = raw.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%entry_update'"
            ).fetchall()
            raw.execute(f"DROP TRIGGER {name}")
            raw.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (command.left.encode(), seq + 1))
            raw.execute(trigger)
            raw.commit()
        [(state, what)] = told_by_the_doctor(service)
        assert (state, f"Entry {seq:,} says" in what) == ("fail", True)
        service.execute(application.redact_entry, command, OFFICER)
        assert told_by_the_doctor(service) == [("ok", "1 on record, each carried out.")]


def test_the_doctor_finds_a_redaction_that_was_not_carried_out(tmp_path):
    with an_installation(tmp_path / "data") as service:
        [row] = service.ledger.rows(seq := mistaken(service), seq + 1)
        service.execute(application.redact_entry, redaction_of(row.entry, ("/data/reason",), **WORDS), OFFICER)
        [(state, what)] = told_by_the_doctor(service)
        assert (state, what) == ("fail", f"Entry {seq:,} is not what its redaction left of it.")


def test_only_what_was_ordered_is_put_in_an_entrys_place(service):
    seq = mistaken(service)
    with pytest.raises(RedactionNotOrdered):
        service.ledger.redact(seq)


@pytest.mark.parametrize("change", [{"amount": 1}, {"programme": "OTHER"}, {"period": "2027"}])
def test_nobody_changes_an_amount_under_the_cover_of_a_redaction(service, change):
    seq = mistaken(service)
    [row] = service.ledger.rows(seq, seq + 1)
    command = redaction_of(row.entry, ("/data/reason",), **WORDS)
    left = json.loads(command.left)
    left["data"] |= change
    forged = replace(command, left=wire.canonical(left).decode())
    service.execute(application.redact_entry, forged, OFFICER)
    with pytest.raises(RedactionForged):
        redact(service, seq, ("/data/reason",), OFFICER, **WORDS)
    assert service.ledger.rows(seq, seq + 1) == [row]


def test_the_same_entry_redacted_by_two_at_once_is_redacted_once(tmp_path):
    with an_installation(tmp_path / "data") as service:
        seq = mistaken(service)
        with ThreadPoolExecutor(4) as pool:
            done = [pool.submit(redact, service, seq, ("/data/reason",), OFFICER, **WORDS) for _ in range(4)]
        assert [each.exception() for each in done] == [None] * 4
        assert len(service.ledger.history(f"erasure/entry/{seq}")) == 1
        assert [each.done for each in redactions(service)] == [True]
