"""Providers join by self-evaluation, verification and seven days of public notice."""

from dataclasses import replace

import pytest

from tests.changed import a_town_where
from tests.examples import DIGEST, JIANGSU_LAB, facts_of_provider
from tests.given import given
from tests.town import Town
from vouchers import application as app
from vouchers.admission.decisions import (
    AdmissionNotAtStep,
    AdmissionUnknown,
    DismissObjection,
    JoinAfterNotice,
    NoticeNotOpen,
    NoticeStillRuns,
    ObjectionDeciderNotIndependent,
    ObjectionOpen,
    ObjectionUnknown,
    ObjectToAdmission,
    SelfEvaluate,
    TooManyObjections,
    UpholdObjection,
    Verify,
    WithdrawApplication,
    object_to,
)
from vouchers.admission.events import NoticeOpened, Objected, SelfEvaluated, VerificationFailed, Verified
from vouchers.application.admitting import ProviderAlreadyAdmitted
from vouchers.kinds import ADMISSION, PROVIDER
from vouchers.ledger.unit import Backdated
from vouchers.programme.decisions import ProgrammeUnknown
from vouchers.provider.decisions import NotAccredited, ProviderBarred, ProviderUnknown, Remove

APPLY = SelfEvaluate(JIANGSU_LAB, "SH-STIV", "Jiangsu Lab", DIGEST, {"kind": "lab"}, "account:7")
FACTS = facts_of_provider(region="320102")
VERIFY = Verify(JIANGSU_LAB, "enterprise register", DIGEST, FACTS)
OBJECT = ObjectToAdmission(JIANGSU_LAB, "its laboratory burnt down")
JOIN = JoinAfterNotice(JIANGSU_LAB)
WHY = "the inspection of today shows otherwise"


def noticed(town: Town) -> Town:
    """Bring the institution to its notice, which runs from 2 to 8 February."""
    town.do(app.self_evaluate, APPLY, actor="provider:jiangsu")
    town.do(app.verify_provider, VERIFY, actor="officer:wu")
    return town


def status(town: Town) -> str:
    return town.ledger.state(ADMISSION, JIANGSU_LAB).status


def test_the_notice_of_seven_days_counts_its_first_and_its_last_day(town):
    noticed(town)
    assert town.events(f"admission/{JIANGSU_LAB}")[-1] == NoticeOpened("2026-02-02", "2026-02-08")


def test_nobody_joins_on_the_last_day_of_the_notice_and_everybody_on_the_day_after(town):
    noticed(town)
    with town.go("2026-02-08").refused(NoticeStillRuns) as caught:
        town.do(app.join_after_notice, JOIN)
    assert "2026-02-09" in caught.value.remedy
    with town.refused(ProviderUnknown):
        town.order(provider_id=JIANGSU_LAB)
    town.go("2026-02-09").do(app.join_after_notice, JOIN)
    state = town.ledger.state(PROVIDER, JIANGSU_LAB)
    assert (state.name, state.facts["region"], state.account_ref) == ("Jiangsu Lab", "320102", "account:7")


def test_an_objection_in_the_notice_stops_the_admission(town):
    noticed(town)
    town.do(app.object_to_admission, OBJECT, actor="enterprise:rival")
    with town.go("2026-02-09").refused(ObjectionOpen):
        town.do(app.join_after_notice, JOIN)
    town.do(app.uphold_objection, UpholdObjection(JIANGSU_LAB, 1, WHY), actor="officer:zhou")
    assert status(town) == "stopped"
    with town.refused(AdmissionNotAtStep):
        town.do(app.join_after_notice, JOIN)


def test_an_objection_counts_on_the_last_day_of_the_notice_and_not_on_the_day_after(town):
    noticed(town)
    town.go("2026-02-08").do(app.object_to_admission, OBJECT, actor="enterprise:rival")
    with town.go("2026-02-09").refused(NoticeNotOpen):
        town.do(app.object_to_admission, replace(OBJECT, reason="too late"), actor="enterprise:rival")


def test_an_objection_that_is_late_is_not_dated_back_into_the_notice(town):
    noticed(town).go("2026-02-09").do(app.join_after_notice, JOIN)
    with town.go("2026-02-08").refused(AdmissionNotAtStep):
        town.do(app.object_to_admission, OBJECT, actor="enterprise:rival")


def test_an_application_takes_no_step_before_its_last_one(town):
    noticed(town)
    with town.go("2026-02-01").refused(Backdated):
        town.do(app.withdraw_application, WithdrawApplication(JIANGSU_LAB, "we move abroad"))


