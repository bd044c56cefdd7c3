"""Grants and denials: every condition of every shipped policy on both sides, with all reasons at once."""

import pytest

from tests.policies.cases import CP, EU, EVERY, FFG, IE, SH, YRD, document, firm, policy
from vouchers.policy import admit, entitle, missing_facts, parse

ON = "2026-01-05"
CHANGPING = {"region": "110114"}
IRISH = {"country": "IE", "region": None}
AUSTRIAN = {"country": "AT", "region": None}
WINDOW = "2025-02-10"
GOOD = {SH: {}, YRD: {}, CP: CHANGPING, IE: IRISH, FFG: AUSTRIAN, EU: AUSTRIAN}


def decided(name, on="", **facts):
    """The decision of a shipped policy about a firm that it likes, with changes."""
    return entitle(policy(name), firm(**{**GOOD[name], **facts}), on or (WINDOW if name == EU else ON))


def denied(name, **facts):
    """The codes of all reasons of a denial; nothing for a grant."""
    decision = decided(name, **facts)
    assert decision.granted is not bool(decision.reasons)
    assert decision.granted is bool(decision.vouchers)
    return [reason.code for reason in decision.reasons]


@pytest.mark.parametrize("name", EVERY)
def test_a_firm_that_meets_everything_is_granted(name):
    assert denied(name) == []


# Policy, what changes, and the codes that follow; each pair stands on the two sides of one condition.
SIDES = [
    (SH, {"status": "struck_off"}, ["status"]),
    (SH, {"region": "310151"}, []),
    (SH, {"region": "320509"}, ["region"]),
    (SH, {"staff": 299}, []),
    (SH, {"staff": 300}, ["size-class"]),
    (SH, {"lists": ("something-else",)}, []),
    (SH, {"lists": ("serious-dishonesty",)}, ["breach-lists"]),
    (SH, {"lists": ("abnormal-operation",)}, ["breach-lists"]),
    (SH, {"lists": ("integrity-breach",)}, ["breach-lists"]),
    (SH, {"legal_form": "sole_trader"}, []),
    (SH, {"legal_form": "charity"}, ["beneficiary-class-unknown"]),
    (SH, {"legal_form": "team", "in_incubator": True}, []),
    (SH, {"legal_form": "team", "in_incubator": False}, ["incubator"]),
    (SH, {"legal_form": "team"}, ["fact-missing"]),
    (SH, {"legal_form": "team", "in_incubator": True, "region": "330402"}, ["region"]),
    (SH, {"legal_form": "team", "in_incubator": True, "lists": ("integrity-breach",)}, ["breach-lists"]),
    (SH, {"legal_form": "transfer_institution", "staff": 900}, []),
    (SH, {"legal_form": "transfer_institution", "status": "struck_off"}, ["status"]),
    (SH, {"legal_form": "transfer_institution", "region": "330402"}, ["region"]),
    (SH, {"legal_form": "transfer_institution", "lists": ("serious-dishonesty",)}, ["breach-lists"]),
    (YRD, {"region": "310118"}, []),
    (YRD, {"region": "320509"}, []),
    (YRD, {"region": "330421"}, []),
    (YRD, {"region": "340503"}, []),
    (YRD, {"region": "340104"}, ["region"]),
    (YRD, {"region": "320508"}, ["region"]),
    (YRD, {"status": "struck_off"}, ["status"]),
    (YRD, {"staff": 300}, ["size-class"]),
    (YRD, {"lists": ("integrity-breach",)}, ["breach-lists"]),
    (CP, {"staff": 99}, []),
    (CP, {"staff": 100}, ["staff"]),
    (CP, {"revenue": 999_999_999}, []),
    (CP, {"revenue": 1_000_000_000}, ["revenue"]),
    (CP, {"revenue_previous": 999_999_999}, []),
    (CP, {"revenue_previous": 1_000_000_000}, ["revenue"]),
    (CP, {"registered_capital": 3_000_000_000}, []),
    (CP, {"registered_capital": 3_000_000_001}, ["registered-capital"]),
    (CP, {"sound_finance": False}, ["sound-finance"]),
    (CP, {"lists": ("abnormal-operation",)}, ["breach-lists"]),
    (CP, {"region": "310115"}, []),
    (CP, {"region": "310115", "staff": 100}, ["staff"]),
    (CP, {"region": "310115", "revenue": 1_000_000_000}, ["revenue"]),
    (CP, {"region": "310115", "registered_capital": 3_000_000_001}, ["registered-capital"]),
    (CP, {"region": "310115", "sound_finance": False}, ["sound-finance"]),
    (CP, {"region": "310115", "lists": ("abnormal-operation",)}, ["breach-lists"]),
    (CP, {"legal_form": "team", "project_needs": ("testing",)}, []),
    (CP, {"legal_form": "team", "project_needs": ("office-space",)}, ["project-need"]),
    (CP, {"legal_form": "team", "project_needs": ("testing",), "region": "310115"}, ["beneficiary-class-unknown"]),
    (IE, {"country": "FR"}, ["country"]),
    (IE, {"staff": 49}, []),
    (IE, {"staff": 50}, ["staff"]),
    (IE, {"revenue": 1_000_000_000, "assets": 2_000_000_000}, []),
    (IE, {"revenue": 2_000_000_000, "assets": 1_000_000_000}, []),
    (IE, {"revenue": 1_000_000_001, "assets": 1_000_000_001}, ["turnover-or-balance"]),
    (IE, {"sector": 2}, []),
    (IE, {"sector": 1}, ["sector"]),
    (IE, {"legal_form": "charity"}, ["beneficiary-class-unknown"]),
    (IE, {"legal_form": "semi_state"}, ["beneficiary-class-unknown"]),
    (FFG, {"country": "DE"}, ["country"]),
    (FFG, {"staff": 249}, []),
    (FFG, {"staff": 250}, ["size-class"]),
    (EU, {"country": "SK"}, []),
    (EU, {"country": "CH"}, ["country"]),
    (EU, {"staff": 250}, ["size-class"]),
]


