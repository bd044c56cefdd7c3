"""API keys: made once, kept as digests, revoked for ever."""

import stat
import threading

import pytest

from service.desk import Desk
from service.identity import (
    ROLES,
    KeyFileBroken,
    KeyUnknown,
    RoleUnknown,
    SubjectMalformed,
    Unauthenticated,
    create_key,
    list_keys,
    revoke_key,
)
from service.identity.authenticating import Authenticator
from service.identity.files import KEYS
from tests.examples import LAB, PUDONG
from vouchers.identifiers import CreditCodeCheck

NOW, LATER = "2026-02-02T04:00:00Z", "2026-02-03T04:00:00Z"


@pytest.mark.parametrize("role", ROLES)
def test_a_key_is_known_by_its_role_and_subject(tmp_path, role):
    subject = {"enterprise": PUDONG, "provider": LAB}.get(role, "li")
    text, key = create_key(tmp_path, role, subject, NOW)
    assert Authenticator(tmp_path, Desk("memory:")).authenticate(f"Bearer {text}") == key.caller
    assert key.caller.actor == f"{role}:{subject}"


def test_only_the_digest_is_kept_and_only_the_owner_can_read_it(tmp_path):
    text, key = create_key(tmp_path, "officer", "li", NOW)
    stored = (tmp_path / KEYS).read_text()
    assert text.rpartition("_")[2] not in stored
    assert key.sha256 in stored
    assert stat.S_IMODE((tmp_path / KEYS).stat().st_mode) == 0o600


def test_the_scheme_is_read_in_any_case(tmp_path):
    text, key = create_key(tmp_path, "officer", "li", NOW)
    assert Authenticator(tmp_path, Desk("memory:")).authenticate(f"bearer  {text} ") == key.caller


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic {key}", "{key}", "Bearer {key}0", "Bearer vk_{other}_{secret}", "Bearer \u2603"]
    + ["Bearer {key_with_another_secret}"],
)
def test_anything_but_a_key_is_refused(tmp_path, header):
    text, _ = create_key(tmp_path, "officer", "li", NOW)
    changed = text[:-1] + ("0" if text[-1] != "0" else "1")
    filled = header.format(key=text, other="0" * 12, secret="0" * 64, key_with_another_secret=changed)
    with pytest.raises(Unauthenticated):
        Authenticator(tmp_path, Desk("memory:")).authenticate(filled)


def test_a_running_service_notices_new_and_revoked_keys(tmp_path):
    keys = Authenticator(tmp_path, Desk("memory:"))
    with pytest.raises(Unauthenticated):
        keys.authenticate(f"Bearer vk_{'0' * 12}_{'0' * 64}")
    text, key = create_key(tmp_path, "finance", "sun", NOW)
    assert keys.authenticate(f"Bearer {text}") == key.caller
    revoke_key(tmp_path, key.key_id, LATER)
    with pytest.raises(Unauthenticated):
        keys.authenticate(f"Bearer {text}")


def test_a_revoked_key_stays_listed_with_its_first_revocation(tmp_path):
    _, key = create_key(tmp_path, "finance", "sun", NOW)
    revoke_key(tmp_path, key.key_id, LATER)
    assert revoke_key(tmp_path, key.key_id, "2026-03-01T00:00:00Z").revoked_at == LATER
    assert [(known.key_id, known.revoked_at) for known in list_keys(tmp_path)] == [(key.key_id, LATER)]


def test_a_revocation_leaves_the_other_keys_alone(tmp_path):
    kept, _ = create_key(tmp_path, "officer", "li", NOW)
    _, ended = create_key(tmp_path, "officer", "wu", NOW)
    revoke_key(tmp_path, ended.key_id, LATER)
    assert Authenticator(tmp_path, Desk("memory:")).authenticate(f"Bearer {kept}").subject == "li"


def test_keys_made_at_once_are_all_kept(tmp_path):
    threads = [threading.Thread(target=create_key, args=(tmp_path, "officer", f"o{n}", NOW)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(key.subject for key in list_keys(tmp_path)) == [f"o{n}" for n in range(8)]


@pytest.mark.parametrize(
    ("role", "subject", "refusal"),
    [
        ("clerk", "li", RoleUnknown),
        ("enterprise", "li", Exception),
        ("enterprise", PUDONG[:-1] + "1", CreditCodeCheck),
        ("officer", "Li Wu", SubjectMalformed),
        ("officer", "", SubjectMalformed),
        ("officer", 'a"b', SubjectMalformed),
        ("officer", "a" * 41, SubjectMalformed),
    ],
)
def test_a_key_for_nobody_is_not_made(tmp_path, role, subject, refusal):
    with pytest.raises(refusal):
        create_key(tmp_path, role, subject, NOW)
    assert list_keys(tmp_path) == []


@pytest.mark.parametrize("subject", ["IE-123456", "CN-776049653"])
def test_a_firm_from_abroad_or_with_an_old_code_has_a_key_as_well(tmp_path, subject):
    text, key = create_key(tmp_path, "enterprise", subject.lower(), NOW)
    assert (text.startswith("vk_"), key.subject) == (True, subject)


def test_an_unknown_key_cannot_be_revoked(tmp_path):
    with pytest.raises(KeyUnknown):
        revoke_key(tmp_path, "0" * 12, NOW)


@pytest.mark.parametrize("damage", [b'["a', b'["a"]\nrole = "officer"\n', b"\xff", b"a = 1\n"])
def test_a_damaged_key_file_lets_nobody_in_and_is_not_overwritten(tmp_path, damage):
    text, _ = create_key(tmp_path, "officer", "li", NOW)
    (tmp_path / KEYS).write_bytes(damage)
    with pytest.raises(KeyFileBroken):
        Authenticator(tmp_path, Desk("memory:")).authenticate(f"Bearer {text}")
    with pytest.raises(KeyFileBroken):
        create_key(tmp_path, "officer", "wu", NOW)
    assert (tmp_path / KEYS).read_bytes() == damage
