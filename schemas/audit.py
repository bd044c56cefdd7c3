"""What is asked and answered about the tree over the log: checkpoints, proofs, whom to trust."""

from typing import Any, Final

from schemas.answers import answer, said, several, shown
from schemas.faults import Body
from schemas.shapes import TEXT, count
from schemas.values import told, whole
from vouchers.money import MAX_AMOUNT

_HASH: Final = {**TEXT, "pattern": "^[A-Za-z0-9+/]{43}=$", "description": "A SHA-256 in base64."}
_NOTE: Final = {**TEXT, "description": "A signed note (C2SP tlog-checkpoint); empty where no checkpoint has this size."}


def _hash(description: str) -> Any:
    return said({**_HASH, "description": description})


class InclusionQuery(Body):
    """Which entry, and in which tree: that of the newest checkpoint unless a size is named."""

    seq = whole(0, MAX_AMOUNT, required=True, **told("The number of the entry."))
    size = whole(1, MAX_AMOUNT, **told("The size of the tree."))


class ConsistencyQuery(Body):
    """From which size to which: to that of the newest checkpoint unless it is named."""

    old = whole(0, MAX_AMOUNT, required=True, data_key="from", **told("The size that is known."))
    new = whole(0, MAX_AMOUNT, data_key="to", **told("The size that has to continue it."))


INCLUSION: Final = shown(
    "InclusionProof",
    "That an entry is in the log: its leaf, and the hashes from there to the root (RFC 6962, 2.1.1).",
    "seq",
    size=said({**count(), "description": "The size of the tree."}),
    leaf_hash=_hash("SHA-256 of a zero byte and the bytes of the entry."),
    root=_hash("The root of the tree."),
    proof=several(said(_HASH)),
    checkpoint=said(_NOTE),
)
CONSISTENCY: Final = shown(
    "ConsistencyProof",
    "That the log only grew from one size to another (RFC 6962, 2.1.2).",
    "",
    **{
        "from": said({**count(), "description": "The size of the earlier tree."}),
        "to": said({**count(), "description": "The size of the later tree."}),
    },
    old_root=_hash("The root of the earlier tree."),
    new_root=_hash("The root of the later tree."),
    proof=several(said(_HASH)),
    checkpoint=said(_NOTE),
)
CHECKPOINTS: Final = shown(
    "Checkpoints",
    "The checkpoints of the log, the oldest first.",
    "",
    items=several(
        answer(
            "SignedCheckpoint",
            "What the log signed of itself, and who cosigned it.",
            "",
            size=said({**count(), "description": "The size of the tree."}),
            root=_hash("The root of the tree."),
            signed_at=said("Instant"),
            cosigners=several(said({**TEXT, "description": "The name of a key that cosigned it."})),
            note=said(_NOTE),
        )
    ),
    next=said({**TEXT, "description": "The cursor after these."}),
)
