"""Bundles as they are made and as they are believed: forms, forgeries by who holds the key, witnesses, receipts."""

import csv
import json
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import frictionless
import openpyxl
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.audit.bundle import verify
from service.audit.bundle.exporting import BundleExists, NothingToExport, Wanted, export_bundle
from service.audit.bundle.writing import in_workbook
from service.audit.redactions import redact
from service.audit.signing import Signer
from service.audit.tables import BY_NAME, TABLES
from service.wiring import Service
from tests.audit.bundles import OFFICER, World, a_world
from tests.audit.signing_worlds import an_installation, happen
from tests.audit.vectors import read
from vouchers import application
from vouchers.audit import COSIGNATURE, ML_DSA_44, TlogProof, parse_note
from vouchers.kinds import BUNDLE
from vouchers.source.decisions import ReportOutage

PYTHONS = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python"))
FORMS = ("sqlite", "xlsx", "parquet")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> World:
    return a_world(tmp_path_factory.mktemp("world"), formats=FORMS)


@pytest.fixture
def world(made, tmp_path) -> World:
    return made.copy(tmp_path / "bundle")


def rows_of(world: World, table: str) -> list[dict]:
    with (world.folder / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# How it is made


def test_an_export_is_on_record_with_its_manifest(made):
    with Service(an_installation(made.trust.parent / "data")) as service:
        digest = verify.HASH((made.folder / "MANIFEST.sha256").read_bytes()).hexdigest()
        [event] = service.ledger.state(BUNDLE, digest).exported
    assert (event.size, event.purpose, event.recipient) == (made.size, "annual audit", "audit office")
    assert event.formats == ("csv", "parquet", "sqlite", "xlsx")


def test_nothing_is_overwritten_and_an_empty_log_is_no_bundle(tmp_path):
    with Service(an_installation(tmp_path / "data")) as service:
        with pytest.raises(NothingToExport):
            export_bundle(service, Wanted(tmp_path / "bundle", (), "audit", "office"), OFFICER)
        happen(service)
        (tmp_path / "bundle").mkdir()
        with pytest.raises(BundleExists):
            export_bundle(service, Wanted(tmp_path / "bundle", (), "audit", "office"), OFFICER)
        assert service.ledger.size() == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "data"]


def test_a_second_bundle_of_the_same_log_says_the_same_in_every_table(tmp_path):
    with Service(an_installation(tmp_path / "data")) as service:
        happen(service, 3)
        for name in ("one", "two.zip"):
            export_bundle(service, Wanted(tmp_path / name, ("sqlite",), "audit", "office"), OFFICER)
        trust = tmp_path / "trust"
        trust.write_text(f"log {service.checkpoints.keys.current.vkey}\nquorum none\n")
    worlds = [World(tmp_path / name, trust, trust, None, 0) for name in ("one", "two.zip")]
    assert [each.verdict(tables=True) for each in worlds] == [(0, "Everything fits.")] * 2


def test_a_log_of_several_tiles_is_believed_and_its_upper_tiles_are_looked_at(tmp_path):
    world = a_world(tmp_path, formats=(), more=530)
    assert world.verdict(previous=world.previous) == (0, "Everything fits.")
    [upper] = (world.folder / "tile" / "1").rglob("2")
    upper.write_bytes(bytes(64))
    assert any("tiles of level 1" in text for _, _, text in world.check().problems)
    lines = world.lines()
    world.write([*lines[:300], lines[300].replace(b"officer:li", b"officer:lu"), *lines[301:]])
    assert world.verdict()[1].startswith("The first bad record is 300 ")


# Its forms


def test_all_forms_have_the_same_control_totals(made):
    sheets = openpyxl.load_workbook(made.folder / "summary.xlsx", read_only=True)
    with closing(sqlite3.connect(made.folder / "audit.sqlite")) as database:
        for table in TABLES:
            rows = rows_of(made, table.name)
            for column in [column for column in table.columns if column.kind in ("amount", "integer")]:
                name = column.name
                expected = (len(rows), sum(int(row[name] or 0) for row in rows))
                stored = f"SELECT COUNT(*), COALESCE(SUM({name}), 0) FROM {table.name}"
                assert database.execute(stored).fetchone() == expected
                cells = pq.read_table(made.folder / "tables" / f"{table.name}.parquet")[name].to_pylist()
                assert (len(cells), sum(cell or 0 for cell in cells)) == expected
                if in_workbook(table) and rows:
                    place = table.names.index(name) + 1
                    [*found] = sheets[table.name].iter_rows(min_row=2, min_col=place, max_col=place, values_only=True)
                    assert (len(found), sum(cell or 0 for (cell,) in found)) == expected
    sheets.close()


