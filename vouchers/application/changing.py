"""Changing an order: down freely, up only while everything that was asked at its registration holds for the more."""

from dataclasses import replace
from typing import Any

from vouchers.application.booking import CHANGE_OBJECTIONS, give_back, refuse_with_all_reasons, spread, take
from vouchers.application.cases import Case, facts_of, lines_of
from vouchers.application.fact_days import facts_of_order
from vouchers.application.programmes import compiled
from vouchers.application.sharing import Source, used_by
from vouchers.application.stacking import renewed
from vouchers.kinds import ENTERPRISE, ORDER, PROGRAMME, PROVIDER, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import changing, coupons
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.policy import Assessment, OrderFacts, Policy, assess_less, assess_more, caps
from vouchers.programme import events as programme
from vouchers.provider.sites import facts_at
from vouchers.refusals import Ineligible
from vouchers.voucher import decisions as voucher_decisions

Answer = dict[str, Any]


def change_order(unit: Unit, command: changing.ChangeOrder) -> Answer:
    """Let new terms of the contract hold: what they free is released, what they need beyond it is reserved."""
    state = unit.load(ORDER, command.order_id)
    registered = changing.check_change(state, command)
    if changing.is_the_same(registered, command):
        return _answer(command.order_id, state, 0)
    coupons.check_free(state)
    adopted = unit.load(PROGRAMME, registered.programme).policy(registered.policy_version)
    assert adopted is not None, "an order names a policy that was adopted"
    policy, before = compiled(adopted), state.held + state.taken
    then = _new_terms(facts_of(registered, registered.registered_on), command)
    found, facts = assess_less(policy, then), then
    if found.subsidy > before or command.ends_on > registered.ends_on:
        facts = _today(unit, policy, then)
        found = _assess_more(unit, policy, state, facts, then, before)
        _ask_everyone(unit, command.order_id, state, adopted, policy, facts, found, found.subsidy - before)
    if found.reasons:
        raise Ineligible(found.reasons)
    unit.append(ORDER, command.order_id, changing.change(state, _changed(unit, command, facts, found)))
    more = found.subsidy - before
    if more > 0:
        take(unit, command.order_id, state, more, found.caps)
    elif more < 0:
        give_back(unit, command.order_id, state, -more, "the contract was changed", whole=False)
    renewed(unit, command.order_id, registered, command.contract_digest, command.gross)
    return _answer(command.order_id, unit.load(ORDER, command.order_id), more)


def _new_terms(facts: OrderFacts, command: changing.ChangeOrder) -> OrderFacts:
    """What the policy was asked at registration, with the terms that are new."""
    return replace(
        facts,
        gross=command.gross,
        net=command.net,
        asked=command.asked,
        ends_on=command.ends_on,
        attributes={**facts.attributes, **command.attributes},
    )


def _today(unit: Unit, policy: Policy, then: OrderFacts) -> OrderFacts:
    """The same terms on the day of the change, with the facts of that day."""
    enterprise = unit.load(ENTERPRISE, then.enterprise_id)
    provider = unit.load(PROVIDER, then.provider_id)
    return replace(
        then,
        on=unit.on,
        enterprise=facts_of_order(
            policy, enterprise, contract_on=then.contract_on, granted_on=then.granted_on, on=unit.on
        ),
        provider=facts_at(provider, then.attributes.get("site_id"), unit.on),
    )


def _assess_more(
    unit: Unit, policy: Policy, state: Order, now: OrderFacts, then: OrderFacts, before: int
) -> Assessment:
    """The policy's word on the new terms, with what the firm and its predecessors have used of the order's ceilings."""
    registered = orders.known(state)
    last = min(unit.load(VOUCHER, share.voucher_id).use_by_on for share in state.shares)
    counted = {*registered.caps, *(stream for share in state.several for stream in share.caps)}
    now = replace(now, attributes={**now.attributes, "use_by_on": last})
    house = (then.enterprise_id, *unit.load(ENTERPRISE, then.enterprise_id).predecessors)
    used = used_by(unit, [cap for cap in caps(policy, then) if cap.stream in counted], then, house)
    return assess_more(policy, now, then, used, before, counted)


def _ask_everyone(
    unit: Unit,
    order_id: str,
    state: Order,
    adopted: programme.PolicyAdopted,
    policy: Policy,
    facts: OrderFacts,
    found: Assessment,
    more: int,
) -> None:
    """Refuse with all reasons at once: the policy's, the provider's, the vouchers' and the budget's."""
    registered = orders.known(state)
    own = [share.voucher_id for share in state.shares if share.enterprise_id == registered.enterprise_id]
    rooms = [(voucher_id, unit.load(VOUCHER, voucher_id).spendable(unit.on)) for voucher_id in own]
    parts = spread(more, rooms) if more > 0 else []
    case = Case(
        command=_as_registered(order_id, registered, facts),
        terms=voucher_decisions.terms_of(unit.load(VOUCHER, registered.voucher_id)),
        adopted=adopted,
        policy=policy,
        facts=facts,
        assessment=replace(found, subsidy=max(0, more), pool=registered.pool),
        tier=registered.tier,
        sources=tuple([Source(voucher_id, registered.enterprise_id, part) for voucher_id, part in parts]),
        room=0,
        stored=(),
    )
    refuse_with_all_reasons(unit, case, CHANGE_OBJECTIONS)


def _as_registered(order_id: str, registered: order.Registered, facts: OrderFacts) -> orders.RegisterOrder:
    """The registration as it would be asked for with the new terms."""
    return orders.RegisterOrder(
        order_id=order_id,
        voucher_id=registered.voucher_id,
        enterprise_id=registered.enterprise_id,
        provider_id=registered.provider_id,
        category=registered.category,
        contract_digest=registered.contract_digest,
        contract_on=registered.contract_on,
        starts_on=registered.starts_on,
        ends_on=facts.ends_on,
        gross=facts.gross,
        net=facts.net,
        asked=facts.asked,
        attributes=facts.attributes,
    )


def _changed(unit: Unit, command: changing.ChangeOrder, facts: OrderFacts, found: Assessment) -> order.Changed:
    """The change as it will be stored."""
    return order.Changed(
        changed_on=unit.on,
        reason=command.reason,
        contract_digest=command.contract_digest,
        ends_on=command.ends_on,
        gross=command.gross,
        net=command.net,
        asked=command.asked,
        attributes=dict(facts.attributes),
        base=found.base,
        subsidy=found.subsidy,
        own_share=found.own_share,
        enterprise_facts=dict(facts.enterprise),
        provider_facts=dict(facts.provider),
        trace=lines_of(found),
    )


def _answer(order_id: str, state: Order, more: int) -> Answer:
    registered = orders.known(state)
    return {
        "order_id": order_id,
        "status": state.status,
        "base": registered.base,
        "subsidy": registered.subsidy,
        "own_share": registered.own_share,
        "reserved_more": max(0, more),
        "released": max(0, -more),
    }
