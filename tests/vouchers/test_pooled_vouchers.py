"""Several firms put their vouchers together for one order: all of them or none, each within its own conditions."""

import pytest

from tests.examples import CHANGNING, PUDONG, YRD_CODE, YUAN, voucher_of
from tests.given import given
from tests.rulebooks import changed, with_a_second_voucher, with_table
from tests.town import a_town
from tests.vouchers.changing import COMPANY, causes_found, learn, succeed
from tests.vouchers.parts import change
from vouchers import application as app
from vouchers.application.pledging import PledgeVoucher, WithdrawPledge
from vouchers.application.sharing import PledgePassed, TooManyFirms, VoucherOfAnotherProgramme
from vouchers.enterprise.decisions import EnterpriseSucceeded
from vouchers.identifiers import make_credit_code
from vouchers.kinds import CAP, VOUCHER
from vouchers.refusals import Ineligible
from vouchers.voucher.decisions import (
    MAX_OPEN_ORDERS,
    NoPledge,
    PledgeInvalid,
    TooManyOpenOrders,
    VoucherNotYours,
    VoucherTooSmall,
    pledge,
    withdraw_pledge,
)
from vouchers.voucher.events import Issued, Pledged, PledgeWithdrawn, Reserved

THIRD = make_credit_code("9", "1", "310112", 3)
MINE, SECOND, LAST = (voucher_of(firm) for firm in (PUDONG, CHANGNING, THIRD))


@pytest.fixture
def town():
    """A town whose policy lets three firms pool their vouchers, with three firms entitled."""
    with a_town() as town:
        town.do(app.adopt_policy, changed(with_table("pooling", firms=3, vouchers=9, max_per_order="firm")))
        for firm in (CHANGNING, THIRD):
            town.record(firm)
            town.entitle(firm)
        yield town


def _pledge(town, amount, voucher_id=SECOND, *, lead=PUDONG, order_id="O-1", until_on="2026-03-31"):
    command = PledgeVoucher(voucher_id, order_id, lead, amount, until_on)
    return town.do(app.pledge_voucher, command, actor="enterprise:partner")


def _used(town, firm, level="enterprise"):
    usage = town.ledger.state(CAP, f"{level}/SH-STIV:{firm}/2026")
    return usage.total, usage.count


def _partner_of(town):
    _pledge(town, 1_000 * YUAN)
    _pledge(town, 500 * YUAN, LAST)
    return town.order(gross=10_000 * YUAN, vouchers=(SECOND, LAST))


def test_a_partner_pays_what_it_pledged_and_the_lead_firm_the_rest(town):
    answer = _partner_of(town)
    assert answer["subsidy"] == 5_000 * YUAN
    assert [town.voucher(each).reserved for each in (MINE, SECOND, LAST)] == [3_500 * YUAN, 1_000 * YUAN, 500 * YUAN]


def test_every_firms_part_counts_in_its_own_caps_and_the_whole_once_in_the_budget(town):
    _partner_of(town)
    assert _used(town, PUDONG) == (3_500 * YUAN, 1)
    assert _used(town, CHANGNING) == (1_000 * YUAN, 1)
    assert _used(town, f"controller-of-{THIRD}", "group") == (500 * YUAN, 1)
    assert town.budget().committed == 5_000 * YUAN


def test_partners_of_one_controller_count_together_in_its_cap_and_the_order_once(town):
    for firm in (CHANGNING, THIRD):
        town.record(firm, as_of_on="2026-01-31", controller="person-7")
    _partner_of(town)
    assert _used(town, "person-7", "group") == (1_500 * YUAN, 1)
    town.cancel()
    assert _used(town, "person-7", "group") == (0, 0)


def test_a_cancelled_order_gives_every_firm_its_part_back(town):
    _partner_of(town)
    town.cancel()
    assert [town.voucher(each).reserved for each in (MINE, SECOND, LAST)] == [0, 0, 0]
    assert [_used(town, firm) for firm in (PUDONG, CHANGNING, THIRD)] == [(0, 0)] * 3
    assert town.budget().committed == 0


def test_what_an_order_costs_more_is_paid_by_the_lead_firm_alone(town):
    _partner_of(town)
    town.give_back(town.voucher(MINE).available - 1_000 * YUAN, MINE)
    change(town, 12_000 * YUAN)
    assert [town.voucher(each).reserved for each in (MINE, SECOND, LAST)] == [4_500 * YUAN, 1_000 * YUAN, 500 * YUAN]
    with town.refused(VoucherTooSmall):
        change(town, 12_100 * YUAN)


