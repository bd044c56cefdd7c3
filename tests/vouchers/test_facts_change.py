"""Facts that change after the grant: what becomes of free value, of reservations, of claims, and of caps (rule 3)."""

import pytest

from tests.examples import CHANGNING, DIGEST, PUDONG, SH_CODE, YUAN, facts_of_firm, voucher_of
from tests.vouchers.changing import (
    adopt_with,
    beneficiaries,
    causes,
    causes_found,
    clear,
    correct,
    entitlement,
    firm,
    learn,
    look_again,
    treatments,
)
from vouchers import application as app
from vouchers.application.deciding import judge
from vouchers.application.entitling import ImportFacts
from vouchers.application.payability import HeldByFinding
from vouchers.application.reassessing import periods_alive
from vouchers.enterprise.decisions import EnterpriseUnknown, RecordFacts
from vouchers.entitlement.decisions import NothingFound
from vouchers.kinds import CAP, PROGRAMME
from vouchers.policy import entitle as decide_again
from vouchers.provider.decisions import ProviderSuspended
from vouchers.refusals import Ineligible

FACE, HALF = 300_000 * YUAN, 5_000 * YUAN
GROWN = {"staff": 2_000, "revenue": 100_000_000_00}
CAP_OF_THE_FIRM = f"enterprise/{SH_CODE}:{PUDONG}/2026"


def test_a_firm_that_grew_out_of_its_size_class_loses_what_is_free_and_keeps_what_is_reserved(town):
    town.order()
    learn(town.go("2026-03-01"), **GROWN)
    assert causes_found(town) == ["left-size-class"]
    assert treatments(town) == [("reserved", "honour", HALF), ("unreserved", "revoke", FACE - HALF)]
    voucher = town.voucher()
    assert (voucher.available, voucher.reserved, voucher.revoked) == (0, HALF, FACE - HALF)
    town.deliver()
    town.invoice()
    town.redeem()
    town.propose("S-1", "O-1")


@pytest.mark.parametrize(("staff", "grown"), [(299, False), (300, True)])
def test_growth_counts_from_the_ceiling_on(town, staff, grown):
    learn(town.go("2026-03-01"), staff=staff, revenue=10_000 * 10_000_00)
    assert (town.voucher().revoked == FACE) is grown


@pytest.mark.parametrize("day", ["2026-02-28", "2026-03-01"])
def test_facts_take_effect_on_the_day_from_which_they_hold(town, day):
    learn(town.go(day), as_of_on=day, **GROWN)
    assert firm(town).facts_on("2026-02-27")["staff"] == 9
    assert town.voucher().revoked == FACE


def test_a_firm_that_moved_out_keeps_what_is_reserved_and_its_claims_are_checked(town):
    town.claimed("O-1")
    if town.state().status == "requested":
        town.approve()
    town.order("O-2")
    learn(town.go("2026-03-01"), region="320509")
    assert causes_found(town) == ["left-region"]
    assert treatments(town) == [
        ("claims", "check", HALF),
        ("reserved", "honour", HALF),
        ("unreserved", "revoke", FACE - 2 * HALF),
    ]
    with town.refused(HeldByFinding):
        town.propose("S-1", "O-1")
    clear(town)
    town.propose("S-1", "O-1")


def test_a_firm_that_moves_within_the_city_twice_in_a_year_has_one_cap_and_one_voucher(town):
    town.order()
    learn(town.go("2026-03-01"), region="310105")
    learn(town.go("2026-04-01"), region="310118")
    town.entitle()
    assert entitlement(town).last is None
    town.order("O-2")
    assert town.ledger.state(CAP, CAP_OF_THE_FIRM).total == 2 * HALF
    assert town.voucher().face == FACE
    assert town.topics().count("voucher.Issued") == 1


def test_a_firm_that_moves_out_and_back_in_a_year_is_granted_nothing_anew(town):
    learn(town.go("2026-03-01"), region="320509")
    learn(town.go("2026-04-01"), region="310115")
    town.entitle()
    assert causes_found(town) == []
    assert (town.voucher().revoked, town.voucher().face) == (FACE, FACE)
    assert town.topics().count("voucher.Issued") == 1


def test_the_region_is_that_of_the_dated_address_and_not_of_the_credit_code(town):
    assert PUDONG[2:8] == "310115"
    learn(town.go("2026-03-01"), region="320509")
    assert causes_found(town) == ["left-region"]
    town.record("91320509MA1TE0036A", region="310105")
    assert town.entitle("91320509MA1TE0036A")["granted"] == 1


