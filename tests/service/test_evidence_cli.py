"""Evidence at the console: put, shown and checked by whoever runs the service."""

import hashlib

import pytest

from tests.service.clients import frozen
from tests.service.console import Console

PDF = b"%PDF-1.7\nan acceptance"
DIGEST = hashlib.sha256(PDF).hexdigest()


@pytest.fixture
def console(tmp_path):
    with frozen():
        console = Console(tmp_path)
        console.tell("init")
        (tmp_path / "acceptance.pdf").write_bytes(PDF)
        (tmp_path / "notes").write_text("received")
        yield console


def test_a_document_is_put_and_shown_with_who_brought_it(console):
    kept = console.ask("evidence", "put", "acceptance.pdf", "--as", "reviewer:zhao")
    assert (kept["digest"], kept["media_type"], kept["size"]) == (DIGEST, "application/pdf", len(PDF))
    again = console.ask("evidence", "put", "acceptance.pdf")
    assert again["digest"] == DIGEST
    shown = console.ask("evidence", "show", DIGEST)
    assert [each["actor"] for each in shown["uploads"]] == ["officer:desk", "reviewer:zhao"]
    assert console.refused("evidence", "show", "0" * 64) == "evidence-unknown"


def test_a_file_that_does_not_say_what_it_is_is_asked_about(console):
    assert console.run("evidence", "put", "notes").exit_code == 2
    assert console.ask("evidence", "put", "notes", "--type", "text/plain")["media_type"] == "text/plain"
    assert console.refused("evidence", "put", "notes", "--type", "image/png") == "content-of-another-type"


def test_a_check_ends_with_its_own_code_where_a_document_is_not_as_it_was(console):
    console.tell("evidence", "put", "acceptance.pdf")
    assert console.ask("evidence", "check")["documents"] == 1
    [file] = console.folder.glob(f"vouchers-data/evidence/*/*/{DIGEST}")
    file.write_bytes(b"another")
    assert console.ask("evidence", "check", code=4)["damaged"] == [DIGEST]
    assert DIGEST in console.tell("evidence", "check", code=4)
    file.unlink()
    assert console.ask("evidence", "check", code=4)["lost"] == [DIGEST]
