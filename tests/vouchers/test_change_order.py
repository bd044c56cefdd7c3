"""The contract of an order is changed: down freely, up while everything that was asked at registration still holds."""

import pytest

from tests.examples import CHANGNING, CONTRACT, voucher_of
from tests.vouchers.parts import A, B, adopt, caps_of, change, claim, file
from vouchers import application as app
from vouchers.budget.decisions import BudgetExhausted
from vouchers.order.changing import ChangeBelowClaimed, ChangeOrder, NothingLeftOfOrder
from vouchers.order.decisions import NetAboveGross, OrderNotOpen, OrderUnknown, ServiceDaysInvalid
from vouchers.provider.decisions import ProviderSuspended
from vouchers.refusals import Ineligible
from vouchers.voucher.decisions import VoucherExpired, VoucherTooSmall

YUAN = 100


@pytest.fixture
def ordered(town):
    town.order()  # 10,000 yuan, of which 5,000 are public
    return town


def test_more_is_reserved_in_the_voucher_the_budget_and_every_cap(ordered):
    answer = change(ordered, 12_000 * YUAN)
    assert (answer["subsidy"], answer["reserved_more"]) == (6_000 * YUAN, 1_000 * YUAN)
    assert ordered.voucher().held["O-1"].reserved == ordered.state().held == 6_000 * YUAN
    assert ordered.budget().committed == 6_000 * YUAN
    assert caps_of(ordered) == {6_000 * YUAN}
    assert {ordered.events(cap)[-1].count for cap in ordered.state().registered.caps} == {1}
    changed = next(event for event in ordered.events("order/O-1") if type(event).__name__ == "Changed")
    assert changed.trace
    assert changed.reason == "the parties agreed"


def test_less_is_released_everywhere(ordered):
    answer = change(ordered, 7_000 * YUAN)
    assert (answer["subsidy"], answer["released"]) == (3_500 * YUAN, 1_500 * YUAN)
    assert ordered.voucher().available == 300_000 * YUAN - 3_500 * YUAN
    assert ordered.budget().committed == 3_500 * YUAN
    assert caps_of(ordered) == {3_500 * YUAN}


def test_the_same_terms_again_change_nothing(ordered):
    change(ordered, 7_000 * YUAN)
    with ordered.assert_quiet():
        change(ordered, 7_000 * YUAN)


def test_the_reservation_grows_to_the_last_fen_of_the_cap_and_not_beyond_it(ordered):
    change(ordered, 600_000 * YUAN)
    assert ordered.voucher().available == 0
    with ordered.refused(Ineligible) as caught:
        change(ordered, 600_000 * YUAN + 200)
    assert {cause.code for cause in caught.value.causes} >= {"cap-enterprise-exceeded"}


def test_other_orders_count_in_the_caps_of_a_change(ordered):
    ordered.order("O-2", gross=580_000 * YUAN)
    change(ordered, 20_000 * YUAN)
    assert caps_of(ordered) == {300_000 * YUAN}
    with ordered.refused(Ineligible):
        change(ordered, 20_000 * YUAN + 200)


def test_the_voucher_must_have_enough_left(ordered):
    ordered.give_back(294_000 * YUAN)
    change(ordered, 12_000 * YUAN)
    with ordered.refused(VoucherTooSmall):
        change(ordered, 12_000 * YUAN + 200)


def test_the_budget_must_have_enough_left(ordered):
    ordered.cut("TEST", 9_994_000 * YUAN)
    change(ordered, 12_000 * YUAN)
    with ordered.refused(BudgetExhausted):
        change(ordered, 12_000 * YUAN + 200)


def test_after_the_use_by_day_nothing_grows_and_what_shrinks_lapses(ordered):
    ordered.go("2027-01-01")
    with ordered.refused(VoucherExpired):
        change(ordered, 12_000 * YUAN)
    change(ordered, 8_000 * YUAN)
    assert (ordered.voucher().expired, ordered.state().held) == (296_000 * YUAN - 295_000 * YUAN, 4_000 * YUAN)
    assert ordered.budget().committed == 4_000 * YUAN
    assert caps_of(ordered) == {4_000 * YUAN}


