"""What is known of a subject's values, or of an entry's redaction, now."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from vouchers.erasure import events as erasure
from vouchers.values import Value, field, replace


class Erasure(Value):
    """The latest commitment of a subject by field, and how many there were; its erasure; or an entry's redaction."""

    digests: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    commitments: int = 0
    erased: erasure.SubjectErased | None = None
    redacted: erasure.EntryRedacted | None = None


def evolve(state: Erasure, event: erasure.Event) -> Erasure:
    """Apply one event."""
    match event:
        case erasure.ValueCommitted(_, name, digest):
            digests = MappingProxyType({**state.digests, name: digest})
            return replace(state, digests=digests, commitments=state.commitments + 1)
        case erasure.SubjectErased():
            return replace(state, erased=event)
        case erasure.EntryRedacted():
            return replace(state, redacted=event)
    assert_never(event)
