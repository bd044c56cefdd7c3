"""A log that lost for good what it had signed goes on under another name, and says so; nobody else may give it one."""

import pytest
from sqlalchemy import select

from service.audit.checkpoints import CLOSED
from service.audit.gate import LogRolledBack, open_gate
from service.audit.rotating import LogContinues, OriginSet, reopen_log, statement_of
from service.audit.signing import NoteSignatureInvalid, Signer
from service.audit.tiles import TilesForeign
from service.audit.trust import LogNotTrusted, check_note, proposed_policy
from service.backup import make_backup
from service.restoring import restore
from service.settings import load_settings
from service.wiring import Who
from tests.audit.signing_worlds import an_installation, at, copy_of_log, happen, put_log
from tests.service.console import Console
from vouchers import application
from vouchers.audit import parse_policy, to_base64
from vouchers.kinds import LOGKEY
from vouchers.logkey.decisions import (
    KEY,
    MOST_KEYS,
    KeyNotCurrent,
    KeyUsedBefore,
    LogKeyMalformed,
    OriginUsedBefore,
    ReopenLog,
    TooManyLogKeys,
    reopen,
    reopening,
)
from vouchers.logkey.events import LogReopened
from vouchers.logkey.state import LogKey, evolve

OPERATOR, DAY = Who("system:desk", "system"), "2026-02-02"
OLD, NEW = Signer.new("log.example/1"), Signer.new("log.example/2")
ROOT = to_base64(bytes(range(32)))


def stated(signer=NEW, **changes):
    """The command that lets a log go on."""
    facts = "log.example/1", 9, ROOT
    signature = signer.sign(reopening(signer.key.name, signer.vkey, *facts, 5))
    made = to_base64(signature.key_id + signature.content)
    values = {"origin": signer.key.name, "vkey": signer.vkey, "old_vkey": OLD.vkey, "size": 5, "signature": made}
    return ReopenLog(**{**values, **dict(zip(("old_origin", "old_size", "old_root"), facts, strict=True)), **changes})


def test_what_was_signed_last_is_quoted_and_the_new_key_says_so():
    [event] = reopen(LogKey(), stated())
    assert (event.old_origin, event.old_size, event.old_root, event.size) == ("log.example/1", 9, ROOT, 5)
    assert [each.name for each in statement_of(event).signatures] == ["log.example/2"]
    state = evolve(LogKey(), event)
    assert (state.current, state.closed) == (NEW.vkey, ("log.example/1",))
    for field, value in (("old_size", 8), ("size", 6), ("old_root", to_base64(bytes(32))), ("old_origin", "x")):
        values = {name: getattr(event, name) for name in LogReopened.__match_args__}
        with pytest.raises(NoteSignatureInvalid):
            statement_of(LogReopened(**(values | {field: value})))


@pytest.mark.parametrize(
    ("state", "changes", "refusal"),
    [
        (LogKey(), {"origin": "log.example/1"}, OriginUsedBefore),
        (LogKey((OLD.vkey,), ("log.example/2",)), {}, OriginUsedBefore),
        (LogKey(("another",)), {}, KeyNotCurrent),
        (LogKey((NEW.vkey, OLD.vkey)), {}, KeyUsedBefore),
        (LogKey((*map(str, range(MOST_KEYS - 1)), OLD.vkey)), {}, TooManyLogKeys),
        (LogKey(), {"signature": "AAAA"}, LogKeyMalformed),
        (LogKey(), {"origin": "log.example/3"}, LogKeyMalformed),
    ],
)
def test_a_name_or_key_that_was_used_is_refused(state, changes, refusal):
    with pytest.raises(refusal):
        reopen(state, stated(**changes))


@pytest.fixture
def settings(tmp_path):
    """An installation that was restored from a backup without its last entries, and nobody has them."""
    found = an_installation(tmp_path / "data", f'[audit]\noutside = "{tmp_path / "elsewhere"}"\n')
    with at(found) as service:
        happen(service, 2)
        service.checkpoints.sign_if_grown()
    old = copy_of_log(found, tmp_path / "old.sqlite")
    with at(found) as service:
        happen(service, 2)
        service.checkpoints.sign_if_grown()
    put_log(found, old)
    return found


def closed(service):
    """The notes that were signed under names that the log has no more."""
    with service.desk.reading() as connection:
        return connection.scalars(select(CLOSED.c.note).order_by(CLOSED.c.size)).all()


