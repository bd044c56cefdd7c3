"""How much aid an enterprise has now, by the day on which it was granted."""

from collections.abc import Mapping
from typing import assert_never

from vouchers.aid import events as aid
from vouchers.values import Value, field, replace


class Entry(Value):
    """One aid: the day on which the right to it arose, what it amounts to now, and what it is."""

    granted_on: str
    amount: int
    measure: str
    declared: bool = False
    digest: str = ""


class Aid(Value):
    """Every aid of the enterprise by its number; what came to nothing is not kept."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()

    def within(self, first_on: str, last_on: str) -> int:
        """The sum of what was granted on the days from..until, both included."""
        return sum(each.amount for each in self.entries.values() if first_on <= each.granted_on <= last_on)


def evolve(state: Aid, event: aid.Event) -> Aid:
    """Apply one event; the past is never refused."""
    match event:
        case aid.Counted(source_id, programme, granted_on, amount):
            before = state.entries.get(source_id)
            entry = Entry(granted_on, (before.amount if before else 0) + amount, programme)
            return replace(state, entries={**state.entries, source_id: entry})
        case aid.Uncounted(source_id=source_id, amount=amount):
            return _less(state, source_id, amount)
        case aid.OtherAidDeclared(declaration_id, measure, granted_on, amount, _, digest):
            entry = Entry(granted_on, amount, measure, declared=True, digest=digest)
            return replace(state, entries={**state.entries, declaration_id: entry})
        case aid.DeclarationWithdrawn(declaration_id=declaration_id):
            less = _less(state, declaration_id, state.entries[declaration_id].amount)
            return replace(less, withdrawn=state.withdrawn | {declaration_id})
    assert_never(event)


def _less(state: Aid, number: str, amount: int) -> Aid:
    entry = state.entries[number]
    rest = {key: each for key, each in state.entries.items() if key != number}
    if entry.amount > amount:
        rest[number] = replace(entry, amount=entry.amount - amount)
    return replace(state, entries=rest)
