"""Every shipped programme from adoption to payment, with the numbers that it publishes."""

from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from tests.examples import CONTRACT, LAB, PUDONG, an_order, facts_of_firm, shipped, voucher_of
from tests.town import Town
from vouchers import application as app
from vouchers.budget.decisions import BudgetMissing
from vouchers.days import add_days
from vouchers.enterprise.decisions import RecordFacts
from vouchers.policy import Policy, period_of
from vouchers.refusals import Ineligible

DIGEST = "00" * 32


class Case(NamedTuple):
    """A programme, a firm and a provider that suit it, and an order with its published subsidy."""

    policy: str
    firm: dict[str, Any]
    provider: dict[str, Any]
    category: str
    kind: str
    gross: int
    net: int
    subsidy: int
    on: str = "2026-02-02"
    attributes: dict[str, Any] | None = None
    days_ahead: int = 0


IRISH = {"country": "IE", "aid_five_years": 0}
EUROPEAN = {"country": "ES"}
CHANGPING = {"revenue_previous": 9_000_00, "sound_finance": True}
RESEARCH = {"kind": "research-institution", "country": "AT"}
BEIJING = {"region": "110108", "staff": 9}
CHANGNING = {"region": "310105"}
CONSULTANCY = {"kind": "consultancy", "consultants": 3}
BAVARIAN = {"region": "DE-BY-1", "staff": 10, "public_share_bp": 0, "in_needy_region": False, "vat_deductible": True}
KNOWLEDGE = {"kind": "knowledge-provider"}
ULSTER = {"country": "GB", "region": "GB-NIR", "research_aid_five_years": False}
HONG_KONG = {"country": "HK", "is_listed": False, "substantive_business": True}
OFFERS = {"quotes": ("1" * 64, "2" * 64)}
POLISH = {"kind": "research-institution", "qualifications": ("category-A",)}
CASES = [
    Case("sh-stiv-2025", {}, {}, "TEST", "general", 1_000_000, 943_396, 500_000),
    Case("yrd-stiv", {}, {"region": "320102"}, "TEST", "general", 1_000_000, 943_396, 500_000),
    Case("cp-2017", CHANGPING | {"region": "110114"}, {"kind": "firm"}, "JOINT", "inside", 1_000_000, 1, 400_000),
    Case("cp-2017", CHANGPING, {"region": "110114"}, "JOINT", "outside", 1_000_000, 943_396, 300_000),
    Case(
        "ie-iv",
        IRISH,
        {"kind": "knowledge-provider", "country": "IE", "region": "IE"},
        "STANDARD",
        "STANDARD",
        615_000,
        500_000,
        500_000,
    ),
    Case(
        "ie-iv",
        IRISH,
        {"kind": "knowledge-provider", "country": "IE", "region": "IE"},
        "FAST_TRACK",
        "FAST_TRACK",
        1_230_000,
        1_000_000,
        500_000,
        attributes={"work_plan": "plan-1"},
    ),
    Case("at-ffg-is", {"country": "AT"}, RESEARCH, "IDEA", "cheque", 1_500_000, 1_250_000, 1_000_000),
    Case("eu-smef-2025", EUROPEAN, {"kind": "ip-office"}, "SCAN", "V1", 150_002, 150_002, 135_000, "2025-02-10"),
    Case("eu-smef-2025", EUROPEAN, {"kind": "ip-office"}, "MARK-WORLD", "V2", 80_000, 80_000, 40_000, "2025-02-10"),
    Case("bj-2015", BEIJING, {}, "LAB", "pieces", 5_000_100, 4_717_000, 5_000_000, "2016-02-02"),
    Case("bj-2018", BEIJING, {}, "LAB", "voucher", 100_000_000, 94_339_600, 48_000_000),
    Case("sd-2019", {"region": "371502"}, {}, "SERVICE", "voucher", 100_000, 94_340, 60_000),
    Case("sd-2019", {"region": "370102"}, {}, "SERVICE", "voucher", 100_000, 94_340, 40_000),
    Case("sd-lc", {"region": "371502"}, {"region": "371502"}, "SERVICE", "voucher", 100_000, 94_340, 90_000),
    Case("sd-lc", {"region": "371502"}, {"region": "370102"}, "SERVICE", "voucher", 100_000, 94_340, 60_000),
    Case(
        "cn-a",
        CHANGNING,
        {"kind": "venue"},
        "VENUE",
        "enterprise",
        155_000,
        146_227,
        150_000,
        attributes={"time_slot": "2026-02-05T09"},
        days_ahead=3,
    ),
    Case("cn-b", CHANGNING, {}, "SUPPORT", "share", 100_000, 94_340, 50_000),
    Case(
        "de-goinno",
        {"country": "DE"},
        CONSULTANCY,
        "STAGE1",
        "voucher",
        2_618_000,
        2_200_000,
        1_100_000,
        attributes={"days": 10},
    ),
    Case("by-std", BAVARIAN, {"kind": "firm"}, "STANDARD", "STANDARD", 1_190_000, 1_000_000, 400_000),
    Case("by-std", BAVARIAN, RESEARCH, "SPECIAL", "SPECIAL", 9_520_000, 8_000_000, 4_000_000),
    Case("nl-mit", {"country": "NL"}, KNOWLEDGE, "SMALL", "SMALL", 907_500, 750_000, 525_000),
    Case("nl-mit", {"country": "NL"}, KNOWLEDGE, "LARGE", "LARGE", 2_722_500, 2_250_000, 900_000),
    Case("ha-compute", {"region": "410102"}, {"kind": "platform"}, "COMPUTE", "compute", 100_000, 94_340, 20_000),
    Case("hz-compute", {"region": "330106"}, {"kind": "platform"}, "MODEL", "compute", 100_000, 94_340, 30_000),
    Case(
        "ni-iv", ULSTER, KNOWLEDGE | {"country": "IE", "region": "IE"}, "PROJECT", "voucher", 600_000, 500_000, 500_000
    ),
    Case(
        "hk-tvp-2016", HONG_KONG, {"kind": "firm"}, "PROJECT", "voucher", 100_000, 100_000, 75_000, "2019-02-04", OFFERS
    ),
    Case(
        "hk-tvp-2020", HONG_KONG, {"kind": "firm"}, "PROJECT", "voucher", 100_000, 100_000, 75_000, "2024-02-02", OFFERS
    ),
    Case("pl-parp", {"country": "PL"}, POLISH, "SERVICE", "voucher", 49_200_000, 40_000_000, 34_000_000),
    Case("lv-liaa", {"country": "LV"}, RESEARCH, "FIRST", "voucher", 1_210_000, 1_000_000, 500_000),
    Case("lv-liaa", {"country": "LV"}, RESEARCH, "INDUSTRIAL", "voucher", 1_210_000, 1_000_000, 700_000),
]