def test_the_facts_of_every_partner_are_on_record(town):
    _partner_of(town)
    joined = [event for event in town.events("order/O-1") if type(event).__name__ == "PartnerJoined"]
    assert {event.enterprise_id for event in joined} == {CHANGNING, THIRD}
    assert all(event.facts["staff"] == 9 and event.granted_on == "2026-02-02" and event.trace for event in joined)


def test_when_one_firm_fails_nothing_happens(town):
    _pledge(town, 1_000 * YUAN)
    town.record(CHANGNING, as_of_on="2026-01-31", status="dissolved", staff=9_999, lists=("dishonest",))
    with town.refused(Ineligible) as caught:
        town.order(gross=10_000 * YUAN, vouchers=(SECOND,))
    assert all(cause.text.startswith(CHANGNING) for cause in caught.value.causes)
    assert town.voucher(MINE).reserved == 0


def test_a_partner_that_is_tied_to_the_provider_stops_the_order(town):
    town.record(CHANGNING, as_of_on="2026-01-31", linked_providers=("91310104MA1PE0016F",))
    _pledge(town, 1_000 * YUAN)
    with town.refused(Ineligible, "related-party"):
        town.order(gross=10_000 * YUAN, vouchers=(SECOND,))


@pytest.mark.parametrize(("spent", "fits"), [(299_000, True), (299_000 + 1, False)])
def test_a_partners_own_cap_may_be_reached_exactly_and_not_passed(town, spent, fits):
    town.do(app.adopt_policy, changed(_wide_vouchers, version="wide"))
    fresh = make_credit_code("9", "1", "310115", 9)
    town.record(fresh)
    town.entitle(fresh)
    theirs = voucher_of(fresh)
    town.order("O-0", enterprise_id=fresh, voucher_id=theirs, gross=2 * spent * YUAN)
    _pledge(town, 1_000 * YUAN, theirs)
    if fits:
        town.order(gross=10_000 * YUAN, vouchers=(theirs,))
        assert _used(town, fresh) == (300_000 * YUAN, 2)
    else:
        with town.refused(Ineligible, "cap-enterprise-exceeded", "cap-group-exceeded"):
            town.order(gross=10_000 * YUAN, vouchers=(theirs,))


def _wide_vouchers(document):
    document["pooling"] = {"firms": 3}
    document["voucher"]["general"]["face"] = 400_000 * YUAN


@pytest.mark.parametrize(("each", "subsidy"), [("firm", 3_000 * YUAN), ("order", 1_000 * YUAN)])
def test_the_maximum_per_order_counts_for_each_firm_where_the_policy_says_so(town, each, subsidy):
    def change(document):
        document["pooling"] = {"firms": 3, "max_per_order": each}
        document["category"]["TEST"]["max_per_order"] = 1_000 * YUAN

    town.do(app.adopt_policy, changed(change, version=f"each-{each}"))
    _pledge(town, 300 * YUAN)
    _pledge(town, 300 * YUAN, LAST)
    assert town.order(gross=10_000 * YUAN, vouchers=(SECOND, LAST))["subsidy"] == subsidy
    # Nobody gets a larger maximum by saying that there are partners.
    alone = town.order("O-2", gross=10_000 * YUAN, attributes={"pooled_firms": 3})
    assert alone["subsidy"] == 1_000 * YUAN


@pytest.mark.parametrize(("pledged", "fits"), [(4_999_99, True), (5_000_00, False)])
def test_the_lead_firm_pays_a_part_itself(town, pledged, fits):
    _pledge(town, pledged)
    if fits:
        town.order(gross=10_000 * YUAN, vouchers=(SECOND,))
        assert town.voucher(MINE).reserved == 1
    else:
        with town.refused(Ineligible, "pledges-too-large"):
            town.order(gross=10_000 * YUAN, vouchers=(SECOND,))


@pytest.mark.parametrize(("day", "fits"), [("2026-02-20", True), ("2026-02-21", False)])
def test_a_pledge_stands_until_its_day(town, day, fits):
    _pledge(town, 1_000 * YUAN, until_on="2026-02-20")
    town.go(day)
    if fits:
        town.order(gross=10_000 * YUAN, vouchers=(SECOND,))
    else:
        with town.refused(PledgePassed):
            town.order(gross=10_000 * YUAN, vouchers=(SECOND,))


