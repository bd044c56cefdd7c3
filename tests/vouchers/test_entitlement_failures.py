"""An enterprise that cannot be decided gets a work item of its own, and holds up nobody (no swallowed exception)."""

import pytest

from schemas import policies
from tests.examples import CHANGNING, DIGEST, PUDONG, SH, SH_CODE, WUJIANG, facts_of_firm, voucher_of
from tests.vouchers.changing import adopt_with, clear, entitlement, learn, look_again
from vouchers import application as app
from vouchers.application.deciding import MISTAKES
from vouchers.application.entitling import ImportFacts
from vouchers.enterprise.decisions import RecordFacts
from vouchers.kinds import VOUCHER
from vouchers.refusals import Refused, Unavailable

AGE = {
    "code": "age",
    "text": "The enterprise must be more than a year old.",
    "remedy": "Wait.",
    "test": {"fact": "opened", "older_than_months": 12},
}
NOT_A_DAY, LONG_AGO = "some time ago", "2019-01-01"


@pytest.fixture
def town_with_ages(town):
    """The Shanghai policy with a condition that reads a day, which one firm's facts do not give."""
    adopt_with(town, beneficiary=[_with_age(each) for each in _beneficiaries()])
    return town


def _beneficiaries():
    return policies.load_policy(policies.shipped()[SH])[1]["beneficiary"]


def _with_age(beneficiary):
    return {**beneficiary, "condition": [*beneficiary["condition"], AGE]}


def bring(town, *firms, programmes=(SH_CODE,)):
    records = tuple(RecordFacts(code, "2026-02-01", "registry", DIGEST, facts) for code, facts in firms)
    return town.do(app.import_facts, ImportFacts(records, programmes, (), (SH_CODE,)))


def test_one_firm_that_cannot_be_decided_is_a_work_item_and_the_others_are_granted(town_with_ages):
    town = town_with_ages
    town.record(CHANGNING, opened=NOT_A_DAY)
    town.record(WUJIANG, region="310118", opened=LONG_AGO)
    answer = town.entitle(CHANGNING, WUJIANG)
    assert (answer["failed"], answer["granted"]) == (1, 1)
    failed = entitlement(town, CHANGNING).failed
    assert (failed.step, failed.code) == ("entitle", "ValueError")
    assert failed.detail.endswith(".")
    assert NOT_A_DAY not in failed.detail
    assert entitlement(town, CHANGNING).decision is None


def test_an_import_goes_on_past_a_firm_that_cannot_be_decided(town_with_ages):
    firms = [
        (CHANGNING, facts_of_firm(CHANGNING, opened=NOT_A_DAY)),
        (WUJIANG, facts_of_firm(WUJIANG, region="310118", opened=LONG_AGO)),
    ]
    answer = bring(town_with_ages, *firms)
    counts = answer["programmes"][SH_CODE]
    assert (answer["recorded"], counts["failed"], counts["granted"]) == (2, 1, 1)


def test_the_same_failure_again_is_counted_and_not_recorded_twice(town_with_ages):
    town_with_ages.record(CHANGNING, opened=NOT_A_DAY)
    town_with_ages.entitle(CHANGNING)
    with town_with_ages.assert_quiet():
        assert town_with_ages.entitle(CHANGNING)["failed"] == 1


def test_a_firm_whose_facts_were_mended_is_decided_and_its_work_item_is_gone(town_with_ages):
    town = town_with_ages
    town.record(CHANGNING, opened=NOT_A_DAY)
    town.entitle(CHANGNING)
    town.record(CHANGNING, opened=LONG_AGO)
    assert town.entitle(CHANGNING)["granted"] == 1
    assert entitlement(town, CHANGNING).failed is None


def test_a_failed_decision_leaves_no_half_of_it_behind(town):
    """A voucher of the number that would be issued exists already, so that the grant cannot be recorded whole."""
    number = voucher_of(CHANGNING)
    issued = town.voucher().terms

    def issue_too_early(unit, _):
        unit.append(VOUCHER, number, [issued])
        return {}

    town.do(issue_too_early, None)
    town.record(CHANGNING)
    assert town.entitle(CHANGNING)["failed"] == 1
    state = entitlement(town, CHANGNING)
    assert (state.is_granted, state.failed.code) == (False, "voucher-exists")
    assert town.topics().count("voucher.Issued") == 2


def test_a_second_look_that_fails_is_a_work_item_and_moves_nothing(town):
    town.order()
    town.go("2026-03-02").give_back(1_00)
    town.go("2026-03-01")
    answer = learn(town, region="320509")
    assert (answer["failed"], answer["reassessed"]) == (1, 0)
    state = entitlement(town)
    assert (state.failed.step, state.failed.code, state.last) == ("reassess", "backdated", None)
    assert town.voucher().available > 0
    town.go("2026-03-02")
    look_again(town)
    assert entitlement(town).failed is None
    assert town.voucher().available == 0


def test_a_work_item_can_be_cleared(town):
    town.go("2026-03-02").give_back(1_00)
    town.go("2026-03-01")
    learn(town, region="320509")
    assert entitlement(town).findings == ("failure",)
    clear(town)
    assert entitlement(town).findings == ()


def test_one_firm_whose_second_look_fails_does_not_stop_anothers(town):
    town.record(CHANGNING)
    town.entitle(CHANGNING)
    town.go("2026-03-02").give_back(1_00)
    town.go("2026-03-01")
    firms = [(code, facts_of_firm(code, region="320509")) for code in (PUDONG, CHANGNING)]
    answer = bring(town, *firms, programmes=())
    assert (answer["failed"], answer["reassessed"], answer["recorded"]) == (1, 1, 2)
    assert town.voucher(voucher_of(CHANGNING)).available == 0


def test_a_store_that_fails_is_no_work_item_of_a_firm():
    assert issubclass(Unavailable, Refused)
    assert Refused in MISTAKES
    assert not any(issubclass(OSError, each) for each in MISTAKES)
