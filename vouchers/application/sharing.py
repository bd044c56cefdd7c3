"""Several vouchers for one order: which may be named, what each pays, and what the policy says to each firm."""

from collections.abc import Sequence
from typing import NamedTuple

from vouchers.application.ceilings import used_of
from vouchers.application.fact_days import facts_of_order
from vouchers.enterprise import decisions as enterprises
from vouchers.kinds import ENTERPRISE, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.policy import (
    OF_A_FIRM,
    Assessment,
    Cap,
    OrderFacts,
    Policy,
    Reason,
    Step,
    Used,
    assess_partner,
    assess_voucher,
    caps,
    written,
)
from vouchers.refusals import Refused
from vouchers.values import Value, replace
from vouchers.voucher import decisions as voucher_decisions
from vouchers.voucher import events as voucher


class VoucherNamedTwice(Refused):
    """The order names a voucher more than once."""

    remedy = "Name each voucher once."


class VoucherOfAnotherProgramme(Refused):
    """An order is paid from the vouchers of one programme."""

    remedy = "Name vouchers of the programme of the first one only."


class TooManyVouchers(Refused):
    """The policy lets fewer vouchers go together for one order."""


class TooManyFirms(Refused):
    """The policy lets fewer firms put their vouchers together for one order."""


class PledgePassed(Refused):
    """The firm's pledge of this voucher stood until an earlier day."""

    remedy = "Ask the firm to pledge its voucher again."


class Named(Value):
    """A voucher that an order names: its terms and last day of use, what it has to give, and whether it is a pledge."""

    voucher_id: str
    terms: voucher.Issued
    use_by_on: str
    room: int
    pledged: bool


class Source(Value):
    """A voucher that an order draws on: the firm it pays for, its part, and the caps that count that part only."""

    voucher_id: str
    enterprise_id: str
    amount: int
    caps: tuple[Cap, ...] = ()


class Shares(NamedTuple):
    """How an order is spread over its vouchers: the parts, what the vouchers have, and what is stored about both."""

    sources: tuple[Source, ...]
    room: int
    assessment: Assessment
    stored: tuple[order.Event, ...]


def named_by(unit: Unit, command: orders.RegisterOrder, house: Sequence[str], policy: Policy) -> list[Named]:
    """The vouchers that an order names, the soonest to expire first and of equal days the lower number."""
    numbers = (command.voucher_id, *command.vouchers)
    if len({*numbers}) < len(numbers):
        raise VoucherNamedTwice(pointer="/vouchers")
    if len(numbers) > policy.pooling.vouchers:
        raise TooManyVouchers(
            pointer="/vouchers", remedy=f"Name at most {policy.pooling.vouchers}.", limit=policy.pooling.vouchers
        )
    programme = voucher_decisions.terms_of(unit.load(VOUCHER, command.voucher_id)).programme
    found = [_named(unit, number, programme, command, house) for number in numbers]
    firms = firms_of(found)
    if firms > policy.pooling.firms:
        raise TooManyFirms(
            pointer="/vouchers", remedy=f"Bring at most {policy.pooling.firms} together.", limit=policy.pooling.firms
        )
    return sorted(found, key=lambda each: (each.use_by_on, each.voucher_id))


def firms_of(named: Sequence[Named]) -> int:
    """How many firms put their vouchers together."""
    return len({each.terms.enterprise_id for each in named if each.pledged}) + 1


def share_out(
    unit: Unit, policy: Policy, facts: OrderFacts, used: dict[str, Used], assessment: Assessment, named: list[Named]
) -> Shares:
    """Each pledge in full, and from the order's own vouchers the rest, the soonest to expire first."""
    reasons, steps, partners = [*assessment.reasons], [*assessment.trace], dict[str, order.PartnerJoined]()
    clause = policy.pooling.clause
    pledged = sum(each.room for each in named if each.pledged)
    left = assessment.subsidy - pledged
    if pledged and left <= 0:
        text = f"The pledges come to {written(pledged)}, and the order is supported with {written(assessment.subsidy)}."
        reasons.append(Reason("pledges-too-large", clause, text, "Let the partners pledge less."))
    pooled = tuple(cap for cap in assessment.caps if pledged and cap.level in OF_A_FIRM)
    for cap in pooled:
        used[cap.stream] = _and(used[cap.stream], max(0, left))
    sources = list[Source]()
    for each in named:
        amount = each.room if each.pledged else min(each.room, max(0, left))
        left -= 0 if each.pledged else amount
        if each.pledged:
            against, of_firm, joined = _partner(unit, policy, facts, each, used)
            reasons.extend(against)
            partners.setdefault(joined.enterprise_id, joined)
            sources.append(Source(each.voucher_id, each.terms.enterprise_id, amount, of_firm))
        else:
            reasons.extend(_of_voucher(policy, facts, each, assessment.reasons))
            sources.append(Source(each.voucher_id, facts.enterprise_id, amount, pooled))
        if amount:
            text = f"{each.voucher_id} pays {written(amount)}; it can be used until {each.use_by_on}"
            steps.append(Step("voucher", clause, text))
    drawn = tuple(source for source in sources if source.amount)
    shared = [_shared(source) for source in drawn]
    assessed = replace(assessment, reasons=tuple(reasons), trace=tuple(steps))
    return Shares(drawn, sum(each.room for each in named), assessed, (*shared, *partners.values()))


