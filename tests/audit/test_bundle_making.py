"""Bundles made while the log grows, from either store, with anchors in it, and when something fails."""

import sys
import threading
from dataclasses import replace

import pytest

from service.audit.bundle.exporting import Wanted, export_bundle
from service.audit.bundle.writing import FormatUnavailable
from service.audit.rotating import reopen_log, rotate_key
from service.wiring import Service
from tests.audit.bundles import OFFICER, World
from tests.audit.signing_worlds import an_installation, happen, tamper
from tests.town import Town
from vouchers import application
from vouchers.anchor.decisions import RecordAnchor

OLD, SOON = "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"


def exported(service: Service, folder) -> World:
    trust = folder / "trust"
    trust.write_text(f"log {service.checkpoints.keys.current.vkey}\nquorum none\n")
    made = export_bundle(service, Wanted(folder / "bundle", (), "audit", "office"), OFFICER)
    return World(folder / "bundle", trust, trust, service.checkpoints.keys.current, made.signed.checkpoint.size)


def anchor(service: Service, **changes) -> RecordAnchor:
    """What outsiders say of the log as it is now."""
    size, root = service.ledger.tree.head()
    known = RecordAnchor(service.checkpoints.origin, size, root.hex(), "aa" * 32, {"office/w1+00": _now(service)})
    return replace(known, **changes)


def _now(service: Service) -> str:
    [*_, last] = service.ledger.entries()
    return f"{last.rec[:19]}Z"


def test_a_bundle_that_is_made_while_the_log_grows_ends_where_it_was_signed(tmp_path):
    with Service(an_installation(tmp_path / "data")) as service:
        happen(service, 400)
        stop = threading.Event()

        def grow() -> None:
            town = Town(service.ledger, seed=service.seed)
            number = 10_000
            while not stop.is_set():
                number += 1
                town.record(staff=number)

        writer = threading.Thread(target=grow)
        writer.start()
        try:
            world = exported(service, tmp_path)
        finally:
            stop.set()
            writer.join(30)
        assert len(world.lines()) == world.size < service.ledger.size()
    assert world.verdict(tables=True) == (0, "Everything fits.")


def test_a_bundle_of_a_log_in_postgresql_is_believed(tmp_path, postgres_url):
    stores = dict.fromkeys(("log", "views", "desk"), postgres_url)
    with Service(an_installation(tmp_path / "data", **stores)) as service:
        happen(service, 3)
        world = exported(service, tmp_path)
    assert world.verdict(tables=True) == (0, "Everything fits.")


def test_an_anchor_in_the_log_has_to_be_of_this_log(tmp_path):
    with Service(an_installation(tmp_path / "data")) as service:
        happen(service, 3)
        service.execute(application.record_anchor, anchor(service), OFFICER)
        happen(service, 2)
        service.execute(application.record_anchor, anchor(service, root_hash="bb" * 32, note_sha256="cc" * 32), OFFICER)
        world = exported(service, tmp_path)
    code, text = world.verdict()
    assert code == 2
    assert text.startswith("The first bad record is 6 (line 7 of events.jsonl): the anchor states another root")


@pytest.mark.parametrize(("time", "record"), [(OLD, 2), (SOON, 3)])
def test_the_times_of_entries_lie_where_witnesses_put_them(tmp_path, time, record):
    with Service(an_installation(tmp_path / "data")) as service:
        happen(service, 3)
        service.execute(application.record_anchor, anchor(service, cosignature_times={"office/w1+00": time}), OFFICER)
        world = exported(service, tmp_path)
    code, text = world.verdict()
    assert (code, text.startswith(f"The first bad record is {record} "), time in text) == (1, True, True)


def test_an_entry_that_was_edited_in_the_database_is_named_by_the_export_and_by_whoever_checks(tmp_path):
    settings = an_installation(tmp_path / "data")
    with Service(settings) as service:
        happen(service, 5)
        service.checkpoints.sign_if_grown()
    edited = """CAST(replace(CAST(state AS TEXT), '"staff":3', '"staff":9') AS BLOB)"""
    tamper(settings, f"UPDATE stored_events SET state = {edited} WHERE rowid = 3")
    with Service(settings) as service:
        made = export_bundle(service, Wanted(tmp_path / "bundle", (), "audit", "office"), OFFICER)
        trust = tmp_path / "trust"
        trust.write_text(f"log {service.checkpoints.keys.current.vkey}\nquorum none\n")
    world = World(tmp_path / "bundle", trust, trust, None, 5)
    for code, text in (made.found.verdict(), world.verdict()):
        assert (code, text.startswith("The first bad record is 2 (line 3 of events.jsonl): it is not the entry")) == (
            2,
            True,
        )


def test_a_log_whose_key_was_changed_is_believed_with_the_new_key_alone(tmp_path):
    with Service(an_installation(tmp_path / "data")) as service:
        happen(service, 3)
        old = service.checkpoints.keys.current.vkey
        rotate_key(service, "routine", OFFICER, "2026-11-22")
        world = exported(service, tmp_path)
    assert old not in world.trust.read_text()
    assert world.verdict() == (0, "Everything fits.")
    world.trust.write_text(f"log {old}\nquorum none\n")
    assert "no log of the trust file signed it" in world.verdict()[1]


def test_a_log_that_was_reopened_under_another_name_is_believed_by_that_name(tmp_path):
    with Service(an_installation(tmp_path / "data")) as service:
        happen(service, 3)
        service.checkpoints.sign_if_grown()
        reopen_log(service, "vouchers.example/log/2", OFFICER, "2026-11-22", copy=True)
        world = exported(service, tmp_path)
    found = world.check()
    assert found.verdict() == (0, "Everything fits.")
    assert found.good[0].startswith("signatures: vouchers.example/log/2 signed its first 4 entries")


def test_a_form_whose_library_is_missing_is_refused_and_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with Service(an_installation(tmp_path / "data")) as service:
        size = happen(service)
        with pytest.raises(FormatUnavailable):
            export_bundle(service, Wanted(tmp_path / "bundle", ("parquet",), "audit", "office"), OFFICER)
        assert service.ledger.size() == size
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
