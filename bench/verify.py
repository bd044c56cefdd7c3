"""verify.py on a bundle of a long log, run as an auditor runs it: tree and signatures, then all balances."""

import hashlib
import json
import re
import resource
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import report
from bench.long_log import block
from service.audit.bundle.exporting import MANIFEST, MANIFEST_HEAD, MANIFEST_NOTE, VERIFIER
from service.audit.signing import Signer
from vouchers.audit import Note, checkpoint_text, to_base64
from vouchers.audit.tiles import ENTRIES, WIDTH, tiles_of
from vouchers.merkle import Frontier, leaf_hash

_REC = re.compile(rb'"rec":"[^"]*"')
_NOW = b'"rec":"2026-03-02T09:14:07.123456Z"'


def make(folder: Path, least: int) -> tuple[Path, int]:
    """A bundle without tables of so many entries, and the rest of a block; returns its trust file and its size."""
    played = block()
    size = len(played.head) + -(-(least - len(played.head)) // len(played.body)) * len(played.body)
    signer, frontier = Signer.new("bench.example/log"), Frontier()
    levels: dict[int, bytearray] = {0: bytearray()}
    with (folder / "events.jsonl").open("wb") as lines:
        for row in islice(played.rows(), size):
            # The copies of a block bring its times with them, and times never go back.
            entry = _REC.sub(_NOW, row.entry, count=1)
            lines.write(entry + b"\n")
            leaf = leaf_hash(entry)
            levels[0] += leaf
            for level, _, node in frontier.extend((leaf,)):
                levels.setdefault(level // 8, bytearray()).extend(node)
            policy = json.loads(entry)["data"] if row.topic == "programme.PolicyAdopted" else None
            if policy:
                (folder / "policy").mkdir(exist_ok=True)
                (folder / "policy" / f"{policy['digest']}.json").write_text(policy["document"], encoding="utf-8")
    for tile in tiles_of(size):
        if tile.level != ENTRIES:
            path = folder / "tile" / tile.path
            path.parent.mkdir(parents=True, exist_ok=True)
            start = tile.index * WIDTH
            path.write_bytes(levels[tile.level][32 * start : 32 * (start + tile.width)])
    text = checkpoint_text(signer.key.name, size, frontier.root())
    (folder / "checkpoint").write_bytes(Note(text, (signer.sign(text),)).content)
    (folder / "checkpoints.jsonl").write_bytes(b"")
    _seal(folder, signer, f"{signer.key.name}\n{MANIFEST_HEAD}\n{size}\n{to_base64(frontier.root())}\n")
    trust = folder.parent / "trust.policy"
    trust.write_text(f"log {signer.vkey}\nquorum none\n", encoding="ascii")
    return trust, size


def _seal(folder: Path, signer: Signer, head: str) -> None:
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            found.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.relative_to(folder).as_posix()}\n")
    manifest = "".join(found)
    (folder / MANIFEST).write_text(manifest, encoding="utf-8")
    text = f"{head}{hashlib.sha256(manifest.encode()).hexdigest()}\n"
    (folder / MANIFEST_NOTE).write_bytes(Note(text, (signer.sign(text),)).content)


def check(folder: Path, trust: Path, *more: str) -> float:
    """The processor time of one run, which has to find everything well."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, VERIFIER, folder, "--trust", trust, *more], capture_output=True, text=True, check=False
    )
    elapsed = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.endswith("Everything fits.\n"), done.stdout[-2_000:] + done.stderr
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    what, most = " ".join(more) or "balances too", after.ru_maxrss >> 10
    print(f"  {what}: {elapsed:.1f} s, {spent:.1f} s of CPU, at most {most} MB")
    return spent


def run(*, quick: bool = False) -> bool:
    """Measure; tells whether every goal was reached. The goals are processor time: the machine is shared."""
    least, rounds = (20_000, 1) if quick else (1_000_000, 3)
    with TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place) / "bundle"
        folder.mkdir()
        trust, size = make(folder, least)
        report.heading(f"verify.py on {size:,} entries, {(folder / 'events.jsonl').stat().st_size >> 20} MB")
        tree = report.Series("files, signatures, tree", [check(folder, trust, "--tree") for _ in range(rounds)])
        whole = report.Series("order and balances too", [check(folder, trust) for _ in range(rounds)])
    return all(
        [
            report.verdict("s for files, signatures and tree", tree.median, 6, at_most=True),
            report.verdict("s for all balances too", whole.median, 20, at_most=True),
        ]
    )
