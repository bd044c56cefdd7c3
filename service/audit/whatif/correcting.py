"""Correcting: the proposal that a difference between two courses leads to."""

import json
from collections.abc import Sequence
from hashlib import sha256

from service.audit.whatif.changes import AnyChange
from service.audit.whatif.comparing import Compared
from service.audit.whatif.finding import findings
from service.audit.whatif.telling import Basis
from vouchers import texts
from vouchers.correction.decisions import CorrectionEmpty, ProposeCorrection
from vouchers.ledger import Ledger


def proposal(
    ledger: Ledger,
    found: Compared,
    basis: Basis,
    changes: Sequence[AnyChange],
    correction_id: str,
    programme: str,
    reason: str,
) -> ProposeCorrection:
    """What follows from the changes in one programme, to be proposed under a number."""
    if not changes:
        raise CorrectionEmpty("Nothing was said to be otherwise.", pointer="/changes", remedy="Say what is otherwise.")
    said = "; ".join(basis.changes)
    return ProposeCorrection(
        correction_id=correction_id,
        programme=programme,
        basis=changes[0].basis,
        change=texts.clip(said, texts.LONGEST_TEXT),
        change_digest=sha256(json.dumps(basis.changes, ensure_ascii=False).encode()).hexdigest(),
        size=basis.size,
        root=basis.root,
        reason=reason,
        findings=tuple(findings(ledger, found, programme, reason)),
    )