def test_the_log_goes_on_and_keeps_what_it_signed_under_the_old_name(settings):
    with at(settings) as service:
        with pytest.raises(LogRolledBack):
            open_gate(service)
        before = service.checkpoints.latest()
        old = service.checkpoints.keys.current
        signed = reopen_log(service, "log.example/2", OPERATOR, DAY)
        assert (signed.checkpoint.origin, signed.checkpoint.size) == ("log.example/2", 3)
        event = service.ledger.history(LOGKEY.stream(KEY))[-1].data
        lost = before.checkpoint
        assert (event.old_origin, event.old_size, event.old_root) == (lost.origin, lost.size, to_base64(lost.root))
        assert statement_of(event)
        trusted = parse_policy(proposed_policy(service.checkpoints.keys.public, []).encode())
        assert check_note(signed.note, trusted)
        with pytest.raises(LogNotTrusted):
            check_note(before.note, trusted)
        assert old.key in service.checkpoints.keys.all()
        assert [note.partition("\n")[0] for note in closed(service)] == [lost.origin] * 2
    with at(settings) as service:
        assert {view.checkpoint.origin for view in open_gate(service)} == {"log.example/2"}
        happen(service, 5)
        assert service.checkpoints.sign_if_grown().checkpoint.size == 8
        assert len(open_gate(service)) == 3


def test_a_log_that_lost_nothing_keeps_its_name(tmp_path):
    settings = an_installation(tmp_path / "data")
    with at(settings) as service:
        happen(service)
        service.checkpoints.sign_if_grown()
        with pytest.raises(LogContinues):
            reopen_log(service, "log.example/2", OPERATOR, DAY)
        assert service.ledger.size() == 1


def test_a_copy_of_an_installation_gets_a_name_of_its_own(tmp_path):
    settings = an_installation(tmp_path / "data")
    with at(settings) as service:
        happen(service)
        service.checkpoints.sign_if_grown()
        make_backup(service, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "copy", {})
    with at(load_settings(str(tmp_path / "copy"), {})) as copy, at(settings) as service:
        reopen_log(copy, "trial.example/log", OPERATOR, DAY, copy=True)
        happen(copy)
        happen(service, 3)
        for each in (copy, service):
            each.checkpoints.sign_if_grown()
            assert open_gate(each)
        assert copy.checkpoints.origin == "trial.example/log"
        assert copy.checkpoints.keys.current.key.public != service.checkpoints.keys.current.key.public


def test_the_old_name_is_not_taken_again_nor_one_that_the_settings_contradict(settings):
    with at(settings) as service:
        with pytest.raises(OriginUsedBefore):
            reopen_log(service, service.checkpoints.origin, OPERATOR, DAY)
        origin = service.checkpoints.origin
    path = settings.data / "vouchers.toml"
    path.write_text(path.read_text() + f'origin = "{origin}"\n')
    with at(load_settings(str(settings.data), {})) as service, pytest.raises(OriginSet):
        reopen_log(service, "log.example/2", OPERATOR, DAY)


def test_who_is_killed_after_it_was_recorded_finds_the_new_name(settings):
    with at(settings) as service:
        lost = service.checkpoints.latest().checkpoint
        command = service.checkpoints.keys.prepare_reopening("log.example/2", lost, service.ledger.size())
        service.execute(application.reopen_log, command, OPERATOR, on=DAY)
    with at(settings) as service:
        assert service.checkpoints.origin == "log.example/2"
        assert service.checkpoints.latest() is None
        assert service.checkpoints.sign_if_grown()
        assert open_gate(service)


def test_tiles_of_the_new_name_need_a_folder_of_their_own(settings, tmp_path):
    path = settings.data / "vouchers.toml"
    path.write_text(path.read_text() + f'tiles = "{tmp_path / "tiles"}"\n')
    tiled = load_settings(str(settings.data), {})
    with at(settings) as service:
        reopen_log(service, "log.example/2", OPERATOR, DAY)
    with at(tiled) as service:
        happen(service)
        assert service.checkpoints.sign_if_grown()
        checkpoint = tmp_path / "tiles" / "checkpoint"
        checkpoint.write_bytes(closed(service)[0].encode())
        happen(service)
        with pytest.raises(TilesForeign):
            service.checkpoints.sign_if_grown()


def test_an_operator_gives_a_log_another_name_at_the_command_line(settings):
    console = Console(settings.data.parent)
    data = ("--data", str(settings.data))
    assert console.refused("audit", "reopen", "--origin", "https://x", *data, code=2) == "setting-invalid"
    told = console.ask("audit", "reopen", "--origin", "log.example/2", *data)
    assert (told["origin"], told["size"]) == ("log.example/2", 3)
    assert console.refused("audit", "reopen", "--origin", "log.example/3", *data) == "log-continues"
    assert "logkey.LogReopened" in console.tell("log", "show", "--limit", "1", *data)
