"""Correcting: the proposals that a difference between two courses leads to."""

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from service.audit.whatif.changes import AnyChange
from service.audit.whatif.comparing import Compared
from service.audit.whatif.finding import findings
from service.audit.whatif.telling import Basis
from vouchers import texts
from vouchers.correction.decisions import MOST_FINDINGS, CorrectionEmpty, ProposeCorrection
from vouchers.ledger import Ledger


def proposals(
    ledger: Ledger,
    found: Compared,
    basis: Basis,
    changes: Sequence[AnyChange],
    correction_id: str,
    programme: str,
    reason: str,
) -> list[ProposeCorrection]:
    """What follows from the changes in one programme, under a number; what is too much for one goes on under others."""
    if not changes:
        raise CorrectionEmpty("Nothing was said to be otherwise.", pointer="/changes", remedy="Say what is otherwise.")
    first = ProposeCorrection(
        correction_id=correction_id,
        programme=programme,
        basis=changes[0].basis,
        change=texts.clip("; ".join(basis.changes), texts.LONGEST_TEXT),
        change_digest=sha256(json.dumps(basis.changes, ensure_ascii=False).encode()).hexdigest(),
        size=basis.size,
        root=basis.root,
        reason=reason,
        findings=(),
    )
    every = findings(ledger, found, programme, reason)
    parts = [tuple(every[at : at + MOST_FINDINGS]) for at in range(0, len(every), MOST_FINDINGS)] or [()]
    numbers = [correction_id, *(f"{correction_id}-{number}" for number in range(2, len(parts) + 1))]
    return [replace(first, correction_id=key, findings=part) for key, part in zip(numbers, parts, strict=True)]
