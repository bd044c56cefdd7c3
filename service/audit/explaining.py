"""How it came to this: every step with its rules and amounts, between which outside times, and how it is proven."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

from service.audit.anchors import Anchors
from service.audit.bracketing import Brackets
from service.audit.checkpoints import NoCheckpoint
from service.audit.finding import history_of
from service.audit.receipts.making import EntryUnknown, entry_at, may_have
from service.audit.receipts.telling import DECISIONS, NotADecision, statement_of
from service.audit.replaying.sources import Opened, Source
from service.outward.audience import Audience
from service.wiring import Service
from vouchers.erasure.decisions import entry_key
from vouchers.kinds import ERASURE
from vouchers.replay import TimelineLine, state_as_of, timeline
from vouchers.wire import Entry

MOST_STEPS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """How an entry is proven: the first checkpoint that covers it, when that was signed, and who cosigned it."""

    size: int = 0
    signed_at: str = ""
    cosigners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a time line, between which outside instants it was recorded, and how it is proven."""

    line: TimelineLine
    decision: str
    not_before: str
    not_after: str
    fault: str
    proof: Standing

    @property
    def told(self) -> dict[str, Any]:
        """The step for programs."""
        mine = {name: getattr(self, name) for name in ("decision", "not_before", "not_after", "fault")}
        return {**asdict(self.line), **mine, "proof": asdict(self.proof)}


class Grounds(NamedTuple):
    """What a story is told from: the log, between which times each of its entries lies, and how each is proven."""

    source: Source
    brackets: Brackets
    standing: Callable[[int], Standing]


def grounds_of(service: Service) -> Grounds:
    """The grounds of an installation: its own log, checkpoints and anchors."""
    return Grounds(Opened(service.ledger), Anchors(service).brackets(), partial(standing, service))


def explain(grounds: Grounds, what: str) -> list[Step]:
    """The whole story of a voucher, order, claim, firm or stream in the order of the log; raises NothingNamed."""
    lines = sorted(_lines(history_of(grounds.source, what)), key=lambda line: line.seq)
    return [_step(grounds, line) for line in lines[:MOST_STEPS]]


def explain_decision(service: Service, seq: int, reader: Audience) -> dict[str, Any]:
    """One decision for a reader; raises EntryUnknown for what is not there or not the reader's, NotADecision."""
    if not may_have(service, reader, entry_at(service, seq)):
        raise EntryUnknown(pointer="/seq")
    return decision_told(grounds_of(service), seq)


def decision_told(grounds: Grounds, seq: int) -> dict[str, Any]:
    """One decision: what its receipt says, between which times, how it is proven, what was taken out.

    Raises EntryUnknown for what is not there, NotADecision for what decides nothing.
    """
    source = grounds.source
    size = source.size()
    entry = next(source.entries(seq, seq + 1), None) if seq < size else None
    if entry is None:
        raise EntryUnknown(pointer="/seq")
    if entry.type not in DECISIONS:
        raise NotADecision(pointer="/seq")
    bracket = grounds.brackets.of(seq)
    redacted = state_as_of(ERASURE, source.history(ERASURE.stream(entry_key(seq)), size)).redacted
    return {
        "decision": statement_of([*source.lines(seq, seq + 1)]),
        "not_before": bracket.not_before,
        "not_after": bracket.not_after,
        "fault": bracket.fault(entry.rec),
        "proof": asdict(grounds.standing(seq)),
        "redacted": list(redacted.pointers) if redacted else [],
    }


def standing(service: Service, seq: int) -> Standing:
    """How an entry is proven, or that no checkpoint covers it yet."""
    try:
        signed = service.checkpoints.covering(seq)
    except NoCheckpoint:
        return Standing()
    own = {(key.name, key.key_id) for key in service.checkpoints.keys.public}
    names = [each.name for each in signed.note.signatures if (each.name, each.key_id) not in own]
    return Standing(signed.checkpoint.size, signed.signed_at, tuple(dict.fromkeys(names)))


def _lines(entries: Iterable[Entry[Any]]) -> Iterator[TimelineLine]:
    """The time line of each stream; a balance is the stream's own."""
    for _, own in groupby(sorted(entries, key=lambda entry: (entry.agg, entry.seq)), key=lambda entry: entry.agg):
        yield from timeline(own)


def _step(grounds: Grounds, line: TimelineLine) -> Step:
    bracket, kind = grounds.brackets.of(line.seq), DECISIONS.get(line.event)
    word = kind.word if kind else ""
    times = (bracket.not_before, bracket.not_after, bracket.fault(line.rec))
    return Step(line, word, *times, grounds.standing(line.seq))
