"""What may happen to a correction next."""

from typing import Final

from vouchers.correction import events as correction
from vouchers.correction.state import Correction
from vouchers.refusals import Conflict, NotAllowed, NotFound, Refused
from vouchers.texts import same_person
from vouchers.values import Value

BASES: Final = ("facts", "policy", "suspension")
MEASURES: Final = ("claw_back", "write_off", "revoke", "grant")
APPROVALS: Final = 2
MOST_FINDINGS: Final = 1_000


class CorrectionUnknown(NotFound):
    """There is no correction with this number."""

    remedy = "Look at the list of corrections for its number."


class CorrectionExists(Conflict):
    """A correction with this number was proposed already, with other findings."""

    remedy = "Look at that one, or propose under another number."


class CorrectionEmpty(Refused):
    """Nothing would have been otherwise, so there is nothing to put right."""

    remedy = "Look at the report of the what-if: what changed may concern what was never paid."


class CorrectionTooLarge(Refused):
    """A correction has at most 1,000 findings."""

    remedy = "Propose it for one programme, or for a shorter time."


class CorrectionBasisUnknown(Refused):
    """A correction rests on facts, on a policy or on a suspension, and what follows is one of the known measures."""

    remedy = "Say facts, policy or suspension; claw_back, write_off, revoke or grant."


class CorrectionDecided(Conflict):
    """The correction was carried out or rejected; neither is undone."""

    remedy = "Propose another correction for what is still wrong."


class CorrectionNotIndependent(NotAllowed):
    """Two people other than the proposer agree to a correction, each once."""

    remedy = "Let somebody else decide it."


class Finding(Value):
    """One finding and what is to follow from it; amounts in minor units."""

    measure: str
    enterprise_id: str
    order_id: str
    redemption_id: str
    voucher_id: str
    amount: int
    stands: int
    seqs: tuple[int, ...]
    reason: str


class ProposeCorrection(Value):
    """Propose to put right what was decided on a wrong basis, finding by finding."""

    correction_id: str
    programme: str
    basis: str
    change: str
    change_digest: str
    size: int
    root: str
    reason: str
    findings: tuple[Finding, ...]


class ApproveCorrection(Value):
    """Agree to a correction; the second one who does lets it be carried out."""

    correction_id: str


class RejectCorrection(Value):
    """Do not agree to a correction."""

    correction_id: str
    reason: str


def known(state: Correction) -> correction.Proposed:
    """What was proposed, or a refusal where nothing was."""
    if state.proposed is None:
        raise CorrectionUnknown(pointer="/correction_id")
    return state.proposed


def propose(state: Correction, command: ProposeCorrection, *, currency: str, by: str) -> list[correction.Event]:
    """Put a proposal and its findings on record; the same again changes nothing."""
    if not command.findings:
        raise CorrectionEmpty(pointer="/findings")
    if len(command.findings) > MOST_FINDINGS:
        raise CorrectionTooLarge(pointer="/findings", findings=len(command.findings))
    if command.basis not in BASES or any(each.measure not in MEASURES for each in command.findings):
        raise CorrectionBasisUnknown(pointer="/basis")
    total = sum(each.amount for each in command.findings)
    proposed = correction.Proposed(
        command.programme,
        command.basis,
        command.change,
        command.change_digest,
        command.size,
        command.root,
        currency,
        len(command.findings),
        total,
        command.reason,
        by,
    )
    added = tuple(_added(number, each) for number, each in enumerate(command.findings, 1))
    if state.proposed == proposed and state.findings == added:
        return []
    if state.proposed is not None:
        raise CorrectionExists(pointer="/correction_id")
    return [proposed, *added]


def approve(state: Correction, by: str) -> list[correction.Event]:
    """Agree once, as somebody who did not propose it."""
    _independent(state, by)
    if by in state.approved_by:
        return []
    if any(same_person(by, other) for other in state.approved_by):
        raise CorrectionNotIndependent(pointer="/approved_by")
    return [correction.Approved(by, APPROVALS)]


def reject(state: Correction, reason: str, by: str) -> list[correction.Event]:
    """Do not agree; nothing follows from the findings then."""
    if state.rejected == correction.Rejected(by, reason):
        return []
    _independent(state, by)
    return [correction.Rejected(by, reason)]


def is_agreed(state: Correction) -> bool:
    """Whether enough people agreed and nothing has followed yet."""
    return state.status == "endorsed" and len(state.approved_by) >= APPROVALS


def _independent(state: Correction, by: str) -> None:
    proposed = known(state)
    if state.status in ("carried-out", "rejected"):
        raise CorrectionDecided(pointer="/correction_id", status=state.status)
    if same_person(by, proposed.proposed_by):
        raise CorrectionNotIndependent(pointer="/approved_by")


def _added(number: int, each: Finding) -> correction.FindingAdded:
    named = (each.enterprise_id, each.order_id, each.redemption_id, each.voucher_id)
    return correction.FindingAdded(number, each.measure, *named, each.amount, each.stands, each.seqs, each.reason)
