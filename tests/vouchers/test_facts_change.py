"""Facts that change after the grant: what becomes of free value, of reservations, of claims, and of caps (rule 3)."""

import pytest

from tests.examples import CHANGNING, PUDONG, SH_CODE, YUAN
from tests.vouchers.changing import (
    adopt_with,
    causes,
    causes_found,
    clear,
    entitlement,
    firm,
    learn,
    look_again,
    treatments,
)
from vouchers.application.payability import HeldByFinding
from vouchers.enterprise.decisions import EnterpriseUnknown
from vouchers.entitlement.decisions import NothingFound
from vouchers.kinds import CAP
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
