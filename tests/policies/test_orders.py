"""What holds for every order beside money: each rule on both sides, and all reasons at once."""

import pytest

from tests.policies.cases import FFG, IE, SH, YRD, codes_of, document, firm, order, policy, provider
from vouchers.policy import assess, parse, payee, pools, review_rule, settle

SIDES = [
    ({"programme": "YRD-STIV"}, ["programme-mismatch"]),
    ({"category": "NAILS"}, ["category-unknown"]),
    ({"voucher_kind": "manager"}, ["category-not-covered"]),
    ({"starts_on": "2026-03-01"}, []),
    ({"starts_on": "2026-02-28"}, ["service-already-started"]),
    ({"contract_on": "2026-01-05"}, []),
    ({"contract_on": "2026-01-04"}, ["contract-before-grant"]),
    ({"contract_on": ""}, []),
    ({"ends_on": "2026-03-10"}, []),
    ({"ends_on": "2026-03-09"}, ["service-days-reversed"]),
    ({"ends_on": "2026-12-31"}, []),
    ({"ends_on": "2027-01-01"}, ["service-ends-too-late"]),
    ({"provider": provider(kind="bank")}, ["provider-kind-not-allowed"]),
    ({"provider": provider(kind=None)}, ["provider-kind-not-allowed"]),
    ({"enterprise": firm(linked_providers=("another",))}, []),
    ({"enterprise": firm(linked_providers=("91310104MA1PE0016F",))}, ["related-party"]),
    ({"provider": provider(controller="controller-2")}, []),
    ({"provider": provider(controller="controller-1")}, ["related-party"]),
    ({"provider_id": "91310115MA1TE5T0X3"}, ["related-party"]),
    ({"attributes": {"exclusions": ("catering",)}}, []),
    ({"attributes": {"exclusions": ("statutory-test",)}}, ["spend-never-eligible"]),
    ({"attributes": {"exclusions": "statutory-test"}}, ["spend-never-eligible"]),
    ({"enterprise": firm(status="struck_off")}, ["status"]),
    ({"enterprise": firm(lists=("abnormal-operation",))}, ["breach-lists"]),
    ({"enterprise": firm(region="320509", staff=999)}, []),
    ({"enterprise": firm(status=None)}, ["fact-missing"]),
    ({"enterprise": firm(legal_form=None)}, ["fact-missing"]),
    ({"enterprise": firm(legal_form="charity")}, ["beneficiary-class-unknown"]),
    ({"gross": 1, "net": 1, "asked": None}, []),
    ({"net": 0}, ["cost-out-of-range"]),
    ({"net": 200_000}, []),
    ({"net": 200_001}, ["cost-out-of-range"]),
]


@pytest.mark.parametrize(("changed", "codes"), SIDES)
def test_each_rule_on_both_sides(changed, codes):
    assert codes_of(policy(SH), order(**changed)) == codes


def test_an_unknown_category_has_no_subsidy_and_no_caps():
    found = assess(policy(SH), order(category="NAILS"), {})
    assert (found.subsidy, found.own_share, found.caps, found.pool) == (0, 200_000, (), "")
    paid = settle(policy(SH), order(category="NAILS"), 200_000, 188_679, 100_000)
    assert (paid.subsidy, [reason.code for reason in paid.reasons]) == (0, ["category-unknown"])


def test_an_order_after_the_last_day_of_use_is_too_late():
    late = {"on": "2027-01-01", "starts_on": "2027-01-02", "ends_on": "2027-01-03", "contract_on": "2027-01-01"}
    assert codes_of(policy(SH), order(**late)) == ["voucher-use-by-passed"]


def test_an_order_on_the_last_day_of_use_is_in_time():
    last = dict.fromkeys(("on", "starts_on", "ends_on", "contract_on"), "2026-12-31")
    assert codes_of(policy(SH), order(**last)) == []


def test_an_extended_voucher_has_its_own_last_day():
    asked = order(ends_on="2027-02-28", attributes={"use_by_on": "2027-02-28"})
    assert codes_of(policy(SH), asked) == []
    asked = order(ends_on="2027-03-01", attributes={"use_by_on": "2027-02-28"})
    assert codes_of(policy(SH), asked) == ["service-ends-too-late"]


def test_an_order_outside_the_time_of_the_policy_is_refused():
    days = {"granted_on": "2030-01-05", "period": "2030", "starts_on": "2030-09-10", "ends_on": "2030-10-01"}
    assert codes_of(policy(SH), order(on="2030-08-31", contract_on="2030-08-31", **days)) == []
    assert codes_of(policy(SH), order(on="2030-09-01", contract_on="2030-08-31", **days)) == ["policy-not-in-force"]


