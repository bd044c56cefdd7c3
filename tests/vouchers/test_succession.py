"""A team becomes a company, a firm gets a new code, two firms merge: one line, one entitlement, one cap."""

from dataclasses import replace

import pytest

from tests.examples import CHANGNING, PROOF, PUDONG, SH_CODE, WUJIANG, YUAN, facts_of_firm, voucher_of
from tests.given import given
from tests.vouchers.changing import (
    COMPANY,
    TEAM,
    adopt_with,
    causes,
    causes_found,
    clear,
    entitlement,
    firm,
    learn,
    look_again,
    succeed,
)
from tests.vouchers.parts import change
from vouchers import application as app
from vouchers.application.payability import HeldByFinding, NotYetACompany
from vouchers.enterprise.decisions import (
    EnterpriseSucceeded,
    EnterpriseUnknown,
    FactsNotYetTrue,
    RecordSuccession,
    SucceededAlready,
    SuccessionInACircle,
    SuccessionUnknown,
    be_succeeded,
)
from vouchers.enterprise.decisions import (
    succeed as take_the_place,
)
from vouchers.enterprise.events import FactsRecorded, Succeeded, SucceededBy
from vouchers.kinds import CAP, ENTERPRISE
from vouchers.refusals import Ineligible
from vouchers.voucher.decisions import VoucherNotYours

RECORDED = FactsRecorded("2025-12-31", "registry", "00" * 32, {"staff": 3})
COMMAND = RecordSuccession(TEAM, COMPANY, "incorporation", "2026-02-02", PROOF, "founded")
BY = SucceededBy(COMPANY, "incorporation", "2026-02-02", PROOF, "founded")
HALF = 5_000 * YUAN


def test_a_succession_stands_in_both_streams():
    given(ENTERPRISE, RECORDED).when(be_succeeded, COMMAND, "2026-02-02").then(BY)
    event = Succeeded(TEAM, (TEAM,), "incorporation", "2026-02-02", PROOF, "founded")
    state = given(ENTERPRISE, RECORDED).when(take_the_place, COMMAND, (TEAM,)).then(event)
    assert state.predecessors == (TEAM,)


def test_the_same_succession_again_changes_nothing_and_another_one_is_refused():
    given(ENTERPRISE, RECORDED, BY).when(be_succeeded, COMMAND, "2026-02-02").then()
    other = replace(COMMAND, successor_id=CHANGNING)
    given(ENTERPRISE, RECORDED, BY).when(be_succeeded, other, "2026-02-02").refused(SucceededAlready)


def test_a_succession_is_of_a_known_kind_and_never_ahead_of_its_day():
    known = given(ENTERPRISE, RECORDED)
    known.when(be_succeeded, replace(COMMAND, succession="sale"), "2026-02-02").refused(SuccessionUnknown)
    known.when(be_succeeded, COMMAND, "2026-02-01").refused(FactsNotYetTrue)
    known.when(be_succeeded, replace(COMMAND, successor_id=TEAM), "2026-02-02").refused(SuccessionInACircle)


def test_a_line_never_leads_back_to_its_beginning(town):
    town.record(CHANGNING)
    town.record(COMPANY)
    succeed(town, TEAM, COMPANY)
    succeed(town, COMPANY, CHANGNING, "merger")
    for last in (TEAM, COMPANY):
        with town.refused(SuccessionInACircle):
            succeed(town, CHANGNING, last, "merger")


def test_both_firms_of_a_succession_must_be_known(town):
    for pair in ((TEAM, COMPANY), (COMPANY, TEAM)):
        with town.refused(EnterpriseUnknown):
            succeed(town, *pair)


@pytest.mark.parametrize("late", [False, True])
def test_the_last_of_a_line_knows_all_before_it_in_whatever_order_they_were_recorded(town, late):
    town.record(CHANGNING)
    town.record(COMPANY)
    pairs = [(TEAM, COMPANY), (COMPANY, CHANGNING)]
    for pair in reversed(pairs) if late else pairs:
        succeed(town, *pair, "merger")
    assert set(firm(town, CHANGNING).predecessors) == {TEAM, COMPANY}


