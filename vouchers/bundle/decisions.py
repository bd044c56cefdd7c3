"""What may happen to an audit bundle next."""

from typing import Final

from vouchers.bundle import events as bundle
from vouchers.bundle.state import Bundle
from vouchers.refusals import Malformed, Refused
from vouchers.values import Value

FORMATS: Final = ("csv", "parquet", "sqlite", "xlsx")
MOST_EXPORTS: Final = 100
MOST_DISCLOSED: Final = 1_000


class BundleFormatUnknown(Malformed):
    """The tables of a bundle come as csv, parquet, sqlite or xlsx."""

    remedy = f"Name some of {', '.join(FORMATS)}."


class TooManyExports(Refused):
    """One and the same bundle was handed out too often."""

    remedy = "Export the log as it is now."


class DisclosureUnfounded(Malformed):
    """Values are disclosed on a legal basis, and a basis is for values that are disclosed."""

    remedy = "Name both or neither."


class TooManyDisclosed(Refused):
    """One bundle discloses up to 1,000 values."""

    remedy = "Name those that the purpose needs."


class RecordExport(Value):
    """Record that a bundle was made: over how much of the log, its manifest, for whom and what for.

    `seqs` are the commitments to the values that it discloses, and `basis` the legal basis of that.
    """

    origin: str
    size: int
    root_hash: str
    manifest_sha256: str
    formats: tuple[str, ...]
    purpose: str
    recipient: str
    seqs: tuple[int, ...] = ()
    basis: str = ""


def check_disclosed(values: int, basis: str) -> None:
    """Refuse values without a basis, a basis without values, and too many."""
    if bool(values) != bool(basis):
        raise DisclosureUnfounded(pointer="/basis")
    if values > MOST_DISCLOSED:
        raise TooManyDisclosed(limit=MOST_DISCLOSED)


def export(state: Bundle, command: RecordExport) -> list[bundle.Event]:
    """Record an export; the same bundle to the same recipient for the same purpose is one export."""
    for place, name in enumerate(command.formats):
        if name not in FORMATS:
            raise BundleFormatUnknown(pointer=f"/formats/{place}")
    check_disclosed(len(command.seqs), command.basis)
    parts = command.formats, command.purpose, command.recipient
    made = bundle.BundleExported(command.origin, command.size, command.root_hash, command.manifest_sha256, *parts)
    if made in state.exported:
        return []
    if len(state.exported) >= MOST_EXPORTS:
        raise TooManyExports(limit=MOST_EXPORTS)
    if not command.seqs:
        return [made]
    words = command.basis, command.purpose, command.recipient
    return [made, bundle.ValuesDisclosed(command.manifest_sha256, command.seqs, *words)]
