"""The key of the log changes: both keys say so, the log records it, and from then on the new one signs."""

import pytest

from service.audit.rotating import rotate_key, statement_of
from service.audit.signing import NoteSignatureInvalid, Signer
from service.audit.trust import LogNotTrusted, check_note, proposed_policy
from service.wiring import Who
from tests.audit.signing_worlds import an_installation, at, happen
from vouchers import application
from vouchers.audit import parse_policy, to_base64
from vouchers.kinds import LOGKEY
from vouchers.logkey.decisions import (
    KEY,
    MOST_KEYS,
    KeyNotCurrent,
    KeyUsedBefore,
    LogKeyMalformed,
    OccasionUnknown,
    RotateKey,
    TooManyLogKeys,
    rotate,
    statement,
)
from vouchers.logkey.events import KeyRotated
from vouchers.logkey.state import LogKey, evolve

ORIGIN = "log.example/1"
OLD, NEW, THIRD = (Signer.new(ORIGIN) for _ in range(3))
OPERATOR = Who("system:desk", "system")
DAY = "2026-02-02"


def stated(old=OLD, new=NEW, **changes):
    """The command that changes one key for another."""
    text = statement(ORIGIN, old.vkey, new.vkey)
    made = [to_base64((each := signer.sign(text)).key_id + each.content) for signer in (old, new)]
    values = dict(zip(RotateKey.__match_args__, (ORIGIN, old.vkey, new.vkey, "routine", *made), strict=True))
    return RotateKey(**values | changes)


def test_a_change_is_recorded_with_the_statement_of_both_keys():
    command = stated()
    [event] = rotate(LogKey(), command)
    assert event == KeyRotated(ORIGIN, OLD.vkey, NEW.vkey, "routine", command.old_signature, command.new_signature)
    state = evolve(LogKey(), event)
    assert state.vkeys == (OLD.vkey, NEW.vkey)
    [event] = rotate(state, stated(NEW, THIRD))
    assert evolve(state, event).current == THIRD.vkey
    assert [each.key_id for each in statement_of(event).signatures] == [NEW.key.key_id, THIRD.key.key_id]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"occasion": "boredom"}, OccasionUnknown),
        ({"new_vkey": OLD.vkey}, KeyUsedBefore),
        ({"origin": "log.example/2"}, LogKeyMalformed),
        ({"old_vkey": Signer.new("log.example/2").vkey}, LogKeyMalformed),
        ({"new_vkey": Signer.new("log.example/2").vkey}, LogKeyMalformed),
        ({"old_signature": "no base64"}, LogKeyMalformed),
        ({"new_signature": ""}, LogKeyMalformed),
        ({"new_signature": stated().old_signature}, LogKeyMalformed),
        ({"old_vkey": ORIGIN}, LogKeyMalformed),
    ],
)
def test_a_change_that_is_not_stated_is_refused(changes, refusal):
    with pytest.raises(refusal):
        rotate(LogKey(), stated(**changes))


def test_a_key_is_changed_from_the_present_one_to_one_that_never_signed():
    [first] = rotate(LogKey(), stated())
    state = evolve(LogKey(), first)
    with pytest.raises(KeyNotCurrent):
        rotate(state, stated(OLD, THIRD))
    with pytest.raises(KeyUsedBefore):
        rotate(state, stated(NEW, OLD))


def test_a_log_has_at_most_a_hundred_keys():
    keys = tuple([f"key-{number}" for number in range(MOST_KEYS - 1)])
    assert rotate(LogKey((*keys[1:], OLD.vkey)), stated())
    with pytest.raises(TooManyLogKeys):
        rotate(LogKey((*keys, OLD.vkey)), stated())


def test_a_statement_that_one_of_both_did_not_sign_is_found():
    [event] = rotate(LogKey(), stated())
    text = statement(ORIGIN, OLD.vkey, THIRD.vkey)
    wrong = to_base64(OLD.key.key_id + OLD.sign(text).content)
    for changed in (
        KeyRotated(*[getattr(event, name) for name in KeyRotated.__match_args__[:4]], wrong, event.new_signature),
        KeyRotated(ORIGIN, OLD.vkey, THIRD.vkey, "routine", event.old_signature, event.new_signature),
        KeyRotated("log.example/2", *[getattr(event, name) for name in KeyRotated.__match_args__[1:]]),
    ):
        with pytest.raises(NoteSignatureInvalid):
            statement_of(changed)


# In an installation.


@pytest.fixture
def settings(tmp_path):
    found = an_installation(tmp_path / "data")
    with at(found) as service:
        happen(service)
        service.checkpoints.sign_if_grown()
    return found


def test_the_old_key_signs_what_was_appended_and_the_new_one_what_follows(settings):
    with at(settings) as service:
        old = service.checkpoints.keys.current
        size = happen(service)
        signed = rotate_key(service, "suspicion", OPERATOR, DAY)
        new = service.checkpoints.keys.current
        assert new.key != old.key
        assert signed.checkpoint.size == size + 1
        last = [*service.ledger.entries(size)]
        assert [entry.type for entry in last] == ["logkey.KeyRotated"]
        assert (last[0].data.old_vkey, last[0].data.new_vkey) == (old.vkey, new.vkey)
        assert statement_of(last[0].data)
        assert service.ledger.state(LOGKEY, KEY).current == new.vkey
        assert service.checkpoints.keys.public == (old.key, new.key)
        trusted = parse_policy(proposed_policy(service.checkpoints.keys.public, []).encode())
        assert check_note(signed.note, trusted).log == new.key
        before = service.checkpoints.at(size)
        with pytest.raises(LogNotTrusted):
            check_note(before.note, trusted)
    with at(settings) as service:
        happen(service)
        assert check_note(service.checkpoints.sign_if_grown().note, trusted)


def test_a_process_that_was_open_meanwhile_signs_with_the_new_key(settings):
    with at(settings) as one, at(settings) as other:
        assert other.checkpoints.keys.current.vkey == one.checkpoints.keys.current.vkey
        rotate_key(one, "routine", OPERATOR, DAY)
        happen(other)
        assert other.checkpoints.sign_if_grown().note.signatures[0].key_id == one.checkpoints.keys.current.key.key_id


def test_who_is_killed_before_the_change_is_recorded_keeps_the_old_key(settings):
    with at(settings) as service:
        old = service.checkpoints.keys.current.vkey
        service.checkpoints.keys.prepare("routine")
    with at(settings) as service:
        assert service.checkpoints.keys.current.vkey == old
        assert service.checkpoints.sign_if_grown() is None
        # And the next change goes its way.
        rotate_key(service, "routine", OPERATOR, DAY)
        assert service.checkpoints.keys.current.vkey != old


def test_who_is_killed_after_the_change_is_recorded_finds_the_new_key_in_force(settings):
    with at(settings) as service:
        command = service.checkpoints.keys.prepare("routine")
        service.execute(application.rotate_key, command, OPERATOR, on=DAY)
    with at(settings) as service:
        assert service.checkpoints.keys.current.vkey == command.new_vkey
        assert [key.vkey for key in service.checkpoints.keys.public] == [command.old_vkey, command.new_vkey]
        assert service.checkpoints.sign_if_grown()
        assert not (settings.data / "audit" / "log.key.next").exists()
