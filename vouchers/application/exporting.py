"""Audit bundles that were handed out, on record."""

from typing import Any

from vouchers.bundle import decisions as bundles
from vouchers.kinds import BUNDLE
from vouchers.ledger import Unit

Answer = dict[str, Any]


def record_export(unit: Unit, command: bundles.RecordExport) -> Answer:
    """Record that an audit bundle was made for somebody outside."""
    key = command.manifest_sha256
    state = unit.append(BUNDLE, key, bundles.export(unit.load(BUNDLE, key), command))
    return {"manifest_sha256": key, "size": command.size, "exports": len(state.exported)}
