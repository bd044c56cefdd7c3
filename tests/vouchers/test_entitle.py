"""Automatic entitlement: a dated decision with everything it rests on, granted once, denied with every reason."""

import pytest

from tests.examples import (
    CHANGNING,
    DIGEST,
    NEW_YEAR,
    PUDONG,
    SH_CODE,
    WUJIANG,
    YRD,
    YRD_CODE,
    facts_of_firm,
    voucher_of,
)
from tests.given import given
from vouchers import application as app
from vouchers.enterprise.decisions import EnterpriseUnknown, RecordFacts
from vouchers.entitlement.decisions import decide
from vouchers.entitlement.events import Allotment, Denied, Granted
from vouchers.kinds import ENTITLEMENT
from vouchers.programme.decisions import PolicyNotInForce, ProgrammeUnknown

BASIS = ("P", "2026", PUDONG, "1", "d" * 64, "2025-12-31", "", {"staff": 9}, ("size",))
GRANTED = Granted(*BASIS, "CNY", (Allotment("V-1", "general", 100),))
DENIED = Denied(*BASIS, ())
DENIED_LATER = Denied(*BASIS[:7], {"staff": 400}, ("size",), ())


def test_a_grant_is_never_repeated():
    given(ENTITLEMENT).when(decide, GRANTED).then(GRANTED)
    given(ENTITLEMENT, GRANTED).when(decide, GRANTED).then()


def test_a_grant_stands_when_facts_change_later():
    given(ENTITLEMENT, GRANTED).when(decide, DENIED_LATER).then()


def test_a_denial_is_repeated_only_when_facts_changed():
    given(ENTITLEMENT, DENIED).when(decide, DENIED).then()
    given(ENTITLEMENT, DENIED).when(decide, DENIED_LATER).then(DENIED_LATER)


def test_a_denial_can_become_a_grant():
    given(ENTITLEMENT, DENIED).when(decide, GRANTED).then(GRANTED)


def test_a_small_firm_of_shanghai_is_granted_its_voucher_without_asking(town):
    issued = town.voucher()
    assert issued.terms.face == issued.available == issued.face == 300_000_00
    assert issued.terms.enterprise_id == PUDONG
    assert (issued.use_by_on, issued.redeem_by_on) == ("2026-12-31", "2027-03-31")
    assert "TEST" in issued.terms.categories
    assert "TECHMGR" not in issued.terms.categories


def test_the_decision_carries_facts_policy_and_rules(town):
    decision = town.decision()
    assert isinstance(decision, Granted)
    assert decision.policy_version == "2025"
    assert decision.facts["region"] == "310115"
    assert decision.facts_as_of_on == "2025-12-31"
    assert decision.rules == ("beneficiary", "status", "region", "size-class", "breach-lists")


def test_deciding_again_grants_nothing_twice(town):
    with town.assert_quiet():
        assert town.entitle()["unchanged"] == 1
    assert town.voucher().face == 300_000_00


def test_a_denial_lists_every_reason_at_once(town):
    town.record(WUJIANG, staff=2_000, revenue=100_000_000_00, status="struck_off", lists=("serious-dishonesty",))
    answer = town.entitle(WUJIANG)
    assert (answer["granted"], answer["denied"]) == (0, 1)
    reasons = town.decision(WUJIANG).reasons
    assert [why.code for why in reasons] == ["status", "region", "size-class", "breach-lists"]
    assert all(why.clause and why.text and why.remedy for why in reasons)
    assert town.voucher(voucher_of(WUJIANG)).terms is None


def test_a_denial_is_decided_again_when_the_registry_is_corrected(town):
    town.record(CHANGNING, status="struck_off")
    town.entitle(CHANGNING)
    with town.assert_quiet():
        assert town.entitle(CHANGNING)["unchanged"] == 1
    town.record(CHANGNING, status="active")
    assert town.entitle(CHANGNING)["granted"] == 1
    assert town.topics().count("entitlement.Denied") == 1


@pytest.mark.parametrize(("staff", "granted"), [(299, True), (300, False)])
def test_the_ceiling_of_the_size_class_is_exact(town, staff, granted):
    town.record(CHANGNING, staff=staff, revenue=10_000 * 10_000_00)
    assert town.entitle(CHANGNING)["granted"] == granted


def test_a_missing_fact_is_no_silent_grant(town):
    facts = facts_of_firm(CHANGNING)
    del facts["staff"]
    town.do(app.record_facts, RecordFacts(CHANGNING, "2025-12-31", "registry", DIGEST, facts))
    town.entitle(CHANGNING)
    assert [why.code for why in town.decision(CHANGNING).reasons] == ["fact-missing"]


def test_a_new_year_is_a_new_entitlement(town):
    town.go(NEW_YEAR).entitle()
    assert town.voucher(voucher_of(period="2027")).use_by_on == "2027-12-31"
    assert town.voucher().use_by_on == "2026-12-31"


def test_two_programmes_entitle_apart(town):
    town.adopt(YRD)
    town.entitle(programme=YRD_CODE)
    assert town.voucher(voucher_of(programme=YRD_CODE)).redeem_by_on == "2027-03-01"
    assert town.voucher(voucher_of(programme=SH_CODE)).redeem_by_on == "2027-03-31"


def test_a_firm_that_no_registry_named_is_not_entitled(town):
    with town.refused(EnterpriseUnknown):
        town.entitle(CHANGNING)


def test_one_unknown_firm_among_many_grants_nobody(town):
    town.record(CHANGNING)
    with town.refused(EnterpriseUnknown):
        town.entitle(CHANGNING, WUJIANG)


def test_an_unknown_programme_entitles_nobody(town):
    with town.refused(ProgrammeUnknown):
        town.entitle(programme="NOWHERE")


@pytest.mark.parametrize("day", ["2025-08-31", "2030-09-01"])
def test_outside_of_the_policys_days_nobody_is_entitled(town, day):
    with town.go(day).refused(PolicyNotInForce):
        town.entitle()
