"""A large registry file is read by a process of its own."""

import os
import signal
from pathlib import Path

import pytest

from service.demo.population import make_enterprises, write_enterprises
from service.registry.feeding import WORTH_IT, ReaderLost, feed
from service.registry.parsing import EncodingUnknown, Source, batches

ROWS = 12_000


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("registry") / "enterprises.csv"
    write_enterprises(path, make_enterprises(ROWS, 1))
    assert path.stat().st_size > WORTH_IT
    return Source(path, "enterprise", as_of_on="2025-12-31")


def readers() -> list[int]:
    """The processes that read for this one."""
    tasks = Path("/proc/self/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text(encoding="utf-8").split()]
    return [child for child in children if b"feeding" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_another_process_reads_what_this_one_would_have_read(large):
    assert list(feed(large)) == list(batches(large))
    assert not readers()


def test_a_refusal_of_the_file_comes_back(large):
    with pytest.raises(EncodingUnknown):
        list(feed(Source(large.path, "enterprise", encoding="latin-1")))


def test_who_needs_no_more_rows_leaves_no_process_behind(large):
    rows = feed(large)
    next(rows)
    rows.close()
    assert not readers()


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor reads by itself")
def test_a_reader_that_is_killed_is_told_of(large):
    rows = feed(large)
    next(rows)
    for reader in readers():
        os.kill(reader, signal.SIGKILL)
    with pytest.raises(ReaderLost):
        list(rows)