def test_a_text_of_the_workbook_is_never_a_formula(tmp_path):
    with Service(an_installation(tmp_path / "data")) as service:
        happen(service)
        wanted = Wanted(tmp_path / "bundle", ("xlsx",), "audit", "office")
        service.execute(*outage("=1+1"), OFFICER)
        export_bundle(service, wanted, OFFICER)
    sheet = openpyxl.load_workbook(tmp_path / "bundle" / "summary.xlsx")["sources"]
    cell = sheet.cell(2, BY_NAME["sources"].names.index("reason") + 1)
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_reader_of_data_packages_finds_every_table_valid(world):
    package = json.loads((world.folder / "datapackage.json").read_text())
    package["resources"] = [each for each in package["resources"] if each.get("type") == "table"]
    filled = {each["name"] for each in package["resources"] if rows_of(world, each["name"])}
    kept = [each for each in package["resources"] if each["name"] in filled]
    report = frictionless.Package.from_descriptor({**package, "resources": kept}, basepath=str(world.folder)).validate()
    assert report.valid, report.flatten(["name", "type", "message"])[:3]
    orders = world.folder / "tables" / "orders.csv"
    orders.write_bytes(orders.read_bytes().replace(b",CNY,", b",CNY,x", 1))
    resource = frictionless.Resource.from_descriptor(
        next(each for each in kept if each["name"] == "orders"), basepath=str(world.folder)
    )
    assert not resource.validate().valid


def test_another_form_that_says_something_else_is_found(world):
    with closing(sqlite3.connect(world.folder / "audit.sqlite")) as database:
        database.execute("UPDATE movements SET amount = amount + 1 WHERE event = 'voucher.Paid'")
        database.commit()
    world.sign_again()
    assert world.verdict() == (0, "Everything fits.")
    code, text = world.verdict(tables=True)
    assert (code, text.startswith(f"The first bad record is {world.find('voucher.Paid')} ")) == (1, True)
    assert text.endswith("its row of movements in audit.sqlite is not that of the CSV.")


def test_a_table_that_does_not_follow_from_the_log_is_found_though_the_log_signed_it(world):
    path = world.folder / "tables" / "payments.csv"
    path.write_bytes(path.read_bytes().replace(b"5000.00", b"6000.00"))
    world.sign_again()
    code, text = world.verdict(tables=True)
    assert (code, f"record is {world.find('order.Paid')} " in text, "tables/payments.csv" in text) == (1, True, True)


# What who holds the log's key may try


def set_field(topic: str, name: str, value):
    def change(entries: list[dict]) -> None:
        entry = next(each for each in entries if each["type"] == topic)
        (entry["data"] if name in entry["data"] else entry)[name] = value

    return change


