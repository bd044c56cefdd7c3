"""Corrections: findings proposed by one person, agreed to by two others, and then carried out by the usual commands."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from vouchers.application.debts import told
from vouchers.application.deciding import Decider
from vouchers.application.programmes import entitlement_key, in_force, policy_of
from vouchers.application.recovering import claw_back
from vouchers.application.vouchering import Revoke, revoke_voucher
from vouchers.correction import decisions as corrections
from vouchers.correction import events as correction
from vouchers.correction.state import Correction
from vouchers.debt import decisions as debts
from vouchers.kinds import CORRECTION, DEBT, ENTERPRISE, ENTITLEMENT, ORDER, PROGRAMME, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.policy import period_of
from vouchers.programme import decisions as programmes
from vouchers.refusals import Conflict, Refused, Unavailable

Answer = dict[str, Any]


class CorrectionOvertaken(Conflict):
    """Something has happened since this was found: what stood then stands no longer."""

    remedy = "Look at it again, and propose anew what is still wrong."


class NotGrantedToday(Refused):
    """On the facts and under the policy of today the enterprise is not granted anything."""

    remedy = "Put the facts on record first, then propose anew."


def propose_correction(unit: Unit, command: corrections.ProposeCorrection) -> Answer:
    """Put findings on record with what is to follow from each; nothing moves until two other people agree."""
    currency = programmes.announced(unit.load(PROGRAMME, command.programme)).currency
    state = unit.load(CORRECTION, command.correction_id)
    events = corrections.propose(state, command, currency=currency, by=unit.actor)
    return correction_told(command.correction_id, unit.append(CORRECTION, command.correction_id, events))


def approve_correction(unit: Unit, command: corrections.ApproveCorrection) -> Answer:
    """Agree; the second one who does lets every finding be carried out that still stands, the others are named."""
    key = command.correction_id
    state = unit.append(CORRECTION, key, corrections.approve(unit.load(CORRECTION, key), unit.actor))
    if corrections.is_agreed(state):
        proposed = corrections.known(state)
        for finding in state.findings:
            _carry_out(unit, key, proposed, finding)
    return correction_told(key, unit.load(CORRECTION, key))


def reject_correction(unit: Unit, command: corrections.RejectCorrection) -> Answer:
    """Do not agree; everything stays as it is."""
    events = corrections.reject(unit.load(CORRECTION, command.correction_id), command.reason, unit.actor)
    return correction_told(command.correction_id, unit.append(CORRECTION, command.correction_id, events))


def correction_told(correction_id: str, state: Correction) -> Answer:
    """How a correction stands."""
    proposed = corrections.known(state)
    return {
        "correction_id": correction_id,
        "programme": proposed.programme,
        "status": state.status,
        "findings": len(state.findings),
        "total": proposed.total,
        "currency": proposed.currency,
        "approved_by": [*state.approved_by],
        "carried_out": len(state.done),
        "not_carried_out": [{"number": each.number, "code": each.code, "text": each.text} for each in state.failed],
    }


def _carry_out(unit: Unit, key: str, proposed: correction.Proposed, finding: correction.FindingAdded) -> None:
    """What follows from one finding, or why it cannot follow any more; one that cannot stops no other."""
    kept = len(unit.pending)
    about = finding.number, finding.measure
    try:
        _FOLLOWS[finding.measure](unit, proposed, finding)
    except Unavailable:
        raise
    except Refused as refused:
        unit.undo(kept)
        unit.append(CORRECTION, key, [correction.NotCarriedOut(*about, refused.code, refused.detail)])
    else:
        unit.append(CORRECTION, key, [correction.CarriedOut(*about)])


def _claw_back(unit: Unit, _: correction.Proposed, finding: correction.FindingAdded) -> Answer:
    claim = unit.load(ORDER, finding.order_id).claims.get(finding.redemption_id)
    if claim is None or claim.paid - claim.clawed_back != finding.stands:
        raise CorrectionOvertaken(order_id=finding.order_id)
    demand = orders.ClawBack(finding.order_id, finding.amount, finding.reason, finding.redemption_id)
    return claw_back(unit, demand)


def _write_off(unit: Unit, proposed: correction.Proposed, finding: correction.FindingAdded) -> Answer:
    """Demand it, and give the demand up at once, as small as the policy lets demands be given up."""
    answer = _claw_back(unit, proposed, finding)
    recovery = policy_of(unit, orders.known(unit.load(ORDER, finding.order_id))).recovery
    for opened in answer["debts"]:
        party, debt_id, limit = opened["party_id"], opened["debt_id"], recovery.write_off_up_to
        asked = debts.propose_write_off(
            unit.load(DEBT, party),
            debt_id=debt_id,
            limit=limit,
            reason=finding.reason,
            clause=recovery.clause,
            by=proposed.proposed_by,
            on=unit.on,
        )
        state = unit.append(DEBT, party, asked)
        agreed = debts.approve_write_off(state, debt_id=debt_id, limit=limit, by=unit.actor, on=unit.on)
        after = unit.append(DEBT, party, agreed)
        answer |= told(party, after.debts[debt_id], unit.on)
    return answer


def _revoke(unit: Unit, _: correction.Proposed, finding: correction.FindingAdded) -> Answer:
    if unit.load(VOUCHER, finding.voucher_id).spendable(unit.on) != finding.stands:
        raise CorrectionOvertaken(voucher_id=finding.voucher_id)
    return revoke_voucher(unit, Revoke(finding.voucher_id, finding.reason))


def _grant(unit: Unit, proposed: correction.Proposed, finding: correction.FindingAdded) -> Answer:
    """Decide the enterprise again, on the facts and under the policy of today."""
    _, policy = in_force(unit, proposed.programme, unit.on)
    key = entitlement_key(proposed.programme, period_of(policy, unit.on), finding.enterprise_id)
    if unit.load(ENTITLEMENT, key).is_granted:
        raise CorrectionOvertaken(enterprise_id=finding.enterprise_id)
    decider = Decider(unit, proposed.programme)
    decider.decide(finding.enterprise_id, unit.load(ENTERPRISE, finding.enterprise_id))
    if not unit.load(ENTITLEMENT, key).is_granted:
        raise NotGrantedToday(enterprise_id=finding.enterprise_id)
    return decider.counts


_FOLLOWS: Final[Mapping[str, Callable[[Unit, correction.Proposed, correction.FindingAdded], Answer]]] = {
    "claw_back": _claw_back,
    "write_off": _write_off,
    "revoke": _revoke,
    "grant": _grant,
}
