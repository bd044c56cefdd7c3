"""The story of one order, from the search for a provider to where its fate takes it."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from service.demo.founding import LI, YEAR, Town
from service.demo.plans import LAST_DAY, Plan
from service.demo.year import REGISTRAR, REVIEWERS, Part, Story, Year
from service.wiring import Who
from vouchers import application
from vouchers.application.ordering import LapseOrder
from vouchers.application.reversing import ReverseInvoice
from vouchers.application.reviewing import ApproveReview, RejectReview
from vouchers.application.signalling import LiftHold
from vouchers.days import add_days, days_between
from vouchers.demand.decisions import AcceptOffer, MakeOffer, PostDemand
from vouchers.identifiers import make_code
from vouchers.kinds import ORDER, REVIEW
from vouchers.order.changing import ChangeOrder
from vouchers.order.decisions import (
    AcceptDelivery,
    CancelOrder,
    FileInvoice,
    RegisterOrder,
    RequestRedemption,
    ReverseRedemption,
)
from vouchers.order.subcontracting import ReportSubcontracting

_TOO_MUCH: Final = 60_000_000  # fen; twice the face of a voucher
_PASSED_ON: Final = 4_500  # basis points
_AGAIN: Final = 30  # days after which an order is tried again that found no money
_ATTRIBUTES: Final = {
    "INSTR": {"instrument_id": "31-SHARE-00417"},
    "INSUR": {"policy_number": "PIC-2026-0098"},
}
_CHANGED: Final = {"shrunk": (4, 5, "a part is not needed"), "grown": (6, 5, "two further samples")}


def order(year: Year, plan: Plan) -> Story:
    """An order from its registration to where its fate takes it."""
    firm = Who(f"enterprise:{plan.grant.enterprise_id}", "enterprise")
    if plan.way == "demand":
        yield add_days(plan.register_on, -3)
        plan = yield from _by_demand(year, plan, firm)
    yield plan.register_on
    if plan.slip:
        yield from year.do(application.register_order, _wrong(plan, year.town), firm)
    registered = yield from year.do(application.register_order, _order_of(plan), firm)
    if registered is None and plan.category in year.diary.short:
        plan = _later(plan)
        yield plan.register_on
        registered = yield from year.do(application.register_order, _order_of(plan), firm)
    if registered is None:
        return
    if plan.fate == "cancelled":
        yield plan.starts_on
        yield from year.do(application.cancel_order, CancelOrder(plan.order_id, "the project was given up"), firm)
        return
    if plan.fate == "forgotten":
        yield f"{YEAR + 1}-04-01"
        yield from year.do(application.lapse_order, LapseOrder(plan.order_id), REGISTRAR)
        return
    if plan.fate in _CHANGED:
        plan = yield from _changed(year, plan, firm)
    evidence = {kind: digest(plan, kind) for kind in _evidence(year.town, plan, registered["evidence"])}
    yield from _carried_out(year, plan, firm, evidence)


def _evidence(town: Town, plan: Plan, asked: Sequence[str]) -> set[str]:
    """What the category asks for, and what any tier might."""
    tiers = town.policies[plan.grant.programme].tiers.values()
    return {*asked, *(kind for tier in tiers for kind in tier.evidence)}


def _carried_out(year: Year, plan: Plan, firm: Who, evidence: dict[str, str]) -> Story:
    """The service, its invoices and its claims: all at once, or in two parts."""
    shares = (plan.gross * 3 // 5, plan.gross - plan.gross * 3 // 5) if plan.fate == "parts" else (_invoiced(plan),)
    span = days_between(plan.starts_on, plan.ends_on)
    for part, gross in enumerate(shares, 1):
        last = part == len(shares)
        done_on = plan.ends_on if last else add_days(plan.starts_on, span // 2)
        yield max(year.on, add_days(done_on, plan.accept_after))
        accepted = AcceptDelivery(plan.order_id, done_on, digest(plan, f"report {part}"))
        yield from year.do(application.accept_delivery, accepted, firm)
        yield add_days(year.on, plan.invoice_after if last else 1)
        number = yield from _invoice(year, plan, gross)
        yield from _redemption(year, plan, RequestRedemption(plan.order_id, evidence, more_to_come=not last))
    if plan.fate == "red":
        yield from _red_letter(year, plan, number, shares[0] // 4)


def _by_demand(year: Year, plan: Plan, firm: Who) -> Part[Plan]:
    """The firm posts what it needs; of several offers it takes the cheapest, that of a newcomer where there is one."""
    offering = [each for each in year.town.offers[plan.category] if each != plan.provider_id]
    newcomer = year.diary.newcomers.get(plan.category, "") if plan.grant.programme == "SH-STIV" else ""
    plan = replace(plan, provider_id=newcomer or plan.provider_id)
    demand_id = make_code("D", plan.order_id)
    post = PostDemand(
        demand_id,
        plan.grant.enterprise_id,
        plan.category,
        f"{plan.category} for a new product",
        digest(plan, "demand"),
        plan.gross * 5 // 4,
        "CNY",
        plan.register_on,
    )
    yield from year.do(application.post_demand, post, firm)
    yield add_days(year.on, 1)
    rivals = offering[int(post.digest[:8], 16) % max(1, len(offering)) :][:2]
    offers = [(plan.provider_id, plan.gross), *((each, plan.gross * 11 // 10) for each in rivals)]
    made = [
        MakeOffer(demand_id, f"{demand_id}-{number}", provider_id, fee, plan.starts_on, plan.ends_on)
        for number, (provider_id, fee) in enumerate(offers, 1)
    ]
    yield [year.ask(application.make_offer, each, Who(f"provider:{each.provider_id}", "provider")) for each in made]
    yield add_days(year.on, 1)
    accepted = AcceptOffer(demand_id, made[0].offer_id, plan.grant.enterprise_id)
    taken = yield from year.do(application.accept_offer, accepted, firm)
    return plan if taken else replace(plan, way="")


def _changed(year: Year, plan: Plan, firm: Who) -> Part[Plan]:
    """Before the service is over, its contract is changed; where the rules refuse it, it stays as it was."""
    times, parts, reason = _CHANGED[plan.fate]
    yield plan.starts_on
    gross = plan.gross * times // parts
    change = ChangeOrder(
        plan.order_id, gross, net_of(gross), plan.ends_on, digest(plan, f"contract {plan.fate}"), reason
    )
    changed = yield from year.do(application.change_order, change, firm)
    return replace(plan, gross=gross) if changed else plan


def _invoice(year: Year, plan: Plan, gross: int) -> Part[str]:
    """The provider files its invoice, and says so where others did much of the work; the invoice's number."""
    provider = provider_of(plan)
    if plan.fate == "twice" and year.diary.last_invoice:
        again = FileInvoice(plan.order_id, year.diary.last_invoice, year.on, gross, net_of(gross))
        yield from year.do(application.file_invoice, again, provider)
    if plan.fate == "passed-on":
        report = ReportSubcontracting(plan.order_id, _PASSED_ON)
        yield from year.do(application.report_subcontracting, report, provider)
    number = year.new_invoice(plan.provider_id)
    filed = FileInvoice(plan.order_id, number, year.on, gross, net_of(gross))
    yield from year.do(application.file_invoice, filed, provider)
    return number


