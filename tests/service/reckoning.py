"""A turn of events where ceilings are counted otherwise: rolling months, one level of government, a platform's year."""

from tests.examples import DIGEST, facts_of_firm, voucher_of
from tests.neighbours import order
from tests.town import Town
from vouchers import application as app
from vouchers.enterprise.decisions import RecordFacts
from vouchers.facts import Fact
from vouchers.identifiers import make_credit_code
from vouchers.support.decisions import DecideSupport, PaySupport, StateIncome

MUNICH, LIAOCHENG, TECHNIKER, WORKSHOP, PLATFORM = (make_credit_code("9", "1", "310115", 9_200 + n) for n in range(5))
PLATFORMS = "SH-PLATFORM"


def reckon(town: Town) -> None:
    """Two orders that count in a rolling window, two that count for a province, and the support of a platform."""
    bavarian = {"country": "DE", "in_needy_region": False, "public_share_bp": 0, "staff": 10, "vat_deductible": True}
    trade(town, "by-std", "BY", MUNICH, TECHNIKER, region="DE-BY-1", **bavarian)
    buy(town, "BY", MUNICH, TECHNIKER, "STANDARD", voucher="STANDARD", gross=595_000, net=500_000)
    trade(town, "sd-lc", "SD-LC", LIAOCHENG, WORKSHOP, region="371502")
    buy(town, "SD-LC", LIAOCHENG, WORKSHOP, "SERVICE", voucher="voucher", gross=100_000, net=100_000)
    support(town)


def trade(town: Town, policy: str, code: str, firm: str, provider: str, region: str, **facts: Fact) -> None:
    """A programme with one firm and one provider, both of its own region."""
    town.adopt(policy)
    described = facts_of_firm(firm, region=region, **facts)
    town.do(app.record_facts, RecordFacts(firm, town.on, "registry", DIGEST, described))
    town.entitle(firm, programme=code)
    country = facts.get("country", "CN")
    town.admit(provider, kind="firm", region=region, country=country, account=f"account:{provider}")


def buy(town: Town, code: str, firm: str, provider: str, category: str, voucher: str, **price: int) -> None:
    """Two orders of today, of which the first is cancelled: it leaves what it was counted in."""
    town.accredit(provider, category, town.on)
    ours = {"voucher_id": voucher_of(firm, code, town.on[:4], voucher), "provider_id": provider, "category": category}
    for number in (1, 2):
        order(town, f"{code}-{number}", code, firm, **ours, **price)
    town.cancel(f"{code}-1")


def support(town: Town) -> None:
    """A platform's income is stated, its support decided by a second person and paid by a third."""
    town.adopt("platform-backslide", 10_000_000_000)
    town.admit(PLATFORM, kind="platform", account="account:platform")
    of_the_year = (PLATFORMS, PLATFORM, town.on[:4])
    income = StateIncome(*of_the_year, 400_000_000, 1_000_000_000, 9_000, DIGEST)
    town.do(app.state_income, income)
    town.do(app.decide_support, DecideSupport(*of_the_year), actor="officer:wu")
    town.do(app.pay_support, PaySupport(*of_the_year, town.on, "bank-7"), actor="finance:sun")
