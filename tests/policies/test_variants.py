"""What is special to each programme that is shipped beside the main path: its published numbers, on both sides."""

import pytest

from tests.policies.cases import cap_of, codes, codes_of, firm, order, policy, provider, used_up
from vouchers.policy import assess, entitle, period_of, use_by_of

# For each programme: a firm and a provider that suit it, and the kind of voucher.
TERMS = {
    "bj-2018": ({"region": "110108"}, {"kind": "lab", "region": "110108"}, "voucher"),
    "bj-2015": ({"region": "110108"}, {"kind": "lab", "region": "110108"}, "pieces"),
    "sd-2019": ({"region": "370102"}, {"region": "370102"}, "voucher"),
    "sd-lc": ({"region": "371502"}, {"region": "371502"}, "voucher"),
    "cn-a": ({"region": "310105"}, {"kind": "venue"}, "enterprise"),
    "cn-b": ({"region": "310105"}, {}, "share"),
    "de-goinno": ({"country": "DE"}, {"kind": "consultancy"}, "voucher"),
    "by-std": ({"region": "DE-BY-1", "in_needy_region": False, "public_share_bp": 0}, {"kind": "firm"}, "STANDARD"),
    "nl-mit": ({"country": "NL"}, {"kind": "knowledge-provider"}, "SMALL"),
    "ha-compute": ({"region": "410102"}, {"kind": "platform"}, "compute"),
    "hz-compute": ({"region": "330106"}, {"kind": "platform"}, "compute"),
    "ni-iv": (
        {"country": "GB", "region": "GB-NIR", "research_aid_five_years": False},
        {"kind": "knowledge-provider", "country": "IE", "region": "IE"},
        "voucher",
    ),
    "hk-tvp-2016": ({"country": "HK", "is_listed": False, "substantive_business": True}, {}, "voucher"),
    "hk-tvp-2020": ({"country": "HK", "is_listed": False, "substantive_business": True}, {}, "voucher"),
    "pl-parp": ({"country": "PL"}, {"kind": "lab", "qualifications": ("category-A",)}, "voucher"),
    "lv-liaa": ({"country": "LV"}, {"kind": "research-institution"}, "voucher"),
}
DAYS = {"bj-2015": "2016-03-01", "hk-tvp-2016": "2019-03-01", "hk-tvp-2020": "2024-03-01"}


def bought(name, category, gross, *, enterprise=(), seller=(), on="", **changes):
    """An order under a shipped programme by a firm and with a provider that suit it."""
    firm_facts, provider_facts, kind = TERMS[name]
    on = on or DAYS.get(name, "2026-03-01")
    terms = {
        "programme": policy(name).programme,
        "category": category,
        "voucher_kind": kind,
        "on": on,
        "contract_on": on,
        "starts_on": on,
        "ends_on": on,
        "granted_on": on,
        "period": period_of(policy(name), on),
        "gross": gross,
        "net": gross,
        "enterprise": firm(**{**firm_facts, **dict(enterprise)}),
        "provider": provider(**{**provider_facts, **dict(seller)}),
    }
    return order(**(terms | changes))


def paid(name, category, gross, **changes):
    """The codes that speak against an order, and its subsidy."""
    found = assess(policy(name), bought(name, category, gross, **changes), {})
    return codes(found), found.subsidy


def after(name, category, gross, level, amount, count=0, **changes):
    """The codes that speak against an order after so much was used at one level."""
    asked = bought(name, category, gross, **changes)
    return codes(assess(policy(name), asked, used_up(policy(name), asked, level, amount, count)))


def test_beijing_2018_pays_declining_bands_up_to_480_000():
    assert paid("bj-2018", "LAB", 100_000_000) == ([], 48_000_000)
    assert after("bj-2018", "LAB", 100_000_000, "enterprise", 0) == []
    assert after("bj-2018", "LAB", 100_000_000, "enterprise", 1) == ["cap-enterprise-exceeded"]


@pytest.mark.parametrize(
    ("pieces", "orders_before", "expected"),
    [(10, 0, []), (11, 0, ["cap-lifetime-first-order-exceeded"]), (11, 1, []), (40, 1, [])],
)
def test_beijing_2015_gives_pieces_of_5_000_and_ten_of_them_at_first(pieces, orders_before, expected):
    asked = {"attributes": {"pieces": pieces}}
    assert after("bj-2015", "LAB", 20_000_000, "lifetime", 0, orders_before, **asked) == expected


def test_the_first_use_of_a_firm_is_its_first_in_any_cycle():
    cap = cap_of(policy("bj-2015"), bought("bj-2015", "LAB", 500_000), "lifetime")
    assert (cap.period, cap.first_limit, cap.limit) == ("lifetime", 5_000_000, None)


@pytest.mark.parametrize(("place", "expected"), [("371502", 60_000), ("371702", 60_000), ("370102", 40_000)])
def test_shandong_pays_more_in_its_western_cities(place, expected):
    assert paid("sd-2019", "SERVICE", 100_000, enterprise={"region": place}) == ([], expected)


