"""Data of a person is kept, bundled, erased and redacted, and whatever was proven before still holds."""

import psycopg

from service.audit import privacy
from service.audit.bundle.checking import Asked, check
from service.audit.bundle.exporting import Wanted, export_bundle
from service.audit.receipts import check_receipt, make_receipt, parse_receipt
from service.audit.redactions import redact
from service.audit.replaying.parts import replay
from tests.audit.private import OFFICER, PEOPLE, an_installation, files_with, trusting
from tests.examples import YUAN, voucher_of
from tests.town import Town
from vouchers import application
from vouchers.application.vouchering import ReturnValue

NAME, SECRET = "Wang Xiaoming", "she is ill and cannot go on"


def bundled(service, folder):
    """A bundle of the log as it is now."""
    export_bundle(service, Wanted(folder, ("sqlite",), "audit of 2026", "audit office"), OFFICER)
    return folder


def test_after_an_erasure_and_a_redaction_everything_that_was_proven_is_proven_still(tmp_path):
    with an_installation(tmp_path / "data") as service:
        town = Town(service.ledger, on="2026-02-02", seed=service.seed)
        town.paid()
        kept = privacy.keep(service, "S-1", "contact", NAME, OFFICER, on="2026-02-02")
        seq = service.ledger.size()
        town.do(application.return_value, ReturnValue(voucher_of(), 100 * YUAN, SECRET))
        trust = trusting(service, tmp_path)
        before = bundled(service, tmp_path / "before")
        receipt = make_receipt(service, seq).content
        assert files_with(before, SECRET.encode())
        assert not files_with(before, NAME.encode())

        privacy.erase(service, "S-1", "art. 17", OFFICER, **PEOPLE, on="2026-02-03")
        redact(service, seq, ("/data/reason",), OFFICER, authority="DPO", basis="art. 17", on="2026-02-03", **PEOPLE)
        town.go("2026-02-04").order("O-2")
        after = bundled(service, tmp_path / "after")

        assert files_with(tmp_path / "data", SECRET.encode()) == files_with(after, SECRET.encode()) == []
        for secret in (NAME.encode(), kept.disclosure.encode()):
            assert files_with(tmp_path / "data", secret) == files_with(after, secret) == []
        asked = Asked(str(after), tmp_path / "trust.policy", previous=before / "checkpoint", tables=True)
        found = check(asked)
        assert found.verdict() == (0, "Everything fits.")
        assert f"redacted by order: record {seq}" in found.good
        assert check(Asked(str(before), tmp_path / "trust.policy")).verdict() == (0, "Everything fits.")
        check_receipt(parse_receipt(receipt), trust)
    judged = replay(f"sqlite:{tmp_path / 'data' / 'log.sqlite'}", processes=1)
    assert (judged.differing, judged.redacted > 0) == (0, True)


def test_on_a_server_what_is_forgotten_is_only_in_the_write_ahead_files_until_they_are_recycled(
    postgres, postgres_url, tmp_path
):
    stores = {name: f"{postgres_url}&schema={name}" for name in ("log", "views", "desk")}
    with an_installation(tmp_path / "data", **stores) as service:
        seq = service.ledger.size()
        town = Town(service.ledger, on="2026-02-02", seed=service.seed)
        town.do(application.return_value, ReturnValue(voucher_of(), 100 * YUAN, SECRET))
        privacy.keep(service, "S-1", "contact", NAME, OFFICER)
        service.catch_up()
        with service.desk.reading() as desk:
            wrapped = bytes(desk.exec_driver_sql("SELECT wrapped FROM vault_keys").scalar())
        assert kept_in(postgres, postgres_url, SECRET.encode())
        assert kept_in(postgres, postgres_url, wrapped)
        owner = service.settings.log_url
        words = {"authority": "DPO", "basis": "art. 17", "owner": owner, **PEOPLE}
        assert redact(service, seq, ("/data/reason",), OFFICER, **words)
        privacy.erase(service, "S-1", "art. 17", OFFICER, **PEOPLE)
        assert kept_in(postgres, postgres_url, SECRET.encode()) == kept_in(postgres, postgres_url, wrapped) == []


def kept_in(server, url, content):
    """The files of a server's tables that hold some bytes, once all of them are on disk."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    return [name for name in files_with(server.folder, content) if "pg_wal" not in name]