def opened(town: Town, case: Case) -> Policy:
    """A town in which the programme of a case runs, its firm is entitled and its provider accredited."""
    policy = town.go(case.on).adopt(case.policy)
    facts = facts_of_firm(**case.firm)
    town.do(app.record_facts, RecordFacts(PUDONG, case.on, "registry", DIGEST, facts))
    assert town.entitle(programme=policy.programme)["granted"] == 1, town.ledger.history
    town.admit(**case.provider)
    town.accredit(LAB, case.category, case.on, "2027-12-31")
    return policy


def order_of(case: Case, policy: Policy, order_id: str = "O-1", **changes: Any) -> Any:
    """The order of a case."""
    number = voucher_of(PUDONG, policy.programme, period_of(policy, case.on), case.kind)
    command = an_order(
        order_id,
        voucher_id=number,
        category=case.category,
        contract_on=case.on,
        starts_on=add_days(case.on, case.days_ahead),
        ends_on=add_days(case.on, case.days_ahead),
        gross=case.gross,
        net=case.net,
        contract_digest=CONTRACT,
        attributes=case.attributes or {},
    )
    return replace(command, **changes)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.policy} {case.category} {case.kind}")
def test_from_adoption_to_payment(empty_town, case):
    town = empty_town
    policy = opened(town, case)
    command = order_of(case, policy)
    assert town.do(app.register_order, command)["subsidy"] == case.subsidy
    town.go(command.ends_on).deliver()
    town.invoice(gross=case.gross, net=case.net)
    town.redeem()
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        if town.state().status == "requested":
            town.approve(reviewer=reviewer)
    if policy.payee == "enterprise":
        town.move_account("account:firm", PUDONG)
    town.propose("S-1", "O-1", programme=policy.programme)
    town.sign("S-1")
    town.confirm("S-1")
    voucher = town.voucher(command.voucher_id)
    assert (voucher.paid, voucher.face, voucher.terms.currency) == (case.subsidy, voucher.terms.face, policy.currency)
    line = town.settlement("S-1").lines["O-1-R1"].added
    assert line.payee_id == (PUDONG if policy.payee == "enterprise" else LAB)
    town.claw_back(case.subsidy)
    assert town.voucher(command.voucher_id).clawed_back == case.subsidy