def _redemption(year: Year, plan: Plan, command: RequestRedemption) -> Story:
    """The claim, its review where the sample asks for one, and the ways back."""
    yield add_days(year.on, plan.redeem_after)
    provider = provider_of(plan)
    answer = yield from year.do(application.request_redemption, command, provider)
    if answer is None:
        yield add_days(year.on, 45)
        answer = yield from year.do(application.request_redemption, command, provider)
    if answer is not None and answer["status"] == "requested" and plan.fate == "rejected":
        yield add_days(year.on, 3)
        reason = "the service report does not show the result"
        yield from year.do(application.reject_review, RejectReview(plan.order_id, reason), REVIEWERS[0])
        yield add_days(year.on, 7)
        answer = yield from year.do(application.request_redemption, command, provider)
    elif answer is not None and plan.fate == "withdrawn":
        yield add_days(year.on, 1)
        back = ReverseRedemption(plan.order_id, "claimed in error")
        yield from year.do(application.reverse_redemption, back, provider)
        yield add_days(year.on, 5)
        answer = yield from year.do(application.request_redemption, command, provider)
    for reviewer in REVIEWERS[1:]:
        if answer is not None and _status(year, plan, answer) == "requested":
            yield add_days(year.on, 2)
            in_order = ApproveReview(plan.order_id, "in order", answer["redemption_id"])
            answer = yield from year.do(application.approve_review, in_order, reviewer)
    if answer is not None and _status(year, plan, answer) == "approved":
        yield from _release(year, answer["redemption_id"], plan.order_id)
        year.diary.payable.setdefault(plan.grant.programme, []).append(plan.order_id)