@pytest.mark.parametrize(("status", "cause"), [("revoked", "struck-off"), ("deregistered", "dissolved")])
def test_a_firm_that_is_struck_off_loses_undelivered_orders_and_its_claims_are_checked(town, status, cause):
    town.order("O-1")
    town.order("O-2")
    town.deliver("O-2")
    used = town.ledger.state(CAP, CAP_OF_THE_FIRM).total
    learn(town.go("2026-03-01"), status=status)
    assert causes_found(town) == [cause]
    assert (town.state("O-1").status, town.state("O-2").status) == ("cancelled", "delivered")
    assert (town.voucher().reserved, town.voucher().revoked) == (HALF, FACE - HALF)
    assert town.ledger.state(CAP, CAP_OF_THE_FIRM).total == used - HALF
    with town.refused(Ineligible):
        town.order("O-3")


def test_a_bankrupt_firms_delivered_service_is_paid_to_its_provider_once_an_officer_has_looked(town):
    town.order()
    town.deliver()
    learn(town.go("2026-03-01"), status="bankrupt")
    town.invoice()
    town.redeem()
    if town.state().status == "requested":
        town.approve()
    with town.refused(HeldByFinding):
        town.propose("S-1", "O-1")
    clear(town)
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.confirm("S-1")
    assert town.state().paid == HALF


def test_a_bankruptcy_after_the_bank_was_told_stops_nothing(town):
    town.approved()
    town.propose("S-1", "O-1")
    town.sign("S-1")
    learn(town.go("2026-03-01"), status="bankrupt")
    assert treatments(town)[0] == ("claims", "honour", HALF)
    town.confirm("S-1")
    assert town.state().paid == HALF


@pytest.mark.parametrize("treatment", ["check", "reject"])
def test_a_bankruptcy_before_the_bank_was_told_holds_a_batch_that_is_only_proposed(town, treatment):
    adopt_with(town, changes=causes(unreserved="keep", reserved="honour", claims=treatment))
    town.approved()
    town.propose("S-1", "O-1")
    learn(town.go("2026-03-01"), status="bankrupt")
    assert treatments(town)[0] == ("claims", "check", HALF)
    with town.refused(HeldByFinding):
        town.sign("S-1")
    clear(town)
    town.sign("S-1")
    town.confirm("S-1")
    assert town.state().paid == HALF


def test_a_payment_that_failed_is_not_told_again_while_a_finding_holds_it(town):
    town.approved()
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.fail("S-1")
    learn(town.go("2026-03-01"), status="bankrupt")
    assert treatments(town)[0] == ("claims", "check", HALF)
    with town.refused(HeldByFinding):
        town.reinstruct("S-1")
    clear(town)
    town.reinstruct("S-1")
    town.confirm("S-1")
    assert town.state().paid == HALF


def test_a_policy_may_honour_everything_whatever_happens_to_the_firm(town):
    adopt_with(town, changes=causes(unreserved="keep", reserved="honour", claims="honour"))
    town.order()
    learn(town.go("2026-03-01"), status="bankrupt", region="320509", **GROWN)
    assert set(causes_found(town)) == {"bankrupt", "left-region", "left-size-class"}
    assert (town.voucher().reserved, town.voucher().available) == (HALF, FACE - HALF)


def test_a_policy_may_reject_claims_and_release_everything(town):
    adopt_with(town, changes=causes(unreserved="revoke", reserved="release", claims="reject"))
    town.claimed("O-1")
    town.order("O-2")
    town.deliver("O-2")
    learn(town.go("2026-03-01"), region="320509")
    voucher = town.voucher()
    assert (voucher.claimed, voucher.reserved, voucher.available, voucher.revoked) == (0, 0, 0, FACE)
    assert [town.state(number).status for number in ("O-1", "O-2")] == ["cancelled", "cancelled"]
    assert town.ledger.state(CAP, CAP_OF_THE_FIRM).total == 0
    assert town.budget().committed == 0


def test_of_several_causes_the_severest_treatment_counts(town):
    town.order()
    learn(town.go("2026-03-01"), lists=("serious-dishonesty",))
    assert treatments(town) == [("reserved", "honour", HALF), ("unreserved", "keep", FACE - HALF)]
    learn(town.go("2026-03-02"), lists=("serious-dishonesty",), status="revoked")
    assert treatments(town) == [("reserved", "release_undelivered", HALF), ("unreserved", "revoke", FACE)]


