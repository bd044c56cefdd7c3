"""Checkpoints of an installation: when they are signed, where they are kept, who joins them, what forbids them."""

import json
import stat
import threading
from dataclasses import replace

import pytest
from freezegun import freeze_time

from service.audit.checkpoints import CosignatureUnfit, NoCheckpoint
from service.audit.gate import LogRewritten, LogRolledBack
from service.audit.keeping import Keeper, sign
from service.audit.keys import LogKeyMissing, OriginDiffers
from service.audit.outside import OutsideForeign, OutsideUnavailable
from service.audit.signing import Signer, SigningKeyBroken
from service.audit.trust import verified
from service.configuring import SettingInvalid
from service.settings import settings_of_store
from service.wiring import Service
from tests.audit.signing_worlds import an_installation, at, copy_of_log, happen, put_log, rewrite
from tests.service.clients import on_server
from vouchers.audit import COSIGNATURE, ML_DSA_44, Note, Signature, parse_checkpoint, parse_note
from vouchers.merkle import EMPTY_ROOT

OFFICE = Signer.new("office.example/w1", COSIGNATURE)
QUANTUM = Signer.new("office.example/pq1", ML_DSA_44)
NOON = 1_790_000_000


@pytest.fixture
def settings(tmp_path):
    return an_installation(tmp_path / "data")


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request, tmp_path):
    """An installation with its stores in files, and one with its stores on a server."""
    if request.param == "sqlite":
        return an_installation(tmp_path / "data")
    return an_installation(tmp_path / "data", **on_server(request.getfixturevalue("postgres_url")))


def test_a_log_is_signed_when_it_has_grown_and_not_again(anywhere):
    with at(anywhere) as service:
        checkpoints = service.checkpoints
        assert checkpoints.latest() is None
        assert checkpoints.sign_if_grown().checkpoint.root == EMPTY_ROOT
        assert checkpoints.sign_if_grown() is None
        for _ in range(3):
            size = happen(service)
            signed = checkpoints.sign_if_grown()
            assert signed.checkpoint == (checkpoints.origin, size, service.ledger.tree.root(), ())
            assert verified(signed.note, checkpoints.keys.current.key) == [0]
            assert checkpoints.latest() == checkpoints.at(size) == signed
            assert checkpoints.sign_if_grown() is None
        assert checkpoints.count() == 4
        assert [each.checkpoint.size for each in checkpoints.each()] == sorted(
            each.checkpoint.size for each in checkpoints.each()
        )
        assert [*checkpoints.each(0)] == [next(checkpoints.each())]
    with at(anywhere) as service:
        assert service.checkpoints.latest() == signed


def test_many_checkpoints_are_read_in_pages(settings):
    with at(settings) as service:
        sizes = []
        for _ in range(12):
            sizes.append(happen(service))
            service.checkpoints.sign_if_grown()
        assert [each.checkpoint.size for each in service.checkpoints.page(-1, 5)] == sizes[:5]
        assert [each.checkpoint.size for each in service.checkpoints.page(sizes[4], 50)] == sizes[5:]
        assert service.checkpoints.covering(sizes[3] - 1).checkpoint.size == sizes[3]
        assert service.checkpoints.covering(sizes[3]).checkpoint.size == sizes[4]
        with pytest.raises(NoCheckpoint):
            service.checkpoints.covering(sizes[-1])
        assert service.checkpoints.at(sizes[0] + 10**6) is None


def test_a_minute_lies_between_two_checkpoints(settings):
    with freeze_time("2026-02-02T04:00:00Z") as clock, at(settings) as service:
        assert service.checkpoints.sign_if_grown(every=60)
        happen(service)
        clock.tick(59)
        assert service.checkpoints.sign_if_grown(every=60) is None
        clock.tick(1)
        assert service.checkpoints.sign_if_grown(every=60).signed_at == "2026-02-02T04:01:00.000000Z"


def test_a_clock_that_was_set_back_keeps_no_log_unsigned(settings):
    with freeze_time("2026-02-02T04:00:00Z") as clock, at(settings) as service:
        assert service.checkpoints.sign_if_grown(every=60)
        happen(service)
        clock.tick(-3_600)
        assert service.checkpoints.sign_if_grown(every=60)