@pytest.mark.parametrize(("starts_on", "codes"), [("2026-03-04", []), ("2026-03-03", ["service-already-started"])])
def test_a_policy_may_ask_for_orders_some_days_ahead(starts_on, codes):
    changed = document()
    changed["deadlines"]["days_ahead"] = 3
    assert codes_of(parse(changed), order(starts_on=starts_on)) == codes


@pytest.mark.parametrize(("on", "codes"), [("2026-05-05", []), ("2026-05-06", ["order-too-late"])])
def test_a_policy_may_ask_for_an_order_within_some_months(on, codes):
    changed = document()
    changed["deadlines"]["order_by_months"] = 4
    assert codes_of(parse(changed), order(on=on, contract_on=on, starts_on="2026-05-07")) == codes


@pytest.mark.parametrize(
    ("key", "asked", "code"),
    [
        ("contract_after_grant", order(contract_on="2026-01-04"), "contract-before-grant"),
        ("ends_within_use_by", order(ends_on="2027-01-01"), "service-ends-too-late"),
    ],
)
def test_a_time_rule_may_be_switched_off(key, asked, code):
    assert codes_of(policy(SH), asked) == [code]
    changed = document()
    changed["deadlines"][key] = False
    assert codes_of(parse(changed), asked) == []


def test_a_policy_may_allow_tied_parties():
    changed = document()
    changed["order"]["independent"] = False
    assert codes_of(parse(changed), order(provider=provider(controller="controller-1"))) == []


@pytest.mark.parametrize(
    ("category", "there", "attributes"),
    [
        ("TEST", provider(kind="lab", qualifications=("CNAS",)), {}),
        ("INSTR", provider(kind="platform", qualifications=("sharing-network",)), {"instrument_id": "I-1"}),
        ("TRANS", provider(kind="transfer"), {}),
        ("POC", provider(kind="poc-centre"), {}),
        ("PATENT", provider(kind="patent-agency", qualifications=("agency-licence",)), {}),
        ("INSUR", provider(kind="insurer"), {"policy_number": "P-1"}),
        ("CONSULT", provider(kind="consultancy"), {}),
    ],
)
def test_each_shanghai_category_has_a_provider_that_fits(category, there, attributes):
    assert codes_of(policy(SH), order(category=category, provider=there, attributes=attributes)) == []


def test_manager_training_is_for_transfer_institutions():
    asked = order(category="TECHMGR", provider=provider(kind="training-base"))
    assert codes_of(policy(SH), asked) == ["category-not-covered"]
    institution = firm(legal_form="transfer_institution")
    assert (
        codes_of(
            policy(SH),
            order(
                category="TECHMGR",
                voucher_kind="manager",
                enterprise=institution,
                provider=provider(kind="training-base"),
            ),
        )
        == []
    )


@pytest.mark.parametrize("held", [(), ("ISO",), None])
def test_testing_needs_an_accreditation(held):
    asked = order(category="TEST", provider=provider(qualifications=held))
    assert codes_of(policy(SH), asked) == ["provider-not-qualified"]


def test_an_instrument_is_named():
    network = provider(qualifications=("sharing-network",))
    assert codes_of(policy(SH), order(category="INSTR", provider=network)) == ["attribute-missing"]


@pytest.mark.parametrize("fee", ["official-fee", "annuity", "per-filing-fee"])
def test_patent_fees_are_never_paid(fee):
    agency = provider(kind="patent-agency", qualifications=("agency-licence",))
    asked = order(category="PATENT", provider=agency, attributes={"exclusions": (fee,)})
    assert codes_of(policy(SH), asked) == ["spend-never-eligible"]


def test_a_patent_agency_of_abnormal_operation_is_refused():
    agency = provider(kind="patent-agency", qualifications=("agency-licence",), lists=("abnormal-operation",))
    assert codes_of(policy(SH), order(category="PATENT", provider=agency)) == ["provider-lists"]


@pytest.mark.parametrize(
    ("home", "place", "codes"),
    [
        ("310118", "320509", []),
        ("310118", "310104", ["provider-in-own-area"]),
        ("320509", "320509", ["provider-in-own-area"]),
        ("320509", "320508", []),
        ("330421", "310104", []),
        ("340503", "340504", ["provider-in-own-area"]),
        ("310118", "370102", ["provider-not-recognised", "provider-region"]),
    ],
)
def test_the_delta_pays_across_areas_within_four_provinces(home, place, codes):
    asked = order(programme="YRD-STIV", enterprise=firm(region=home), provider=provider(region=place))
    assert codes_of(policy(YRD), asked) == codes


