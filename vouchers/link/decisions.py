"""What may become known of a party's links next."""

from typing import Final

from vouchers.link import events as link
from vouchers.link.state import Links
from vouchers.money import WHOLE_BP
from vouchers.refusals import NotFound, Refused
from vouchers.values import Value

# Kinds whose share says how much of a party another one holds, and kinds that run between equals. An address alone ties
# nobody: a house of start-ups has hundreds of firms in it. It makes a person look.
HOLDING: Final = ("control", "shareholding")
SAME_ADDRESS: Final = "same-address"
BESIDE: Final = (
    "family",
    "employment",
    "co-construction",
    "same-director",
    "same-account",
    "same-contact",
    SAME_ADDRESS,
)
KINDS: Final = (*HOLDING, *BESIDE)
MOST_LINKS: Final = 200


class LinkKindUnknown(Refused):
    """This kind of link is not known."""

    remedy = f"Use one of: {', '.join(KINDS)}."


class LinkToItself(Refused):
    """A party has no link to itself."""

    remedy = "Name two parties."


class LinkDaysReversed(Refused):
    """A link ends on or after the day it begins."""

    remedy = "Correct the two days."


class ShareOutOfRange(Refused):
    """A share is more than nothing and at most the whole: 1 to 10000 basis points."""

    remedy = "Give the share in basis points; 2500 is a quarter."


class LinkUnknown(NotFound):
    """No such link is on record, or it has ended already."""

    remedy = "Look at the party's links."


class TooManyLinks(Refused):
    """A party has at most 200 links on record."""


class RecordLink(Value):
    """A party controls, holds a share of, or is close to another; `share_bp` is 10000 for a whole or a plain tie."""

    party: str
    other: str
    link_kind: str
    share_bp: int
    from_on: str
    until_on: str
    source: str
    digest: str = ""


class EndLink(Value):
    """A link ended: `until_on` is its last day."""

    party: str
    other: str
    link_kind: str
    until_on: str
    source: str


def record(state: Links, command: RecordLink, by: str, *, mirrored: bool = False) -> list[link.Event]:
    """Record a link on one of its two parties; the same again changes nothing."""
    if command.link_kind not in KINDS:
        raise LinkKindUnknown(pointer="/link_kind")
    if command.party == command.other:
        raise LinkToItself(pointer="/other")
    if not 0 < command.share_bp <= WHOLE_BP:
        raise ShareOutOfRange(pointer="/share_bp")
    if command.until_on and command.until_on < command.from_on:
        raise LinkDaysReversed(pointer="/until_on")
    other = command.party if mirrored else command.other
    direction = "beside" if command.link_kind in BESIDE else "under" if mirrored else "over"
    event = link.LinkRecorded(
        other,
        command.link_kind,
        direction,
        command.share_bp,
        command.from_on,
        command.until_on,
        command.source,
        command.digest,
        by,
    )
    if any(_same(known, event) for known in state.recorded):
        return []
    if len(state.recorded) >= MOST_LINKS:
        raise TooManyLinks(pointer="/party", remedy="Record the links of its subsidiaries on these.")
    return [event]


def end(state: Links, command: EndLink, by: str, *, mirrored: bool = False) -> list[link.Event]:
    """End the newest link of a kind to a party; the same end again changes nothing."""
    other = command.party if mirrored else command.other
    for known in reversed(state.recorded):
        if (known.other, known.kind) == (other, command.link_kind):
            if known.until_on == command.until_on:
                return []
            if command.until_on < known.from_on:
                raise LinkDaysReversed(pointer="/until_on")
            return [link.LinkEnded(other, command.link_kind, command.until_on, command.source, by)]
    raise LinkUnknown(pointer="/other")


def _same(one: link.LinkRecorded, two: link.LinkRecorded) -> bool:
    told = ("other", "kind", "direction", "share_bp", "from_on", "until_on")
    return all(getattr(one, name) == getattr(two, name) for name in told)
