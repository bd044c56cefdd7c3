"""Money from several sides for one order: the other programmes of its contract, aid that counts together, levels.

Nothing is loaded or recorded for a policy that has neither [stacking] nor [aid] nor a subsidy of several levels.
"""

from collections.abc import Mapping
from dataclasses import replace

from vouchers.application import aiding
from vouchers.application.cases import Case
from vouchers.application.programmes import policy_of
from vouchers.contract import decisions as contracts
from vouchers.contract import events as contract
from vouchers.contract.state import Contract
from vouchers.invoice.state import Invoice
from vouchers.kinds import CONTRACT, ENTERPRISE, ORDER
from vouchers.ledger import Unit
from vouchers.money import WHOLE_BP
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.policy import Assessment, Policy, Step, levels_of, split, written
from vouchers.refusals import Refused

RESERVATION = "reservation"


class NotATopUp(Refused):
    """The order to be topped up is an open one of another programme, for the same contract of the same parties."""

    remedy = "Name the order of the other programme, or leave it out."


def paid_once(unit: Unit, case: Case) -> None:
    """Object to a contract that another programme pays, or pays too much of."""
    if _counts_contracts(case.policy):
        contracts.support(_with_base(unit, case), _support(case))


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
        unit.append(CONTRACT, case.command.contract_digest, contracts.support(_with_base(unit, case), _support(case)))
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
    policy = policy_of(unit, registered)
    if _counts_contracts(policy):
        key = registered.contract_digest
        unit.append(CONTRACT, key, contracts.support_more(_as_it_is(unit, key, order_id), order_id, amount))
    rule, firm = policy.aid, registered.enterprise_id
    if rule is not None and rule.counts_at == RESERVATION:
        facts = unit.load(ENTERPRISE, firm).facts
        aiding.check_room(unit, rule, firm, facts, amount)
        aiding.count(unit, rule, firm, facts, order_id, registered.programme, amount)


def renewed(unit: Unit, order_id: str, before: order.Registered, digest: str, gross: int) -> None:
    """Count an order for its changed contract: at its new cost, and under its new document where that is another."""
    if not _counts_contracts(policy_of(unit, before)):
        return
    own = unit.load(CONTRACT, before.contract_digest).of(order_id)
    if own is None:
        return
    now = replace(own, gross=gross)
    if digest == before.contract_digest:
        unit.append(CONTRACT, digest, contracts.restate(_as_it_is(unit, digest, order_id), now))
        return
    left = contracts.give_back(unit.load(CONTRACT, before.contract_digest), order_id, own.amount, whole=True)
    unit.append(CONTRACT, before.contract_digest, left)
    unit.append(CONTRACT, digest, contracts.support(_as_it_is(unit, digest, order_id), now))


def freed(unit: Unit, order_id: str, state: Order, parts: Mapping[str, int], reason: str, *, whole: bool) -> None:
    """Take back what was counted for an amount that is released; `parts` are its sums by voucher."""
    registered = orders.known(state)
    policy = policy_of(unit, registered)
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
    if not before.levels:
        return
    shares = split(amount, [(each.level, each.amount) for each in before.levels])
    if shares:
        unit.append(ORDER, order_id, [order.Funded(redemption_id, tuple([order.LevelShare(*each) for each in shares]))])


def order_beside(unit: Unit, state: Order, order_id: str, filed: Invoice) -> str:
    """The order of another programme that has this invoice for the same contract, where both may pay; else nothing."""
    registered = orders.known(state)
    if not filed.parts or order_id in filed.parts:
        return ""
    rule = policy_of(unit, registered).stacking
    if rule is None or not rule.others:
        return ""
    supports = unit.load(CONTRACT, registered.contract_digest).supports
    stacked = [each.order_id for each in supports if each.programme != registered.programme]
    return next((each for each in stacked if each in filed.parts), "")


def within_ceiling(
    unit: Unit, policy: Policy, order_id: str, state: Order, actual: Assessment, gross: int
) -> Assessment:
    """What is paid on an actual cost, no more than all programmes of the contract together may pay of it."""
    if not _counts_contracts(policy):
        return actual
    registered = orders.known(state)
    paid = _as_it_is(unit, registered.contract_digest, order_id)
    waiting = {each.order_id for each in paid.supports if not unit.load(ORDER, each.order_id).claims}
    room = contracts.room_on(paid, order_id, gross, waiting)
    if room is None or actual.subsidy <= room:
        return actual
    clause = policy.stacking.clause if policy.stacking else ""
    step = Step("stacking", clause, f"not above what all programmes together may pay of it: {written(room)}")
    own_share = actual.own_share + actual.subsidy - room
    return replace(actual, subsidy=room, own_share=own_share, trace=(*actual.trace, step))


def _with_base(unit: Unit, case: Case) -> Contract:
    """The contract of a new order, with the order that it tops up where it names one that is not counted yet.

    A programme that counts no contracts itself lets any other pay beside it, short of its own share.
    """
    command = case.command
    state = _as_it_is(unit, command.contract_digest, command.order_id)
    number = command.attributes.get("tops_up")
    if number is None or (isinstance(number, str) and state.of(number)):
        return state
    base = unit.load(ORDER, number) if isinstance(number, str) else Order()
    registered = base.registered
    if registered is None or not _is_base(registered, case) or not base.held + base.taken:
        raise NotATopUp(pointer="/attributes/tops_up")
    policy = policy_of(unit, registered)
    ceiling_bp = WHOLE_BP - policy.money.own_share_min_bp
    amount = base.held + base.taken
    support = contract.Support(
        str(number), registered.programme, registered.gross, amount, (contracts.ANY,), ceiling_bp
    )
    return Contract((*state.supports, support))


def _is_base(registered: order.Registered, case: Case) -> bool:
    """Whether an order is of another programme, for the same contract of the same firm."""
    command = case.command
    mine = command.contract_digest, command.enterprise_id, command.provider_id
    its = registered.contract_digest, registered.enterprise_id, registered.provider_id
    return mine == its and registered.programme != case.policy.programme


def _as_it_is(unit: Unit, digest: str, order_id: str) -> Contract:
    """A contract with what its other orders hold now, also those whose programme does not count contracts."""
    found = []
    for each in unit.load(CONTRACT, digest).supports:
        state = unit.load(ORDER, each.order_id)
        holds = aiding.held_on(unit.load, state, unit.on) + state.taken
        if each.order_id == order_id:
            found.append(each)
        elif holds:
            found.append(replace(each, amount=holds))
    return Contract(tuple(found))


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
