"""What re-deciding found: one difference, the level that shows it, and a sentence that a person can act on."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final, NamedTuple

from vouchers.texts import LONGEST_TEXT, clip

OUTCOME: Final = 1
FACT: Final = 2
POLICY: Final = 3

# What an event says of its policy, and of the facts that it rests on; all else in it is what came of them.
OF_POLICY: Final = frozenset({"policy_version", "policy_digest"})
OF_FACTS: Final = frozenset(
    {
        "attributes",
        "enterprise_facts",
        "evidence",
        "facts",
        "facts_as_of_on",
        "facts_digest",
        "granted_on",
        "period",
        "predecessors",
        "provider_facts",
        "tier",
        "voucher_kind",
    }
)
_TAKEN: Final = {
    OUTCOME: "from its own facts and policy",
    FACT: "from the log before it",
    POLICY: "from the policies adopted before it",
}


class Gap(NamedTuple):
    """One thing about an entry that comes out otherwise: at which level, what, as recorded and as expected."""

    level: int
    what: str
    recorded: str
    expected: str


class Finding(NamedTuple):
    """A gap with its place in the log: entry number, stream, stored name, and what the entry rests on."""

    seq: int
    stream: str
    event: str
    on: str
    level: int
    what: str
    recorded: str
    expected: str

    @property
    def sentence(self) -> str:
        """The finding for a reader."""
        place = f"Entry {self.seq:,} ({self.event} of {self.stream}, {self.on})"
        if self.what == REFUSED:
            return f"{place} would be refused {_TAKEN[self.level]}: {self.expected}"
        return f"{place}: {self.what} is {self.recorded}, and {_TAKEN[self.level]} it is {self.expected}."

    def as_dict(self) -> dict[str, str | int]:
        """The finding for a program."""
        return {**self._asdict(), "sentence": self.sentence}


REFUSED: Final = "refused"


def level_of(field: str) -> int:
    """At which level a difference in a field of an event shows."""
    return POLICY if field in OF_POLICY else FACT if field in OF_FACTS else OUTCOME


def differences(recorded: Any, expected: Any) -> Iterator[tuple[str, str, str]]:
    """The fields in which two events differ; of facts, each fact by its name."""
    if type(recorded) is not type(expected):
        yield "event", type(recorded).__name__, type(expected).__name__
        return
    for field in fields(recorded):
        mine, its = getattr(recorded, field.name), getattr(expected, field.name)
        if mine == its:
            continue
        if isinstance(mine, dict) and isinstance(its, dict):
            names = sorted({*mine, *its})
            yield from (
                (f"{field.name}.{name}", said(mine.get(name)), said(its.get(name)))
                for name in names
                if mine.get(name) != its.get(name)
            )
        elif field.name in ("trace", "reasons") and len(mine) == len(its):
            line, (was, should) = next(
                (number, pair) for number, pair in enumerate(zip(mine, its, strict=True), 1) if pair[0] != pair[1]
            )
            yield f"{field.name} line {line}", said(was.text), said(should.text)
        elif field.name in ("trace", "reasons"):
            yield field.name, f"{len(mine)} lines", f"{len(its)} lines"
        else:
            yield field.name, said(mine), said(its)


def said(value: object) -> str:
    """A value of an event in a sentence."""
    if value is None:
        return "not there"
    if isinstance(value, tuple):
        return clip(", ".join(said(each) for each in value), LONGEST_TEXT) or "nothing"
    return clip(str(value), LONGEST_TEXT) if value != "" else "nothing"
