"""What was asked for when grants were decided, doubted, looked at again and cleared."""

from typing import Any

from vouchers.application import reassessing, vouchering
from vouchers.application.deciding import Decider
from vouchers.application.knowing import change_credit_tier
from vouchers.enterprise import decisions as enterprises
from vouchers.enterprise import events as enterprise
from vouchers.entitlement import events as entitlement
from vouchers.entitlement.decisions import ClearFindings
from vouchers.kinds import ENTERPRISE
from vouchers.ledger import Unit
from vouchers.redeciding.past import Past
from vouchers.redeciding.turns import Ask, Turn, Work
from vouchers.voucher import events as voucher

Decided = entitlement.Granted | entitlement.Denied | entitlement.Pending | entitlement.Passed | entitlement.Failed
Looked = entitlement.Reassessed | entitlement.Doubted
DECIDED = (
    entitlement.Granted,
    entitlement.Denied,
    entitlement.Pending,
    entitlement.Passed,
    entitlement.Failed,
)
LOOKED = (entitlement.Reassessed, entitlement.Doubted)


def decided_again(turn: Turn, _past: Past) -> Work | None:
    """Look again at what was granted, then decide; programme after programme, as the turn has them."""
    found = [entry.data for entry in turn.entries if isinstance(entry.data, (*DECIDED, *LOOKED))]
    firms = {event.enterprise_id for event in found}
    if len(firms) != 1:
        return None
    (enterprise_id,) = firms
    looked = dict.fromkeys(each.programme for each in found if isinstance(each, LOOKED) or _step(each) == "reassess")
    decided = dict.fromkeys(each.programme for each in found if isinstance(each, DECIDED) and _step(each) != "reassess")

    def work(unit: Unit) -> None:
        for code in looked:
            reassessing.Again(unit, code).look(enterprise_id)
        for code in decided:
            Decider(unit, code).decide(enterprise_id, unit.load(ENTERPRISE, enterprise_id))

    return work


def _step(event: Any) -> str:
    return event.step if isinstance(event, entitlement.Failed) else ""


def _cleared(turn: Turn, _past: Past) -> Work:
    event: entitlement.Cleared = turn.first.data
    command = ClearFindings(event.programme, event.period, event.enterprise_id, event.reason)
    return lambda unit: reassessing.clear_findings(unit, command)


def _expired(turn: Turn, _past: Past) -> Work:
    if turn.one(voucher.CarriedOver):
        carried = vouchering.CarryOver(turn.key)
        return lambda unit: vouchering.carry_over_voucher(unit, carried)
    command = vouchering.ExpireVoucher(turn.key)
    return lambda unit: vouchering.expire_voucher(unit, command)


def _returned(turn: Turn, _past: Past) -> Work:
    event: voucher.Returned = turn.first.data
    command = vouchering.ReturnValue(turn.key, event.amount, event.reason)
    return lambda unit: vouchering.return_value(unit, command)


def _restored(turn: Turn, _past: Past) -> Work:
    event: voucher.Restored = turn.first.data
    command = vouchering.RestoreValue(turn.key, event.amount, event.reason)
    return lambda unit: vouchering.restore_value(unit, command)


def _revoked(turn: Turn, _past: Past) -> Work:
    event: voucher.Revoked = turn.first.data
    command = vouchering.Revoke(turn.key, event.reason)
    return lambda unit: vouchering.revoke_voucher(unit, command)


def _extended(turn: Turn, _past: Past) -> Work:
    event: voucher.Extended = turn.first.data
    command = vouchering.Extend(turn.key, event.use_by_on, event.redeem_by_on, event.reason)
    return lambda unit: vouchering.extend_voucher(unit, command)


def _tier(turn: Turn, _past: Past) -> Work:
    event: enterprise.CreditTierChanged = turn.first.data
    command = enterprises.ChangeCreditTier(turn.key, event.tier, event.cause)
    return lambda unit: change_credit_tier(unit, command)


ASKED: dict[type, Ask] = {
    **dict.fromkeys((*DECIDED, *LOOKED), decided_again),
    entitlement.Cleared: _cleared,
    voucher.Expired: _expired,
    voucher.CarriedOver: _expired,
    voucher.Returned: _returned,
    voucher.Restored: _restored,
    voucher.Revoked: _revoked,
    voucher.Extended: _extended,
    enterprise.CreditTierChanged: _tier,
}