FORGERIES = {
    "more is paid than was claimed": ("voucher.Paid", "amount", 900_000_00, "out of claimed"),
    "the voucher was worth less": ("voucher.Issued", "face", 1_000_00, "out of available"),
    "the order says less than its voucher": ("order.Paid", "amount", 1, "more paid than the order says"),
    "the claim says less than its voucher": ("order.RedemptionRequested", "amount", 1, "more claimed"),
    "less is demanded back than was": ("order.ClawbackOrdered", "amount", 1, "more clawed back"),
    "the budget keeps more": ("budget.Committed", "committed", 0, "after it, and the entry says"),
    "the ceiling keeps more": ("cap.Counted", "total", 0, "after it, and the entry says"),
    "it was recorded earlier": ("voucher.Paid", "rec", "2020-01-01T00:00:00.000000Z", "before the entry in front"),
    "a stream has lost an entry": ("voucher.Paid", "ver", 99, "is due"),
    "it has another number": ("voucher.Paid", "seq", 3, "says that it is entry 3"),
    "the policy is another one": ("programme.PolicyAdopted", "document", "{}", "another SHA-256"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_that_was_signed_and_sealed_still_does_not_add_up(world, forgery):
    topic, name, value, words = FORGERIES[forgery]
    world.forge(set_field(topic, name, value))
    found = world.check()
    assert found.verdict()[0] == (2 if topic == "programme.PolicyAdopted" else 1)
    assert any(words in text for _, _, text in found.problems), found.problems
    assert "The first bad record is" in found.verdict()[1]


@pytest.mark.parametrize("spelling", [b'{"actor":"officer:wu",', b"{ "])
def test_an_entry_that_two_readers_could_read_in_two_ways_is_found_though_it_was_signed(world, spelling):
    lines = world.lines()
    world.rewrite([*lines[:9], spelling + lines[9][1:], *lines[10:]])
    code, text = world.verdict()
    assert (code, text.startswith("The first bad record is 9 (line 10 of events.jsonl)")) == (1, True)
    assert text.endswith("it is not written in the one way that others read alike (RFC 8785).")


def test_a_forgery_that_adds_up_is_caught_by_the_checkpoint_that_an_auditor_kept(world):
    world.forge(set_field("provider.Admitted", "name", "Another lab"))
    assert world.verdict() == (0, "Everything fits.")
    code, text = world.verdict(previous=world.previous)
    assert (code, text.startswith("the checkpoint that you hold states another root for the first 69")) == (2, True)


def test_a_log_that_was_cut_is_caught_by_the_checkpoint_that_an_auditor_kept(world):
    world.forge(lambda entries: entries.__delitem__(slice(60, None)))
    assert world.verdict(previous=world.previous)[0] == 2
    assert "The log has 60 entries, and the checkpoint that you hold is over 69." in [
        text for _, _, text in world.check(previous=world.previous).problems
    ]


def test_the_bundle_that_an_auditor_kept_names_the_first_entry_that_is_another_one(made, world):
    kept = str(made.folder)
    found = world.check(previous=made.folder)
    assert found.verdict() == (0, "Everything fits.")
    world.forge(set_field("provider.Admitted", "name", "Another lab"))
    code, text = world.verdict(previous=kept)
    record = world.find("provider.Admitted")
    assert (code, text.startswith(f"The first bad record is {record} (line {record + 1} of events.jsonl)")) == (2, True)
    assert text.endswith("from this one on they are not those that you hold.")


# Witnesses


def test_a_quorum_of_witnesses_is_asked_for(world):
    path, text = world.folder / "checkpoint", parse_note((world.folder / "checkpoint").read_bytes()).text
    office, ministry = Signer.new("office.example/w1", COSIGNATURE), Signer.new("ministry.example/w1", COSIGNATURE)
    world.trust = world.folder.parent / "trust"
    log = f"log {world.signer.vkey}\n"
    both = (
        f"witness office {office.vkey}\nwitness ministry {ministry.vkey}\ngroup two all office ministry\nquorum two\n"
    )
    world.trust.write_text(log + both)
    assert "did not cosign" in world.verdict()[1]
    path.write_bytes(parse_note(path.read_bytes()).with_signatures(office.sign(text, 1_780_000_000)).content)
    assert "did not cosign" in world.verdict()[1]
    world.trust.write_text(log + both.replace(" all ", " any "))
    assert "did not cosign" not in world.verdict()[1]  # Only the manifest does not know this checkpoint file.
    path.write_bytes(path.read_bytes().replace(b"office.example/w1 ", b"ministry.example/w1 "))
    assert "did not cosign" in world.verdict()[1]


def test_a_cosignature_of_the_new_kind_counts_where_it_can_be_checked(world):
    path, text = world.folder / "checkpoint", parse_note((world.folder / "checkpoint").read_bytes()).text
    office = Signer.new("office.example/pq1", ML_DSA_44)
    world.trust = world.folder.parent / "trust"
    world.trust.write_text(f"log {world.signer.vkey}\nwitness office {office.vkey}\nquorum office\n")
    path.write_bytes(parse_note(path.read_bytes()).with_signatures(office.sign(text, 1_780_000_000)).content)
    alone = verify.run(verify.read_arguments([str(world.folder), "--trust", str(world.trust)]),
                       verify.Trust(world.trust.read_text()))  # fmt: skip
    assert "1 ML-DSA signatures cannot be checked here" in alone.verdict()[1]
    assert "cosigned by office" in world.check().good[0]


# The program for itself


def test_its_ed25519_is_that_of_the_rfc_and_of_the_library():
    for case in read("notes-and-keys/rfc8032_ed25519.json")["vectors"]:
        public, message, signature = (bytes.fromhex(case[name]) for name in ("pub", "msg", "sig"))
        assert verify.ed25519(public, message, signature)
        assert not verify.ed25519(public, message + b"x", signature)
    draw = random.Random(7)
    for _ in range(10):
        key = Ed25519PrivateKey.from_private_bytes(draw.randbytes(32))
        public, message = key.public_key().public_bytes_raw(), draw.randbytes(50)
        signature = key.sign(message)
        assert verify.ed25519(public, message, signature)
        bit = draw.randrange(512)
        changed = bytearray(signature)
        changed[bit // 8] ^= 1 << bit % 8
        assert not verify.ed25519(public, message, bytes(changed))
        more = int.from_bytes(signature[32:], "little") + verify.ORDER
        assert not verify.ed25519(public, message, signature[:32] + more.to_bytes(32, "little"))


@pytest.mark.parametrize("python", [*PYTHONS, Path(sys.executable)], ids=lambda path: path.parts[-3])
def test_it_runs_alone_on_every_python_from_3_8_on(made, python, tmp_path):
    version = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, check=True
    )
    if tuple(map(int, version.stdout.split())) < (3, 8):
        pytest.skip("this Python is older than 3.8")
    shutil.copy(made.folder / "verify.py", tmp_path)
    run = [
        python,
        "-I",
        tmp_path / "verify.py",
        made.folder,
        "--trust",
        made.trust,
        "--tables",
        "--previous",
        made.previous,
    ]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, "Everything fits.", "")


def test_its_exit_codes(made, capsys):
    bundle, trust = str(made.folder), str(made.trust)
    assert verify.main([bundle, "--trust", trust, "--tree"]) == 0
    assert verify.main([bundle, "--trust", trust + ".none"]) == 3
    assert verify.main([bundle]) == 3
    assert verify.main([str(made.trust.parent), "--trust", trust]) == 2
    assert verify.main([bundle, "--trust", str(made.previous)]) == 3
    assert capsys.readouterr().out.count("Everything fits.\n") == 1


def test_a_receipt_is_checked_by_the_same_file(tmp_path, capsys):
    with Service(an_installation(tmp_path / "data")) as service:
        happen(service, 5)
        signed = service.checkpoints.sign_if_grown()
        proof, entry = tmp_path / "seq3.tlog-proof", tmp_path / "seq3.json"
        proof.write_bytes(TlogProof(3, tuple(service.ledger.tree.inclusion(3, 5)), signed.note).content)
        entry.write_bytes(service.ledger.rows(3, 4)[0].entry + b"\n")
        trust = tmp_path / "trust"
        trust.write_text(f"log {service.checkpoints.keys.current.vkey}\nquorum none\n")
    asked = ["--receipt", str(proof), "--entry", str(entry), "--trust", str(trust)]
    assert verify.main(asked) == 0
    assert "receipt: entry 3 of vouchers.invalid/log-" in capsys.readouterr().out
    entry.write_bytes(entry.read_bytes().replace(b"officer:li", b"officer:lu"))
    assert verify.main(asked) == 2


# Redactions


def test_a_redacted_entry_is_listed_and_everything_else_still_fits(tmp_path):
    with Service(an_installation(tmp_path / "data")) as service:
        happen(service, 2)
        service.execute(*outage("Mrs Li is ill"), OFFICER)
        words = {"authority": "data protection office", "basis": "article 17", "proposed_by": "officer:wang",
                 "approved_by": OFFICER.actor}  # fmt: skip
        redact(service, 2, ("/data/reason",), OFFICER, **words)
        export_bundle(service, Wanted(tmp_path / "bundle", ("sqlite",), "audit", "office"), OFFICER)
        trust = tmp_path / "trust"
        trust.write_text(f"log {service.checkpoints.keys.current.vkey}\nquorum none\n")
    world = World(tmp_path / "bundle", trust, trust, None, 0)
    found = world.check(tables=True)
    assert found.verdict() == (0, "Everything fits.")
    assert "redacted by order: record 2" in found.good
    assert all(b"Mrs Li" not in path.read_bytes() for path in world.folder.rglob("*") if path.is_file())


def outage(reason: str):
    return application.report_outage, ReportOutage("company-register", "2026-03-02", reason)


# Ceilings over rolling months


def counted(event: str, on: str, since: str, amount: int, total: int, count: int, **more) -> dict:
    data = {"order_id": "O-1", "on": on, "since": since, "amount": amount, "total": total, "count": count, **more}
    return {"agg": "window/enterprise/E/rolling-6", "type": f"window.{event}", "data": data, "rec": "2026"}


@pytest.mark.parametrize(("total", "count", "right"), [(30, 1, True), (130, 1, False), (30, 2, False)])
def test_what_has_rolled_out_of_a_ceiling_counts_no_more(made, total, count, right):
    entries = [
        counted("Counted", "2026-01-05", "2025-07-05", 100, 100, 1),
        counted("Counted", "2026-07-10", "2026-01-10", 50, 50, 1),
        counted("Uncounted", "2026-07-10", "2026-01-10", 20, total, count, orders=0),
    ]
    found = verify.Findings()
    books = verify.Books(verify.Files(str(made.folder)), found)
    for number, entry in enumerate(entries):
        books.take(number, entry | {"seq": number, "ver": number + 1})
    assert (found.problems == []) is right