def test_many_threads_and_services_sign_the_same_checkpoint_once(anywhere):
    with at(anywhere) as one, at(anywhere) as other:
        size, signed = happen(one), []
        gate = threading.Barrier(8)

        def keep(service):
            gate.wait()
            signed.append(service.checkpoints.sign_if_grown())

        threads = [threading.Thread(target=keep, args=(service,)) for service in [one, other] * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        [found] = [each for each in signed if each]
        assert found.checkpoint.size == size
        assert one.checkpoints.count() == other.checkpoints.count() == 1
        assert len(one.checkpoints.keys.public) == 1


def test_what_is_signed_is_kept_outside_of_the_database(tmp_path):
    settings = an_installation(tmp_path / "data", f'[audit]\noutside = "{tmp_path / "elsewhere"}"\n')
    with at(settings) as service:
        happen(service)
        signed = service.checkpoints.sign_if_grown()
        for folder in (settings.data / "audit", tmp_path / "elsewhere"):
            assert (folder / "checkpoint").read_bytes() == signed.note.content
            [day] = (folder / "checkpoints").iterdir()
            assert day.name == f"{signed.signed_at[:10]}.jsonl"
            assert [json.loads(line)["note"] for line in day.read_text().splitlines()] == [signed.note.content.decode()]
        views = service.checkpoints.latest_outside()
        assert [view.source for view in views] == ["the data folder", str(tmp_path / "elsewhere"), "the desk"]
        assert {view.checkpoint for view in views} == {signed.checkpoint}
    secrets = [path for path in (settings.data / "audit").rglob("*") if path.is_file()]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in secrets)
    assert stat.S_IMODE((settings.data / "audit").stat().st_mode) == 0o700


def test_nothing_is_published_that_cannot_be_kept_outside(tmp_path):
    (tmp_path / "file").write_text("no folder")
    settings = an_installation(tmp_path / "data", f'[audit]\noutside = "{tmp_path / "file" / "below"}"\n')
    with at(settings) as service:
        with pytest.raises(OutsideUnavailable):
            service.checkpoints.sign_if_grown()
        assert service.checkpoints.latest() is None
        # The thread that signs tells of it, and goes on.
        assert sign(service) == ""


def test_tiles_are_there_before_the_checkpoint_that_covers_them(tmp_path):
    settings = an_installation(tmp_path / "data", f'[audit]\ntiles = "{tmp_path / "tiles"}"\n')
    with at(settings) as service:
        happen(service)
        signed = service.checkpoints.sign_if_grown()
        assert (tmp_path / "tiles" / "checkpoint").read_bytes() == signed.note.content
        assert (tmp_path / "tiles" / "tile" / "entries" / f"000.p/{signed.checkpoint.size}").is_file()
        merged = service.checkpoints.add_cosignatures(Note(signed.note.text, (OFFICE.sign(signed.note.text, NOON),)))
        assert (tmp_path / "tiles" / "checkpoint").read_bytes() == merged.note.content
        assert str(tmp_path / "tiles") in [view.source for view in service.checkpoints.latest_outside()]
        # A folder that cannot be written keeps the log from being signed.
        happen(service)
        (tmp_path / "tiles" / "checkpoint").write_bytes(b"no note\n")
        with pytest.raises(OutsideForeign):
            service.checkpoints.sign_if_grown()
        assert service.checkpoints.latest().checkpoint == signed.checkpoint


def test_a_log_that_lost_its_end_or_was_rewritten_is_not_signed(settings, tmp_path):
    with at(settings) as service:
        happen(service, 2)
    before = copy_of_log(settings, tmp_path / "before.sqlite")
    with at(settings) as service:
        happen(service)
        service.checkpoints.sign_if_grown()
    after = copy_of_log(settings, tmp_path / "after.sqlite")
    put_log(settings, before)
    with at(settings) as service, pytest.raises(LogRolledBack):
        service.checkpoints.sign_if_grown()
    put_log(settings, after)
    rewrite(settings, tmp_path, {1: (b'"staff":', b'"stuff":')})
    with at(settings) as service:
        happen(service)
        with pytest.raises(LogRewritten):
            service.checkpoints.sign_if_grown()
        assert service.checkpoints.count() == 1


# Cosignatures.


def test_cosignatures_join_the_checkpoint_that_they_are_for(anywhere):
    with at(anywhere) as service:
        happen(service)
        checkpoints = service.checkpoints
        first = checkpoints.sign_if_grown()
        happen(service)
        second = checkpoints.sign_if_grown()
        text = first.note.text
        for signer in (OFFICE, QUANTUM):
            merged = checkpoints.add_cosignatures(Note(text, (signer.sign(text, NOON),)))
        assert [each.name for each in merged.note.signatures] == [checkpoints.origin, OFFICE.key.name, QUANTUM.key.name]
        assert merged.signed_at == first.signed_at
        assert checkpoints.at(first.checkpoint.size) == merged
        assert checkpoints.latest() == second
        # The newest outside stays the newest.
        newest = parse_note((anywhere.data / "audit" / "checkpoint").read_bytes())
        assert parse_checkpoint(newest.text) == second.checkpoint
        later = OFFICE.sign(text, NOON + 60)
        again = checkpoints.add_cosignatures(Note(text, (later,)).content)
        assert [each for each in again.note.signatures if each.name == OFFICE.key.name] == [later]


