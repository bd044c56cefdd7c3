"""A replay is the same for everybody, whatever the machine's clock, chance, place, language and number of cores."""

import hashlib
import json
import os
import subprocess
import sys
from itertools import pairwise
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from msgspec import structs

from service.audit.replaying.parts import replay
from service.audit.replaying.sources import LogNotReadable, open_source
from service.settings import load_settings
from tests.audit.replayed import a_year, entries_of_a_year, first, written
from tests.service.console import ROOT
from vouchers import wire
from vouchers.order import events as order

POISONED = """
import builtins, datetime, locale, os, random, socket, sys, time
from tests.audit.replayed import Kept
from vouchers import wire
from vouchers.application import compiled
from vouchers.redeciding import Past, redecide

lines = open(sys.argv[1], "rb").read().splitlines()
entries = [wire.decode(wire.place_of(line).type, line) for line in lines]
out = sys.stdout
for entry in entries:
    if entry.type == "programme.PolicyAdopted":
        compiled(entry.data)  # Reading a document looks up that its time zone exists; deciding does not.

class Asked(BaseException):
    pass

def poison(*_, **__):
    raise Asked("the engine asked the machine")

class Day(datetime.date):
    today = poison

class Moment(datetime.datetime):
    now = today = utcnow = poison

for module in [each for name, each in sys.modules.items() if name.startswith("vouchers")]:
    for name, value in list(vars(module).items()):
        if value is datetime.date:
            setattr(module, name, Day)
        if value is datetime.datetime:
            setattr(module, name, Moment)
for module in (random, socket, locale, time):
    for name in [each for each in vars(module) if callable(getattr(module, each)) and not each.startswith("_")]:
        setattr(module, name, poison)
for name in ("urandom", "getenv", "open", "stat", "listdir", "getpid", "getcwd"):
    setattr(os, name, poison)
os.environ = None
builtins.open = builtins.float = builtins.input = poison

judged = [each for _, turn in redecide(entries, Past(Kept(()))) for each in turn]
gaps = [gap for each in judged for gap in each.gaps]
assert not gaps, gaps[:3]
out.write(f"{sum(bool(each.levels) for each in judged)} {sum(bool(each.gaps) for each in judged)}\\n")
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """The small year as the lines of a bundle, with the data folder it came from."""
    return written(tmp_path_factory.mktemp("transcript"), entries_of_a_year()), a_year()


def run(*arguments, **environment):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_transcript_is_the_same_under_every_hash_seed_zone_and_locale_and_on_one_core_or_two(lines, tmp_path):
    path, _ = lines
    worlds = [
        ("1", {"PYTHONHASHSEED": "0", "TZ": "Asia/Shanghai", "LC_ALL": "C"}),
        ("2", {"PYTHONHASHSEED": "4711", "TZ": "America/St_Johns", "LC_ALL": "C.utf8"}),
    ]
    transcripts = set()
    for processes, environment in worlds:
        typed = ("audit", "replay", str(path), "--json", "--processes", processes)
        code, out, error = run("-c", "from service.cli import main; main()", *typed, **environment)
        assert code == 0, error
        transcripts.add(json.loads(out)["transcript_sha256"])
    with (tmp_path / "decisions.csv").open("wb") as output:
        replay(str(path), processes=1, output=output)
    transcripts.add(hashlib.sha256((tmp_path / "decisions.csv").read_bytes()).hexdigest())
    assert len(transcripts) == 1


def test_the_engine_asks_no_clock_no_chance_no_file_no_network_and_no_floating_numbers(lines):
    path, _ = lines
    code, out, error = run("-c", POISONED, str(path))
    assert code == 0, error
    checked, differing = map(int, out.split())
    assert (checked > 2_000, differing) == (True, 0)


def test_the_store_and_the_lines_have_one_transcript_and_so_has_every_way_to_cut_them(lines):
    path, data = lines
    address = load_settings(str(data), {}).log_url
    assert replay(address, processes=1).transcript == replay(str(path.parent), processes=1).transcript
    assert replay(str(path), processes=3).transcript == replay(str(path), processes=1).transcript


def test_a_packed_bundle_is_replayed_as_its_events_are(lines, tmp_path):
    packed = tmp_path / "bundle.zip"
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.write(lines[0], "bundle/events.jsonl")
    assert replay(str(packed), processes=1).transcript == replay(str(lines[0]), processes=1).transcript
    with ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("README.txt", "no bundle")
    with pytest.raises(LogNotReadable, match=r"holds no events\.jsonl"):
        replay(str(tmp_path / "other.zip"), processes=1)
    content = bytearray(packed.read_bytes())
    content[len(content) // 2] ^= 1
    packed.write_bytes(content)
    with pytest.raises(LogNotReadable, match="is broken"):
        replay(str(packed), processes=1)


def test_a_line_for_each_entry_says_what_came_of_it(lines, tmp_path):
    path, _ = lines
    with (tmp_path / "decisions.csv").open("wb") as output:
        found = replay(str(path), processes=1, output=output)
    header, *told = (tmp_path / "decisions.csv").read_text().splitlines()
    assert header == "seq,event,stream,on,levels,verdict,leaf"
    assert [int(line.partition(",")[0]) for line in told] == list(range(found.size))
    leaf = wire.leaf_hash(path.read_bytes().splitlines()[7]).hex()
    assert told[7].endswith(f",{leaf}")
    assert sum(",agrees," in line for line in told) == found.agreeing


def test_a_replay_of_the_first_entries_knows_nothing_of_the_others(lines):
    path, _ = lines
    begins = [entry.seq for entry in entries_of_a_year() if entry.cause is None]
    size = next(seq for seq, following in pairwise(begins) if seq > 1_000 and following > seq + 2)
    for stop in (size, size + 1, size + 2):  # A decision that would be cut in two is left out.
        found = replay(str(path), stop=stop, processes=1)
        assert (found.size, found.entries, found.differing) == (size, size, 0)


def test_progress_is_told_to_whoever_waits(lines):
    told = []
    size = replay(str(lines[0]), processes=2, told=lambda done, size: told.append((done, size))).size
    assert told == sorted(told)
    assert told[-1] == (size, size)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda content: content[:-1], "The last line does not end."),
        (lambda _: b"", "cannot be read as a log"),
        (lambda content: content.replace(b'"seq":5,', b'"seq":6,', 1), "Line 6 holds the entry of number 6"),
        (lambda content: content.replace(b'"v":1', b'"v":2', 1), "Line 1 is no entry of a log."),
        (lambda content: b"{}\n" + content, "Line 1 is no entry of a log."),
    ],
)
def test_a_file_that_is_no_log_is_refused_by_line(lines, tmp_path, spoil, sentence):
    (tmp_path / "events.jsonl").write_bytes(spoil(lines[0].read_bytes()))
    with pytest.raises(LogNotReadable) as refused:
        replay(str(tmp_path), processes=1)
    assert sentence in refused.value.detail


def test_of_a_redacted_line_the_log_itself_says_what_is_left(lines, tmp_path):
    path, _ = lines
    content = path.read_bytes().splitlines()
    entries = [wire.decode(wire.place_of(line).type, line) for line in content]
    cancelled = first(entries, order.Cancelled)
    leaf = f'{{"redacted":"{"A" * 43}="}}'.encode()
    gone = tmp_path / "gone.jsonl"
    gone.write_bytes(b"".join((leaf if at == cancelled.seq else line) + b"\n" for at, line in enumerate(content)))
    source = open_source(str(gone))
    assert [entry.seq for entry in source.entries(0, source.size())] == [
        entry.seq for entry in entries if entry is not cancelled
    ]
    source.close()
    left = wire.encode(structs.replace(cancelled, redacted=f"{'A' * 43}=")).decode()
    ordered = wire.EVENTS["erasure.EntryRedacted"](
        cancelled.seq, f"{'A' * 43}=", ("/data/reason",), left, "the office", "art. 17", "officer:a", "officer:b"
    )
    told = structs.replace(
        cancelled, seq=len(content), agg="erasure/x", data=ordered, type="erasure.EntryRedacted", cause=None, ver=1
    )
    gone.write_bytes(gone.read_bytes() + wire.encode(told) + b"\n")
    found = replay(str(gone), processes=1)
    assert (found.entries, found.redacted, found.differing) == (len(content) + 1, len(turn_of(entries, cancelled)), 0)


def turn_of(entries, entry):
    """The entries of the decision that an entry began."""
    return [each for each in entries if entry.seq in (each.seq, each.cause)]
