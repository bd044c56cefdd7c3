"""What registries say of enterprises, and the credit tier that an officer sets."""

import pytest

from tests.examples import DIGEST, PUDONG
from tests.given import given
from vouchers.enterprise.decisions import (
    ChangeCreditTier,
    EnterpriseUnknown,
    FactsNotYetTrue,
    RecordFacts,
    TierUnknown,
    change_credit_tier,
    record_facts,
)
from vouchers.enterprise.events import CreditTierChanged, FactsRecorded
from vouchers.enterprise.state import Enterprise
from vouchers.kinds import ENTERPRISE

SMALL, GROWN = {"staff": 9}, {"staff": 400}
COMMAND = RecordFacts(PUDONG, "2025-12-31", "registry", DIGEST, SMALL)
RECORDED = FactsRecorded("2025-12-31", "registry", DIGEST, SMALL)
TODAY = "2026-01-05"


def test_facts_are_recorded_with_their_day_source_and_digest():
    given(ENTERPRISE).when(record_facts, COMMAND, TODAY).then(RECORDED)


def test_the_same_facts_again_change_nothing():
    given(ENTERPRISE, RECORDED).when(record_facts, COMMAND, TODAY).then()


def test_new_facts_are_recorded_beside_the_old():
    later = RecordFacts(PUDONG, "2026-01-05", "registry", DIGEST, GROWN)
    state = (
        given(ENTERPRISE, RECORDED)
        .when(record_facts, later, TODAY)
        .then(FactsRecorded("2026-01-05", "registry", DIGEST, GROWN))
    )
    assert state.facts == GROWN


def test_facts_of_an_earlier_day_never_replace_later_ones():
    late = FactsRecorded("2025-06-30", "registry", DIGEST, GROWN)
    assert given(ENTERPRISE, RECORDED, late).state.facts == SMALL


def test_an_older_file_read_again_and_again_adds_nothing():
    older = RecordFacts(PUDONG, "2025-12-30", "registry", DIGEST, GROWN)
    given(ENTERPRISE, RECORDED).when(record_facts, older, TODAY).then()
    same_day = RecordFacts(PUDONG, "2025-12-31", "registry", DIGEST, GROWN)
    corrected = FactsRecorded("2025-12-31", "registry", DIGEST, GROWN)
    given(ENTERPRISE, RECORDED).when(record_facts, same_day, TODAY).then(corrected)


def test_facts_of_today_are_true_and_of_tomorrow_not_yet():
    today = RecordFacts(PUDONG, TODAY, "registry", DIGEST, SMALL)
    given(ENTERPRISE).when(record_facts, today, TODAY).then(FactsRecorded(TODAY, "registry", DIGEST, SMALL))
    given(ENTERPRISE).when(record_facts, today, "2026-01-04").refused(FactsNotYetTrue)


def test_a_tier_changes_with_its_cause():
    change = ChangeCreditTier(PUDONG, "D", "a false report")
    given(ENTERPRISE, RECORDED).when(change_credit_tier, change).then(CreditTierChanged("D", "a false report"))


def test_the_tier_that_is_set_already_changes_nothing():
    change = ChangeCreditTier(PUDONG, "D", "again")
    given(ENTERPRISE, RECORDED, CreditTierChanged("D", "first")).when(change_credit_tier, change).then()


@pytest.mark.parametrize("tier", ["E", "", "a", "AB"])
def test_there_are_four_tiers(tier):
    given(ENTERPRISE, RECORDED).when(change_credit_tier, ChangeCreditTier(PUDONG, tier, "x")).refused(TierUnknown)


def test_a_firm_that_no_registry_named_has_no_tier():
    given(ENTERPRISE).when(change_credit_tier, ChangeCreditTier(PUDONG, "A", "x")).refused(EnterpriseUnknown)


def test_the_officers_tier_stands_before_the_registrys_and_b_before_none():
    assert Enterprise().credit_tier == "B"
    assert Enterprise(facts={"credit_tier": "C"}).credit_tier == "C"
    assert Enterprise(facts={"credit_tier": "C"}, tier="A").credit_tier == "A"


def test_a_new_registry_file_does_not_undo_the_officers_tier():
    state = given(ENTERPRISE, RECORDED, CreditTierChanged("D", "x"), RECORDED).state
    assert state.credit_tier == "D"