@pytest.mark.parametrize(("name", "changed", "codes"), SIDES)
def test_each_condition_on_both_sides(name, changed, codes):
    assert denied(name, **changed) == codes


def test_every_condition_of_every_policy_is_denied_once_above():
    asked = {
        (name, condition.code)
        for name in EVERY
        for beneficiary in policy(name).beneficiaries
        for condition in beneficiary.conditions
    }
    tried = {(name, code) for name, _, codes in SIDES for code in codes}
    assert asked <= tried


def test_all_reasons_come_at_once():
    assert denied(SH, status="struck_off", region="320509", staff=300, lists=("integrity-breach",)) == [
        "status",
        "region",
        "size-class",
        "breach-lists",
    ]


def test_a_reason_says_what_was_found_and_what_is_needed():
    (reason,) = decided(CP, revenue=1_000_000_000).reasons
    assert "revenue = 10,000,000.00 (needed: below 10,000,000.00)" in reason.text
    assert reason.clause == "Changping measures 2017, enterprises"
    assert reason.remedy == "Ask again after two years below the limit."


def test_a_grant_names_every_condition_that_was_asked():
    decision = decided(SH)
    assert [step.rule for step in decision.trace] == ["beneficiary", "status", "region", "size-class", "breach-lists"]
    assert decision.trace[3].text == "size class CN-2011-300 = small (needed: micro, small or medium)"


def test_a_grant_carries_the_voucher_and_its_two_last_days():
    decision = decided(SH)
    (voucher,) = decision.vouchers
    assert decision.period == "2026"
    assert (voucher.kind, voucher.face, voucher.currency) == ("general", 30_000_000, "CNY")
    assert (voucher.use_by_on, voucher.redeem_by_on) == ("2026-12-31", "2027-03-31")
    assert voucher.categories == ("RND", "TEST", "INSTR", "TRANS", "POC", "PATENT", "INSUR", "CONSULT")


def test_a_transfer_institution_gets_the_training_voucher_only():
    (voucher,) = decided(SH, legal_form="transfer_institution").vouchers
    assert (voucher.kind, voucher.face, voucher.categories) == ("manager", 2_000_000, ("TECHMGR",))


def test_an_irish_company_gets_both_kinds_for_twelve_months():
    vouchers = decided(IE).vouchers
    assert [(voucher.kind, voucher.use_by_on) for voucher in vouchers] == [
        ("STANDARD", "2027-01-05"),
        ("FAST_TRACK", "2027-01-05"),
    ]


@pytest.mark.parametrize(("aid", "kinds"), [(30_000_000, ["STANDARD", "FAST_TRACK"]), (30_000_001, ["FAST_TRACK"])])
def test_much_other_aid_leaves_the_co_funded_voucher(aid, kinds):
    decision = decided(IE, aid_five_years=aid)
    assert [voucher.kind for voucher in decision.vouchers] == kinds
    assert any(step.rule == "voucher-STANDARD" for step in decision.trace) is (len(kinds) == 1)


