"""Rules of real programmes, each through a shipped policy and on both sides of its boundary."""

import pytest
from hypothesis import given as vary
from hypothesis import strategies as st

from tests.policies.cases import (
    CP,
    EU,
    EVERY,
    FFG,
    IE,
    SH,
    SHIPPED,
    codes,
    codes_of,
    document,
    firm,
    order,
    policy,
    provider,
    with_category,
)
from vouchers.policy import Used, assess, caps, entitle, parse, settle

BEIJING = {
    "programme": "BJ-IV",
    "category": "LAB",
    "voucher_kind": "pieces",
    "on": "2016-03-01",
    "contract_on": "2016-03-01",
    "starts_on": "2016-03-01",
    "ends_on": "2016-04-01",
    "granted_on": "2016-02-01",
    "period": "2016-01-13..2017-01-12",
    "enterprise": firm(region="110108"),
    "provider": provider(kind="lab", region="110108"),
}
LIAOCHENG = {
    "programme": "SD-LC",
    "category": "SERVICE",
    "voucher_kind": "voucher",
    "enterprise": firm(region="371502"),
}


# Rule 9: ceilings at several levels at once.


def test_ceilings_at_every_level_are_counted_at_once_each_in_its_own_stream():
    streams = [cap.stream for cap in caps(every_level(), order())]
    assert streams == [
        "cap/enterprise/SH-STIV:91310115MA1TE5T0X3/2026",
        "cap/group/SH-STIV:controller-1/2026",
        "cap/category/SH-STIV:91310115MA1TE5T0X3:RND/2026",
        "cap/provider/SH-STIV:91310104MA1PE0016F/2026",
        "cap/pool/SH-STIV:RND/2026",
        "cap/programme/SH-STIV/2026",
        "cap/region/SH-STIV:310115/2026",
        "cap/lifetime/SH-STIV:91310115MA1TE5T0X3/lifetime",
        "window/enterprise/SH-STIV:91310115MA1TE5T0X3/rolling-24m",
    ]


@pytest.mark.parametrize("number", range(9))
def test_one_fen_more_at_any_one_level_stops_an_order_that_all_others_let_pass(number):
    rules = every_level()
    stream = caps(rules, order())[number].stream
    unused = {cap.stream: Used(0, 0) for cap in caps(rules, order())}
    for amount, refused in ((400_000, []), (400_001, [f"cap-{stream.split('/')[1]}-exceeded"])):
        assert codes(assess(rules, order(), unused | {stream: Used(amount, 1)})) == refused


def every_level():
    """The Shanghai policy with a ceiling of 5,000 yuan at every level, for the period, for life and for 24 months."""
    changed = document()
    levels = ("enterprise", "group", "category", "provider", "pool", "programme", "region", "lifetime")
    changed["cap"] = [{"level": level, "limit": 500_000} for level in levels]
    changed["cap"].append({"level": "enterprise", "limit": 500_000, "period": "rolling", "months": 24})
    for category in changed["category"].values():
        category.pop("cap", None)
    return parse(changed)


@pytest.mark.parametrize(("gross", "expected"), [(400_000, []), (400_002, ["cap-enterprise-order-exceeded"])])
def test_a_single_order_has_a_ceiling_of_its_own(gross, expected):
    changed = document()
    changed["cap"] = [{"level": "enterprise", "order_limit": 200_000}]
    assert codes_of(parse(changed), order(gross=gross, net=gross)) == expected


def test_the_lower_of_two_ceilings_of_a_single_order_counts():
    changed = document()
    changed["cap"] = [
        {"level": "enterprise", "order_limit": 200_000, "first_limit": 150_000},
        {"level": "enterprise", "order_limit": 300_000, "first_limit": 100_000, "limit": 9_000_000},
    ]
    (cap,) = caps(parse(changed), order())
    assert (cap.order_limit, cap.first_limit, cap.limit) == (200_000, 100_000, 9_000_000)


# Rule 10: denominated pieces.


@pytest.mark.parametrize(
    ("gross", "subsidy"), [(500_000, 500_000), (500_100, 500_000), (999_999, 500_000), (1_000_000, 1_000_000)]
)
def test_pieces_of_5_000_cannot_pay_5_001_exactly_and_give_no_change(gross, subsidy):
    found = assess(policy("bj-2015"), order(**BEIJING, gross=gross, net=gross), {})
    assert (codes(found), found.subsidy, found.own_share) == ([], subsidy, gross - subsidy)