def test_on_the_use_by_day_it_still_grows_and_what_shrinks_may_be_used_again(ordered):
    ordered.go("2026-12-31")
    change(ordered, 12_000 * YUAN)
    change(ordered, 8_000 * YUAN)
    assert ordered.voucher().available == 296_000 * YUAN


def test_the_service_may_not_end_after_its_vouchers_last_day(ordered):
    change(ordered, 10_000 * YUAN, ends_on="2026-12-31")
    with ordered.refused(Ineligible, "service-ends-too-late"):
        change(ordered, 10_000 * YUAN, ends_on="2027-01-01")


def test_a_firm_that_is_not_eligible_any_more_may_shrink_its_order_but_not_enlarge_it(ordered):
    ordered.record(as_of_on="2026-02-02", lists=("dishonest",), status="struck_off", staff=9_000)
    with ordered.refused(Ineligible):
        change(ordered, 12_000 * YUAN)
    change(ordered, 8_000 * YUAN)
    assert ordered.state().held == 4_000 * YUAN


def test_a_suspended_provider_gets_no_more(ordered):
    ordered.suspend("finish")
    with ordered.refused(ProviderSuspended):
        change(ordered, 12_000 * YUAN)
    change(ordered, 8_000 * YUAN)


def test_an_order_grows_under_the_policy_of_its_registration(ordered):
    ordered.go("2026-03-01")
    adopt(ordered, "2026", "money", own_share_min_bp=9_000)
    change(ordered, 12_000 * YUAN)
    assert ordered.state().held == 6_000 * YUAN
    ordered.order("O-2")
    assert ordered.state("O-2").held == 1_000 * YUAN


def test_it_never_falls_below_what_is_claimed(ordered):
    ordered.deliver()
    file(ordered, A, 6_000 * YUAN)
    claim(ordered, more=True)
    change(ordered, 6_000 * YUAN)
    assert (ordered.state().held, ordered.state().claimed) == (0, 3_000 * YUAN)


def test_one_fen_below_what_is_claimed_is_refused(ordered):
    ordered.deliver()
    file(ordered, A, 6_000 * YUAN)
    claim(ordered, more=True)
    with ordered.refused(ChangeBelowClaimed):
        change(ordered, 6_000 * YUAN - 2)


def test_what_was_added_is_claimed_on_the_later_invoice(ordered):
    ordered.deliver()
    file(ordered, A, 6_000 * YUAN)
    claim(ordered, more=True)
    change(ordered, 14_000 * YUAN)
    file(ordered, B, 8_000 * YUAN)
    claim(ordered)
    assert ordered.state().claimed == 7_000 * YUAN == ordered.voucher().claimed


def test_after_the_last_claim_no_contract_is_changed(ordered):
    ordered.deliver()
    file(ordered, A, 6_000 * YUAN)
    claim(ordered)
    with ordered.refused(OrderNotOpen):
        change(ordered, 5_000 * YUAN)
    with ordered.refused(OrderUnknown):
        ordered.do(app.change_order, ChangeOrder("O-9", 1, 1, "2026-02-28", CONTRACT, "why"))


def test_new_terms_must_be_a_contract(ordered):
    with ordered.refused(NetAboveGross):
        change(ordered, 100, net=101)
    with ordered.refused(ServiceDaysInvalid):
        change(ordered, 100, ends_on="2026-02-01")
    with ordered.refused(NothingLeftOfOrder):
        change(ordered, 1)


def test_less_may_be_asked_for(ordered):
    change(ordered, 10_000 * YUAN, asked=4_000 * YUAN)
    assert ordered.state().held == 4_000 * YUAN
    with ordered.refused(Ineligible, "asked-out-of-range"):
        change(ordered, 10_000 * YUAN, asked=5_000 * YUAN + 1)


def test_a_change_of_one_firm_leaves_another_alone(ordered):
    ordered.record(CHANGNING)
    ordered.entitle(CHANGNING)
    ordered.order("O-2", enterprise_id=CHANGNING, voucher_id=voucher_of(CHANGNING))
    change(ordered, 12_000 * YUAN)
    assert ordered.voucher(voucher_of(CHANGNING)).reserved == 5_000 * YUAN
