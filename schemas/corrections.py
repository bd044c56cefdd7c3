"""What is answered about corrections: how one stands, what was found, and what became of each finding."""

from typing import Any, Final

from marshmallow import fields

from schemas.answers import answer, page_of, said, several
from schemas.shapes import TEXT, count
from schemas.values import Money

_COUNT = said(count())
_FAILED = answer("NotCarriedOut", "A finding that does not stand any more.", "code text", number=_COUNT)
_STANDS: Final[dict[str, Any]] = {
    "correction_id": said(TEXT),
    "findings": _COUNT,
    "approved_by": several(said(TEXT)),
    "carried_out": _COUNT,
    "not_carried_out": several(_FAILED),
}
CORRECTION = answer("CorrectionStep", "How a correction stands.", "programme status total", **_STANDS)
STEP = answer(
    "CorrectionDecision", "A correction after a decision on it.", "programme status total position", **_STANDS
)
_FINDING = answer(
    "CorrectionFinding",
    "One finding of a correction and what is to follow from it.",
    "amount reason",
    number=_COUNT,
    measure=said(TEXT),
    stands=fields.Nested(Money(), required=True),
    seqs=several(_COUNT),
    enterprise_id=said(TEXT),
    order_id=said(TEXT),
    redemption_id=said(TEXT),
    voucher_id=said(TEXT),
)
WHOLE = answer(
    "Correction",
    "A correction with its findings.",
    "programme status total reason proposed_by position",
    **_STANDS,
    basis=said(TEXT),
    change=said(TEXT),
    size=_COUNT,
    root=said(TEXT),
    finding_list=several(_FINDING),
)
CORRECTIONS = page_of(CORRECTION)