def test_what_no_rule_speaks_of_is_found_and_takes_nothing_away(town):
    learn(town.go("2026-03-01"), status="suspended")
    assert causes_found(town) == ["other"]
    assert town.voucher().available == FACE


def test_a_policy_without_changes_leaves_every_grant_as_it_is(town):
    adopt_with(town, changes=None)
    with_nothing = learn(town.go("2026-03-01"), region="320509")
    assert with_nothing["reassessed"] == 1
    assert causes_found(town) == ["other"]
    assert town.voucher().available == FACE


def test_looking_again_at_the_same_facts_changes_nothing(town):
    town.order()
    learn(town.go("2026-03-01"), region="320509")
    with town.assert_quiet():
        assert look_again(town)["causes"] == ["left-region"]
    clear(town)
    with town.assert_quiet():
        look_again(town)
    with town.refused(NothingFound):
        clear(town)


def test_a_firm_whose_facts_still_fit_is_looked_at_without_a_word(town):
    with town.assert_quiet():
        assert look_again(town)["changed"] is False
    learn(town.go("2026-03-01"), staff=50)
    assert entitlement(town).last is None


def test_nobody_looks_again_at_a_firm_that_no_registry_named(town):
    with town.refused(EnterpriseUnknown):
        look_again(town, CHANGNING)


def test_value_that_comes_back_after_the_finding_is_found_by_the_next_look(town):
    town.order()
    learn(town.go("2026-03-01"), region="320509")
    town.cancel()
    assert town.voucher().available == HALF
    assert look_again(town)["changed"]
    assert (town.voucher().available, town.voucher().revoked) == (0, FACE)


def test_the_second_look_carries_facts_policy_grounds_and_effects(town):
    learn(town.go("2026-03-01"), region="320509")
    found = entitlement(town).reassessed
    assert (found.policy_version, found.facts_as_of_on, found.facts["region"]) == ("2025", "2026-03-01", "320509")
    assert [(why.code, bool(why.text), bool(why.clause)) for why in found.reasons] == [("region", True, True)]
    assert [ground.clause for ground in found.grounds] == ["changes of facts, removal"]
    assert [(effect.subject, effect.amount) for effect in found.effects] == [(voucher_of(), FACE)]


def test_a_grant_is_a_dated_decision_that_later_facts_never_rewrite(town):
    before = town.decision()
    learn(town.go("2026-03-01"), region="320509")
    correct(town, region="320509")
    look_again(town)
    assert town.decision() == before


def test_a_correction_that_would_have_denied_the_grant_is_a_finding_and_takes_nothing_away(town):
    correct(town, region="320509")
    learn(town.go("2026-03-01"), region="310115")
    doubt = entitlement(town).doubt
    assert (doubt.would, [why.code for why in doubt.reasons]) == ("denied", ["region"])
    assert town.voucher().available == FACE
    with town.assert_quiet():
        look_again(town)
    clear(town)
    assert entitlement(town).findings == ()


@pytest.mark.parametrize(("as_of_on", "doubted"), [("2026-01-05", True), ("2026-01-06", False)])
def test_late_facts_of_a_day_up_to_the_grant_cast_doubt_on_it_and_later_ones_do_not(town, as_of_on, doubted):
    town.go("2026-03-01")
    learn(town, as_of_on="2026-02-15", staff=10)
    learn(town, as_of_on=as_of_on, region="320509")
    assert (entitlement(town).doubt is not None) is doubted
    assert firm(town).facts["staff"] == 10


def test_a_correction_that_would_have_granted_what_was_denied_is_a_finding_too(town):
    town.record(CHANGNING, status="revoked")
    town.entitle(CHANGNING)
    correct(town, code=CHANGNING)
    look_again(town, CHANGNING)
    assert entitlement(town, CHANGNING).doubt.would == "granted"
    assert town.entitle(CHANGNING)["granted"] == 1


def test_wrong_facts_that_were_corrected_never_count_again(town):
    town.record(CHANGNING, region="320509")
    correct(town, code=CHANGNING)
    assert town.entitle(CHANGNING)["granted"] == 1
    assert "320509" not in [each.facts["region"] for each in firm(town, CHANGNING).known]


def test_value_of_last_year_is_looked_at_while_it_can_be_redeemed(town):
    policy = app.compiled(town.ledger.state(PROGRAMME, SH_CODE).policies[0])
    assert periods_alive(policy, "2026-03-31") == ("2025", "2026")
    assert periods_alive(policy, "2026-04-01") == ("2026",)