def test_a_cosignature_of_something_else_is_turned_away(settings):
    with at(settings) as service:
        happen(service)
        signed = service.checkpoints.sign_if_grown()
        text = signed.note.text
        for wrong in (
            text.replace("\n", "x\n", 1),
            text + "extension\n",
            text.replace(f"\n{signed.checkpoint.size}\n", "\n999\n"),
        ):
            with pytest.raises(CosignatureUnfit):
                service.checkpoints.add_cosignatures(Note(wrong, (OFFICE.sign(wrong, NOON),)))
        many = Note(text, tuple([Signature(f"w{number}.example", b"abcd", bytes(72)) for number in range(64)]))
        with pytest.raises(CosignatureUnfit, match="at most 64"):
            service.checkpoints.add_cosignatures(many)
        # Nobody brings a signature in the log's own name.
        forged = Signature(signed.checkpoint.origin, service.checkpoints.keys.current.key.key_id, b"x" * 64)
        assert service.checkpoints.add_cosignatures(Note(text, (forged,))) == signed


# Keys.


def test_the_name_of_a_log_is_made_once(tmp_path):
    settings = an_installation(tmp_path / "data")
    with at(settings) as service:
        service.checkpoints.sign_if_grown()
        origin = service.checkpoints.origin
        assert origin.startswith("vouchers.invalid/log-")
    named = an_installation(tmp_path / "data", '[audit]\norigin = "vouchers.example.gov/log/2026"\n')
    with at(named) as service, pytest.raises(OriginDiffers, match=origin):
        service.checkpoints.sign_if_grown()
    fresh = an_installation(tmp_path / "fresh", '[audit]\norigin = "vouchers.example.gov/log/2026"\n')
    with at(fresh) as service:
        assert service.checkpoints.sign_if_grown().checkpoint.origin == "vouchers.example.gov/log/2026"


@pytest.mark.parametrize(
    "line",
    [
        'origin = "https://x.example"',
        'origin = "X"',
        'origin = "a b"',
        'origin = "a+b"',
        'outside = "here"',
        "every = 0",
    ],
)
def test_a_setting_that_cannot_be_is_refused(tmp_path, line):
    with pytest.raises(SettingInvalid):
        an_installation(tmp_path / "data", f"[audit]\n{line}\n")


def test_a_lost_key_is_told_and_no_other_is_made(settings):
    with at(settings) as service:
        service.checkpoints.sign_if_grown()
    key = settings.data / "audit" / "log.key"
    content = key.read_bytes()
    key.unlink()
    with at(settings) as service:
        with pytest.raises(LogKeyMissing):
            service.checkpoints.sign_if_grown()
        key.write_bytes(content[:-40])
        with pytest.raises(SigningKeyBroken):
            service.checkpoints.sign_if_grown()
        key.write_bytes(content)
        happen(service)
        assert service.checkpoints.sign_if_grown()


def test_each_store_has_a_log_with_a_name_and_a_key_of_its_own(tmp_path):
    settings = an_installation(tmp_path / "data", '[stores.region]\nprogrammes = ["X"]\n')
    origins = set()
    for name in ("main", "region"):
        with Service(settings_of_store(settings, name)) as service:
            origins.add(service.checkpoints.sign_if_grown().checkpoint.origin)
    assert len(origins) == 2
    assert (settings.data / "audit" / "log.key").is_file()
    assert (settings.data / "audit" / "stores" / "region" / "log.key").is_file()


def test_a_keeper_signs_while_it_runs_and_when_it_stops(settings):
    with at(replace(settings, audit=replace(settings.audit, every=1))) as service:
        keeper = Keeper(service)
        happen(service)
        keeper.start()
        deadline = threading.Event()
        for _ in range(100):
            if service.checkpoints.latest():
                break
            deadline.wait(0.05)
        assert service.checkpoints.latest().checkpoint.size == service.ledger.size()
        size = happen(service)
        keeper.stop()
        assert service.checkpoints.latest().checkpoint.size == size