def test_what_a_team_was_granted_passes_to_the_company_that_it_becomes(empty_town):
    town = empty_town
    town.adopt()
    town.record(TEAM, legal_form="team", in_incubator=True)
    assert town.entitle(TEAM)["granted"] == 1
    [granted] = entitlement(town, TEAM).vouchers
    town.record(COMPANY)
    answer = succeed(town)
    assert answer["programmes"][SH_CODE]["passed"] == 1
    assert entitlement(town, COMPANY).vouchers == (granted,)
    with town.assert_quiet():
        assert town.entitle(COMPANY)["unchanged"] == 1
    assert town.topics().count("voucher.Issued") == 1


def test_a_company_orders_with_the_voucher_of_the_team_and_the_caps_of_both_add_up(town):
    town.order("O-1")
    town.record(COMPANY)
    succeed(town)
    town.order("O-2", enterprise_id=COMPANY)
    assert town.voucher().reserved == 2 * HALF
    used = [town.ledger.state(CAP, f"enterprise/{SH_CODE}:{code}/2026").total for code in (TEAM, COMPANY)]
    assert used == [HALF, HALF]


def test_a_new_code_after_a_merger_is_no_new_cap(town):
    town.order("O-1", gross=590_000 * YUAN)
    town.record(COMPANY)
    town.entitle(COMPANY)
    succeed(town, TEAM, COMPANY, "new-code")
    own = voucher_of(COMPANY)
    town.order("O-2", enterprise_id=COMPANY, voucher_id=own, gross=10_000 * YUAN)
    with town.refused(Ineligible):
        town.order("O-3", enterprise_id=COMPANY, voucher_id=own, gross=10_000 * YUAN)


@pytest.mark.parametrize(("gross", "fits"), [(10_000, True), (10_002, False)])
def test_an_order_of_the_successor_grows_to_what_its_predecessors_left_of_the_cap(town, gross, fits):
    town.order("O-1", gross=590_000 * YUAN)
    town.record(COMPANY)
    town.entitle(COMPANY)
    succeed(town, TEAM, COMPANY, "new-code")
    town.order("O-2", enterprise_id=COMPANY, voucher_id=voucher_of(COMPANY), gross=2_000 * YUAN)
    if fits:
        assert change(town, gross * YUAN, "O-2")["subsidy"] == HALF
    else:
        with town.refused(Ineligible) as caught:
            change(town, gross * YUAN, "O-2")
        assert "cap-enterprise-exceeded" in {cause.code for cause in caught.value.causes}


@pytest.mark.parametrize(("day", "refused"), [("2026-02-28", False), ("2026-03-01", True)])
def test_from_the_day_of_the_succession_on_only_the_successor_orders(town, day, refused):
    town.record(COMPANY)
    command = RecordSuccession(TEAM, COMPANY, "merger", "2026-03-01", PROOF, "merged", (SH_CODE,))
    town.go("2026-03-01").do(app.record_succession, command)
    town.go(day)
    if refused:
        with town.refused(EnterpriseSucceeded):
            town.order()
    else:
        town.order()


def test_an_order_of_a_predecessor_grows_no_more_and_may_still_shrink(town):
    town.order("O-1", gross=5_000 * YUAN)
    town.record(COMPANY)
    succeed(town, TEAM, COMPANY, "merger")
    with town.refused(EnterpriseSucceeded):
        change(town, 5_002 * YUAN)
    assert change(town, 4_000 * YUAN)["subsidy"] == 2_000 * YUAN


def test_a_predecessor_is_granted_nothing_any_more(town):
    town.record(WUJIANG, region="310118")
    town.record(COMPANY)
    succeed(town, WUJIANG, COMPANY, "merger")
    assert town.entitle(WUJIANG)["denied"] == 1
    assert [why.code for why in town.decision(WUJIANG).reasons] == ["succeeded"]


def test_a_successor_whose_predecessors_were_granted_nothing_is_decided_on_its_own_facts(town):
    town.record(WUJIANG)
    town.entitle(WUJIANG)
    town.record(COMPANY)
    assert succeed(town, WUJIANG, COMPANY, "merger")["programmes"][SH_CODE]["granted"] == 1


