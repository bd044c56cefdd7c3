"""What a policy asks of whoever does the work: no middleman, no more than a provider's yearly cap."""

from dataclasses import replace

import pytest

from tests.changed import a_town_where
from tests.examples import CHANGNING, shipped, voucher_of
from tests.vouchers.parts import change
from vouchers import application as app
from vouchers.application.serving import Subcontracted
from vouchers.order.decisions import OrderNotOpen
from vouchers.order.subcontracting import ReportSubcontracting, ShareMalformed
from vouchers.refusals import Ineligible


@pytest.mark.parametrize(("passed_on", "fits"), [(0, True), (3_000, True), (3_001, False), ("all", False)])
def test_a_middleman_who_passes_on_more_than_the_policy_allows_gets_no_order(passed_on, fits):
    with a_town_where(provider={"subcontract_max_bp": 3_000}) as town:
        if fits:
            assert town.order(attributes={"subcontracted_bp": passed_on})["subsidy"]
        else:
            with town.refused(Subcontracted) as caught:
                town.order(attributes={"subcontracted_bp": passed_on})
            assert "30 %" in caught.value.detail


def test_an_order_of_which_more_is_passed_on_than_allowed_does_not_grow():
    with a_town_where(provider={"subcontract_max_bp": 3_000}) as town:
        town.order(attributes={"subcontracted_bp": 0})
        with town.refused(Subcontracted):
            change(town, 12_000_00, attributes={"subcontracted_bp": 3_001})
        assert change(town, 12_000_00, attributes={"subcontracted_bp": 3_000})["subsidy"] == 6_000_00


def test_a_policy_that_bans_middlemen_allows_nothing_to_be_passed_on():
    with a_town_where(provider={"subcontract_max_bp": 0}) as town:
        with town.refused(Subcontracted):
            town.order(attributes={"subcontracted_bp": 1})
        assert town.order()["subsidy"]


def test_a_policy_without_the_rule_leaves_subcontracting_to_the_parties(town):
    assert town.order(attributes={"subcontracted_bp": 10_000})["subsidy"]


def test_a_provider_has_a_yearly_cap_over_all_its_firms():
    caps = [{"level": "provider", "limit": 8_000_00, "period": "calendar_year"}]
    with a_town_where(cap=caps) as town:
        town.record(CHANGNING)
        town.entitle(CHANGNING)
        town.order("O-1", gross=10_000_00)
        other = {"enterprise_id": CHANGNING, "voucher_id": voucher_of(CHANGNING)}
        with town.refused(Ineligible) as caught:
            town.order("O-2", gross=6_000_02, **other)
        assert caught.value.causes[0].code == "cap-provider-exceeded"
        town.order("O-2", gross=6_000_00, **other)
        with town.refused(Ineligible):
            town.order("O-3", gross=2_00, **other)


def test_the_share_passed_on_is_reported_until_the_claim_and_judged_by_a_reviewer(town):
    town.order()
    report = ReportSubcontracting("O-1", 6_000)
    town.do(app.report_subcontracting, report, actor="provider:lab")
    with town.assert_quiet():
        town.do(app.report_subcontracting, report, actor="provider:lab")
    town.deliver()
    town.invoice()
    town.do(app.report_subcontracting, replace(report, subcontracted_bp=4_000), actor="provider:lab")
    assert town.state().subcontracted_bp == 4_000
    town.redeem()
    with town.refused(OrderNotOpen):
        town.do(app.report_subcontracting, report, actor="provider:lab")


@pytest.mark.parametrize(("share", "fits"), [(0, True), (10_000, True), (10_001, False), (-1, False)])
def test_a_share_is_nothing_to_everything(town, share, fits):
    town.order()
    command = ReportSubcontracting("O-1", share)
    if fits:
        assert town.do(app.report_subcontracting, command)["subcontracted_bp"] == share
    else:
        with town.refused(ShareMalformed):
            town.do(app.report_subcontracting, command)


def test_the_austrian_cheque_pays_no_middleman():
    ffg = shipped("at-ffg-is")[0]
    assert ffg.admission.subcontract_max_bp == 0
