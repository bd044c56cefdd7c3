"""The formats in which the log is shown to others: C2SP signed notes, checkpoints, cosignatures, proofs, tiles, trust.

Texts and bytes only; whoever makes or checks a signature is `service.audit.signing`.
"""

from vouchers.audit.checkpoints import (
    Checkpoint,
    CheckpointMalformed,
    checkpoint_text,
    cosigned_message,
    cosigned_text,
    parse_checkpoint,
)
from vouchers.audit.encoding import from_base64, to_base64
from vouchers.audit.keys import COSIGNATURE, ED25519, ML_DSA_44, Key, VkeyMalformed, key_id, parse_vkey
from vouchers.audit.notes import Note, NoteMalformed, Signature, parse_note
from vouchers.audit.proofs import TlogProof, TlogProofMalformed, parse_proof
from vouchers.audit.trust import Group, Party, TrustPolicy, TrustPolicyMalformed, parse_policy

__all__ = [
    "COSIGNATURE",
    "ED25519",
    "ML_DSA_44",
    "Checkpoint",
    "CheckpointMalformed",
    "Group",
    "Key",
    "Note",
    "NoteMalformed",
    "Party",
    "Signature",
    "TlogProof",
    "TlogProofMalformed",
    "TrustPolicy",
    "TrustPolicyMalformed",
    "VkeyMalformed",
    "checkpoint_text",
    "cosigned_message",
    "cosigned_text",
    "from_base64",
    "key_id",
    "parse_checkpoint",
    "parse_note",
    "parse_policy",
    "parse_proof",
    "parse_vkey",
    "to_base64",
]
