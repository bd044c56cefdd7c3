"""How it came to this: every step with its rules and amounts, between which outside times, and how it is proven."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Final

from service.audit.anchors import Anchors
from service.audit.bracketing import Brackets
from service.audit.checkpoints import NoCheckpoint
from service.audit.finding import history_of
from service.audit.receipts.making import OFFICIAL, EntryUnknown, entry_at, may_have
from service.audit.receipts.telling import DECISIONS, NotADecision, statement_of
from service.outward.audience import Audience
from service.wiring import Service
from vouchers.erasure.decisions import entry_key
from vouchers.kinds import ERASURE
from vouchers.replay import TimelineLine, timeline
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


def explain(service: Service, what: str) -> list[Step]:
    """The whole story of a voucher, order, claim, firm or stream in the order of the log; raises NothingNamed."""
    brackets = Anchors(service).brackets()
    lines = sorted(_lines(history_of(service, what)), key=lambda line: line.seq)
    return [_step(service, brackets, line) for line in lines[:MOST_STEPS]]


def explain_decision(service: Service, seq: int, reader: Audience = OFFICIAL) -> dict[str, Any]:
    """One decision for a reader: what its receipt says, between which times, how it is proven, what was taken out.

    Raises EntryUnknown for what is not there or not the reader's, NotADecision for what decides nothing.
    """
    entry = entry_at(service, seq)
    if not may_have(service, reader, entry):
        raise EntryUnknown(pointer="/seq")
    if entry.type not in DECISIONS:
        raise NotADecision(pointer="/seq")
    row = service.ledger.rows(seq, seq + 1)[0]
    bracket = Anchors(service).bracket(seq)
    redacted = service.ledger.state(ERASURE, entry_key(seq)).redacted
    return {
        "decision": statement_of([row.entry]),
        "not_before": bracket.not_before,
        "not_after": bracket.not_after,
        "fault": bracket.fault(entry.rec),
        "proof": asdict(standing(service, seq)),
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


def _step(service: Service, brackets: Brackets, line: TimelineLine) -> Step:
    bracket, kind = brackets.of(line.seq), DECISIONS.get(line.event)
    word = kind.word if kind else ""
    times = (bracket.not_before, bracket.not_after, bracket.fault(line.rec))
    return Step(line, word, *times, standing(service, line.seq))
