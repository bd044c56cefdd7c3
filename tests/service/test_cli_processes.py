"""The program as a process of its own: killed, interrupted, piped, started quickly."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.service.console import FIRMS, ROOT, Console, an_office
from vouchers.identifiers import make_credit_code

ROWS = 4_000
PATIENCE = 60  # seconds


def a_registry_file(console: Console, rows: int = ROWS) -> str:
    """Many firms of Pudong."""
    header, row = FIRMS.splitlines()
    lines = [row.format(code=make_credit_code("9", "1", "310115", number), tier="B") for number in range(rows)]
    return console.write("firms.csv", "\n".join([header, *lines, ""]))


def entries(console: Console) -> int:
    """The size of the log, asked from outside of the program."""
    with sqlite3.connect(f"file:{console.folder}/vouchers-data/log.sqlite?mode=ro", uri=True, timeout=30) as log:
        count: int = log.execute("SELECT count(*) FROM stored_events").fetchone()[0]
    log.close()
    return count


IMPORT = ("registry", "import", "firms.csv", "--as-of", "2025-12-31", "--on", "2026-01-02", "--entitle", "SH-STIV")


def stopped(console: Console, number: int, more: int) -> int:
    """Start an import, stop it with a signal once it has recorded something more, and return its exit code."""
    before = entries(console)
    # What was started in the background may have to ignore an interruption; whoever types it does not.
    process = console.spawn(
        *IMPORT, start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
    )
    patience = time.monotonic() + PATIENCE
    while entries(console) < before + more and process.poll() is None and time.monotonic() < patience:
        time.sleep(0.005)
    os.killpg(process.pid, number)
    _, told = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in told, told
    return process.returncode


def test_an_import_killed_three_times_and_run_again_records_everything_once(tmp_path):
    console = an_office(tmp_path)
    a_registry_file(console)
    codes = [stopped(console, signal.SIGKILL, more) for more in (1, 2_500, 2_500)]
    assert -signal.SIGKILL in codes
    report = console.ask(*IMPORT)
    assert report["rows"] == ROWS
    assert report["recorded"] + report["unchanged"] == ROWS
    assert report["recorded"] < ROWS
    programme = console.ask("programme", "show", "SH-STIV")
    assert programme["decisions"] == {"granted": ROWS}
    assert (programme["total"]["vouchers"], programme["total"]["entitled"]) == (ROWS, ROWS * 30_000_000)
    size = entries(console)
    again = console.ask(*IMPORT)
    assert (again["recorded"], again["unchanged"], entries(console)) == (0, ROWS, size)
    assert console.ask("views", "verify")["differences"] == []


def test_an_interrupted_import_ends_with_130_and_goes_on_when_it_is_run_again(tmp_path):
    console = an_office(tmp_path)
    rows = 3 * ROWS  # So many that a busy machine does not read them all before it looks again.
    a_registry_file(console, rows)
    assert stopped(console, signal.SIGINT, 1) == 130
    report = console.ask(*IMPORT)
    assert 0 < report["unchanged"] < rows
    assert report["recorded"] + report["unchanged"] == rows


def test_help_comes_quickly():
    command = [sys.executable, "-X", "importtime", "-m", "service", "--help"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert not loaded & {"sqlalchemy", "flask", "eventsourcing", "marshmallow", "rich", "granian"}


def test_a_reader_that_has_seen_enough_ends_no_command_with_a_traceback(tmp_path):
    console = an_office(tmp_path)
    process = console.spawn("log", "export")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(1)
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(timeout=PATIENCE)


def test_a_terminal_without_chinese_shows_question_marks_and_no_traceback(tmp_path):
    console = an_office(tmp_path)
    console.write("firms.csv", FIRMS.format(code="91310115MA1TE5T0X4", tier="B"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "service", "registry", "import", "firms.csv", "--as-of", "2025-12-31"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=PATIENCE, check=False)
    assert run.returncode == 3
    assert b"?" in run.stdout
    assert b"Traceback" not in run.stderr


@pytest.mark.parametrize("typed", [b"\xff", b"V-\xff"])
def test_bytes_that_are_no_text_are_wrong_usage(tmp_path: Path, typed):
    console = an_office(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [sys.executable.encode(), b"-m", b"service", b"balance", typed]
    run = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, timeout=PATIENCE, check=False)
    assert (run.returncode, b"Traceback" in run.stderr) == (2, False), run.stderr
    for command in (("balance",), ("key", "create", "officer"), ("history",), ("order", "show"), ("replay", "--as-of")):
        assert console.run(*command, os.fsdecode(typed)).exit_code == 2, command
