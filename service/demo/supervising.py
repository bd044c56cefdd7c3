"""Supervision in the demo year: suspensions, tiers, sanctions and appeals, second checks, money demanded back."""

from typing import Final

from service.demo.founding import LI, WANG, YEAR, Grant
from service.demo.year import Story, Year
from service.wiring import Who
from vouchers import application
from vouchers.application.recovering import ClawBackBreach
from vouchers.application.sampling import DrawRechecks, Recheck, RevealSeed
from vouchers.application.vouchering import ReturnValue
from vouchers.conduct.decisions import Appeal, DecideAppeal, LiftSanction, Sanction
from vouchers.days import add_days
from vouchers.enterprise.decisions import ChangeCreditTier
from vouchers.kinds import ENTERPRISE, ORDER, REVIEW
from vouchers.link.decisions import RecordLink
from vouchers.order.decisions import ClawBack
from vouchers.provider.decisions import Reinstate, Suspend

SUN: Final = Who("reviewer:sun", "reviewer")  # who decided no claim in the first place
CODE: Final = "SH-STIV"
HALVES: Final = ((f"{YEAR}-01-01", f"{YEAR}-07-06"), (f"{YEAR}-07-01", f"{YEAR + 1}-01-06"))
REVEALED: Final = f"{YEAR + 1}-04-06"
_FAULTY: Final = 12  # one second check in so many


def suspension(year: Year, provider_id: str, from_on: str, until_on: str, effect: str, reason: str) -> Story:
    """A provider is suspended for some weeks; finish lets open orders go on, freeze stops their claims too."""
    yield from_on
    yield from year.do(application.suspend, Suspend(provider_id, from_on, effect, reason), LI)
    yield until_on
    yield from year.do(application.reinstate, Reinstate(provider_id, until_on, "the defects were mended"), LI)


def sanctions(year: Year, provider_id: str) -> Story:
    """Payments to a provider stop until it mends its reports; it appeals in vain, and is let go in winter."""
    yield f"{YEAR}-08-10"
    found = Sanction(provider_id, "payments", year.on, "", "finish", "reports without raw data", "supervision")
    imposed = yield from year.do(application.sanction, found, LI)
    act = imposed["act"] if imposed else 0
    yield add_days(year.on, 4)
    appeal = Appeal(provider_id, act, "the data were on a disk that broke")
    yield from year.do(application.appeal, appeal, Who(f"provider:{provider_id}", "provider"))
    yield add_days(year.on, 10)
    decided = DecideAppeal(provider_id, act, upheld=False, reason="no copy was kept either")
    yield from year.do(application.decide_appeal, decided, WANG)
    yield f"{YEAR}-11-03"
    yield from year.do(application.lift_sanction, LiftSanction(provider_id, act, year.on, "the data are kept now"), LI)


def bar(year: Year, grants: tuple[Grant, ...]) -> Story:
    """A firm that forged a report is barred, and with it the other firms of its controller."""
    yield f"{YEAR}-09-01"
    firms: dict[str, str] = {}
    for grant in grants:
        controller = str(year.service.ledger.state(ENTERPRISE, grant.enterprise_id).facts.get("controller", ""))
        if firms.setdefault(controller, grant.enterprise_id) != grant.enterprise_id:
            barred = Sanction(
                grant.enterprise_id,
                "barred",
                year.on,
                f"{YEAR + 1}-08-31",
                "finish",
                "a forged test report",
                "breach",
                with_controller=True,
            )
            yield from year.do(application.sanction, barred, LI)
            return


def ties(year: Year, grants: tuple[Grant, ...]) -> Story:
    """It becomes known that some firms are paid to the same account; their claims are looked at from then on."""
    yield f"{YEAR}-04-01"
    for one, other in zip(grants[::90], grants[45::90], strict=False):
        if one.enterprise_id != other.enterprise_id:
            link = RecordLink(
                one.enterprise_id, other.enterprise_id, "same-account", 10_000, year.on, "", "bank's list"
            )
            yield from year.do(application.record_link, link, LI)


def returns(year: Year, grants: tuple[Grant, ...]) -> Story:
    """A few enterprises give back what they will not need, and a few lose their good standing, one of them wrongly."""
    yield f"{YEAR}-05-04"
    moved = []
    for grant in grants[::300]:
        change = ChangeCreditTier(grant.enterprise_id, "C", "findings of an on-site inspection")
        yield from year.do(application.change_credit_tier, change, LI)
        moved.append(grant.enterprise_id)
    yield f"{YEAR}-05-11"
    firm = Who(f"enterprise:{moved[0]}", "enterprise")
    yield from year.do(application.appeal, Appeal(moved[0], 1, "the inspection was at another firm"), firm)
    yield f"{YEAR}-05-20"
    upheld = DecideAppeal(moved[0], 1, upheld=True, reason="the two firms were mistaken for one another")
    yield from year.do(application.decide_appeal, upheld, WANG)
    yield f"{YEAR}-10-15"
    for grant in grants[7::200]:
        firm = Who(f"enterprise:{grant.enterprise_id}", "enterprise")
        back = ReturnValue(grant.voucher_id, 5_000_000, "not needed this year")
        yield from year.do(application.return_value, back, firm)


def clawbacks(year: Year, count: int) -> Story:
    """Money is demanded back in autumn: from the first payments, all of one and half of the others."""
    yield f"{YEAR}-09-14"
    orders = dict.fromkeys(payment.order_id for payment in year.diary.payments)
    for number, order_id in enumerate(list(orders)[:count]):
        paid = year.service.ledger.state(ORDER, order_id).paid
        share = paid // 2 if number else paid
        demand = ClawBack(order_id, share, "the service was not rendered as reported")
        yield from year.do(application.claw_back, demand, WANG)


def second_checks(year: Year, from_on: str, drawn_on: str) -> Story:
    """A sample of what a half-year paid is checked again by another reviewer; what is faulty is demanded back."""
    yield drawn_on
    paid = [each for each in year.diary.payments if each.programme == CODE and from_on <= each.paid_on]
    last_on = add_days(drawn_on[:8] + "01", -1)
    orders = {each.order_id: each.redemption_id for each in paid if each.paid_on <= last_on}
    orders = {each: number for each, number in orders.items() if year.service.ledger.state(ORDER, each).paid}
    if not orders:
        return
    yield from year.do(application.draw_rechecks, DrawRechecks(CODE, from_on, tuple(orders)), LI)
    drawn = [each for each, number in orders.items() if year.service.ledger.state(REVIEW, number).recheck == "drawn"]
    for at, order_id in enumerate(drawn):
        yield add_days(year.on, 1)
        outcome = "in-order" if (at + 1) % _FAULTY else "faulty"
        checked = Recheck(order_id, outcome, "documents asked for again")
        yield from year.do(application.recheck, checked, SUN)
        if outcome == "faulty":
            breach = ClawBackBreach(order_id, "the report was written for another customer", 3_000)
            yield from year.do(application.claw_back_breach, breach, WANG)


def disclosure(year: Year) -> Story:
    """When the year is over its sampling seed is published, so that everybody can draw again."""
    yield REVEALED
    yield from year.do(application.reveal_seed, RevealSeed(CODE, str(YEAR)), LI)
