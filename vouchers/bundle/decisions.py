"""What may happen to an audit bundle next."""

from typing import Final

from vouchers.bundle import events as bundle
from vouchers.bundle.state import Bundle
from vouchers.refusals import Malformed, Refused
from vouchers.values import Value

FORMATS: Final = ("csv", "parquet", "sqlite", "xlsx")
MOST_EXPORTS: Final = 100


class BundleFormatUnknown(Malformed):
    """The tables of a bundle come as csv, parquet, sqlite or xlsx."""

    remedy = f"Name some of {', '.join(FORMATS)}."


class TooManyExports(Refused):
    """One and the same bundle was handed out too often."""

    remedy = "Export the log as it is now."


class RecordExport(Value):
    """Record that a bundle was made: over how much of the log, its manifest, for whom and what for."""

    origin: str
    size: int
    root_hash: str
    manifest_sha256: str
    formats: tuple[str, ...]
    purpose: str
    recipient: str


def export(state: Bundle, command: RecordExport) -> list[bundle.Event]:
    """Record an export; the same bundle to the same recipient for the same purpose is one export."""
    for place, name in enumerate(command.formats):
        if name not in FORMATS:
            raise BundleFormatUnknown(pointer=f"/formats/{place}")
    parts = command.formats, command.purpose, command.recipient
    made = bundle.BundleExported(command.origin, command.size, command.root_hash, command.manifest_sha256, *parts)
    if made in state.exported:
        return []
    if len(state.exported) >= MOST_EXPORTS:
        raise TooManyExports(limit=MOST_EXPORTS)
    return [made]