def test_an_irish_company_has_three_vouchers_in_its_life_and_two_of_them_standard(empty_town):
    standard = CASES[4]
    policy = opened(empty_town, standard)
    small = {"gross": 1_230, "net": 1_000}
    for number in ("O-1", "O-2"):
        empty_town.do(app.register_order, order_of(standard, policy, number, **small))
    with empty_town.refused(Ineligible, "cap-category-count-exceeded"):
        empty_town.do(app.register_order, order_of(standard, policy, "O-3", **small))
    fast = CASES[5]
    empty_town.accredit(LAB, "FAST_TRACK", fast.on, "2027-12-31")
    empty_town.do(app.register_order, order_of(fast, policy, "O-3", **small))
    with empty_town.refused(Ineligible, "cap-lifetime-count-exceeded"):
        empty_town.do(app.register_order, order_of(fast, policy, "O-4", **small))
    empty_town.cancel("O-1")
    empty_town.do(app.register_order, order_of(fast, policy, "O-4", **small))
    assert empty_town.events(f"cap/lifetime/IE-IV:{PUDONG}/lifetime")[-1].count == 3


def test_a_fifth_of_the_years_money_is_for_strangers_among_themselves(empty_town):
    stranger = CASES[3]._replace(provider={}, subsidy=200_000)
    policy = shipped(stranger.policy)[0]
    opened(empty_town, stranger)
    pool = policy.categories["JOINT"].pool
    budget = empty_town.budget(pool, policy.programme)
    empty_town.cut(pool, budget.free - 1_000_000, programme=policy.programme)
    with empty_town.refused(Ineligible, "cap-pool-exceeded"):
        empty_town.do(app.register_order, order_of(stranger, policy, gross=1_000_005))
    empty_town.do(app.register_order, order_of(stranger, policy))
    assert empty_town.state().held == 200_000


def test_a_share_of_no_money_is_not_told_beside_there_being_none(empty_town):
    stranger = CASES[3]._replace(provider={}, subsidy=200_000)
    policy = shipped(stranger.policy)[0]
    opened(empty_town, stranger)
    pool = policy.categories["JOINT"].pool
    empty_town.cut(pool, empty_town.budget(pool, policy.programme).free, programme=policy.programme)
    with empty_town.refused(BudgetMissing):
        empty_town.do(app.register_order, order_of(stranger, policy))


def test_an_order_without_money_for_its_period_is_refused(empty_town):
    case = CASES[0]
    policy = opened(empty_town, case)
    empty_town.cut("TEST", empty_town.budget().free)
    with empty_town.refused(BudgetMissing):
        empty_town.do(app.register_order, order_of(case, policy))