def test_a_pledge_is_for_one_order_of_one_firm_and_can_be_taken_back_before_it_is_used(town):
    _pledge(town, 1_000 * YUAN)
    with town.refused(VoucherNotYours):
        town.order("O-2", vouchers=(SECOND,))
    with town.refused(VoucherNotYours):
        town.order("O-1", enterprise_id=THIRD, voucher_id=LAST, vouchers=(SECOND,))
    town.do(app.withdraw_pledge, WithdrawPledge(SECOND, "O-1", "we changed our mind"))
    with town.refused(VoucherNotYours):
        town.order(vouchers=(SECOND,))


def test_a_pledge_that_was_drawn_on_is_a_reservation_and_is_not_taken_back(town):
    _partner_of(town)
    with town.refused(NoPledge):
        town.do(app.withdraw_pledge, WithdrawPledge(SECOND, "O-1", "too late"))


def test_a_pledge_moves_no_value_so_what_was_spent_meanwhile_stops_the_order(town):
    _pledge(town, 1_000 * YUAN)
    assert town.voucher(SECOND).available == 300_000 * YUAN
    town.give_back(299_000 * YUAN + 1, SECOND)
    with town.refused(VoucherTooSmall):
        town.order(gross=10_000 * YUAN, vouchers=(SECOND,))


@pytest.mark.parametrize(("firms", "fits"), [(3, True), (2, False)])
def test_as_many_firms_as_the_policy_says_and_not_one_more(town, firms, fits):
    _pledge(town, 1_000 * YUAN)
    _pledge(town, 500 * YUAN, LAST)
    town.do(app.adopt_policy, changed(with_table("pooling", firms=firms), version=f"for-{firms}"))
    if fits:
        town.order(gross=10_000 * YUAN, vouchers=(SECOND, LAST))
    else:
        with town.refused(TooManyFirms):
            town.order(gross=10_000 * YUAN, vouchers=(SECOND, LAST))


def test_a_policy_without_the_table_pools_nothing():
    with a_town() as town, town.refused(TooManyFirms):
        _pledge(town, 1_000 * YUAN, MINE, lead=CHANGNING)


def test_partners_are_of_the_same_programme(town):
    town.adopt("yrd-stiv")
    town.entitle(CHANGNING, programme=YRD_CODE)
    town.do(
        app.adopt_policy, changed(with_table("pooling", firms=2), name="yrd-stiv", version="p", effective_on=town.on)
    )
    theirs = voucher_of(CHANGNING, YRD_CODE)
    _pledge(town, 1_000 * YUAN, theirs)
    with town.refused(VoucherOfAnotherProgramme):
        town.order(vouchers=(theirs,))


def test_what_a_pooled_order_does_not_need_leaves_each_firms_cap_with_its_voucher(town):
    _partner_of(town)
    town.deliver()
    town.invoice(gross=8_000 * YUAN)
    town.redeem()
    shares = {number: town.voucher(number).claimed for number in (MINE, SECOND, LAST)}
    assert sum(shares.values()) == 4_000 * YUAN
    # All expire on one day, so the highest number gives back first.
    assert shares[max(shares)] < {MINE: 3_500 * YUAN, SECOND: 1_000 * YUAN, LAST: 500 * YUAN}[max(shares)]
    # What the actual cost did not need counts in nobody's cap any more.
    assert sum(_used(town, firm)[0] for firm in (PUDONG, CHANGNING, THIRD)) == 4_000 * YUAN
    assert all(_used(town, firm)[1] == 1 for firm in (PUDONG, CHANGNING, THIRD))


ISSUED = Issued("P", "2026", "E", "general", "CNY", 1_000, ("TEST",), "2026-01-05", "2026-12-31", "2027-03-31")
ASKED = {"order_id": "O-1", "enterprise_id": "F", "amount": 1_000, "until_on": "2026-12-31", "on": "2026-12-31"}
PLEDGED = Pledged("O-1", "F", 1_000, "2026-12-31")


def test_everything_may_be_pledged_until_the_last_day_of_use():
    state = given(VOUCHER, ISSUED).when(pledge, **ASKED).then(PLEDGED)
    assert (state.available, state.pledges["O-1"].amount) == (1_000, 1_000)
    given(VOUCHER, ISSUED, PLEDGED).when(pledge, **ASKED).then()
    given(VOUCHER, ISSUED, PLEDGED).when(pledge, **ASKED | {"amount": 5}).then(Pledged("O-1", "F", 5, "2026-12-31"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"amount": 1_001}, id="a fen too much"),
        pytest.param({"amount": 0}, id="nothing"),
        pytest.param({"until_on": "2027-01-01"}, id="beyond the last day of use"),
        pytest.param({"until_on": "2026-12-30"}, id="until yesterday"),
        pytest.param({"enterprise_id": "E"}, id="to oneself"),
        pytest.param({"on": "2027-01-01", "until_on": "2027-01-01"}, id="an expired voucher"),
    ],
)
def test_otherwise_a_pledge_is_refused(change):
    given(VOUCHER, ISSUED).when(pledge, **ASKED | change).refused(PledgeInvalid)