@pytest.mark.parametrize(("place", "expected"), [("371502", 90_000), ("370102", 60_000)])
def test_liaocheng_adds_the_city_for_a_local_provider(place, expected):
    assert paid("sd-lc", "SERVICE", 100_000, seller={"region": place}) == ([], expected)


def test_liaocheng_tells_what_each_level_pays_of_1_000():
    found = assess(policy("sd-lc"), bought("sd-lc", "SERVICE", 100_000), {})
    assert [step.text for step in found.trace if step.rule == "subsidy"] == [
        "province: 60 % of 1,000.00 = 600.00",
        "city: 30 % of 1,000.00 = 300.00",
        "all levels together = 900.00",
    ]
    assert found.own_share == 10_000


def test_liaocheng_counts_all_firms_of_one_controller_together_up_to_650_000():
    assert after("sd-lc", "SERVICE", 100_000, "group", 64_910_000) == []
    assert after("sd-lc", "SERVICE", 100_000, "group", 64_910_001) == ["cap-group-exceeded"]


def test_changning_gives_pieces_of_100_three_days_ahead():
    slot = {"attributes": {"time_slot": "09:00"}}
    in_time = {"starts_on": "2026-03-04", "ends_on": "2026-03-04", **slot}
    assert paid("cn-a", "VENUE", 155_000, **in_time) == ([], 150_000)
    late = {"starts_on": "2026-03-03", "ends_on": "2026-03-04", **slot}
    assert codes_of(policy("cn-a"), bought("cn-a", "VENUE", 150_000, **late)) == ["service-already-started"]


@pytest.mark.parametrize(
    ("form", "most"),
    [("company", 200_000), ("science_park", 500_000), ("institute", 300_000), ("association", 300_000)],
)
def test_changning_limits_a_single_claim_by_class_and_the_limit_itself_passes(form, most):
    terms = {
        "starts_on": "2026-03-04",
        "ends_on": "2026-03-04",
        "enterprise": {"legal_form": form},
        "voucher_kind": {"company": "enterprise", "science_park": "park"}.get(form, "institution"),
    }
    for gross, expected in ((most, []), (most + 10_000, ["cap-enterprise-order-exceeded"])):
        asked = bought("cn-a", "VENUE", gross, attributes={"time_slot": "09:00"}, **terms)
        assert codes_of(policy("cn-a"), asked) == expected


@pytest.mark.parametrize(
    ("level", "amount", "count", "expected"),
    [
        ("enterprise", 900_000, 4, []),
        ("enterprise", 900_001, 4, ["cap-enterprise-exceeded"]),
        ("enterprise", 0, 5, ["cap-enterprise-count-exceeded"]),
        ("provider", 33_900_000, 99, []),
        ("provider", 33_900_001, 99, ["cap-provider-exceeded"]),
    ],
)
def test_go_inno_bounds_the_firm_and_the_consultancy(level, amount, count, expected):
    asked = {"attributes": {"days": 10}}
    assert after("de-goinno", "STAGE1", 5_000_000, level, amount, count, **asked) == expected
    assert paid("de-goinno", "STAGE1", 5_000_000, **asked)[1] == 1_100_000


@pytest.mark.parametrize(("category", "days"), [("STAGE1", 10), ("STAGE2", 25)])
def test_each_stage_of_go_inno_has_its_most_days(category, days):
    assert paid("de-goinno", category, 100_000, attributes={"days": days})[0] == []
    assert paid("de-goinno", category, 100_000, attributes={"days": days + 1})[0] == ["days"]


def test_a_go_inno_consultancy_is_authorised_for_24_months():
    assert policy("de-goinno").admission.valid_months == 24


@pytest.mark.parametrize(
    ("staff", "kind", "needy", "expected"),
    [
        (10, "firm", False, 400_000),
        (9, "firm", False, 500_000),
        (9, "research-institution", False, 600_000),
        (9, "research-institution", True, 600_000),
    ],
)
def test_bavaria_adds_bonuses_and_stops_at_three_fifths(staff, kind, needy, expected):
    enterprise = {"staff": staff, "in_needy_region": needy}
    assert paid("by-std", "STANDARD", 1_000_000, enterprise=enterprise, seller={"kind": kind}) == ([], expected)


def test_bavaria_gives_three_vouchers_in_24_months():
    cap = cap_of(policy("by-std"), bought("by-std", "STANDARD", 1_000_000), "enterprise")
    assert (cap.period, cap.count_limit) == ("rolling-24m", 3)
    assert after("by-std", "STANDARD", 1_000_000, "enterprise", 0, 2) == []
    assert after("by-std", "STANDARD", 1_000_000, "enterprise", 0, 3) == ["cap-enterprise-count-exceeded"]


@pytest.mark.parametrize(
    ("category", "kind", "cost", "expected"),
    [
        ("SMALL", "SMALL", 750_000, 525_000),
        ("SMALL", "SMALL", 750_001, 525_000),
        ("SMALL", "SMALL", 749_998, 524_998),
        ("LARGE", "LARGE", 2_250_000, 900_000),
        ("LARGE", "LARGE", 2_250_003, 900_000),
    ],
)
def test_the_dutch_vouchers_are_a_rate_up_to_a_sum(category, kind, cost, expected):
    assert paid("nl-mit", category, cost, voucher_kind=kind) == ([], expected)


