"""The numbers that programmes themselves publish, each through the shipped policy."""

import pytest

from tests.policies.cases import CP, EU, FFG, IE, SH, YRD, cap_of, codes, firm, order, policy, provider
from vouchers.policy import Used, assess, settle

IRISH = {
    "programme": "IE-IV",
    "granted_on": "2026-01-05",
    "period": "2026-01-01..2026-12-31",
    "enterprise": firm(country="IE", region=None),
    "provider": provider(country="IE", region="IE", kind="knowledge-provider"),
}
AUSTRIAN = {
    "programme": "AT-FFG-IS",
    "category": "IDEA",
    "voucher_kind": "cheque",
    "enterprise": firm(country="AT", region=None),
    "provider": provider(country="AT", kind="research-institution"),
}
EUROPEAN = {
    "programme": "EU-SMEF",
    "on": "2025-03-01",
    "contract_on": "2025-03-01",
    "starts_on": "2025-03-02",
    "ends_on": "2025-05-01",
    "granted_on": "2025-02-10",
    "period": "2025-02-03..2025-12-05",
    "enterprise": firm(country="ES", region=None),
    "provider": provider(kind="ip-office"),
}


def test_shanghai_pays_half_of_the_invoice_total():
    found = assess(policy(SH), order(gross=200_000, net=188_679), {})
    assert (found.reasons, found.base, found.subsidy, found.own_share) == ((), 200_000, 100_000, 100_000)
    assert [step.text for step in found.trace if step.rule == "subsidy"] == ["50 % of 2,000.00 = 1,000.00"]


def test_half_a_fen_stays_with_the_enterprise():
    assert assess(policy(SH), order(gross=200_001, net=188_679), {}).subsidy == 100_000


def test_the_delta_pays_half_across_an_area_border():
    asked = order(
        programme="YRD-STIV",
        category="TEST",
        enterprise=firm(region="310118"),
        provider=provider(region="320509", kind="lab"),
    )
    found = assess(policy(YRD), asked, {})
    assert (found.reasons, found.subsidy) == ((), 100_000)


def test_the_austrian_cheque_pays_10_000_of_12_500():
    found = assess(policy(FFG), order(**AUSTRIAN, gross=1_500_000, net=1_250_000), {})
    assert (found.reasons, found.base, found.subsidy) == ((), 1_250_000, 1_000_000)


def test_the_austrian_cheque_is_cut_to_10_000_and_says_so():
    found = assess(policy(FFG), order(**AUSTRIAN, gross=1_800_000, net=1_500_000), {})
    assert (found.reasons, found.subsidy) == ((), 1_000_000)
    assert "cut to the maximum per order: 10,000.00" in [step.text for step in found.trace]


def test_vat_counts_only_for_an_austrian_firm_that_cannot_deduct_it():
    asked = {**AUSTRIAN, "gross": 600_000, "net": 500_000}
    assert assess(policy(FFG), order(**asked), {}).subsidy == 400_000
    asked["enterprise"] = firm(country="AT", vat_deductible=False)
    assert assess(policy(FFG), order(**asked), {}).subsidy == 480_000
    asked["enterprise"] = firm(country="AT", vat_deductible=None)
    assert assess(policy(FFG), order(**asked), {}).subsidy == 400_000


def test_the_irish_standard_voucher_pays_the_net_and_the_firm_the_vat():
    asked = order(**IRISH, category="STANDARD", voucher_kind="STANDARD", gross=615_000, net=500_000)
    found = assess(policy(IE), asked, {})
    assert (found.reasons, found.subsidy, found.own_share) == ((), 500_000, 115_000)


def test_the_irish_fast_track_pays_half_the_net():
    asked = order(
        **IRISH,
        category="FAST_TRACK",
        voucher_kind="FAST_TRACK",
        gross=1_230_000,
        net=1_000_000,
        attributes={"work_plan": "plan-1"},
    )
    found = assess(policy(IE), asked, {})
    assert (found.reasons, found.subsidy, found.own_share) == ((), 500_000, 730_000)


def test_the_irish_fast_track_takes_projects_up_to_10_000():
    asked = order(
        **IRISH,
        category="FAST_TRACK",
        voucher_kind="FAST_TRACK",
        gross=1_230_002,
        net=1_000_001,
        attributes={"work_plan": "plan-1"},
    )
    assert codes(assess(policy(IE), asked, {})) == ["cost-above-maximum"]


@pytest.mark.parametrize(("taken", "expected"), [(1, []), (2, ["cap-category-count-exceeded"])])
def test_one_of_three_irish_vouchers_must_be_co_funded(taken, expected):
    asked = order(**IRISH, category="STANDARD", voucher_kind="STANDARD", gross=615_000, net=500_000)
    cap = cap_of(policy(IE), asked, "category")
    assert codes(assess(policy(IE), asked, {cap.stream: Used(500_000 * taken, taken)})) == expected


@pytest.mark.parametrize(("taken", "expected"), [(2, []), (3, ["cap-lifetime-count-exceeded"])])
def test_an_irish_company_has_three_vouchers_in_its_life(taken, expected):
    asked = order(
        **IRISH,
        category="FAST_TRACK",
        voucher_kind="FAST_TRACK",
        gross=615_000,
        net=500_000,
        attributes={"work_plan": "plan-1"},
    )
    cap = cap_of(policy(IE), asked, "lifetime")
    assert cap.stream == "cap/lifetime/IE-IV:91310115MA1TE5T0X3/lifetime"
    assert codes(assess(policy(IE), asked, {cap.stream: Used(0, taken)})) == expected


