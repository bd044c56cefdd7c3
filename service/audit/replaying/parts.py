"""A replay in parts, one to a process: each part a stretch of the log, told in lines that are put together in order."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any, BinaryIO, Final

from service.audit.replaying.sources import Source, open_source, unpacked
from service.collecting import undisturbed
from vouchers import wire
from vouchers.redeciding import Finding, Judged, Past, judged_again, turns
from vouchers.wire import Entry

HEADER: Final = b"seq,event,stream,on,levels,verdict,leaf\n"
MOST_FINDINGS: Final = 10_000  # that are kept one by one; all are counted, and have their line
PROCESSES: Final = 2
SMALL: Final = 20_000  # entries; below, starting a second process takes longer than it saves
_TOLD_EVERY: Final = 5_000  # entries
_MOMENT: Final = 0.2  # seconds
_BLOCK: Final = 1 << 20

Told = Callable[[int, int], object]


@dataclass(slots=True)
class Replayed:
    """What a replay found: how many entries and decisions were asked again, what differs, and the transcript."""

    size: int
    level: int
    entries: int = 0
    turns: int = 0
    agreeing: int = 0
    differing: int = 0
    checked: Counter[str] = field(default_factory=Counter)
    stated: Counter[str] = field(default_factory=Counter)
    redacted: int = 0
    findings: list[Finding] = field(default_factory=list)
    transcript: str = ""

    def add(self, part: "Replayed") -> None:
        """Add a later part."""
        for name in ("entries", "turns", "agreeing", "differing", "redacted"):
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.checked += part.checked
        self.stated += part.stated
        self.findings += part.findings[: MOST_FINDINGS - len(self.findings)]

    def count(self, judged: Judged) -> str:
        """Count one entry, and say its verdict in a word."""
        self.entries += 1
        entry = judged.entry
        if judged.redacted:
            self.redacted += 1
            return "redacted"
        if not judged.levels:
            self.stated[entry.type] += 1
            return "stated"
        self.checked[entry.type] += 1
        if not judged.gaps:
            self.agreeing += 1
            return "agrees"
        self.differing += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings += judged.findings
        return "differs"


def replay(
    address: str,
    *,
    level: int = 3,
    stop: int | None = None,
    processes: int | None = None,
    output: BinaryIO | None = None,
    told: Told = lambda _done, _all: None,
) -> Replayed:
    """Decide every entry of a log again, up to an entry; a decision that would be cut in two is left out.

    The transcript is the SHA-256 of the lines of decisions, which are the same whatever number of processes there is,
    so that two people can compare one number.
    """
    with unpacked(address) as found:
        source = open_source(found)
        try:
            size = source.size() if stop is None else _whole(source, min(stop, source.size()))
        finally:
            source.close()
        return _replayed(found, size, level, processes or (PROCESSES if size > SMALL else 1), output, told)


def _replayed(address: str, size: int, level: int, processes: int, output: BinaryIO | None, told: Told) -> Replayed:
    """The parts put together, with the transcript over their lines."""
    whole, digest = Replayed(size, level), sha256(HEADER)
    if output is not None:
        output.write(HEADER)
    with tempfile.TemporaryDirectory(prefix="vouchers-replay-") as folder:
        for part, path in _parts(address, size, level, processes, Path(folder), told):
            whole.add(part)
            for block in _blocks(path):
                digest.update(block)
                if output is not None:
                    output.write(block)
    told(size, size)
    whole.transcript = digest.hexdigest()
    return whole


def _whole(source: Source, size: int) -> int:
    """A size that cuts no decision in two: the same, or where the decision begins that it would cut."""
    following = next(source.entries(size, source.size()), None)
    return size if following is None or following.cause is None else min(size, following.cause)


def _parts(
    address: str, size: int, level: int, processes: int, folder: Path, told: Told
) -> Iterator[tuple[Replayed, Path]]:
    """The parts in the order of the log; with one process nothing is started."""
    bounds = [size * number // processes for number in range(processes + 1)]
    paths = [folder / f"{number}.csv" for number in range(processes)]
    spans = list(zip(bounds, bounds[1:], paths, strict=False))
    if processes == 1:
        yield replay_part(address, size, *spans[0], level, lambda done: told(done, size)), paths[0]
        return
    context = get_context("spawn")
    done = context.Array("Q", processes, lock=False)
    with ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(done,)) as pool:
        jobs: list[Future[Replayed]] = [
            pool.submit(_replay_part, number, address, size, *span, level) for number, span in enumerate(spans)
        ]
        while wait(jobs, timeout=_MOMENT).not_done:
            told(sum(done), size)
        yield from ((job.result(), path) for job, path in zip(jobs, paths, strict=True))


_progress: Any = None  # The counters that a process shares with the one that started it.


def _begin(done: Any) -> None:
    global _progress  # noqa: PLW0603 - a process of a pool is told so once, when it begins.
    _progress = done


def _replay_part(number: int, address: str, size: int, start: int, stop: int, path: Path, level: int) -> Replayed:
    def told(done: int) -> None:
        _progress[number] = done

    return replay_part(address, size, start, stop, path, level, told)


def replay_part(
    address: str, size: int, start: int, stop: int, path: Path, level: int, told: Callable[[int], object]
) -> Replayed:
    """Replay the decisions that begin from `start` to before `stop`, each to its end: a line for each entry."""
    part, source = Replayed(size, level), open_source(address)
    try:
        with path.open("wb") as lines, undisturbed():
            past: Past | None = None
            leaves: dict[int, str] = {}
            for turn in turns(_from_a_cause(source, start, size, leaves)):
                if turn.first.seq >= stop:
                    break
                if past is None:
                    past = Past(source, turn.first.seq, source.begun(turn.first.seq))
                part.turns += 1
                for judged in judged_again(turn, past, level):
                    lines.write(_line(judged, part.count(judged), leaves.pop(judged.entry.seq)))
                if part.turns % _TOLD_EVERY == 0:
                    told(turn.first.seq - start)
    finally:
        source.close()
    return part


def _from_a_cause(source: Source, start: int, size: int, leaves: dict[int, str]) -> Iterator[Entry[Any]]:
    """The entries from the first decision that begins at `start` or later; the hash of each one's leaf is kept."""
    begun = start == 0
    for entry, line in source.told(start, size):
        begun = begun or entry.cause is None
        if begun:
            leaves[entry.seq] = wire.leaf_hash(line).hex()
            yield entry


def _line(judged: Judged, verdict: str, leaf: str) -> bytes:
    """One line of the decisions: what was asked again, at which levels, and whether the same came out."""
    entry = judged.entry
    stream = entry.agg.replace('"', '""')
    levels = "".join(map(str, judged.levels))
    return f'{entry.seq},{entry.type},"{stream}",{entry.eff},{levels},{verdict},{leaf}\n'.encode()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