def _status(year: Year, plan: Plan, answer: application.Answer) -> str:
    """How the latest claim stands; of an order in parts the answer tells the earliest one that is not paid."""
    if plan.fate != "parts":
        return str(answer["status"])
    return year.service.ledger.state(ORDER, plan.order_id).claims[answer["redemption_id"]].status


def _release(year: Year, redemption_id: str, order_id: str) -> Story:
    """An officer looks at money that is held and lets it go."""
    if year.service.ledger.state(REVIEW, redemption_id).hold:
        yield add_days(year.on, 2)
        yield from year.do(application.lift_hold, LiftHold(order_id, "seen on site", redemption_id), LI)


def _red_letter(year: Year, plan: Plan, number: str, gross: int) -> Story:
    """Once the order is paid, the provider corrects its invoice, and what was paid too much is demanded back."""
    for _ in range(3):
        yield add_days(year.on, 40)
        if year.service.ledger.state(ORDER, plan.order_id).paid:
            red = year.new_invoice(plan.provider_id)
            letter = ReverseInvoice(number, red, gross, net_of(gross), year.on)
            yield from year.do(application.reverse_invoice, letter, provider_of(plan))
            return


def _later(plan: Plan) -> Plan:
    """The same order some weeks later."""
    days = (add_days(day, _AGAIN) for day in (plan.register_on, plan.starts_on, plan.ends_on))
    register_on, starts_on, ends_on = (min(day, LAST_DAY) for day in days)
    return replace(plan, register_on=register_on, starts_on=starts_on, ends_on=ends_on, way="", slip="")


def _order_of(plan: Plan, **changes: Any) -> RegisterOrder:
    fields = {
        "order_id": plan.order_id,
        "voucher_id": plan.grant.voucher_id,
        "enterprise_id": plan.grant.enterprise_id,
        "provider_id": plan.provider_id,
        "category": plan.category,
        "contract_digest": digest(plan, "contract"),
        "contract_on": plan.register_on,
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
        "gross": plan.gross,
        "net": net_of(plan.gross),
        "attributes": {**_ATTRIBUTES.get(plan.category, {}), **_named(plan)},
        "vouchers": plan.vouchers,
    }
    return RegisterOrder(**{**fields, **changes})


def _named(plan: Plan) -> dict[str, str]:
    """What an order names of the market it came from."""
    match plan.way:
        case "demand":
            demand_id = make_code("D", plan.order_id)
            return {"demand_id": demand_id, "offer_id": f"{demand_id}-1"}
        case "product" | "dear":
            return {"product_id": f"P-{plan.category}"}
        case _:
            return {}


def _wrong(plan: Plan, town: Town) -> RegisterOrder:
    """The same order with a slip that the rules find."""
    plan = replace(plan, way="")
    match plan.slip:
        case "excluded":
            return _order_of(plan, attributes={"exclusions": ("statutory-test",), **_ATTRIBUTES.get(plan.category, {})})
        case "started":
            day = add_days(plan.register_on, -3)
            return _order_of(plan, contract_on=day, starts_on=day)
        case "stranger":
            return _order_of(plan, provider_id=town.offers["TECHMGR" if plan.category != "TECHMGR" else "POC"][0])
        case _:
            return _order_of(plan, gross=3 * _TOO_MUCH, net=3 * _TOO_MUCH, asked=_TOO_MUCH)


def _invoiced(plan: Plan) -> int:
    return plan.gross * 9 // 10 if plan.fate == "cheaper" else plan.gross


def provider_of(plan: Plan) -> Who:
    """Whoever acts for the provider of an order."""
    return Who(f"provider:{plan.provider_id}", "provider")


def net_of(gross: int) -> int:
    """The sum without value added tax at six per cent."""
    return gross * 100 // 106


def digest(plan: Plan, kind: str) -> str:
    """The digest of an invented document of an order."""
    return hashlib.sha256(f"{plan.order_id} {kind}".encode()).hexdigest()