@pytest.mark.parametrize(
    ("country", "region", "codes"),
    [("IE", "IE-D", []), ("GB", "GB-NIR", []), ("GB", "GB-SCT", ["provider-country"])],
)
def test_irish_vouchers_are_spent_north_and_south(country, region, codes):
    asked = order(
        programme="IE-IV",
        category="STANDARD",
        voucher_kind="STANDARD",
        enterprise=firm(country="IE"),
        provider=provider(kind="knowledge-provider", country=country, region=region),
    )
    assert codes_of(policy(IE), asked) == codes


@pytest.mark.parametrize("name", sorted(document(FFG)["order"]["never"]))
def test_the_austrian_cheque_excludes_what_is_no_research(name):
    asked = order(
        programme="AT-FFG-IS",
        category="IDEA",
        voucher_kind="cheque",
        provider=provider(kind="research-institution"),
        attributes={"exclusions": (name,)},
    )
    assert codes_of(policy(FFG), asked) == ["spend-never-eligible"]


@pytest.mark.parametrize(
    ("net", "codes"),
    [(99_999, ["cost-below-minimum"]), (100_000, []), (200_000, []), (200_001, ["cost-above-maximum"])],
)
def test_a_category_may_bound_the_cost_on_both_sides(net, codes):
    changed = document()
    changed["category"]["RND"].update(min_cost=100_000, max_cost=200_000, base="net")
    assert codes_of(parse(changed), order(gross=300_000, net=net)) == codes


def test_all_reasons_come_at_once_each_with_a_clause_and_a_remedy():
    asked = order(
        starts_on="2026-02-01",
        contract_on="2026-01-01",
        ends_on="2027-01-31",
        voucher_kind="manager",
        provider=provider(kind="bank", controller="controller-1"),
        enterprise=firm(status="struck_off", lists=("integrity-breach",)),
        attributes={"exclusions": ("statutory-test",)},
        asked=10**9,
        gross=90_000_000,
        net=84_905_660,
    )
    found = assess(policy(SH), asked, {})
    assert [reason.code for reason in found.reasons] == [
        "service-already-started",
        "contract-before-grant",
        "service-ends-too-late",
        "category-not-covered",
        "provider-kind-not-allowed",
        "related-party",
        "spend-never-eligible",
        "status",
        "breach-lists",
        "asked-out-of-range",
        "cap-enterprise-exceeded",
        "cap-group-exceeded",
    ]
    assert all(reason.clause and reason.text and reason.remedy for reason in found.reasons)


def test_evidence_is_that_of_the_policy_and_of_the_category():
    agency = provider(kind="patent-agency", qualifications=("agency-licence",))
    assert assess(policy(SH), order(category="PATENT", provider=agency), {}).evidence == (
        "contract",
        "invoice",
        "own_share_payment_proof",
        "service_report",
        "agency_licence_number",
        "work_result",
    )


@pytest.mark.parametrize(
    ("tier", "sample_bp", "payment", "second"),
    [
        ("A", 200, "immediate", False),
        ("B", 500, "immediate", False),
        ("C", 2500, "after_check", True),
        ("D", 10000, "held", True),
        ("unheard-of", 10000, "held", True),
        ("", 10000, "held", True),
    ],
)
def test_the_worse_the_standing_the_closer_the_check(tier, sample_bp, payment, second):
    rule = review_rule(policy(SH), tier)
    assert (rule.sample_bp, rule.payment, rule.second_person) == (sample_bp, payment, second)


def test_who_is_paid_is_policy():
    names = {name: payee(policy(name)) for name in (SH, YRD, "cp-2017", IE, FFG, "eu-smef-2025")}
    assert names == {
        SH: "provider",
        YRD: "provider",
        "cp-2017": "enterprise",
        IE: "provider",
        FFG: "provider",
        "eu-smef-2025": "enterprise",
    }


def test_a_category_that_runs_dry_blocks_only_itself():
    assert pools(policy(SH)) == ("RND", "TEST", "INSTR", "TRANS", "POC", "PATENT", "INSUR", "CONSULT", "TECHMGR")
    assert pools(policy(YRD)) == tuple(f"general:{area}" for area in ("31", "310118", "320509", "330421", "3405"))
    assert pools(policy("eu-smef-2025")) == ("V1", "V2", "V3", "V4")


@pytest.mark.parametrize(
    ("changed", "whose"),
    [
        ({"enterprise": firm(status=None)}, "of the enterprise"),
        ({"category": "PATENT", "provider": provider(lists=None)}, "of the provider"),
    ],
)
def test_a_missing_fact_is_told_with_the_one_whose_it_is(changed, whose):
    missing = [reason for reason in assess(policy(SH), order(**changed), {}).reasons if reason.code == "fact-missing"]
    assert [whose in reason.text for reason in missing] == [True]
