"""Late facts: what a registry stated after the day that it is about, as if it had been known on that day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from service.audit.replaying.sources import Source
from service.audit.whatif.changes import stated
from service.audit.whatif.gathering import Gathered
from service.audit.whatif.other import Other
from service.audit.whatif.playing import Change
from vouchers import wire
from vouchers.application.entitling import ImportFacts
from vouchers.enterprise import events as enterprise
from vouchers.enterprise.decisions import RecordFacts
from vouchers.facts import Fact
from vouchers.kinds import ENTERPRISE
from vouchers.recalling import Call, key_of
from vouchers.refusals import Refused

_STATING = enterprise.EarlierFactsRecorded | enterprise.FactsCorrected | enterprise.FactsRecorded


class NoLateFacts(Refused):
    """The entry holds no facts of an enterprise that came after their day."""

    remedy = "Name an entry with EarlierFactsRecorded, FactsCorrected or FactsRecorded (vouchers history CODE)."


@dataclass(frozen=True, slots=True)
class LateFacts:
    """The facts of one entry of the log had been known on the day that they are about."""

    basis: ClassVar[str] = "facts"
    enterprise_id: str
    as_of_on: str
    source: str
    digest: str
    facts: Mapping[str, Fact]
    seq: int

    @property
    def text(self) -> str:
        """The change in words."""
        return f"what entry {self.seq} states of {self.enterprise_id} had been known on {self.as_of_on}"

    def begins(self, gathered: Gathered) -> Iterator[Change]:
        """The statement on its day, where the enterprise is known by then and the day's own statement is not it."""
        record = RecordFacts(self.enterprise_id, self.as_of_on, self.source, self.digest, dict(self.facts))

        def state(other: Other) -> Call | None:
            known = other.slot(ENTERPRISE.stream(self.enterprise_id)).state
            return stated(other, gathered, record) if known.is_known and known.facts != record.facts else None

        yield Change(self.as_of_on, state, self.text)

    def rewrite(self, call: Call, _: str) -> Call | None:
        """Another statement about the same day says the same."""
        command = call.command
        if isinstance(command, ImportFacts):
            records = tuple(self._told(each) for each in command.records)
            return call if records == command.records else call._replace(command=replace(command, records=records))
        if isinstance(command, RecordFacts):
            told = self._told(command)
            return call if told == command else call._replace(command=told)
        return call

    def _told(self, record: RecordFacts) -> RecordFacts:
        about = (record.enterprise_id, record.as_of_on) == (self.enterprise_id, self.as_of_on)
        if not about or record.facts == self.facts:
            return record
        return replace(record, facts=dict(self.facts), digest=self.digest)


def late_facts(source: Source, seq: int) -> LateFacts:
    """The facts of an entry, as if they had been known on their day."""
    rows = source.rows(seq, seq + 1) if 0 <= seq < source.size() else []
    for entry in [wire.decode(row.topic, row.entry) for row in rows]:
        event = entry.data
        if isinstance(event, _STATING) and event.as_of_on < entry.eff:
            return LateFacts(key_of(entry), event.as_of_on, event.source, event.digest, event.facts, seq)
    raise NoLateFacts(pointer="/entry", seq=seq)