def test_nobody_objects_before_the_notice():
    evaluated = SelfEvaluated("SH-STIV", "Lab", {}, DIGEST, "", "provider:lab")
    verified = Verified("2025", DIGEST, {}, "register", DIGEST, ())
    opened = NoticeOpened("2026-02-02", "2026-02-08")
    past = given(ADMISSION, evaluated, verified, opened)
    past.when(object_to, OBJECT, "enterprise:rival", "2026-02-01").refused(NoticeNotOpen)
    past.when(object_to, OBJECT, "enterprise:rival", "2026-02-02").then(Objected(1, "enterprise:rival", OBJECT.reason))
    given(ADMISSION, evaluated).when(object_to, OBJECT, "enterprise:rival", "2026-02-02").refused(AdmissionNotAtStep)
    given(ADMISSION).when(object_to, OBJECT, "enterprise:rival", "2026-02-02").refused(AdmissionUnknown)


def test_a_dismissed_objection_lets_the_provider_join(town):
    noticed(town)
    town.do(app.object_to_admission, OBJECT, actor="enterprise:rival")
    town.do(app.dismiss_objection, DismissObjection(JIANGSU_LAB, 1, WHY), actor="officer:zhou")
    town.go("2026-02-09").do(app.join_after_notice, JOIN)
    assert status(town) == "joined"


def test_one_open_objection_among_two_keeps_the_provider_out(town):
    noticed(town)
    town.do(app.object_to_admission, OBJECT, actor="enterprise:rival")
    town.do(app.object_to_admission, replace(OBJECT, reason="no team"), actor="enterprise:other")
    town.do(app.dismiss_objection, DismissObjection(JIANGSU_LAB, 1, WHY), actor="officer:zhou")
    with town.go("2026-02-09").refused(ObjectionOpen):
        town.do(app.join_after_notice, JOIN)


@pytest.mark.parametrize("decide", ["uphold", "dismiss"])
@pytest.mark.parametrize("actor", ["officer:rival", "provider:jiangsu"])
def test_an_objection_is_decided_by_an_officer_who_did_not_make_it(town, decide, actor):
    noticed(town)
    town.do(app.object_to_admission, OBJECT, actor="officer:rival")
    use_case, command = {
        "uphold": (app.uphold_objection, UpholdObjection(JIANGSU_LAB, 1, WHY)),
        "dismiss": (app.dismiss_objection, DismissObjection(JIANGSU_LAB, 1, WHY)),
    }[decide]
    with town.refused(ObjectionDeciderNotIndependent):
        town.do(use_case, command, actor=actor)
    town.do(use_case, command, actor="officer:zhou")
    with town.refused(AdmissionNotAtStep if decide == "uphold" else ObjectionUnknown):
        town.do(use_case, command, actor="officer:zhou")


def test_the_same_objection_again_changes_nothing(town):
    noticed(town)
    town.do(app.object_to_admission, OBJECT, actor="enterprise:rival")
    with town.assert_quiet():
        town.do(app.object_to_admission, OBJECT, actor="enterprise:rival")


def test_fifty_objections_are_taken_and_no_more(town):
    noticed(town)
    for number in range(50):
        town.do(app.object_to_admission, replace(OBJECT, reason=f"reason {number}"), actor="enterprise:rival")
    with town.refused(TooManyObjections):
        town.do(app.object_to_admission, replace(OBJECT, reason="one more"), actor="enterprise:rival")


@pytest.mark.parametrize(("founded_on", "outcome"), [("2024-02-01", "noticed"), ("2024-02-03", "failed")])
def test_a_provider_must_have_operated_for_more_than_two_years(town, founded_on, outcome):
    town.do(app.self_evaluate, APPLY, actor="provider:jiangsu")
    facts = {**FACTS, "founded_on": founded_on}
    town.do(app.verify_provider, replace(VERIFY, facts=facts), actor="officer:wu")
    assert status(town) == outcome


def test_a_verification_records_the_facts_the_policy_and_the_rules_that_hold(town):
    noticed(town)
    verified = town.events(f"admission/{JIANGSU_LAB}")[1]
    assert (verified.policy_version, verified.rules, verified.facts["kind"]) == ("2025", ("provider-age",), "lab")


def test_a_failed_verification_is_on_record_with_every_reason(town):
    town.do(app.self_evaluate, replace(APPLY, answers={"kind": "institute"}), actor="provider:jiangsu")
    facts = {**FACTS, "founded_on": "2025-12-01"}
    answer = town.do(app.verify_provider, replace(VERIFY, facts=facts), actor="officer:wu")
    found = town.events(f"admission/{JIANGSU_LAB}")[-1]
    assert type(found) is VerificationFailed
    assert [why.code for why in found.reasons] == ["answer-differs", "provider-age"]
    assert len(answer["reasons"]) == 2


def test_a_fact_that_no_register_gives_speaks_against_the_provider(town):
    town.do(app.self_evaluate, APPLY, actor="provider:jiangsu")
    facts = {name: fact for name, fact in FACTS.items() if name != "founded_on"}
    town.do(app.verify_provider, replace(VERIFY, facts=facts), actor="officer:wu")
    assert status(town) == "failed"


def test_a_provider_that_failed_may_apply_again(town):
    town.do(app.self_evaluate, APPLY, actor="provider:jiangsu")
    town.do(app.verify_provider, replace(VERIFY, facts={}), actor="officer:wu")
    noticed(town)
    assert status(town) == "noticed"


