"""What is answered about those who vouch for the log from outside, and about the times that follow from it."""

from typing import Any, Final

from schemas.answers import answer, said, several, shown
from schemas.shapes import TEXT, count, referred

_ROOT: Final = {**TEXT, "pattern": "^[A-Za-z0-9+/]{43}=$", "description": "The root of that tree in base64."}
_TIMES: Final = {
    "type": "object",
    "additionalProperties": referred("Instant"),
    "description": "When each witness cosigned, by the name and the ID of its key.",
}
_NUMBER: Final = {"type": ["integer", "null"], "minimum": 0}
_DIGEST: Final = {**TEXT, "pattern": "^([0-9a-f]{64})?$"}


def _text(description: str) -> Any:
    return said({**TEXT, "description": description})


def _digest(description: str) -> Any:
    return said({**_DIGEST, "description": description})


ANCHORS: Final = shown(
    "Anchors",
    "What outsiders vouched for, as the log recorded it, the oldest first; each held against its note now.",
    "",
    items=several(
        answer(
            "Anchor",
            "A size of the log that outsiders vouched for.",
            "seq",
            size=said({**count(), "description": "The size of the tree that they signed."}),
            root=said(_ROOT),
            note_sha256=_digest("The note with all its signatures, by its SHA-256."),
            cosignature_times=said(_TIMES),
            tsr_sha256=_digest("The time stamp over the note (RFC 3161), by its SHA-256; empty where there is none."),
            tsr_at=_text("The instant that the time stamp states; empty where there is none."),
            fault=_text("Why it does not hold; empty where it does."),
        )
    ),
    next=_text("The cursor after these."),
)
BRACKET: Final = shown(
    "Bracket",
    "Between which two outside times an entry was written, whatever the clock of the service said.",
    "seq",
    rec=said("Instant"),
    not_before=_text("It was written after this instant; empty where nobody vouched for the log before it."),
    not_after=_text("It was written before this instant; empty where nobody has vouched for it yet."),
    anchor=said({**_NUMBER, "description": "The entry before it that records the earlier instant."}),
    size=said({**_NUMBER, "description": "The size that was vouched for at the later instant."}),
    fault=_text("What speaks against the time that the entry states; empty where nothing does."),
)