@pytest.mark.parametrize(("on", "expected"), [("2026-05-05", []), ("2026-05-06", ["order-too-late"])])
def test_a_dutch_order_is_signed_within_four_months_of_the_voucher(on, expected):
    assert paid("nl-mit", "SMALL", 100_000, on=on, granted_on="2026-01-05", period="2026")[0] == expected


@pytest.mark.parametrize(("used", "expected"), [(4_999_980_000, []), (4_999_980_001, ["cap-programme-exceeded"])])
def test_henan_shares_a_fifth_one_to_one_under_one_yearly_pool(used, expected):
    assert after("ha-compute", "COMPUTE", 100_000, "programme", used) == expected
    found = assess(policy("ha-compute"), bought("ha-compute", "COMPUTE", 100_000), {})
    lines = [step.text for step in found.trace if step.rule == "subsidy"]
    assert lines[:2] == ["province: 10 % of 1,000.00 = 100.00", "city: 10 % of 1,000.00 = 100.00"]


@pytest.mark.parametrize(("category", "subsidy"), [("MODEL", 30_000), ("DOMESTIC", 30_000), ("OTHER", 20_000)])
def test_hangzhou_pays_each_category_its_rate(category, subsidy):
    assert paid("hz-compute", category, 100_000) == ([], subsidy)


@pytest.mark.parametrize(
    ("staff", "aided", "expected"),
    [(49, True, []), (50, False, []), (50, True, ["medium-aided"]), (250, False, ["size-class"])],
)
def test_northern_ireland_bars_medium_firms_after_research_aid(staff, aided, expected):
    facts = firm(country="GB", region="GB-NIR", staff=staff, research_aid_five_years=aided)
    assert [reason.code for reason in entitle(policy("ni-iv"), facts, "2026-03-01").reasons] == expected


def test_a_northern_irish_project_has_nine_months():
    assert use_by_of(policy("ni-iv"), "2026-03-31") == "2026-12-31"
    asked = {"granted_on": "2026-03-01", "starts_on": "2026-03-01"}
    assert paid("ni-iv", "PROJECT", 100_000, ends_on="2026-12-01", **asked)[0] == []
    assert paid("ni-iv", "PROJECT", 100_000, ends_on="2026-12-02", **asked)[0] == ["service-ends-too-late"]


@pytest.mark.parametrize(
    ("cost", "offers", "expected"),
    [
        (5_000_000, 2, []),
        (5_000_000, 1, ["quotes-missing"]),
        (5_000_001, 2, ["quotes-missing"]),
        (5_000_001, 3, []),
        (30_000_000, 3, []),
        (30_000_001, 4, ["quotes-missing"]),
        (30_000_001, 5, []),
    ],
)
def test_hong_kong_asks_for_two_three_or_five_offers_by_the_cost(cost, offers, expected):
    quotes = tuple(map(str, range(offers)))
    assert paid("hk-tvp-2020", "PROJECT", cost, attributes={"quotes": quotes})[0] == expected


def test_the_same_offer_twice_is_one_and_a_single_digest_is_an_offer():
    for quotes in (("1", "1"), "1", 7):
        asked = {"attributes": {"quotes": quotes}}
        assert paid("hk-tvp-2020", "PROJECT", 100_000, **asked)[0] == ["quotes-missing"]


@pytest.mark.parametrize(("name", "expected"), [("hk-tvp-2016", ["cap-group-exceeded"]), ("hk-tvp-2020", [])])
def test_hong_kong_counted_related_firms_as_one_until_august_2020(name, expected):
    asked = {"attributes": {"quotes": ("1", "2")}}
    assert after(name, "PROJECT", 100_000, "group", 60_000_000, **asked) == expected


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (6_000_000, ([], 5_100_000)),
        (40_000_000, ([], 34_000_000)),
        (5_999_999, (["cost-below-minimum"], 5_099_999)),
        (40_000_001, (["cost-above-maximum"], 34_000_000)),
    ],
)
def test_poland_pays_85_percent_of_60_000_to_400_000(cost, expected):
    assert paid("pl-parp", "SERVICE", cost) == expected


@pytest.mark.parametrize(
    ("staff", "industrial", "experimental"), [(49, 700_000, 450_000), (50, 600_000, 350_000), (250, 500_000, 250_000)]
)
def test_latvia_pays_by_the_size_of_the_firm(staff, industrial, experimental):
    for category, subsidy in (("INDUSTRIAL", industrial), ("EXPERIMENTAL", experimental)):
        assert paid("lv-liaa", category, 1_000_000, enterprise={"staff": staff}) == ([], subsidy)


def test_latvia_supports_a_first_cooperation_once():
    assert after("lv-liaa", "FIRST", 100_000, "category", 0, 0) == []
    assert after("lv-liaa", "FIRST", 100_000, "category", 0, 1) == ["cap-category-count-exceeded"]
