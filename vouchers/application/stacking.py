"""Money from several sides for one order: the other programmes of its contract, aid that counts together, levels.

Nothing is loaded or recorded for a policy that has neither [stacking] nor [aid] nor a subsidy of several levels.
"""

from collections.abc import Mapping
from dataclasses import replace

from vouchers.application import aiding
from vouchers.application.cases import Case
from vouchers.application.programmes import of_version
from vouchers.contract import decisions as contracts
from vouchers.contract import events as contract
from vouchers.invoice.state import Invoice
from vouchers.kinds import CONTRACT, ENTERPRISE, ORDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.policy import Assessment, Policy, Step, levels_of, split, written

RESERVATION = "reservation"


def paid_once(unit: Unit, case: Case) -> None:
    """Object to a contract that another programme pays, or pays too much of."""
    if _counts_contracts(case.policy):
        contracts.support(unit.load(CONTRACT, case.command.contract_digest), _support(case))


def room_for_aid(unit: Unit, case: Case) -> None:
    """Object where an undertaking of the order would receive too much aid that counts together."""
    rule = case.policy.aid
    if rule is None or rule.counts_at != RESERVATION:
        return
    for enterprise_id, amount in _by_firm(case).items():
        aiding.check_room(unit, rule, enterprise_id, unit.load(ENTERPRISE, enterprise_id).facts, amount)


def booked(unit: Unit, case: Case) -> None:
    """Count a new order's money for its contract, its aid, and the levels that pay it."""
    order_id, policy, rule = case.command.order_id, case.policy, case.policy.aid
    if _counts_contracts(policy):
        key = case.command.contract_digest
        unit.append(CONTRACT, key, contracts.support(unit.load(CONTRACT, key), _support(case)))
    if rule is not None and rule.counts_at == RESERVATION:
        for enterprise_id, amount in _by_firm(case).items():
            facts = unit.load(ENTERPRISE, enterprise_id).facts
            aiding.count(unit, rule, enterprise_id, facts, order_id, policy.programme, amount)
    shares = split(case.assessment.subsidy, levels_of(policy, case.facts, case.assessment.base))
    if shares:
        unit.append(ORDER, order_id, [order.Funded("", tuple([order.LevelShare(*each) for each in shares]))])


def taken(unit: Unit, order_id: str, before: Order, amount: int) -> None:
    """Count more for an order that grows, or refuse: its contract's ceiling and its undertaking's must still hold."""
    registered = orders.known(before)
    policy = of_version(unit, registered.programme, registered.policy_version)
    if _counts_contracts(policy):
        key = registered.contract_digest
        unit.append(CONTRACT, key, contracts.support_more(unit.load(CONTRACT, key), order_id, amount))
    rule, firm = policy.aid, registered.enterprise_id
    if rule is not None and rule.counts_at == RESERVATION:
        facts = unit.load(ENTERPRISE, firm).facts
        aiding.check_room(unit, rule, firm, facts, amount)
        aiding.count(unit, rule, firm, facts, order_id, registered.programme, amount)


def renewed(unit: Unit, order_id: str, before: order.Registered, digest: str, gross: int) -> None:
    """Count an order for its changed contract: at its new cost, and under its new document where that is another."""
    if not _counts_contracts(of_version(unit, before.programme, before.policy_version)):
        return
    own = unit.load(CONTRACT, before.contract_digest).of(order_id)
    if own is None:
        return
    now = replace(own, gross=gross)
    if digest == before.contract_digest:
        unit.append(CONTRACT, digest, contracts.restate(unit.load(CONTRACT, digest), now))
        return
    left = contracts.give_back(unit.load(CONTRACT, before.contract_digest), order_id, own.amount, whole=True)
    unit.append(CONTRACT, before.contract_digest, left)
    unit.append(CONTRACT, digest, contracts.support(unit.load(CONTRACT, digest), now))


def freed(unit: Unit, order_id: str, state: Order, parts: Mapping[str, int], reason: str, *, whole: bool) -> None:
    """Take back what was counted for an amount that is released; `parts` are its sums by voucher."""
    registered = orders.known(state)
    policy = of_version(unit, registered.programme, registered.policy_version)
    if _counts_contracts(policy):
        key = registered.contract_digest
        given = contracts.give_back(unit.load(CONTRACT, key), order_id, sum(parts.values()), whole=whole)
        unit.append(CONTRACT, key, given)
    rule = policy.aid
    if rule is not None and rule.counts_at == RESERVATION:
        firms = {share.voucher_id: share.enterprise_id for share in state.shares}
        for voucher_id, amount in parts.items():
            aiding.uncount(unit, rule, firms[voucher_id], order_id, amount, reason)


def claimed(unit: Unit, order_id: str, before: Order, redemption_id: str, amount: int) -> None:
    """Record what each level pays of a claim, in the proportion of the whole subsidy."""
    shares = split(amount, [(each.level, each.amount) for each in before.levels])
    if shares:
        unit.append(ORDER, order_id, [order.Funded(redemption_id, tuple([order.LevelShare(*each) for each in shares]))])


def order_beside(unit: Unit, state: Order, order_id: str, filed: Invoice) -> str:
    """The order of another programme that has this invoice for the same contract, where both may pay; else nothing."""
    registered = orders.known(state)
    rule = of_version(unit, registered.programme, registered.policy_version).stacking
    if rule is None or not rule.others or order_id in filed.parts:
        return ""
    supports = unit.load(CONTRACT, registered.contract_digest).supports
    stacked = [each.order_id for each in supports if each.programme != registered.programme]
    return next((each for each in stacked if each in filed.parts), "")


def within_ceiling(unit: Unit, order_id: str, state: Order, actual: Assessment, gross: int) -> Assessment:
    """What is paid on an actual cost, no more than all programmes of the contract together may pay of it."""
    registered = orders.known(state)
    policy = of_version(unit, registered.programme, registered.policy_version)
    if not _counts_contracts(policy):
        return actual
    paid = unit.load(CONTRACT, registered.contract_digest)
    waiting = {each.order_id for each in paid.supports if not unit.load(ORDER, each.order_id).claims}
    room = contracts.room_on(paid, order_id, gross, waiting)
    if room is None or actual.subsidy <= room:
        return actual
    clause = policy.stacking.clause if policy.stacking else ""
    step = Step("stacking", clause, f"not above what all programmes together may pay of it: {written(room)}")
    own_share = actual.own_share + actual.subsidy - room
    return replace(actual, subsidy=room, own_share=own_share, trace=(*actual.trace, step))


def _counts_contracts(policy: Policy) -> bool:
    return policy.stacking is not None and policy.stacking.counts_contracts


def _support(case: Case) -> contract.Support:
    rule, command = case.policy.stacking, case.command
    assert rule is not None, "only a policy with [stacking] counts contracts"
    subsidy = case.assessment.subsidy
    return contract.Support(
        command.order_id, case.policy.programme, command.gross, subsidy, rule.others, rule.ceiling_bp
    )


def _by_firm(case: Case) -> dict[str, int]:
    """What each firm of an order receives; an order of one firm has one."""
    firms: dict[str, int] = {}
    for each in case.sources:
        firms[each.enterprise_id] = firms.get(each.enterprise_id, 0) + each.amount
    return firms