@pytest.mark.parametrize(
    ("asked", "expected"), [(500_000, []), (500_100, ["asked-not-in-pieces"]), (499_999, ["asked-not-in-pieces"])]
)
def test_of_pieces_only_whole_ones_may_be_asked_for(asked, expected):
    assert codes_of(policy("bj-2015"), order(**BEIJING, gross=1_000_000, net=1_000_000, asked=asked)) == expected


def test_a_lower_cost_is_settled_in_whole_pieces_too():
    asked = order(**BEIJING, gross=1_500_000, net=1_500_000)
    paid = settle(policy("bj-2015"), asked, invoice_gross=1_499_999, invoice_net=1_499_999, reserved=1_500_000)
    assert paid.subsidy == 1_000_000


# Rule 29: what is never eligible.


@pytest.mark.parametrize(
    ("name", "category", "word"),
    [
        (name, code, word)
        for name in SHIPPED
        for code, category in policy(name).categories.items()
        for word in dict.fromkeys((*policy(name).order_rules.never, *category.never))
    ],
)
def test_what_is_never_eligible_is_refused_and_an_order_without_it_is_not(name, category, word):
    asked = order(programme=policy(name).programme, category=category)
    refused = codes_of(policy(name), order(category=category, attributes={"exclusions": (word,)}))
    assert "spend-never-eligible" in refused
    assert "spend-never-eligible" not in codes_of(policy(name), asked)


@pytest.mark.parametrize("name", [SH, CP, "yrd-stiv"])
def test_statutory_tests_are_never_eligible_in_a_chinese_programme(name):
    for category in policy(name).categories:
        asked = order(category=category, attributes={"exclusions": ("statutory-test",)})
        assert "spend-never-eligible" in codes_of(policy(name), asked)


@pytest.mark.parametrize("fee", ["official-fee", "annuity", "per-filing-fee"])
def test_official_fees_annuities_and_fees_per_filing_are_never_eligible_as_patent_services(fee):
    agency = {"kind": "patent-agency", "qualifications": ("agency-licence",)}
    asked = {"category": "PATENT", "provider": provider(**agency)}
    assert codes_of(policy(SH), order(**asked)) == []
    assert codes_of(policy(SH), order(**asked, attributes={"exclusions": (fee,)})) == ["spend-never-eligible"]
    assert codes_of(policy(SH), order(**asked, attributes={"exclusions": ("search",)})) == []


# Rule 34: rounding.


def test_the_austrian_share_of_12_500_is_exact_to_the_cent():
    asked = order(
        programme="AT-FFG-IS",
        category="IDEA",
        voucher_kind="cheque",
        enterprise=firm(country="AT", region=None),
        provider=provider(country="AT", kind="research-institution"),
        gross=1_500_000,
        net=1_250_000,
    )
    found = assess(policy(FFG), asked, {})
    assert (found.subsidy, found.own_share) == (1_000_000, 500_000)


@pytest.mark.parametrize(("gross", "subsidy"), [(10_000_099, 8_000_000), (10_000_100, 8_000_100)])
def test_beijing_rounds_half_up_to_a_whole_yuan_once_on_the_sum_of_the_bands(gross, subsidy):
    asked = BEIJING | {
        "voucher_kind": "voucher",
        "on": "2026-03-01",
        "contract_on": "2026-03-01",
        "starts_on": "2026-03-01",
        "ends_on": "2026-04-01",
        "granted_on": "2026-02-01",
        "period": "2026-01-01..2026-12-31",
    }
    assert assess(policy("bj-2018"), order(**asked, gross=gross, net=gross), {}).subsidy == subsidy


@vary(st.integers(1, 10**9))
def test_the_parts_of_public_and_own_money_are_the_whole_in_every_rounding(gross):
    for rules in (policy(SH), policy("sd-lc"), policy("bj-2018")):
        for category in rules.categories:
            found = assess(rules, order(programme=rules.programme, category=category, gross=gross, net=gross), {})
            assert found.subsidy + found.own_share == gross


# Rule 38: several levels of government.


@pytest.mark.parametrize(("of", "subsidy"), [("base", 90_000), ("rest", 72_000)])
def test_the_city_pays_of_the_whole_base_or_of_what_the_province_left_as_the_policy_says(of, subsidy):
    changed = document("sd-lc")
    changed["category"]["SERVICE"]["subsidy"]["of"] = of
    asked = order(**LIAOCHENG, provider=provider(region="371502"), gross=100_000, net=94_340)
    assert assess(parse(changed), asked, {}).subsidy == subsidy


