"""The second look at a grant: late and corrected facts, what it carries, and the decision made again."""

import pytest

from tests.examples import CHANGNING, DIGEST, PUDONG, SH_CODE, YUAN, facts_of_firm, voucher_of
from tests.vouchers.changing import (
    adopt_with,
    beneficiaries,
    causes_found,
    clear,
    correct,
    entitlement,
    firm,
    learn,
    look_again,
)
from vouchers import application as app
from vouchers.application.deciding import judge
from vouchers.application.entitling import ImportFacts
from vouchers.application.payability import HeldByFinding
from vouchers.application.reassessing import periods_alive
from vouchers.enterprise.decisions import RecordFacts
from vouchers.kinds import PROGRAMME
from vouchers.policy import entitle as decide_again
from vouchers.refusals import Ineligible

FACE, HALF = 300_000 * YUAN, 5_000 * YUAN
GROWN = {"staff": 2_000, "revenue": 100_000_000_00}
CAP_OF_THE_FIRM = f"enterprise/{SH_CODE}:{PUDONG}/2026"


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
