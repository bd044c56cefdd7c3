"""What outsiders say of the log, recorded in it."""

from typing import Any

from vouchers.anchor import decisions as anchors
from vouchers.kinds import ANCHOR
from vouchers.ledger import Unit

Answer = dict[str, Any]


def record_anchor(unit: Unit, command: anchors.RecordAnchor) -> Answer:
    """Record that outsiders vouched for the log's first entries."""
    state = unit.append(ANCHOR, anchors.KEY, anchors.record(unit.load(ANCHOR, anchors.KEY), command))
    return {"size": state.size, "root_hash": state.root_hash, "note_sha256": state.note_sha256}