@pytest.mark.parametrize(("own_share_bp", "subsidy"), [(1_000, 90_000), (1_001, 89_990), (2_000, 80_000)])
def test_all_levels_together_never_pay_more_than_the_whole_less_the_own_share(own_share_bp, subsidy):
    changed = document("sd-lc")
    changed["money"]["own_share_min_bp"] = own_share_bp
    asked = order(**LIAOCHENG, provider=provider(region="371502"), gross=100_000, net=94_340)
    assert assess(parse(changed), asked, {}).subsidy == subsidy


# Rule 39: the base of the subsidy.


@pytest.mark.parametrize(
    ("base", "deductible", "expected"),
    [
        ("gross", True, 106_000),
        ("net", True, 100_000),
        ("net", False, 100_000),
        ("net_if_deductible", True, 100_000),
        ("net_if_deductible", False, 106_000),
        ("net_if_deductible", None, 100_000),
    ],
)
def test_the_base_is_gross_or_net_or_net_where_the_firm_deducts_the_tax(base, deductible, expected):
    rules = with_category(rate_bp=5000, base=base)
    asked = order(category="X", gross=106_000, net=100_000, enterprise=firm(vat_deductible=deductible))
    found = assess(rules, asked, {})
    assert (found.base, found.subsidy) == (expected, expected // 2)


def test_one_policy_may_take_the_gross_of_one_category_and_the_net_of_another():
    rules = with_category(rate_bp=5000, base="net")
    terms = {"gross": 106_000, "net": 100_000}
    assert assess(rules, order(category="RND", **terms), {}).base == 106_000
    assert assess(rules, order(category="X", **terms), {}).base == 100_000


@pytest.mark.parametrize(("net", "base"), [(100_000, 100_000), (97_087, 97_087), (99_010, 99_010), (94_340, 94_340)])
def test_exempt_contracts_and_small_sellers_count_at_the_net_that_their_invoice_shows(net, base):
    # 100,000 is exempt, 97,087 bears 3 %, 99,010 bears 1 %, 94,340 bears 6 %.
    rules = with_category(rate_bp=10_000, base="net")
    assert assess(rules, order(category="X", gross=100_000, net=net), {}).base == base


def test_a_net_above_the_gross_is_no_invoice():
    rules = with_category(rate_bp=5000, base="net")
    assert codes_of(rules, order(category="X", gross=100_000, net=100_000)) == []
    assert codes_of(rules, order(category="X", gross=100_000, net=100_001)) == ["cost-out-of-range"]


@pytest.mark.parametrize("name", [IE, "ni-iv"])
def test_the_company_pays_the_value_added_tax_in_ireland_north_and_south(name):
    assert policy(name).money.base == "net"
    assert {category.base for category in policy(name).categories.values()} == {"net"}


# A category whose beneficiary is no enterprise.


def test_the_voucher_for_technology_managers_is_for_transfer_institutions_and_not_for_enterprises():
    institution = firm(legal_form="transfer_institution", staff=900)
    assert [grant.kind for grant in entitle(policy(SH), institution, "2026-02-02").vouchers] == ["manager"]
    assert [grant.kind for grant in entitle(policy(SH), firm(), "2026-02-02").vouchers] == ["general"]


def test_training_of_technology_managers_is_paid_with_their_own_voucher_only():
    base = {"category": "TECHMGR", "provider": provider(kind="training-base")}
    institution = firm(legal_form="transfer_institution", controller=None)
    asked = order(**base, voucher_kind="manager", enterprise=institution)
    assert codes_of(policy(SH), asked) == []
    assert codes_of(policy(SH), order(**base, voucher_kind="general")) == ["category-not-covered"]
    other = order(category="RND", voucher_kind="manager", enterprise=institution)
    assert codes_of(policy(SH), other) == ["category-not-covered"]


@pytest.mark.parametrize(("gross", "expected"), [(4_000_000, []), (4_000_002, ["cap-category-exceeded"])])
def test_training_of_technology_managers_stops_at_20_000_yuan_a_year(gross, expected):
    institution = firm(legal_form="transfer_institution", controller=None)
    base = {"category": "TECHMGR", "provider": provider(kind="training-base"), "voucher_kind": "manager"}
    assert codes_of(policy(SH), order(**base, enterprise=institution, gross=gross, net=gross)) == expected


def test_the_main_programmes_and_the_european_fund_block_a_category_whose_money_is_used_up():
    assert {name for name in EVERY if policy(name).money.exhaustion == "block_category"} >= {SH, EU}
    assert {policy(EU).categories[code].pool for code in ("SCAN", "MARK-EU", "MARK-WORLD")} == {"V1", "V2"}