def used_by(unit: Unit, against: Sequence[Cap], facts: OrderFacts, house: Sequence[str]) -> dict[str, Used]:
    """What is used of each ceiling that an order counts against, by the firm and by those whose place it takes."""
    used = {stream: used_of(unit, stream) for stream in [cap.stream for cap in against]}
    for former in house[1:]:
        facts_then = unit.load(ENTERPRISE, former).facts
        then = {"enterprise_id": former, "controller": str(facts_then.get("controller", ""))}
        for cap in against:
            stream = _stream_of(cap, facts, then)
            if stream and stream not in used:
                more = used_of(unit, stream)
                used[cap.stream] = Used(used[cap.stream].amount + more.amount, used[cap.stream].count + more.count)
    return used


def _named(unit: Unit, number: str, programme: str, command: orders.RegisterOrder, house: Sequence[str]) -> Named:
    """One voucher: the firm's own, or one that its holder has pledged to this order."""
    state = unit.load(VOUCHER, number)
    terms = voucher_decisions.terms_of(state)
    if terms.enterprise_id in house:
        if terms.programme != programme:
            raise VoucherOfAnotherProgramme(pointer="/vouchers", voucher_id=number)
        return Named(number, terms, state.use_by_on, state.spendable(unit.on), pledged=False)
    pledge = state.pledges.get(command.order_id)
    if pledge is None or pledge.enterprise_id != command.enterprise_id:
        raise voucher_decisions.VoucherNotYours(pointer="/vouchers")
    if terms.programme != programme:
        raise VoucherOfAnotherProgramme(pointer="/vouchers", voucher_id=number)
    if unit.on > pledge.until_on:
        raise PledgePassed(pointer="/vouchers", voucher_id=number, until_on=pledge.until_on)
    return Named(number, terms, state.use_by_on, pledge.amount, pledged=True)


def _partner(
    unit: Unit, policy: Policy, facts: OrderFacts, each: Named, used: dict[str, Used]
) -> tuple[tuple[Reason, ...], tuple[Cap, ...], order.PartnerJoined]:
    """What the policy says to a partner's part of an order, every reason with the firm's code before it."""
    enterprise = unit.load(ENTERPRISE, each.terms.enterprise_id)
    enterprises.known(enterprise)
    enterprises.not_succeeded(enterprise, unit.on)
    stated = facts_of_order(
        policy, enterprise, contract_on=facts.contract_on, granted_on=each.terms.issued_on, on=unit.on
    )
    own = replace(_facts_of(facts, each), enterprise_id=each.terms.enterprise_id, enterprise=stated)
    for stream, now in used_by(unit, caps(policy, own), own, (own.enterprise_id, *enterprise.predecessors)).items():
        used.setdefault(stream, now)
    assessed = assess_partner(policy, own, used, each.room)
    for cap in assessed.caps:
        used[cap.stream] = _and(used[cap.stream], each.room)
    told = tuple(replace(reason, text=f"{own.enterprise_id}: {reason.text}") for reason in assessed.reasons)
    lines = tuple([order.Line(step.rule, step.clause, step.text) for step in assessed.trace])
    joined = order.PartnerJoined(own.enterprise_id, each.terms.issued_on, dict(stated), lines)
    return told, assessed.caps, joined


def _of_voucher(policy: Policy, facts: OrderFacts, each: Named, told: Sequence[Reason]) -> list[Reason]:
    """What speaks against one more of the firm's own vouchers, beside what is told already."""
    reasons = assess_voucher(policy, _facts_of(facts, each))
    return [replace(reason, text=f"{each.voucher_id}: {reason.text}") for reason in reasons if reason not in told]


def _facts_of(facts: OrderFacts, each: Named) -> OrderFacts:
    """The order as it looks from another of its vouchers."""
    attributes = {**facts.attributes, "use_by_on": each.use_by_on}
    return replace(
        facts,
        voucher_kind=each.terms.kind,
        granted_on=each.terms.issued_on,
        period=each.terms.period,
        attributes=attributes,
    )


def _shared(source: Source) -> order.Shared:
    streams = tuple([cap.stream for cap in source.caps])
    return order.Shared(source.voucher_id, source.enterprise_id, source.amount, streams)


def _and(used: Used, amount: int) -> Used:
    """What is used once a part of the present order is counted; the order itself is counted in the end."""
    return Used(used.amount + amount, used.count)


def _stream_of(cap: Cap, facts: OrderFacts, then: dict[str, str]) -> str:
    """The stream in which a firm's predecessor was counted for the same ceiling, or nothing where there is none."""
    match cap.level:
        case "enterprise" | "lifetime" | "category":
            return cap.stream.replace(facts.enterprise_id, then["enterprise_id"])
        case "group":
            now = str(facts.enterprise.get("controller", ""))
            return cap.stream.replace(f":{now}/", f":{then['controller']}/") if then["controller"] else ""
        case _:
            return ""