def test_the_end_of_a_predecessor_in_the_register_takes_nothing_from_its_successor(town):
    town.order()
    town.record(COMPANY)
    succeed(town)
    learn(town.go("2026-03-01"), TEAM, status="deregistered")
    assert entitlement(town).last is None
    assert town.voucher().available > 0


def test_what_passed_to_a_successor_is_looked_at_on_the_successors_facts(town):
    town.record(COMPANY)
    succeed(town)
    learn(town.go("2026-03-01"), COMPANY, region="320509")
    assert causes_found(town, COMPANY) == ["left-region"]
    assert town.voucher().available == 0


@pytest.mark.parametrize(("status", "held"), [("active", False), ("bankrupt", True)])
def test_a_finding_about_the_successor_holds_the_claims_of_the_firm_whose_place_it_took(town, status, held):
    town.approved()
    town.record(COMPANY)
    succeed(town, TEAM, COMPANY, "merger")
    learn(town.go("2026-03-01"), COMPANY, status=status)
    if held:
        with town.refused(HeldByFinding):
            town.propose("S-1", "O-1")
        clear(town, COMPANY)
    assert town.propose("S-1", "O-1")["count"] == 1


@pytest.mark.parametrize("treatment", ["keep", "revoke"])
def test_a_policy_says_what_a_merger_does_to_free_value(town, treatment):
    adopt_with(town, changes=causes(unreserved=treatment))
    town.record(COMPANY)
    succeed(town, TEAM, COMPANY, "merger")
    look_again(town)
    assert causes_found(town) == ["merged"]
    assert (town.voucher().available == 0) is (treatment == "revoke")


def founded(town):
    """A founder with an approved claim, under a policy that wants a company by settlement."""
    beneficiary = {
        "code": "founder",
        "name": "a founder",
        "company_by": "settlement",
        "when": {"fact": "legal_form", "one_of": ["team"]},
        "vouchers": ["general"],
        "condition": [
            {
                "code": "region",
                "text": "The team must be in Shanghai.",
                "remedy": "Move to Shanghai.",
                "test": {"fact": "region", "starts_with": ["31"]},
            }
        ],
    }
    adopt_with(town, beneficiary=[beneficiary])
    town.record(COMPANY, legal_form="team")
    town.entitle(COMPANY)
    number = voucher_of(COMPANY)
    town.order("O-1", enterprise_id=COMPANY, voucher_id=number)
    town.deliver()
    town.invoice()
    town.redeem()
    if town.state().status == "requested":
        town.approve()


def test_a_founder_is_paid_once_the_company_exists_and_not_before(town):
    founded(town)
    with town.refused(NotYetACompany):
        town.propose("S-1", "O-1")
    town.record(CHANGNING, as_of_on="2026-02-02")
    succeed(town, COMPANY, CHANGNING)
    town.propose("S-1", "O-1")


def test_a_founder_whose_own_register_entry_becomes_a_company_is_paid(town):
    founded(town)
    town.record(COMPANY, as_of_on="2026-02-02", legal_form="company")
    assert town.propose("S-1", "O-1")["count"] == 1


def test_a_successor_that_is_a_team_again_is_not_paid_either(town):
    founded(town)
    town.record(CHANGNING, as_of_on="2026-02-02", legal_form="team")
    succeed(town, COMPANY, CHANGNING)
    with town.refused(NotYetACompany):
        town.propose("S-1", "O-1")


def test_facts_of_a_predecessor_stay_answerable(town):
    town.record(COMPANY)
    succeed(town)
    assert firm(town, PUDONG).facts_on("2026-02-02") == facts_of_firm(PUDONG)
    assert firm(town).successor == COMPANY


def test_the_same_succession_again_leaves_both_streams_as_they_are(town):
    town.record(COMPANY)
    succeed(town)
    with town.assert_quiet():
        succeed(town)


def test_a_voucher_is_not_transferable_and_serves_its_firm_and_whoever_takes_its_place(town):
    town.record(COMPANY)
    town.entitle(COMPANY)
    with town.refused(VoucherNotYours):
        town.order(enterprise_id=COMPANY, voucher_id=voucher_of(TEAM))
    succeed(town, TEAM, COMPANY, "merger")
    town.order(enterprise_id=COMPANY, voucher_id=voucher_of(TEAM))
    assert town.voucher().reserved == HALF