def test_an_order_that_draws_on_a_voucher_already_is_pledged_nothing_more_of_it():
    past = given(VOUCHER, ISSUED, Reserved("P", "2026", "TEST", "O-1", 600))
    refused = past.when(pledge, **ASKED | {"amount": 1}).refused(PledgeInvalid)
    assert refused.pointer == "/order_id"
    past.when(pledge, **ASKED | {"amount": 1, "order_id": "O-2"}).then(Pledged("O-2", "F", 1, "2026-12-31"))


def test_orders_and_pledges_together_are_so_many_and_no_more():
    held = [Reserved("P", "2026", "TEST", f"R-{number}", 1) for number in range(MAX_OPEN_ORDERS - 2)]
    pledged = [Pledged(name, "F", 1, "2026-12-31") for name in ("P-1", "P-2")]
    last = ASKED | {"amount": 1, "order_id": "P-2"}
    given(VOUCHER, ISSUED, *held, pledged[0]).when(pledge, **last).then(pledged[1])
    given(VOUCHER, ISSUED, *held, *pledged).when(pledge, **last | {"order_id": "P-3"}).refused(TooManyOpenOrders)


def test_a_pledge_ends_when_it_is_withdrawn_or_drawn_on():
    withdrawn = PledgeWithdrawn("O-1", "sorry")
    state = given(VOUCHER, ISSUED, PLEDGED).when(withdraw_pledge, order_id="O-1", reason="sorry").then(withdrawn)
    assert not state.pledges
    used = Reserved("P", "2026", "TEST", "O-1", 600)
    given(VOUCHER, ISSUED, PLEDGED, used).when(withdraw_pledge, order_id="O-1", reason="sorry").refused(NoPledge)


def test_a_partner_whose_place_another_firm_has_taken_pays_no_part(town):
    _pledge(town, 1_000 * YUAN)
    town.record(COMPANY)
    succeed(town, CHANGNING, COMPANY, "merger", programmes=())
    with town.refused(EnterpriseSucceeded):
        town.order(gross=10_000 * YUAN, vouchers=(SECOND,))


def test_a_partner_may_pledge_two_vouchers_and_is_on_record_once(town):
    town.do(app.adopt_policy, changed(_two_kinds, version="two"))
    fresh = make_credit_code("9", "1", "310115", 9)
    town.record(fresh)
    town.entitle(fresh)
    both = (voucher_of(fresh), voucher_of(fresh, kind="second"))
    for number in both:
        _pledge(town, 1_000 * YUAN, number)
    town.order(gross=10_000 * YUAN, vouchers=both)
    assert [town.voucher(number).reserved for number in (*both, MINE)] == [1_000 * YUAN, 1_000 * YUAN, 3_000 * YUAN]
    assert _used(town, fresh) == (2_000 * YUAN, 1)
    assert town.topics().count("order.PartnerJoined") == 1


def _two_kinds(document):
    with_a_second_voucher(3_000 * YUAN, 2_000 * YUAN)(document)
    document["pooling"] = {"firms": 3}


def test_a_partner_that_falls_out_leaves_the_pooled_order_to_its_lead_firm(town):
    _partner_of(town)
    learn(town.go("2026-03-01"), CHANGNING, status="deregistered")
    assert causes_found(town, CHANGNING) == ["dissolved"]
    assert town.state().status == "registered"
    assert [town.voucher(each).reserved for each in (MINE, SECOND, LAST)] == [3_500 * YUAN, 1_000 * YUAN, 500 * YUAN]
    assert town.voucher(SECOND).available == 0


def test_a_lead_firm_that_falls_out_before_the_delivery_gives_every_partner_its_part_back(town):
    _partner_of(town)
    learn(town.go("2026-03-01"), PUDONG, status="deregistered")
    assert town.state().status == "cancelled"
    assert [town.voucher(each).reserved for each in (MINE, SECOND, LAST)] == [0, 0, 0]
    assert (town.voucher(MINE).available, town.voucher(SECOND).available) == (0, 300_000 * YUAN)
