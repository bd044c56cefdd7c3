"""The case of one order: what was gathered about it, what the policy says to it, and how both are stored."""

from collections.abc import Mapping, Sequence

from vouchers.application.converting import contract_in_own_money, step_of
from vouchers.application.fact_days import facts_of_order
from vouchers.application.programmes import budget_key, in_force
from vouchers.application.sharing import Named, Source, firms_of, named_by, share_out, used_by
from vouchers.application.standing import governing_tier
from vouchers.enterprise import decisions as enterprises
from vouchers.facts import Fact
from vouchers.kinds import BUDGET, ENTERPRISE, PROGRAMME, PROVIDER, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.policy import Assessment, Cap, OrderFacts, Policy, assess, caps, payee, pool_of
from vouchers.programme import decisions as programmes
from vouchers.programme import events as programme
from vouchers.provider import decisions as providers
from vouchers.provider.sites import facts_at
from vouchers.values import Value, replace
from vouchers.voucher import decisions as voucher_decisions
from vouchers.voucher import events as voucher


class Case(Value):
    """Everything gathered for the assessment of one order."""

    command: orders.RegisterOrder
    terms: voucher.Issued
    adopted: programme.PolicyAdopted
    policy: Policy
    facts: OrderFacts
    assessment: Assessment
    tier: str
    sources: tuple[Source, ...]
    room: int
    stored: tuple[order.Event, ...]

    @property
    def common_caps(self) -> tuple[Cap, ...]:
        """The ceilings that count the whole order; the others count one firm's part each."""
        own = {cap.stream for source in self.sources for cap in source.caps}
        if not own:
            return self.assessment.caps
        return tuple([cap for cap in self.assessment.caps if cap.stream not in own])

    @property
    def budget(self) -> str:
        """The key of the budget that the order draws from."""
        return budget_key(self.terms.programme, self.terms.period, self.assessment.pool)


def gather(unit: Unit, command: orders.RegisterOrder) -> Case:
    """The vouchers, programme, policy, facts and cap totals of an order, assessed."""
    terms = voucher_decisions.terms_of(unit.load(VOUCHER, command.voucher_id))
    enterprise = unit.load(ENTERPRISE, command.enterprise_id)
    house = (command.enterprise_id, *enterprise.predecessors)
    if terms.enterprise_id not in house:
        raise voucher_decisions.VoucherNotYours(pointer="/voucher_id")
    programmes.open_on(unit.load(PROGRAMME, terms.programme), unit.on)
    adopted, policy = in_force(unit, terms.programme, unit.on)
    enterprises.known(enterprise)
    providers.admitted(unit.load(PROVIDER, command.provider_id))
    command, converted = contract_in_own_money(policy, command, unit.on)
    named = named_by(unit, command, house, policy) if command.vouchers else []
    facts = _facts_of(unit, command, terms, policy, named)
    against = caps(policy, facts)
    used = used_by(unit, against, facts, house)
    assessment = assess(policy, facts, used, sum([each.room for each in named if each.pledged]), against)
    sources: tuple[Source, ...] = (Source(command.voucher_id, command.enterprise_id, assessment.subsidy),)
    room = 0
    stored: tuple[order.Event, ...] = ()
    if named:
        sources, room, assessment, stored = share_out(unit, policy, facts, used, assessment, named)
    if converted:
        assessment = replace(assessment, trace=(step_of(policy, converted), *assessment.trace))
        stored = (*stored, converted)
    tier = governing_tier(unit, policy, enterprise.credit_tier, command.provider_id)
    return Case(command, terms, adopted, policy, facts, assessment, tier, sources, room, stored)


def _facts_of(
    unit: Unit, command: orders.RegisterOrder, terms: voucher.Issued, policy: Policy, named: Sequence[Named]
) -> OrderFacts:
    """What the policy is asked about an order."""
    return OrderFacts(
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
        enterprise=facts_of_order(
            policy,
            unit.load(ENTERPRISE, command.enterprise_id),
            contract_on=command.contract_on,
            granted_on=terms.issued_on,
            on=unit.on,
        ),
        provider_id=command.provider_id,
        provider=facts_at(unit.load(PROVIDER, command.provider_id), command.attributes.get("site_id"), unit.on),
        granted_on=terms.issued_on,
        period=terms.period,
        attributes=_attributes(unit, command, terms, policy, named),
    )


def registered_of(unit: Unit, case: Case) -> order.Registered:
    """The registration as it will be stored."""
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
        caps=tuple([cap.stream for cap in case.common_caps]),
        evidence=assessment.evidence,
        tier=case.tier,
        payee=payee(case.policy),
        voucher_kind=case.terms.kind,
        enterprise_facts=dict(facts.enterprise),
        provider_facts=dict(facts.provider),
        trace=lines_of(assessment),
    )


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


def _attributes(
    unit: Unit, command: orders.RegisterOrder, terms: voucher.Issued, policy: Policy, named: Sequence[Named]
) -> Mapping[str, Fact]:
    """What the enterprise stated, with what the log itself knows and nobody may state."""
    attributes = dict(command.attributes)
    attributes["use_by_on"] = unit.load(VOUCHER, command.voucher_id).use_by_on
    attributes.pop("pooled_firms", None)
    firms = firms_of(named)
    if firms > 1 and policy.pooling.each:
        attributes["pooled_firms"] = firms
    category = policy.categories.get(command.category)
    if category is not None:
        pool = pool_of(policy, category, unit.load(ENTERPRISE, command.enterprise_id).facts)
        attributes["budget_total"] = unit.load(BUDGET, budget_key(terms.programme, terms.period, pool)).appropriated
    return attributes