@pytest.mark.parametrize(
    ("home", "place", "kind", "expected"),
    [
        ("110114", "110114", "inside", 500_000),
        ("110114", "110108", "inside", 400_000),
        ("110108", "110114", "outside", 300_000),
        ("110108", "310104", "outside", 200_000),
    ],
)
def test_changping_pays_by_the_origins_of_both(home, place, kind, expected):
    asked = order(
        programme="CP",
        category="JOINT",
        voucher_kind=kind,
        enterprise=firm(region=home),
        provider=provider(region=place),
        gross=1_000_000,
        net=943_396,
    )
    found = assess(policy(CP), asked, {})
    assert (found.reasons, found.subsidy) == ((), expected)


@pytest.mark.parametrize(
    ("home", "kind", "limit"), [("110114", "inside", 20_000_000), ("310115", "outside", 10_000_000)]
)
def test_changping_gives_its_own_firms_twice_the_yearly_limit(home, kind, limit):
    asked = order(programme="CP", category="JOINT", voucher_kind=kind, enterprise=firm(region=home))
    assert cap_of(policy(CP), asked, "enterprise").limit == limit


@pytest.mark.parametrize(("used", "expected"), [(199_960_000, []), (199_960_001, ["cap-pool-exceeded"])])
def test_changping_spends_a_fifth_of_the_year_on_strangers_among_themselves(used, expected):
    asked = order(
        programme="CP",
        category="JOINT",
        voucher_kind="outside",
        enterprise=firm(region="310115"),
        provider=provider(region="310104"),
    )
    cap = cap_of(policy(CP), asked, "pool")
    assert (cap.stream, cap.limit) == ("cap/pool/CP:out-out/2026", 200_000_000)
    assert codes(assess(policy(CP), asked, {cap.stream: Used(used, 9)})) == expected


def test_the_pool_of_strangers_follows_the_budget_that_was_really_appropriated():
    asked = order(
        programme="CP",
        category="JOINT",
        voucher_kind="outside",
        enterprise=firm(region="310115"),
        provider=provider(region="310104"),
        attributes={"budget_total": 500},
    )
    assert cap_of(policy(CP), asked, "pool").limit == 100


def test_a_changping_firm_is_not_counted_among_strangers():
    asked = order(programme="CP", category="JOINT", voucher_kind="inside", enterprise=firm(region="110114"))
    found = assess(policy(CP), asked, {})
    assert [cap.level for cap in found.caps] == ["enterprise"]


@pytest.mark.parametrize(
    ("category", "kind", "net", "subsidy"),
    [
        ("SCAN", "V1", 100_000, 90_000),
        ("SCAN", "V1", 150_000, 135_000),
        ("SCAN", "V1", 150_002, 135_000),
        ("MARK-EU", "V2", 80_000, 60_000),
        ("MARK-EU", "V2", 100_000, 70_000),
        ("MARK-WORLD", "V2", 80_000, 40_000),
        ("PATENT-NATIONAL", "V3", 100_000, 75_000),
        ("PATENT-NATIONAL", "V3", 200_000, 100_000),
        ("PATENT-EPO", "V3", 200_000, 100_000),
        ("PATENT-OTHER", "V3", 500_000, 350_000),
        ("PLANT", "V4", 400_000, 150_000),
    ],
)
def test_the_european_fund_pays_its_rates_up_to_its_sub_limits(category, kind, net, subsidy):
    asked = order(**EUROPEAN, category=category, voucher_kind=kind, gross=net, net=net)
    found = assess(policy(EU), asked, {})
    assert (found.reasons, found.subsidy, found.pool) == ((), subsidy, kind)


def test_the_european_sub_limit_for_national_patents_is_one_for_all_orders():
    asked = order(**EUROPEAN, category="PATENT-NATIONAL", voucher_kind="V3", gross=100_000, net=100_000)
    cap = cap_of(policy(EU), asked, "category")
    assert codes(assess(policy(EU), asked, {cap.stream: Used(25_000, 1)})) == []
    assert codes(assess(policy(EU), asked, {cap.stream: Used(25_001, 1)})) == ["cap-category-exceeded"]


@pytest.mark.parametrize(("used", "expected"), [(2_900_000, []), (2_900_001, ["cap-category-exceeded"])])
def test_patent_services_stop_at_30_000_yuan_a_year(used, expected):
    agency = provider(kind="patent-agency", qualifications=("agency-licence",))
    asked = order(category="PATENT", provider=agency)
    cap = cap_of(policy(SH), asked, "category")
    assert (cap.key, cap.limit) == ("SH-STIV:91310115MA1TE5T0X3:PATENT", 3_000_000)
    assert codes(assess(policy(SH), asked, {cap.stream: Used(used, 4)})) == expected


def test_the_actual_cost_is_settled_by_the_same_function():
    paid = settle(policy(SH), order(), invoice_gross=180_000, invoice_net=169_811, reserved=100_000)
    assert (paid.subsidy, paid.own_share) == (90_000, 90_000)


def test_a_higher_cost_is_settled_at_what_was_reserved():
    paid = settle(policy(SH), order(), invoice_gross=260_000, invoice_net=245_283, reserved=100_000)
    assert (paid.subsidy, paid.own_share) == (100_000, 160_000)
    assert "not above what was reserved: 1,000.00" in [step.text for step in paid.trace]
