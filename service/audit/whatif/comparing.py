"""Comparing: the history and the other course side by side, from the steps of both, in one pass."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from service.audit.whatif.duties import DUTIES
from service.audit.whatif.playing import ADDED, CARRIED, DROPPED, SAME, Happened, Step, topics_of
from service.audit.whatif.sums import Sums
from vouchers.refusal import events as refusal
from vouchers.refusals import Cause, Ineligible, Refused
from vouchers.wire import Entry

# What a later command is about: where it never came to be, the command that is about it is refused for that alone.
_THINGS = (
    "order",
    "review",
    "settlement",
    "invoice",
    "debt",
    "booklet",
    "remittance",
    "bankline",
    "clearing",
    "rating",
)
# Notes about the log and about what was asked for in vain: nothing of a programme follows from them.
NOTES = frozenset({"refusal", "anchor", "bundle", "draw", "erasure", "logkey", "sample"})


class Turned(NamedTuple):
    """A command that the history has and the other course refuses; a consequence is about what an earlier one lost."""

    seq: int
    on: str
    actor: str
    command: str
    about: str
    code: str
    text: str
    reasons: tuple[tuple[str, str, str], ...]  # code, clause, text
    consequence: bool


@dataclass
class Compared:
    """Both courses added up, and every command that went another way."""

    history: Sums = field(default_factory=Sums)
    other: Sums = field(default_factory=Sums)
    decisions: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    refused: list[Turned] = field(default_factory=list)
    left_out: list[Turned] = field(default_factory=list)
    dropped: list[tuple[int, str]] = field(default_factory=list)
    carried: Counter[str] = field(default_factory=Counter)
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # day, what, the refusal if any
    in_vain: int = 0
    in_vain_amount: Counter[str] = field(default_factory=Counter)
    on: str = ""
    fallen: set[str] = field(default_factory=set)

    @property
    def unexplained(self) -> int:
        """Decisions that no command was found for, notes about the log left out."""
        return sum(count for topics, count in self.carried.items() if topics.partition(".")[0] not in NOTES)

    def take(self, step: Step) -> None:
        """Add one step to both sides."""
        self.outcomes[step.outcome] += 1
        if step.turn is None:
            self._beside(step)
        else:
            self.decisions += 1
            self.on = max(self.on, step.turn.first.eff)
            self._history(step)
        for each in there(step):
            self.other.take(*each)

    def _beside(self, step: Step) -> None:
        if step.outcome == ADDED:
            self.changes.append((step.on, step.command, step.refused.detail if step.refused else ""))

    def _history(self, step: Step) -> None:
        assert step.turn is not None, "only what is added has no place in the history"
        first = step.turn.first
        for entry in step.turn.entries:
            self.history.take(entry.agg, entry.data, entry.eff, entry.seq)
            if isinstance(entry.data, refusal.Recorded):
                self.in_vain += 1
                self.in_vain_amount[entry.data.programme] += entry.data.amount
        if not step.reproduced:
            self.carried[topics_of(step)] += 1
        if step.outcome == DROPPED:
            self.dropped.append((first.seq, topics_of(step)))
        if step.refused is not None:
            things = {thing for entry in step.turn.entries for thing in _things_of(entry)}
            follows = step.command in DUTIES or not self.fallen.isdisjoint(things)
            self.fallen |= things
            self.refused.append(_turned(step, first.agg, step.refused, consequence=follows))
        for order_id, refused in step.left_out:
            about = f"order/{order_id}"
            self.left_out.append(_turned(step, about, refused, consequence=about in self.fallen))


def _things_of(entry: Entry[Any]) -> Iterator[str]:
    """What an entry is about: its own stream, and the order that it names."""
    if entry.agg.startswith(_THINGS):
        yield entry.agg
    redemption_id = getattr(entry.data, "redemption_id", "")
    if order_id := getattr(entry.data, "order_id", "") or redemption_id.rpartition("-R")[0]:
        yield f"order/{order_id}"


def there(step: Step) -> Iterable[Happened]:
    """What a step wrote in the other course: what it wrote in the history, where that is the same."""
    if step.turn is not None and (step.outcome == SAME or (step.outcome == CARRIED and not step.happened)):
        return [Happened(entry.agg, entry.data, entry.eff) for entry in step.turn.entries]
    return step.happened


def compared(steps: Iterable[Step]) -> Compared:
    """Every step of a course, added up."""
    found = Compared()
    for step in steps:
        found.take(step)
    return found


def _turned(step: Step, about: str, refused: Refused, *, consequence: bool) -> Turned:
    assert step.turn is not None, "a command of the history was refused"
    first = step.turn.first
    causes = refused.causes if isinstance(refused, Ineligible) else (Cause(refused.code, "", refused.detail, ""),)
    reasons = tuple((each.code, each.clause, each.text) for each in causes)
    told = (first.seq, first.eff, first.actor, step.command, about, causes[0].code, refused.detail)
    return Turned(*told, reasons, consequence)


class Line(NamedTuple):
    """One figure in both courses; amounts in minor units."""

    name: str
    history: int
    other: int

    @property
    def difference(self) -> int:
        """How much more the other course has."""
        return self.other - self.history


def of_programme(found: Compared, code: str) -> Iterator[Line]:
    """The figures of one programme."""
    one, two = found.history.programmes[code], found.other.programmes[code]
    for name in ("granted", "denied", "orders", "subsidy", "face"):
        yield Line(name, getattr(one, name), getattr(two, name))
    for place in one.places:
        yield Line(place, one.places[place], two.places[place])


def of_orders(found: Compared) -> Iterator[tuple[str, Any, Any]]:
    """Every order that is not alike in both courses, with what it is in each; nothing where it is not."""
    one, two = found.history.orders, found.other.orders
    for order_id in dict.fromkeys((*one, *two)):
        here, otherwise = one.get(order_id), two.get(order_id)
        if here != otherwise:
            yield order_id, here, otherwise


def by_party(found: Compared, party: str) -> dict[tuple[str, str], tuple[Line, Line]]:
    """What each enterprise or provider had set aside for it and was paid less what was taken back, where it differs."""
    lines: dict[tuple[str, str], list[int]] = {}
    for place, sums in enumerate((found.history, found.other)):
        for each in sums.orders.values():
            kept = lines.setdefault((each.programme, getattr(each, party)), [0, 0, 0, 0])
            kept[place] += each.subsidy
            kept[2 + place] += each.paid - each.clawed_back
    return {
        key: (Line("subsidy", kept[0], kept[1]), Line("paid", kept[2], kept[3]))
        for key, kept in sorted(lines.items())
        if kept[0] != kept[1] or kept[2] != kept[3]
    }


def waiting(found: Compared) -> list[str]:
    """Orders that were paid, and whose claim in the other course waits for somebody who never came."""
    changed = of_orders(found)
    return [each for each, one, two in changed if one and two and one.status == "paid" and two.status == "claimed"]
