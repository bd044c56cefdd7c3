"""What registries say of enterprises, and the credit tier that an officer sets."""

import pytest

from tests.examples import DIGEST, PUDONG
from tests.given import given
from vouchers.enterprise.decisions import (
    ChangeCreditTier,
    CorrectFacts,
    EnterpriseUnknown,
    FactsNotOnRecord,
    FactsNotYetTrue,
    RecordFacts,
    change_credit_tier,
    correct_facts,
    record_facts,
)
from vouchers.enterprise.events import (
    CreditTierChanged,
    EarlierFactsRecorded,
    FactsConfirmed,
    FactsCorrected,
    FactsRecorded,
)
from vouchers.enterprise.state import Enterprise
from vouchers.kinds import ENTERPRISE
from vouchers.texts import TierUnknown

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


def test_an_older_file_adds_its_facts_once_among_the_earlier_ones():
    older = RecordFacts(PUDONG, "2025-12-30", "registry", DIGEST, GROWN)
    late = EarlierFactsRecorded("2025-12-30", "registry", DIGEST, GROWN)
    state = given(ENTERPRISE, RECORDED).when(record_facts, older, TODAY).then(late)
    assert (state.facts, state.as_of_on) == (SMALL, "2025-12-31")
    given(ENTERPRISE, RECORDED, late).when(record_facts, older, TODAY).then()


def test_other_facts_of_the_latest_day_take_its_place():
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


LATER = FactsRecorded("2026-03-01", "registry", DIGEST, GROWN)
LATE = EarlierFactsRecorded("2026-02-01", "registry", DIGEST, {"staff": 90})


@pytest.mark.parametrize(
    ("day", "staff"),
    [
        ("2025-12-30", None),
        ("2025-12-31", 9),
        ("2026-01-31", 9),
        ("2026-02-01", 90),
        ("2026-02-28", 90),
        ("2026-03-01", 400),
        ("2027-01-01", 400),
    ],
)
def test_the_facts_of_any_day_are_those_of_the_last_as_of_day_up_to_it(day, staff):
    assert given(ENTERPRISE, RECORDED, LATER, LATE).state.facts_on(day).get("staff") == staff


@pytest.mark.parametrize("day", ["2025-12-31", "2026-02-01", "2026-03-01"])
def test_a_correction_takes_the_place_of_the_facts_of_its_day_and_of_no_other(day):
    before = given(ENTERPRISE, RECORDED, LATER, LATE)
    command = CorrectFacts(PUDONG, day, "registry", DIGEST, {"staff": 7}, "a digit was lost")
    event = FactsCorrected(day, "registry", DIGEST, {"staff": 7}, "a digit was lost")
    state = before.when(correct_facts, command, "2026-04-01").then(event)
    assert state.facts_on(day) == {"staff": 7}
    assert [each.as_of_on for each in state.known] == ["2025-12-31", "2026-02-01", "2026-03-01"]
    untouched = [each for each in before.state.known if each.as_of_on != day]
    assert [each for each in state.known if each.as_of_on != day] == untouched
    given(ENTERPRISE, RECORDED, LATER, LATE, event).when(correct_facts, command, "2026-04-01").then()


@pytest.mark.parametrize("day", ["2025-12-30", "2026-01-01", "2026-03-02"])
def test_there_is_nothing_to_correct_on_a_day_without_facts(day):
    command = CorrectFacts(PUDONG, day, "registry", DIGEST, {"staff": 7}, "a digit was lost")
    given(ENTERPRISE, RECORDED, LATER, LATE).when(correct_facts, command, "2026-04-01").refused(FactsNotOnRecord)
    given(ENTERPRISE).when(correct_facts, command, "2026-04-01").refused(EnterpriseUnknown)


def test_facts_that_a_registry_states_again_are_confirmed_where_that_is_asked_for():
    again = RecordFacts(PUDONG, "2026-01-04", "registry", DIGEST, SMALL)
    given(ENTERPRISE, RECORDED).when(record_facts, again, TODAY).then()
    confirmed = FactsConfirmed("2026-01-04", "registry", DIGEST)
    state = given(ENTERPRISE, RECORDED).when(record_facts, again, TODAY, confirm=True).then(confirmed)
    assert (state.as_of_on, state.stated_on) == ("2025-12-31", "2026-01-04")
    given(ENTERPRISE, RECORDED, confirmed).when(record_facts, again, TODAY, confirm=True).then()
    grown = FactsRecorded("2026-01-05", "registry", DIGEST, GROWN)
    assert given(ENTERPRISE, RECORDED, confirmed, grown).state.stated_on == "2026-01-05"


def test_a_line_of_facts_folds_the_same_in_whatever_order_it_arrived():
    early = EarlierFactsRecorded("2025-12-31", "registry", DIGEST, SMALL)
    in_order = given(ENTERPRISE, RECORDED, FactsRecorded("2026-02-01", "registry", DIGEST, {"staff": 90}), LATER)
    assert given(ENTERPRISE, LATER, LATE, early).state.known == in_order.state.known