def test_a_firm_that_deserves_no_voucher_at_all_is_denied_with_the_reason():
    changed = document(IE)
    changed["beneficiary"][0]["vouchers"] = ["STANDARD"]
    decision = entitle(parse(changed), firm(**IRISH, aid_five_years=30_000_001), ON)
    assert [reason.code for reason in decision.reasons] == ["aid-five-years"]


@pytest.mark.parametrize("fact", ["status", "region", "sector", "staff", "lists", "legal_form"])
def test_nothing_is_granted_on_a_fact_that_is_not_known(fact):
    facts = firm(**{fact: None})
    assert missing_facts(policy(SH), facts) == (fact,)
    (reason,) = entitle(policy(SH), facts, ON).reasons
    assert reason.code == "fact-missing"
    assert f'"{fact}"' in reason.text


def test_a_known_firm_lacks_nothing():
    assert missing_facts(policy(SH), firm()) == ()


def test_one_missing_fact_is_one_reason():
    changed = document()
    changed["beneficiary"][0]["condition"].append(changed["beneficiary"][0]["condition"][1])
    decision = entitle(parse(changed), firm(region=None), ON)
    assert [reason.code for reason in decision.reasons] == ["fact-missing"]


@pytest.mark.parametrize(
    ("name", "on", "codes"),
    [
        (SH, "2025-08-31", ["policy-not-in-force"]),
        (SH, "2025-09-01", []),
        (SH, "2030-08-31", []),
        (SH, "2030-09-01", ["policy-not-in-force"]),
        (YRD, "2020-12-31", ["policy-not-in-force"]),
        (YRD, "2021-01-01", []),
        (EU, "2025-02-02", ["policy-not-in-force"]),
        (EU, "2025-02-03", []),
        (EU, "2025-12-05", []),
        (EU, "2025-12-06", ["window-closed"]),
    ],
)
def test_a_policy_grants_in_its_time_only(name, on, codes):
    assert [reason.code for reason in decided(name, on=on).reasons] == codes


def test_the_same_facts_give_the_same_decision():
    assert decided(SH) == decided(SH)


def test_a_wrongly_typed_fact_never_passes():
    assert denied(CP, staff="99") == ["staff"]
    assert denied(CP, sound_finance="true") == ["sound-finance"]
    assert denied(SH, region=310115) == ["region"]


OPERATORS = [
    ({"fact": "n", "at_least": 5}, 5, 4),
    ({"fact": "n", "at_most": 5}, 5, 6),
    ({"fact": "n", "below": 5}, 4, 5),
    ({"fact": "n", "one_of": ["a", 7]}, 7, 8),
    ({"fact": "n", "none_of": ["a", "b"]}, "c", "a"),
    ({"fact": "n", "none_of": ["a", "b"]}, ("c",), ("c", "b")),
    ({"fact": "n", "includes": ["a", "b"]}, ("c", "b"), ("c",)),
    ({"fact": "n", "starts_with": ["31", "32"]}, "3205", "3305"),
    ({"fact": "n", "not_starts_with": ["31", "32"]}, "3305", "3205"),
    ({"fact": "n", "is_true": True}, True, False),
    ({"fact": "n", "is_false": True}, False, True),
    ({"fact": "n", "within_months": 36}, "2023-01-05", "2023-01-04"),
    ({"fact": "n", "older_than_months": 36}, "2023-01-04", "2023-01-05"),
    ({"any": [{"fact": "n", "below": 3}, {"fact": "n", "at_least": 9}]}, 2, 3),
    ({"all": [{"fact": "n", "below": 9}, {"fact": "n", "at_least": 3}]}, 3, 9),
]


@pytest.mark.parametrize(("test", "good", "bad"), OPERATORS)
def test_each_operator_on_both_sides(test, good, bad):
    changed = document()
    changed["beneficiary"][0]["condition"] = [{"code": "n", "text": "N.", "remedy": "M.", "test": test}]
    rules = parse(changed)
    assert entitle(rules, {"legal_form": "company", "n": good}, ON).granted
    for facts, code in (({"n": bad}, "n"), ({}, "fact-missing")):
        decision = entitle(rules, {"legal_form": "company", **facts}, ON)
        assert [reason.code for reason in decision.reasons] == [code]


@pytest.mark.parametrize(("founded", "codes"), [("2024-01-04", []), ("2024-01-05", ["provider-age"])])
def test_a_provider_has_worked_for_more_than_two_years(founded, codes):
    reasons = admit(policy(SH), {"founded_on": founded}, ON).reasons
    assert [reason.code for reason in reasons] == codes


def test_a_provider_of_unknown_age_is_not_admitted():
    assert [reason.code for reason in admit(policy(SH), {}, ON).reasons] == ["fact-missing"]
