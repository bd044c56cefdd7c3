"""The vault: sealed by subject, bound to its place, opened by one key, destroyed without a trace in any file."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import sleep
from types import SimpleNamespace

import pytest

from service.audit import privacy
from service.audit.disclosing import digest_of
from service.audit.vault import KEY_BYTES, UNBOUND, ValueUnknown, Vault, VaultKeyMissing, VaultKeyWrong, beside, name_of
from service.backup import make_backup
from service.banking import copies, notes
from service.banking.documents import Line
from service.desk import KEY_FILE, Desk
from service.doctor.privacy import look_at_vault
from service.restoring import restore
from service.settings import Settings
from service.wiring import Service
from tests.audit.private import OFFICER, PEOPLE, an_installation, files_with
from tests.service.clients import an_api, frozen
from tests.service.console import Console
from vouchers import application
from vouchers.erasure.decisions import (
    MOST_VALUES,
    CommitValue,
    EraseSubject,
    ErasureNotIndependent,
    SubjectChanged,
    SubjectErasedAlready,
    TooManyValues,
    subject_key,
)
from vouchers.erasure.events import SubjectErased, ValueCommitted
from vouchers.kinds import ERASURE

NAME, PHONE = "张三丰", "+86 138 0013 8000"


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request, tmp_path):
    """A desk with a key file, on every store."""
    url = f"sqlite:{tmp_path / 'desk.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    opened = Desk(url, tmp_path / KEY_FILE)
    yield opened
    opened.close()


@pytest.fixture
def service(tmp_path):
    with an_installation(tmp_path / "data") as service:
        yield service


def committed(service, subject="S-1"):
    """What the log says of a subject."""
    return [entry.data for entry in service.ledger.history(ERASURE.stream(subject_key(subject)))]


def test_what_is_kept_is_found_again_under_its_subject_and_name_only(desk):
    vault = Vault(desk)
    with desk.writing() as connection:
        kept = vault.keep(connection, "S-1", "name", NAME, 7)
        vault.keep(connection, "S-2", "name", "李四", 8)
    with desk.reading() as connection:
        found = vault.find(connection, "S-1", "name")
        assert (found.value, found.seq, found.digest) == (NAME, 7, digest_of(kept.disclosure))
        assert set(vault.of(connection, ["S-1", "S-2", "S-3"], "name")) == {"S-1", "S-2"}
        for subject, field in (("S-3", "name"), ("S-1", "phone")):
            with pytest.raises(ValueUnknown):
                vault.find(connection, subject, field)


def test_a_value_that_is_kept_again_has_another_salt(desk):
    vault = Vault(desk)
    with desk.writing() as connection:
        first, second = (vault.keep(connection, "S-1", "name", NAME) for _ in range(2))
        assert vault.find(connection, "S-1", "name").disclosure == second.disclosure != first.disclosure


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vault_values SET subject = 'S-2' WHERE subject = 'S-1'",
        "UPDATE vault_values SET field = 'phone' WHERE field = 'name'",
        "UPDATE vault_values SET seq = 8 WHERE seq = 7",
        "UPDATE vault_values SET sealed = x'00'",
        "UPDATE vault_keys SET wrapped = (SELECT k.wrapped FROM vault_keys AS k WHERE k.subject = 'S-2')",
    ],
)
def test_a_sealed_value_opens_nowhere_but_in_its_place(tmp_path, statement):
    desk = Desk("memory:", tmp_path / KEY_FILE)
    vault = Vault(desk)
    with desk.writing() as connection:
        vault.keep(connection, "S-1", "name", NAME, 7)
        vault.keep(connection, "S-2", "other", "x", 9)
        connection.exec_driver_sql(statement)
        with pytest.raises(VaultKeyWrong):
            [vault.of(connection, ["S-1", "S-2"], field) for field in ("name", "phone")]
    desk.close()


def test_without_its_key_the_vault_stays_closed_and_another_key_opens_nothing(tmp_path):
    desk, path = Desk("memory:", tmp_path / KEY_FILE), tmp_path / KEY_FILE
    vault = Vault(desk)
    with desk.writing() as connection:
        vault.keep(connection, "S-1", "name", NAME)
        assert (path.stat().st_size, path.stat().st_mode & 0o777) == (KEY_BYTES, 0o600)
        key = path.read_bytes()
        for wrong in (bytes(KEY_BYTES), key[:-1]):
            path.write_bytes(wrong)
            with pytest.raises(VaultKeyWrong):
                vault.find(connection, "S-1", "name")
        path.unlink()
        with pytest.raises(VaultKeyMissing):
            vault.find(connection, "S-1", "name")
        with pytest.raises(VaultKeyMissing):
            vault.keep(connection, "S-1", "phone", PHONE)
        path.write_bytes(key)
        assert vault.find(connection, "S-1", "name").value == NAME
    with pytest.raises(VaultKeyMissing), Desk("memory:").writing() as connection:
        Vault(Desk("memory:")).keep(connection, "S-1", "name", NAME)
    desk.close()


def test_a_fresh_key_of_the_vault_opens_what_the_old_one_sealed_and_the_old_one_nothing_more(desk, tmp_path):
    vault, path = Vault(desk), tmp_path / KEY_FILE
    with desk.writing() as connection:
        vault.keep(connection, "S-1", "name", NAME)
        old, fresh = path.read_bytes(), bytes(range(KEY_BYTES))
        assert vault.change_key(connection, fresh) == 1
        with pytest.raises(VaultKeyWrong) as caught:
            vault.find(connection, "S-1", "name")
        assert name_of(fresh) in caught.value.detail
        path.write_bytes(fresh)
        assert vault.find(connection, "S-1", "name").value == NAME
    assert name_of(old) != name_of(fresh)


@pytest.mark.parametrize("reached", ["before the rows", "after the rows", "between the files"])
def test_a_change_of_the_key_that_is_interrupted_anywhere_loses_nothing_and_is_finished(tmp_path, reached):
    with an_installation(tmp_path / "vouchers-data") as service:
        privacy.keep(service, "S-1", "name", NAME, OFFICER)
        path, fresh = service.desk.key_file, bytes(range(KEY_BYTES))
        beside(path, "new").write_bytes(fresh)
        if reached != "before the rows":
            with service.desk.writing() as desk:
                Vault(service.desk).change_key(desk, fresh)
        if reached == "between the files":
            path.rename(beside(path, "old"))
        with service.desk.reading() as desk:
            assert Vault(service.desk).find(desk, "S-1", "name").value == NAME
    console = Console(tmp_path)
    beside(path, "old").unlink(missing_ok=True)
    assert console.ask("audit", "vault", "change-key")["subjects"] == 1
    assert console.refused("audit", "vault", "change-key") == "key-in-place"
    beside(path, "old").unlink()
    assert console.ask("audit", "vault", "disclose", "S-1", "name")["value"] == NAME
    assert [each.name for each in path.parent.glob("*.kek")] == [KEY_FILE]


def test_an_account_that_two_people_agreed_on_is_committed_to_in_the_log(tmp_path):
    with frozen(), an_api(tmp_path) as api:
        entry = {"account_ref": "acct:9", "holder": NAME, "number": "6222021001122334455"}
        assert api.post("/v1/bank/accounts", entry, "finance").status_code == 200
        assert committed(api.service, "acct:9") == []
        approval = {"account_ref": "acct:9", "number": entry["number"]}
        for _ in range(2):
            assert api.post("/v1/bank/accounts/approval", approval, "second-finance").status_code == 200
        [event] = committed(api.service, "acct:9")
        with api.service.desk.reading() as desk:
            kept = Vault(api.service.desk).find(desk, "acct:9", "account")
        assert (event.digest, kept.value["holder"]) == (kept.digest, NAME)
        assert kept.seq == api.service.ledger.size() - 1
        assert files_with(tmp_path, NAME.encode()) == []


def test_the_key_of_the_vault_may_be_elsewhere(tmp_path):
    settings = Settings(tmp_path, log="memory:", views="memory:", desk="memory:")
    settings = replace(settings, audit=replace(settings.audit, vault_key=str(tmp_path / "usb" / "vault.kek")))
    (tmp_path / "usb").mkdir()
    with Service(settings) as service:
        privacy.keep(service, "S-1", "name", NAME, OFFICER)
    assert [path.name for path in (tmp_path / "usb").iterdir()] == ["vault.kek"]
    assert not (tmp_path / KEY_FILE).exists()


def test_several_that_keep_values_of_one_subject_at_once_all_keep_theirs(tmp_path):
    desk = Desk(f"sqlite:{tmp_path / 'desk.sqlite'}", tmp_path / KEY_FILE)

    def keep(number):
        with desk.writing() as connection:
            return Vault(desk).keep(connection, "S-1", f"field-{number}", number)

    with ThreadPoolExecutor(8) as pool:
        assert len([*pool.map(keep, range(16))]) == 16
    with desk.reading() as connection:
        assert [Vault(desk).find(connection, "S-1", f"field-{number}").value for number in range(16)] == [*range(16)]
    desk.close()


def test_what_is_destroyed_is_in_no_file_of_the_desk_any_more(tmp_path):
    desk = Desk(f"sqlite:{tmp_path / 'desk.sqlite'}", tmp_path / KEY_FILE)
    with desk.writing() as connection:
        for number in range(200):
            Vault(desk).keep(connection, f"S-{number}", "name", NAME)
    with sqlite3.connect(tmp_path / "desk.sqlite") as raw:
        wrapped, sealed = raw.execute(
            "SELECT wrapped, sealed FROM vault_keys NATURAL JOIN vault_values WHERE subject = 'S-7'"
        ).fetchone()
    raw.close()
    assert files_with(tmp_path, wrapped)
    assert files_with(tmp_path, sealed)
    assert privacy.destroy(desk, "S-7") == ["name"]
    assert files_with(tmp_path, wrapped) == files_with(tmp_path, sealed) == []
    assert files_with(tmp_path, NAME.encode()) == []
    with desk.reading() as connection:
        assert Vault(desk).find(connection, "S-8", "name").value == NAME
    desk.close()


def test_destroying_works_on_a_server_too(postgres_url, tmp_path):
    desk = Desk(postgres_url, tmp_path / KEY_FILE)
    with desk.writing() as connection:
        Vault(desk).keep(connection, "S-1", "name", NAME)
    assert privacy.destroy(desk, "S-1") == ["name"]
    assert privacy.destroy(desk, "S-1") == []
    with desk.reading() as connection, pytest.raises(ValueUnknown):
        Vault(desk).find(connection, "S-1", "name")
    desk.close()


def test_a_kept_value_is_committed_to_in_the_log_which_tells_nothing_of_it(service):
    kept = privacy.keep(service, "S-1", "phone", PHONE, OFFICER)
    assert committed(service) == [ValueCommitted("S-1", "phone", kept.digest)]
    assert service.ledger.history(ERASURE.stream(subject_key("S-1")))[0].seq == kept.seq
    rows = b"".join(row.entry for row in service.ledger.rows(0, service.ledger.size()))
    assert PHONE.encode() not in rows
    assert kept.disclosure.encode() not in rows
    assert privacy.unbound(service) == []


def test_an_erased_subject_is_gone_from_the_vault_and_stays_in_the_log(service, tmp_path):
    privacy.keep(service, "S-1", "name", NAME, OFFICER)
    kept = privacy.keep(service, "S-1", "phone", PHONE, OFFICER)
    root, size = service.ledger.tree.root(), service.ledger.size()
    proof = service.ledger.tree.inclusion(kept.seq, size)
    found = privacy.erase(service, "S-1", "art. 17", OFFICER, **PEOPLE)
    assert found.fields == found.destroyed == ("name", "phone")
    assert committed(service)[-1] == SubjectErased("S-1", found.fields, found.seqs, "art. 17", *PEOPLE.values())
    assert [service.ledger.history(ERASURE.stream(subject_key("S-1")))[at].seq for at in (0, 1)] == [*found.seqs]
    with service.desk.reading() as desk, pytest.raises(ValueUnknown):
        Vault(service.desk).find(desk, "S-1", "phone")
    assert files_with(tmp_path, kept.disclosure.encode()) == []
    assert service.ledger.tree.root(size) == root
    assert service.ledger.tree.inclusion(kept.seq, size) == proof
    service.catch_up()
    assert service.views.verify(service.ledger) == []


def test_an_erasure_is_recorded_once_and_finished_as_often_as_needed(service):
    privacy.keep(service, "S-1", "name", NAME, OFFICER)
    first = privacy.erase(service, "S-1", "art. 17", OFFICER, **PEOPLE)
    again = privacy.erase(service, "S-1", "art. 17", OFFICER, **PEOPLE)
    assert (again.seqs, again.fields, again.destroyed) == (first.seqs, first.fields, ())
    assert len(committed(service)) == 2


def test_nothing_can_be_kept_of_a_subject_after_its_erasure(service):
    privacy.keep(service, "S-1", "name", NAME, OFFICER)
    privacy.erase(service, "S-1", "art. 17", OFFICER, **PEOPLE)
    with pytest.raises(SubjectErasedAlready):
        privacy.keep(service, "S-1", "name", NAME, OFFICER)
    with service.desk.reading() as desk, pytest.raises(ValueUnknown):
        Vault(service.desk).find(desk, "S-1", "name")


def test_what_is_kept_while_its_subject_is_erased_is_gone_too(service):
    key = subject_key("S-9")
    with ThreadPoolExecutor(1) as pool:
        with service.desk.writing():  # Nobody else writes at the desk: neither the value, nor its destruction.
            keeping = pool.submit(privacy.keep, service, "S-9", "name", NAME, OFFICER)
            while not (committed := service.ledger.history(ERASURE.stream(key))):
                sleep(0.01)
            order = EraseSubject("S-9", (committed[0].seq,), "art. 17", **PEOPLE)
            service.execute(application.erase_subject, order, OFFICER)
        with pytest.raises(SubjectErasedAlready):
            keeping.result(30)
    with service.desk.reading() as desk, pytest.raises(ValueUnknown):
        Vault(service.desk).find(desk, "S-9", "name")
    assert privacy.resurrected(service) == []


def test_nobody_erases_alone_and_nothing_happens_when_one_tries(service):
    privacy.keep(service, "S-1", "name", NAME, OFFICER)
    for other in ("officer:wang", "finance:Wang"):
        with pytest.raises(ErasureNotIndependent):
            privacy.erase(service, "S-1", "art. 17", OFFICER, proposed_by=other, approved_by="officer:wang")
    assert len(committed(service)) == 1
    with service.desk.reading() as desk:
        assert Vault(service.desk).find(desk, "S-1", "name").value == NAME


def test_an_erasure_that_was_ordered_before_the_last_commitment_is_ordered_again(service):
    privacy.keep(service, "S-1", "name", NAME, OFFICER)
    command = EraseSubject("S-1", (), "art. 17", *PEOPLE.values())
    with pytest.raises(SubjectChanged):
        service.execute(application.erase_subject, command, OFFICER)


def test_a_subject_has_a_hundred_values_at_most(service):
    for number in range(MOST_VALUES):
        service.execute(application.commit_value, CommitValue("S-1", f"f{number}", "x" * 43), OFFICER)
    with pytest.raises(TooManyValues):
        service.execute(application.commit_value, CommitValue("S-1", "more", "x" * 43), OFFICER)
    service.execute(application.commit_value, CommitValue("S-1", "f1", "y" * 43), OFFICER)


def test_what_a_bank_writes_and_what_is_sent_to_it_is_sealed(tmp_path):
    desk = Desk(f"sqlite:{tmp_path / 'desk.sqlite'}", tmp_path / KEY_FILE)
    copies.keep(desk, "d" * 64, NAME.encode())
    line = Line("/", "credit", 100, "CNY", "2026-02-02", text=f"from {NAME}", party=NAME)
    command = SimpleNamespace(bank_account="main", line_id="L-1")
    notes.keep(desk, [(command, line)], [SimpleNamespace(answer={"status": "open"})])
    assert copies.copy_of(desk, "d" * 64) == NAME.encode()
    assert notes.notes_of(desk, "main", ["L-1", "L-2"]) == {"L-1": {"text": f"from {NAME}", "party": NAME, "names": ""}}
    assert files_with(tmp_path, NAME.encode()) == []
    notes.forget(desk, "main", "L-1")
    assert notes.notes_of(desk, "main", ["L-1"]) == {}
    desk.close()


def test_a_backup_holds_no_key_of_the_vault_and_what_it_brings_back_is_found_and_erased_again(tmp_path):
    with an_installation(tmp_path / "data") as service:
        privacy.keep(service, "S-1", "name", NAME, OFFICER)
        key = (tmp_path / "data" / KEY_FILE).read_bytes()
        make_backup(service, tmp_path / "old.backup")
        privacy.erase(service, "S-1", "art. 17", OFFICER, **PEOPLE)
        make_backup(service, tmp_path / "new.backup")
    for name in ("old", "new"):
        restore(tmp_path / f"{name}.backup", tmp_path / name, {})
        assert not (tmp_path / name / KEY_FILE).exists()
        assert files_with(tmp_path / name, key) == files_with(tmp_path / name, NAME.encode()) == []
    with frozen(), Service(Settings(tmp_path / "old")) as restored:
        with restored.desk.reading() as desk, pytest.raises(VaultKeyMissing):
            Vault(restored.desk).find(desk, "S-1", "name")
        (tmp_path / "old" / KEY_FILE).write_bytes(key)
        with restored.desk.reading() as desk:
            assert Vault(restored.desk).find(desk, "S-1", "name").value == NAME
        assert privacy.resurrected(restored) == []  # This log does not know of the erasure yet.
        privacy.erase(restored, "S-1", "art. 17", OFFICER, **PEOPLE)
        with restored.desk.writing() as desk:
            Vault(restored.desk).keep(desk, "S-1", "name", NAME, UNBOUND)
        assert privacy.resurrected(restored) == ["S-1"]
        assert privacy.erase(restored, "S-1", "art. 17", OFFICER, **PEOPLE).destroyed == ("name",)
        assert privacy.resurrected(restored) == []
        [finding] = look_at_vault(restored)
        assert (finding.state, finding.check) == ("ok", "vault")


def test_the_doctor_finds_a_key_that_is_missing_and_subjects_that_came_back(service):
    assert [each.state for each in look_at_vault(service)] == ["ok"]
    privacy.keep(service, "S-1", "name", NAME, OFFICER)
    key = service.desk.key_file.read_bytes()
    service.desk.key_file.unlink()
    [finding] = look_at_vault(service)
    assert (finding.state, "its key is not there" in finding.what) == ("fail", True)
    service.desk.key_file.write_bytes(key)
    privacy.erase(service, "S-1", "art. 17", OFFICER, **PEOPLE)
    with service.desk.writing() as desk:
        Vault(service.desk).keep(desk, "S-1", "name", NAME)
    [finding] = look_at_vault(service)
    assert (finding.state, "S-1" in finding.what) == ("fail", True)