def test_a_struck_off_firms_claims_of_last_year_are_checked(town):
    town.go("2026-12-20").approved()
    learn(town.go("2027-02-01"), status="revoked")
    assert causes_found(town) == ["struck-off"]
    with town.refused(HeldByFinding):
        town.propose("S-1", "O-1")


@pytest.mark.parametrize(
    ("day", "contract_on", "refused"),
    [
        ("order", "2026-02-20", True),
        ("contract", "2026-02-20", False),
        ("contract", "2026-03-01", True),
        ("grant", "2026-03-01", False),
    ],
)
def test_the_policy_says_on_which_day_the_size_of_a_firm_is_tested(town, day, contract_on, refused):
    adopt_with(town, changes={"test_facts_on": day}, beneficiary=beneficiaries(asked_again="size-class"))
    town.go("2026-03-02").record(as_of_on="2026-03-01", **GROWN)
    if refused:
        with town.refused(Ineligible, "size-class"):
            town.order(contract_on=contract_on)
    else:
        town.order(contract_on=contract_on)
        assert town.state().registered.enterprise_facts["staff"] == 9


def test_a_day_of_the_test_without_facts_is_no_silent_yes(town):
    adopt_with(town, changes={"test_facts_on": "contract"}, beneficiary=beneficiaries(asked_again="size-class"))
    town.go("2026-03-02").record(CHANGNING, as_of_on="2026-03-01")
    town.entitle(CHANGNING)
    with town.refused(Ineligible) as caught:
        town.order(enterprise_id=CHANGNING, voucher_id=voucher_of(CHANGNING), contract_on="2026-02-20")
    assert "fact-missing" in [cause.code for cause in caught.value.causes]


@pytest.mark.parametrize(("years", "granted"), [((2025,), True), ((2024, 2025), False)])
def test_a_class_that_was_left_is_left_after_two_consecutive_years_only(town, years, granted):
    adopt_with(town, changes={"consecutive_years": 2})
    town.record(CHANGNING, as_of_on="2023-12-31")
    for year in years:
        stated = RecordFacts(CHANGNING, f"{year}-12-31", "registry", DIGEST, facts_of_firm(CHANGNING, **GROWN))
        town.do(app.import_facts, ImportFacts((stated,), confirm=True))
    record = RecordFacts(CHANGNING, "2025-12-31", "registry", DIGEST, facts_of_firm(CHANGNING, **GROWN))
    judged = judged_alone(town, record)
    answer = town.do(app.import_facts, ImportFacts((record,), (SH_CODE,), ((judged,),)))
    assert answer["programmes"][SH_CODE]["granted"] == granted
    assert judged.reasons  # on the facts of one year alone it would have been denied


def judged_alone(town, record):
    """What the policy says of one row of a file, without what is known of earlier years."""
    adopted = town.ledger.state(PROGRAMME, SH_CODE).policy("revised")
    return judge(adopted, app.compiled(adopted), record.enterprise_id, record.facts, town.on)


def test_what_has_settled_over_the_years_is_among_the_facts_of_the_decision(town):
    adopt_with(town, changes={"consecutive_years": 2})
    town.record(CHANGNING, as_of_on="2024-12-31")
    town.record(CHANGNING, as_of_on="2025-12-31", **GROWN)
    town.entitle(CHANGNING)
    assert town.decision(CHANGNING).facts["settled_class_CN-2011-300"] == "micro"
    with town.assert_quiet():
        town.entitle(CHANGNING)
        look_again(town, CHANGNING)


def test_a_decision_can_be_made_again_from_its_facts_and_its_version_of_the_policy(town):
    town.record(CHANGNING, region="320509")
    town.entitle(CHANGNING)
    learn(town.go("2026-03-01"), region="320509")
    for code in (PUDONG, CHANGNING):
        made = town.decision(code)
        policy = app.compiled(town.ledger.state(PROGRAMME, SH_CODE).policy(made.policy_version))
        again = decide_again(policy, made.facts, "2026-02-02")
        assert tuple(step.rule for step in again.trace) == made.rules
        assert [why.code for why in again.reasons] == [why.code for why in getattr(made, "reasons", ())]


def test_a_provider_that_goes_bankrupt_between_delivery_and_payment_is_paid_once_its_estate_is_known(town):
    town.approved()
    town.suspend("freeze")
    with town.refused(ProviderSuspended):
        town.propose("S-1", "O-1")
    town.go("2026-03-01").reinstate()
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.confirm("S-1")
    assert town.state().paid == HALF
