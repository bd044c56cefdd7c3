"""Bundles at the console: made in an installation, checked in an empty folder."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.service.console import Console, an_entitled_firm


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Console:
    return an_entitled_firm(tmp_path_factory.mktemp("office"))[0]


def export(office: Console, target: Path, *more: str):
    words = ("--purpose", "annual audit", "--recipient", "audit office")
    return office.ask("audit", "export", str(target), *words, *more)


@pytest.fixture(scope="module")
def bundle(office, tmp_path_factory) -> Path:
    """A folder with a bundle and the trust file that came another way."""
    folder = tmp_path_factory.mktemp("auditor")
    export(office, folder / "bundle")
    (folder / "trust.policy").write_text(office.tell("audit", "trust"))
    return folder


def test_a_bundle_is_checked_where_nothing_else_is(bundle):
    answer = Console(bundle).ask("audit", "verify", "bundle", "--trust", "trust.policy", "--tables")
    assert (answer["ok"], answer["proofs_hold"], answer["verdict"]) == (True, True, "Everything fits.")
    assert [line.split(":")[0] for line in answer["good"]] == [
        "signatures", "engine", "manifest", "tree", "order", "balances", "tables", "forms",
    ]  # fmt: skip
    assert sorted(path.name for path in bundle.iterdir()) == ["bundle", "trust.policy"]


def test_what_is_said_after_an_export_checks_it_also_out_of_a_packed_one(office, tmp_path):
    if shutil.which("unzip") is None:
        pytest.skip("there is no unzip here")
    (tmp_path / "trust.policy").write_text(office.tell("audit", "trust"))
    words = ("--purpose", "annual audit", "--recipient", "audit office", "--format", "sqlite")
    told = office.tell("audit", "export", str(tmp_path / "b.zip"), *words)
    typed = " ".join(told.partition("check it")[2].split()).replace(f"unzip {tmp_path}", f"unzip -q {tmp_path}")
    ran = subprocess.run(["/bin/sh", "-c", typed], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.endswith("Everything fits.\n")


def test_the_readme_tells_whose_it_is_and_how_to_check_it(bundle):
    text = (bundle / "bundle" / "README.txt").read_text(encoding="utf-8")
    page = (bundle / "bundle" / "README.html").read_text(encoding="utf-8")
    for words in ("for: audit office. Purpose: annual audit.", "python3 verify.py . --trust ../trust.policy"):
        assert words in text
        assert words in page
    assert "http://" not in page
    assert "https://" not in page


def test_a_changed_record_is_named_with_exit_code_4(bundle):
    lines = (bundle / "bundle" / "events.jsonl").read_bytes().splitlines(keepends=True)
    changed = [*lines[:4], lines[4].replace(b"2026", b"2025", 1), *lines[5:]]
    try:
        (bundle / "bundle" / "events.jsonl").write_bytes(b"".join(changed))
        told = Console(bundle).tell("audit", "verify", "bundle", "--trust", "trust.policy", code=4)
    finally:
        (bundle / "bundle" / "events.jsonl").write_bytes(b"".join(lines))
    assert "The first bad record is 4 (line 5 of events.jsonl): it is not the entry that was signed" in told


def test_what_is_missing_is_said(bundle, office):
    auditor = Console(bundle)
    assert auditor.refused("audit", "verify", "nothing", "--trust", "trust.policy") == "bundle-missing"
    (bundle / "words").write_text("trust me\n")
    assert auditor.refused("audit", "verify", "bundle", "--trust", "words", code=2) == "trust-file-unusable"
    (bundle / "words").unlink()
    words = ("--purpose", "audit", "--recipient", "office")
    assert office.refused("audit", "export", str(bundle / "bundle"), *words) == "bundle-exists"
    assert office.refused("audit", "export", "x", *words, "--as", "finance:qian") == "role-not-fitting"


def test_a_zip_is_as_good_as_a_folder(office, bundle):
    made = export(office, bundle / "more.zip", "--format", "sqlite")
    kept = ("--previous", "bundle")
    answer = Console(bundle).ask("audit", "verify", "more.zip", "--trust", "trust.policy", "--tables", *kept)
    (bundle / "more.zip").unlink()
    assert (answer["ok"], made["files"] > 70) == (True, True)
    log = office.ask("log", "show", "--limit", "1000")
    assert "bundle.BundleExported" in str(log)


def test_a_value_is_disclosed_by_name_and_on_a_basis(office, tmp_path):
    (tmp_path / "phone").write_text("+86 21 5555 0199")
    kept = office.ask("audit", "vault", "keep", "S-1", "phone", "--file", str(tmp_path / "phone"))
    more = ("--format", "sqlite", "--disclose", "S-1", "phone")
    words = ("--purpose", "annual audit", "--recipient", "audit office")
    target = str(tmp_path / "bundle")
    assert office.refused("audit", "export", target, *words, *more, code=2) == "disclosure-unfounded"
    made = export(office, tmp_path / "bundle", *more, "--basis", "article 32", "--replayed")
    assert (made["disclosed"], len(made["transcript_sha256"])) == (1, 64)
    [line] = (tmp_path / "bundle" / "disclosures.jsonl").read_text().splitlines()
    assert f'"seq": {kept["seq"]}, "subject": "S-1", "field": "phone", "basis": "article 32"' in line
    shown = office.ask("log", "show", "--limit", "1000")
    assert "bundle.ValuesDisclosed" in str(shown)
    assert "5555" not in str(shown)
