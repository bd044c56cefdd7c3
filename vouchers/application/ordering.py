"""Orders: registration against every rule at once, then delivery, invoice, cancellation and lapse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vouchers.application.programmes import budget_key, in_force
from vouchers.application.reasons import told_once
from vouchers.budget import decisions as budgets
from vouchers.cap import decisions as caps_
from vouchers.enterprise import decisions as enterprises
from vouchers.facts import Fact
from vouchers.invoice import decisions as invoices
from vouchers.invoice import events as invoice
from vouchers.kinds import BUDGET, CAP, ENTERPRISE, INVOICE, ORDER, PROGRAMME, PROVIDER, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.policy import Assessment, OrderFacts, Policy, Used, assess, caps, payee
from vouchers.programme import decisions as programmes
from vouchers.programme import events as programme
from vouchers.provider import decisions as providers
from vouchers.refusals import Cause, Ineligible, NotFound, Refused
from vouchers.voucher import decisions as voucher_decisions
from vouchers.voucher import events as voucher

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LapseOrder:
    """Let an order lapse whose redeem-by day has passed."""

    order_id: str


@dataclass(frozen=True, slots=True)
class Case:
    """Everything gathered for the assessment of one order."""

    command: orders.RegisterOrder
    terms: voucher.Issued
    adopted: programme.PolicyAdopted
    policy: Policy
    facts: OrderFacts
    assessment: Assessment
    tier: str


def register_order(unit: Unit, command: orders.RegisterOrder) -> Answer:
    """Check every rule, compute the subsidy, and reserve it in the voucher, the budget and all caps at once."""
    orders.check_command(command, unit.on)
    if unit.load(ORDER, command.order_id).registered is not None:
        raise orders.OrderExists(pointer="/order_id", remedy="Use a new order number.")
    case = gather(unit, command)
    reserved = _refuse_with_all_reasons(unit, case)
    registered = _registered(unit, case)
    unit.append(ORDER, command.order_id, orders.register(unit.load(ORDER, command.order_id), registered))
    unit.append(VOUCHER, command.voucher_id, reserved)
    subsidy = case.assessment.subsidy
    key = budget_key(case.terms.programme, case.terms.period, case.assessment.pool)
    unit.append(
        BUDGET,
        key,
        budgets.commit(unit.load(BUDGET, key), order_id=command.order_id, amount=subsidy),
    )
    for cap in case.assessment.caps:
        cap_key = cap.stream.removeprefix("cap/")
        counted = caps_.count(
            unit.load(CAP, cap_key),
            order_id=command.order_id,
            amount=subsidy,
            on=unit.on,
            limit=cap.limit,
            count_limit=cap.count_limit,
        )
        unit.append(CAP, cap_key, counted)
    return _answer(command, case)


def preview_order(unit: Unit, command: orders.RegisterOrder) -> Answer:
    """What registering this order would answer; nothing is appended."""
    orders.check_command(command, unit.on)
    case = gather(unit, command)
    _refuse_with_all_reasons(unit, case)
    return _answer(command, case)


def gather(unit: Unit, command: orders.RegisterOrder) -> Case:
    """The voucher, programme, policy, facts and cap totals of an order, assessed."""
    terms = voucher_decisions.terms_of(unit.load(VOUCHER, command.voucher_id))
    if terms.enterprise_id != command.enterprise_id:
        raise voucher_decisions.VoucherNotYours(pointer="/voucher_id")
    programmes.open_on(unit.load(PROGRAMME, terms.programme), unit.on)
    adopted, policy = in_force(unit, terms.programme, unit.on)
    enterprise = unit.load(ENTERPRISE, command.enterprise_id)
    enterprises.known(enterprise)
    provider = unit.load(PROVIDER, command.provider_id)
    providers.admitted(provider)
    facts = OrderFacts(
        programme=terms.programme,
        category=command.category,
        voucher_kind=terms.kind,
        on=unit.on,
        contract_on=command.contract_on,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        gross=command.gross,
        net=command.net,
        asked=command.asked,
        enterprise_id=command.enterprise_id,
        enterprise=enterprise.facts,
        provider_id=command.provider_id,
        provider=provider.facts,
        granted_on=terms.issued_on,
        period=terms.period,
        attributes=_attributes(unit, command, terms, policy),
    )
    used = {}
    for cap in caps(policy, facts):
        usage = unit.load(CAP, cap.stream.removeprefix("cap/"))
        used[cap.stream] = Used(usage.total, usage.count)
    assessment = assess(policy, facts, used)
    return Case(command, terms, adopted, policy, facts, assessment, enterprise.credit_tier)


def accept_delivery(unit: Unit, command: orders.AcceptDelivery) -> Answer:
    """The enterprise accepts the service."""
    state = unit.load(ORDER, command.order_id)
    after = unit.append(ORDER, command.order_id, orders.accept_delivery(state, command, unit.on))
    return {"order_id": command.order_id, "status": after.status}


def file_invoice(unit: Unit, command: orders.FileInvoice) -> Answer:
    """File an invoice that is used nowhere else; a replaced one is set free."""
    state = unit.load(ORDER, command.order_id)
    events = orders.file_invoice(state, command, unit.on)
    registered = orders.known(state)
    if events and state.invoice is not None:
        same = state.invoice.invoice == command.invoice
        _withdraw(unit, state, command.order_id, "corrected" if same else "replaced")
    filed = invoice.Filed(
        command.order_id,
        registered.enterprise_id,
        registered.provider_id,
        command.issued_on,
        command.gross,
        command.net,
        registered.currency,
    )
    unit.append(INVOICE, command.invoice, invoices.file(unit.load(INVOICE, command.invoice), filed))
    after = unit.append(ORDER, command.order_id, events)
    return {"order_id": command.order_id, "status": after.status, "invoice": command.invoice}


def cancel_order(unit: Unit, command: orders.CancelOrder) -> Answer:
    """Cancel before anything is claimed; value, caps and budget are given back."""
    state = unit.load(ORDER, command.order_id)
    return _end(unit, command.order_id, state, orders.cancel(state, command.reason), command.reason)


def lapse_order(unit: Unit, command: LapseOrder) -> Answer:
    """Let an order lapse whose voucher can no longer be redeemed; stays quiet otherwise."""
    state = unit.load(ORDER, command.order_id)
    registered = orders.known(state)
    redeem_by_on = unit.load(VOUCHER, registered.voucher_id).redeem_by_on
    events = orders.lapse(state, redeem_by_on, unit.on)
    return _end(unit, command.order_id, state, events, "lapsed")


def give_back(unit: Unit, order_id: str, state: Order, amount: int, reason: str, *, whole: bool) -> None:
    """Release an amount of a reservation in the voucher, the caps and the budget."""
    registered = orders.known(state)
    released = voucher_decisions.release(
        unit.load(VOUCHER, registered.voucher_id),
        order_id=order_id,
        category=registered.category,
        amount=amount,
        on=unit.on,
        reason=reason,
    )
    unit.append(VOUCHER, registered.voucher_id, released)
    for stream in registered.caps:
        key = stream.removeprefix("cap/")
        freed = caps_.uncount(
            unit.load(CAP, key),
            order_id=order_id,
            amount=amount,
            on=registered.registered_on,
            whole=whole,
        )
        unit.append(CAP, key, freed)
    key = budget_key(registered.programme, registered.period, registered.pool)
    unit.append(BUDGET, key, budgets.free(unit.load(BUDGET, key), order_id=order_id, amount=amount))


def facts_of(registered: order.Registered, on: str) -> OrderFacts:
    """What the policy was asked at registration, to be asked again about the actual cost."""
    return OrderFacts(
        programme=registered.programme,
        category=registered.category,
        voucher_kind=registered.voucher_kind,
        on=on,
        contract_on=registered.contract_on,
        starts_on=registered.starts_on,
        ends_on=registered.ends_on,
        gross=registered.gross,
        net=registered.net,
        asked=registered.asked,
        enterprise_id=registered.enterprise_id,
        enterprise=registered.enterprise_facts,
        provider_id=registered.provider_id,
        provider=registered.provider_facts,
        granted_on=registered.granted_on,
        period=registered.period,
        attributes=registered.attributes,
    )


def lines_of(assessment: Assessment) -> tuple[order.Line, ...]:
    """The reasoning of an assessment in its stored form."""
    return tuple([order.Line(step.rule, step.clause, step.text) for step in assessment.trace])


def _refuse_with_all_reasons(unit: Unit, case: Case) -> list[voucher.Event]:
    """Ask everything that can say no, and refuse with each reason once; else what the voucher will record."""
    command, assessment = case.command, case.assessment
    refusals: list[Refused] = []
    provider = unit.load(PROVIDER, command.provider_id)
    _ask(refusals, lambda: providers.may_take_orders(provider, command.category, unit.on))
    key = budget_key(case.terms.programme, case.terms.period, assessment.pool)
    budget = unit.load(BUDGET, key)
    if assessment.pool:
        _ask(refusals, lambda: budgets.commit(budget, order_id=command.order_id, amount=assessment.subsidy))
    reserved: list[voucher.Event] = []
    _ask(
        refusals,
        lambda: reserved.extend(
            voucher_decisions.reserve(
                unit.load(VOUCHER, command.voucher_id),
                order_id=command.order_id,
                enterprise_id=command.enterprise_id,
                category=command.category,
                amount=assessment.subsidy,
                on=unit.on,
            )
        ),
    )
    own = {_cause(refused): refused for refused in refusals}
    causes = told_once(assessment.reasons, tuple(own))
    if len(causes) == 1 and causes[0] in own:
        raise own[causes[0]]
    if causes:
        raise Ineligible(causes)
    return reserved


def _ask(refusals: list[Refused], question: Callable[[], object]) -> None:
    try:
        question()
    except NotFound:
        raise
    except Refused as refused:
        refusals.append(refused)


def _cause(refused: Refused) -> Cause:
    return Cause(refused.code, "", refused.detail, refused.remedy, refused.pointer)


def _registered(unit: Unit, case: Case) -> order.Registered:
    command, facts, assessment = case.command, case.facts, case.assessment
    return order.Registered(
        programme=case.terms.programme,
        period=case.terms.period,
        category=command.category,
        voucher_id=command.voucher_id,
        enterprise_id=command.enterprise_id,
        provider_id=command.provider_id,
        policy_version=case.adopted.version,
        policy_digest=case.adopted.digest,
        registered_on=unit.on,
        granted_on=case.terms.issued_on,
        contract_digest=command.contract_digest,
        contract_on=command.contract_on,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        currency=case.terms.currency,
        gross=command.gross,
        net=command.net,
        asked=command.asked,
        attributes=dict(facts.attributes),
        base=assessment.base,
        subsidy=assessment.subsidy,
        own_share=assessment.own_share,
        pool=assessment.pool,
        caps=tuple([cap.stream for cap in assessment.caps]),
        evidence=assessment.evidence,
        tier=case.tier,
        payee=payee(case.policy),
        voucher_kind=case.terms.kind,
        enterprise_facts=dict(facts.enterprise),
        provider_facts=dict(facts.provider),
        trace=lines_of(assessment),
    )


def _attributes(unit: Unit, command: orders.RegisterOrder, terms: voucher.Issued, policy: Policy) -> Mapping[str, Fact]:
    """What the enterprise stated, with what the log itself knows and nobody may state."""
    attributes = dict(command.attributes)
    attributes["use_by_on"] = unit.load(VOUCHER, command.voucher_id).use_by_on
    category = policy.categories.get(command.category)
    if category is not None:
        key = budget_key(terms.programme, terms.period, category.pool)
        attributes["budget_total"] = unit.load(BUDGET, key).appropriated
    return attributes


def _end(unit: Unit, order_id: str, state: Order, events: list[order.Event], reason: str) -> Answer:
    if events:
        after = unit.append(ORDER, order_id, events)
        give_back(unit, order_id, state, state.held, reason, whole=True)
        _withdraw(unit, state, order_id, reason)
        return {"order_id": order_id, "status": after.status, "released": state.held}
    return {"order_id": order_id, "status": state.status, "released": 0}


def _withdraw(unit: Unit, state: Order, order_id: str, reason: str) -> None:
    if state.invoice is not None:
        filed = unit.load(INVOICE, state.invoice.invoice)
        unit.append(INVOICE, state.invoice.invoice, invoices.withdraw(filed, order_id, reason))


def _answer(command: orders.RegisterOrder, case: Case) -> Answer:
    assessment = case.assessment
    return {
        "order_id": command.order_id,
        "voucher_id": command.voucher_id,
        "programme": case.terms.programme,
        "policy_version": case.adopted.version,
        "currency": case.terms.currency,
        "base": assessment.base,
        "subsidy": assessment.subsidy,
        "own_share": assessment.own_share,
        "evidence": list(assessment.evidence),
        "explanation": [{"rule": step.rule, "clause": step.clause, "text": step.text} for step in assessment.trace],
    }