def test_answers_may_be_corrected_until_they_are_verified(town):
    town.do(app.self_evaluate, APPLY, actor="provider:jiangsu")
    with town.assert_quiet():
        town.do(app.self_evaluate, APPLY, actor="provider:jiangsu")
    town.do(app.self_evaluate, replace(APPLY, name="Jiangsu Laboratory"), actor="provider:jiangsu")
    town.do(app.verify_provider, VERIFY, actor="officer:wu")
    with town.refused(AdmissionNotAtStep):
        town.do(app.self_evaluate, APPLY, actor="provider:jiangsu")
    with town.refused(AdmissionNotAtStep):
        town.do(app.verify_provider, VERIFY, actor="officer:wu")


def test_an_application_may_be_given_up_until_the_provider_has_joined(town):
    noticed(town)
    give_up = WithdrawApplication(JIANGSU_LAB, "we move abroad")
    town.do(app.withdraw_application, give_up, actor="provider:jiangsu")
    with town.assert_quiet():
        town.do(app.withdraw_application, give_up, actor="provider:jiangsu")
    with town.go("2026-02-09").refused(AdmissionNotAtStep):
        town.do(app.join_after_notice, JOIN)


def test_joined_again_changes_nothing_and_applied_again_is_refused(town):
    noticed(town).go("2026-02-09").do(app.join_after_notice, JOIN)
    with town.assert_quiet():
        town.do(app.join_after_notice, JOIN)
    with town.refused(ProviderAlreadyAdmitted):
        town.do(app.self_evaluate, APPLY, actor="provider:jiangsu")


def test_a_policy_without_notice_lets_a_verified_provider_join_at_once():
    with a_town_where(provider={"notice_days": 0}) as town:
        noticed(town).do(app.join_after_notice, JOIN)
        assert town.ledger.state(PROVIDER, JIANGSU_LAB).is_admitted


@pytest.mark.parametrize(("consultants", "outcome"), [(2, "failed"), (3, "joined")])
def test_go_inno_authorises_consultancies_with_three_consultants(town, consultants, outcome):
    town.adopt("de-goinno")
    town.do(app.self_evaluate, replace(APPLY, programme="DE-GOINNO"), actor="provider:jiangsu")
    facts = {**FACTS, "consultants": consultants}
    town.do(app.verify_provider, replace(VERIFY, facts=facts), actor="officer:wu")
    if outcome == "joined":
        town.do(app.join_after_notice, JOIN)
    assert status(town) == outcome


def test_an_application_is_made_to_a_programme_in_force(town):
    with town.refused(ProgrammeUnknown):
        town.do(app.self_evaluate, replace(APPLY, programme="NONE"), actor="provider:jiangsu")
    with town.refused(AdmissionUnknown):
        town.do(app.join_after_notice, JOIN)


def test_a_removed_provider_applies_again_on_the_day_after_its_bar(town):
    noticed(town).go("2026-02-09").do(app.join_after_notice, JOIN)
    removal = Remove(JIANGSU_LAB, "2026-02-09", "finish", "false reports", "2026-12-31")
    town.do(app.remove_provider, removal)
    with town.go("2026-12-31").refused(ProviderBarred) as caught:
        town.do(app.self_evaluate, APPLY, actor="provider:jiangsu")
    assert "2027-01-01" in caught.value.remedy
    noticed(town.go("2027-01-01"))
    town.go("2027-01-08").do(app.join_after_notice, JOIN)
    assert not town.ledger.state(PROVIDER, JIANGSU_LAB).is_removed("2027-01-08")


def test_a_provider_that_was_removed_is_accredited_anew_when_it_comes_back(town):
    noticed(town).go("2026-02-09").do(app.join_after_notice, JOIN)
    town.accredit(JIANGSU_LAB, "TEST", "2026-02-09", "2027-12-31")
    town.do(app.remove_provider, Remove(JIANGSU_LAB, "2026-03-01", "finish", "false reports"))
    noticed(town.go("2026-04-01"))
    town.go("2026-04-08").do(app.join_after_notice, JOIN)
    with town.refused(NotAccredited):
        town.order(provider_id=JIANGSU_LAB)
    town.accredit(JIANGSU_LAB, "TEST", "2026-04-08", "2027-12-31")
    assert town.order(provider_id=JIANGSU_LAB)["subsidy"]
    assert town.ledger.state(PROVIDER, JIANGSU_LAB).days_of("TEST")[0] == ("2026-02-09", "2026-02-28")


def test_an_imported_directory_enters_providers_at_once_and_brings_no_removed_one_back(town):
    town.admit(JIANGSU_LAB)
    town.do(app.remove_provider, Remove(JIANGSU_LAB, "2026-02-02", "finish", "false reports"))
    town.admit(JIANGSU_LAB, region="320102")
    assert town.ledger.state(PROVIDER, JIANGSU_LAB).is_removed("2026-02-02")
