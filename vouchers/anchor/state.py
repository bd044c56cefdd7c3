"""What outsiders vouched for last."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from vouchers.anchor import events as anchor
from vouchers.values import Value

_NOBODY: Mapping[str, str] = MappingProxyType({})


class Anchor(Value):
    """The last checkpoint that was vouched for: its log, size and root, by which note and token, at which times."""

    origin: str = ""
    size: int = 0
    root_hash: str = ""
    note_sha256: str = ""
    cosignature_times: Mapping[str, str] = _NOBODY
    tsr_sha256: str = ""
    tsr_at: str = ""


def evolve(_: Anchor, event: anchor.Event) -> Anchor:
    """Apply one event; each carries the whole state."""
    match event:
        case anchor.AnchorRecorded(origin, size, root_hash, note_sha256, times, tsr_sha256, tsr_at):
            return Anchor(origin, size, root_hash, note_sha256, times, tsr_sha256, tsr_at)
    assert_never(event)
