"""Registering an order: every rule asked at once, and value reserved at every level or at none."""

import pytest

from tests.examples import (
    CHANGNING,
    NEW_YEAR,
    PUDONG,
    YUAN,
    an_order,
    revised,
    voucher_of,
)
from tests.given import given
from vouchers import application as app
from vouchers.cap.decisions import CapExceeded, count, uncount
from vouchers.cap.events import Counted, Uncounted
from vouchers.kinds import CAP, ORDER, VOUCHER
from vouchers.ledger import Backdated
from vouchers.money import AmountNotInteger, AmountOutOfRange
from vouchers.order.decisions import (
    ContractNotSigned,
    NetAboveGross,
    OrderExists,
    OrderUnknown,
    ServiceDaysInvalid,
    known,
    register,
)
from vouchers.provider.decisions import NotAccredited
from vouchers.refusals import Ineligible
from vouchers.voucher.decisions import (
    MAX_OPEN_ORDERS,
    CategoryNotCovered,
    NothingToReserve,
    TooManyOpenOrders,
    VoucherExists,
    VoucherExpired,
    VoucherNotYours,
    VoucherTooSmall,
    VoucherUnknown,
    issue,
    reserve,
)
from vouchers.voucher.events import Issued, Reserved

ISSUED = Issued("P", "2026", PUDONG, "general", "CNY", 1_000, ("TEST",), "2026-01-05", "2026-12-31", "2027-03-31")
ASKED = {"order_id": "O-1", "enterprise_id": PUDONG, "category": "TEST", "amount": 1_000, "on": "2026-12-31"}
RESERVED = Reserved("P", "2026", "TEST", "O-1", 1_000)


def test_a_voucher_is_issued_once():
    given(VOUCHER).when(issue, ISSUED).then(ISSUED)
    given(VOUCHER, ISSUED).when(issue, ISSUED).refused(VoucherExists)


def test_the_whole_voucher_may_be_reserved_on_its_last_day():
    state = given(VOUCHER, ISSUED).when(reserve, **ASKED).then(RESERVED)
    assert (state.available, state.reserved, state.face) == (0, 1_000, 1_000)


def test_one_fen_more_than_the_voucher_has_is_refused():
    given(VOUCHER, ISSUED).when(reserve, **ASKED | {"amount": 1_001}).refused(VoucherTooSmall, available=1_000)


def test_nothing_is_no_reservation():
    given(VOUCHER, ISSUED).when(reserve, **ASKED | {"amount": 0}).refused(NothingToReserve)


def test_the_day_after_the_last_the_voucher_has_expired_though_no_event_says_so():
    past = given(VOUCHER, ISSUED)
    past.when(reserve, **ASKED | {"on": "2027-01-01"}).refused(VoucherExpired, use_by_on="2026-12-31")
    assert past.state.available == 1_000
    assert past.state.spendable("2026-12-31") == 1_000
    assert past.state.spendable("2027-01-01") == 0


def test_a_voucher_is_for_its_holder_and_its_categories():
    given(VOUCHER, ISSUED).when(reserve, **ASKED | {"enterprise_id": CHANGNING}).refused(VoucherNotYours)
    given(VOUCHER, ISSUED).when(reserve, **ASKED | {"category": "RND"}).refused(CategoryNotCovered)
    given(VOUCHER).when(reserve, **ASKED).refused(VoucherUnknown)


def test_a_voucher_has_so_many_open_orders_and_no_more():
    orders = [Reserved("P", "2026", "TEST", f"O-{n}", 1) for n in range(MAX_OPEN_ORDERS)]
    last = ASKED | {"order_id": "last", "amount": 1}
    given(VOUCHER, ISSUED, *orders[1:]).when(reserve, **last).then(Reserved("P", "2026", "TEST", "last", 1))
    given(VOUCHER, ISSUED, *orders).when(reserve, **last).refused(TooManyOpenOrders)


def test_a_cap_may_be_reached_exactly_and_not_passed_by_a_fen():
    used = Counted("O-1", "2026-02-02", 400, 400, 1)
    order = {"order_id": "O-2", "on": "2026-02-03", "limit": 1_000}
    given(CAP, used).when(count, amount=600, **order).then(Counted("O-2", "2026-02-03", 600, 1_000, 2))
    given(CAP, used).when(count, amount=601, **order).refused(CapExceeded, remaining=600)


def test_a_cap_on_the_number_of_orders_counts_them():
    used = Counted("O-1", "2026-02-02", 400, 400, 1)
    order = {"order_id": "O-2", "on": "2026-02-03", "amount": 1}
    given(CAP, used).when(count, count_limit=2, **order).then(Counted("O-2", "2026-02-03", 1, 401, 2))
    given(CAP, used).when(count, count_limit=1, **order).refused(CapExceeded, remaining=0)
    # What was ordered before a lower limit came may still grow.
    given(CAP, used).when(count, count_limit=0, orders=0, **order).then(Counted("O-2", "2026-02-03", 1, 401, 1))


def test_what_is_given_back_to_a_cap_leaves_the_order_counted_unless_all_of_it_goes():
    used = Counted("O-1", "2026-02-02", 400, 400, 1)
    part = {"order_id": "O-1", "on": "2026-02-02", "amount": 100, "whole": False}
    given(CAP, used).when(uncount, **part).then(Uncounted("O-1", "2026-02-02", 100, 0, 300, 1))
    given(CAP, used).when(uncount, **part | {"amount": 0}).then()
    whole = {"order_id": "O-1", "on": "2026-02-02", "amount": 400, "whole": True}
    given(CAP, used).when(uncount, **whole).then(Uncounted("O-1", "2026-02-02", 400, 1, 0, 0))
    given(CAP, used).when(uncount, **whole | {"amount": 0}).then(Uncounted("O-1", "2026-02-02", 0, 1, 400, 0))


def test_an_order_is_registered_once(town):
    town.order()
    registered = town.state().registered
    given(ORDER, registered).when(register, registered).refused(OrderExists)
    with town.refused(OrderExists):
        town.order()
    given(ORDER).when(known).refused(OrderUnknown)


def test_a_number_that_is_taken_is_refused_as_such_whatever_else_is_wrong(town):
    town.order()
    town.suspend("freeze")
    with town.refused(OrderExists):
        town.order(gross=10_000_000 * YUAN)


def test_an_order_reserves_half_of_its_cost_in_voucher_budget_and_every_cap(town):
    answer = town.order()
    assert (answer["subsidy"], answer["own_share"], answer["base"]) == (5_000_00, 5_000_00, 10_000_00)
    state = town.state()
    assert (state.status, state.held) == ("registered", 5_000_00)
    assert town.voucher().held["O-1"].reserved == town.voucher().reserved == 5_000_00
    assert town.budget().committed == 5_000_00
    assert len(state.registered.caps) == 2
    for cap in state.registered.caps:
        assert [event.total for event in town.events(cap)] == [5_000_00]


def test_the_order_keeps_everything_that_its_decision_used(town):
    town.order(attributes={"sample": "steel", "pieces": 3})
    registered = town.state().registered
    assert registered.policy_version == "2025"
    assert registered.enterprise_facts["staff"] == 9
    assert registered.provider_facts["qualifications"] == ("CMA",)
    assert registered.attributes["sample"] == "steel"
    assert registered.tier == "B"
    assert any("50 % of 10,000.00 = 5,000.00" in line.text for line in registered.trace)


def test_the_enterprise_may_ask_for_less_and_not_for_more(town):
    town.order("O-1", asked=1)
    town.order("O-2", asked=5_000_00)
    assert [town.state(number).held for number in ("O-1", "O-2")] == [1, 5_000_00]
    with town.refused(Ineligible, "asked-out-of-range"):
        town.order("O-3", asked=5_000_01)
    with town.refused(Ineligible, "asked-out-of-range"):
        town.order("O-3", asked=0)


def test_a_preview_answers_the_same_and_records_nothing(town):
    with town.assert_quiet():
        preview = town.do(app.preview_order, an_order())
    preview.pop("consequences")
    assert preview == town.order(ends_on="2026-02-28", net=9_434_00)


def test_a_preview_says_what_follows_and_what_cannot_be_undone(town):
    told = town.do(app.preview_order, an_order())["consequences"]
    assert told == [
        f"5,000.00 CNY of voucher {voucher_of()} is set aside; 295,000.00 CNY of it stays available.",
        "The enterprise pays 5,000.00 CNY itself.",
        "The provider must claim by 2027-03-31; what is not claimed by then lapses.",
        "The order can be changed or cancelled until it is claimed; what is given back after 2026-12-31 has expired.",
        "What is paid cannot be cancelled any more; it can only be demanded back.",
    ]


def test_what_nobody_may_state_is_not_taken_from_the_order(town):
    town.order(attributes={"use_by_on": "2099-12-31", "budget_total": 1})
    stated = town.state().registered.attributes
    assert (stated["use_by_on"], stated["budget_total"]) == ("2026-12-31", town.budget().appropriated)


def test_the_yearly_limit_of_a_firm_is_reached_exactly_and_not_passed(town):
    town.order("O-1", gross=600_000 * YUAN - 2)
    town.order("O-2", gross=2)
    assert town.voucher().available == 0
    with town.refused(Ineligible, "voucher-too-small", "cap-enterprise-exceeded", "cap-group-exceeded"):
        town.order("O-3", gross=2)


def test_the_limit_of_a_category_is_reached_exactly_and_not_passed_by_a_fen(town):
    town.admit(kind="consultancy")
    town.accredit(category="CONSULT")
    town.order("O-1", category="CONSULT", gross=100_000 * YUAN - 2)
    with town.refused(Ineligible, "cap-category-exceeded"):
        town.order("O-2", category="CONSULT", gross=4)
    town.order("O-2", category="CONSULT", gross=3)
    assert town.voucher().reserved == 50_000 * YUAN


def test_two_firms_of_one_controller_share_one_limit(town):
    town.record(CHANGNING, controller=f"controller-of-{PUDONG}")
    town.entitle(CHANGNING)
    town.order("O-1", gross=400_000 * YUAN)
    sister = {"enterprise_id": CHANGNING, "voucher_id": voucher_of(CHANGNING)}
    with town.refused(Ineligible, "cap-group-exceeded"):
        town.order("O-2", gross=200_000 * YUAN + 2, **sister)
    town.order("O-2", gross=200_000 * YUAN, **sister)
    assert town.voucher(voucher_of(CHANGNING)).available == 200_000 * YUAN


def test_every_reason_against_an_order_is_named_at_once(town):
    town.admit(kind="insurer", qualifications=(), controller=f"controller-of-{PUDONG}")
    town.suspend("finish")
    town.cut("TEST", town.budget().free - 1)
    town.record(PUDONG, as_of_on="2026-02-01", status="struck_off", lists=("serious-dishonesty",))
    reasons = (
        "provider-kind-not-allowed",
        "provider-not-qualified",
        "related-party",
        "spend-never-eligible",
        "status",
        "breach-lists",
        "provider-suspended",
        "budget-exhausted",
        "service-ends-too-late",
    )
    with town.refused(Ineligible, *reasons):
        town.order(ends_on="2027-01-01", attributes={"exclusions": ("statutory-test",)})


def test_the_last_day_of_the_voucher_still_counts_and_the_next_does_not(town):
    town.go("2026-12-31").order("O-1", ends_on="2026-12-31")
    with town.refused(Ineligible, "service-ends-too-late"):
        town.order("O-2", ends_on=NEW_YEAR)
    with town.go(NEW_YEAR).refused(VoucherExpired):
        town.order("O-3", ends_on=NEW_YEAR)
    assert town.topics().count("voucher.Expired") == 0


def test_a_service_that_has_begun_cannot_be_ordered(town):
    town.order("O-1", contract_on="2026-02-01", starts_on="2026-02-02")
    with town.refused(Ineligible, "service-already-started"):
        town.order("O-2", contract_on="2026-02-01", starts_on="2026-02-01")


def test_a_contract_of_the_grants_day_is_supported_and_of_the_day_before_is_not(town):
    town.order("O-1", contract_on="2026-01-05")
    with town.refused(Ineligible, "contract-before-grant"):
        town.order("O-2", contract_on="2026-01-04")


def test_a_contract_of_tomorrow_is_no_contract_yet(town):
    with town.refused(ContractNotSigned):
        town.order(contract_on="2026-02-03", starts_on="2026-02-03")


def test_a_provider_serves_only_what_it_is_accredited_for(town):
    with town.refused(NotAccredited):
        town.order(category="RND")


def test_a_service_of_one_day_is_a_service_and_of_none_is_not(town):
    town.order("O-1", ends_on="2026-02-02")
    with town.refused(ServiceDaysInvalid):
        town.order("O-2", starts_on="2026-02-03", ends_on="2026-02-02")


def test_net_may_equal_gross_and_not_pass_it(town):
    town.order("O-1", gross=100)
    assert town.state().registered.net == 100
    command = an_order("O-2", gross=100, net=101)
    with town.refused(NetAboveGross):
        town.do(app.register_order, command)


@pytest.mark.parametrize("gross", [-1, 2**53])
def test_a_cost_out_of_range_is_refused(town, gross):
    with town.refused(AmountOutOfRange):
        town.do(app.register_order, an_order(gross=gross))


@pytest.mark.parametrize("gross", [1.0, True, "100", None, float("nan")])
def test_a_cost_that_is_no_whole_number_is_refused(town, gross):
    with town.refused(AmountNotInteger):
        town.do(app.register_order, an_order(gross=gross))


def test_a_cost_of_nothing_and_a_subsidy_of_nothing_are_refused(town):
    with town.refused(Ineligible, "cost-out-of-range"):
        town.order(gross=0)
    with town.refused(NothingToReserve):
        town.order(gross=1)
    town.order(gross=2)
    assert town.state().held == 1


def test_the_voucher_of_another_firm_does_not_exist_for_this_one(town):
    town.record(CHANGNING)
    town.entitle(CHANGNING)
    with town.refused(VoucherNotYours):
        town.order(voucher_id=voucher_of(CHANGNING))


def test_an_unknown_voucher_or_category_is_refused(town):
    with town.refused(VoucherUnknown):
        town.order(voucher_id="V-0000")
    with town.refused(Ineligible, "category-unknown"):
        town.order(category="MASSAGE")


def test_a_reason_that_policy_and_voucher_both_give_is_told_once(town):
    town.accredit(category="TECHMGR")
    town.admit(kind="training-base")
    with town.refused(Ineligible, "category-not-covered"):
        town.order(category="TECHMGR")


def test_the_most_fundamental_reason_comes_first(town):
    town.suspend("finish")
    with town.go(NEW_YEAR).refused(Ineligible) as caught:
        town.order("O-2", contract_on="2026-01-04", ends_on=NEW_YEAR)
    codes = [cause.code for cause in caught.value.causes]
    assert codes == ["voucher-expired", "provider-suspended", "contract-before-grant"]
    assert caught.value.detail.startswith("The voucher could be used until 2026-12-31")


def test_who_asks_for_a_part_of_nothing_is_told_that_it_is_nothing(town):
    with town.refused(NothingToReserve):
        town.order(gross=1, asked=1)
    with town.refused(Ineligible, "asked-out-of-range"):
        town.order(gross=4, asked=3)


def test_what_is_left_of_the_money_is_told_last_in_every_book(town):
    town.order("O-1", gross=600_000 * YUAN - 4)
    town.cut("TEST", town.budget().free - 1)
    with town.refused(Ineligible) as caught:
        town.order("O-2", gross=6, ends_on=NEW_YEAR)
    codes = [cause.code for cause in caught.value.causes]
    assert codes[:3] == ["service-ends-too-late", "voucher-too-small", "budget-exhausted"]
    assert set(codes[3:]) == {"cap-enterprise-exceeded", "cap-group-exceeded"}


def test_a_firm_that_was_struck_off_after_its_grant_orders_no_more(town):
    town.record(PUDONG, as_of_on="2026-02-01", status="struck_off")
    with town.refused(Ineligible, "status"):
        town.order()


def test_an_order_dated_before_the_last_change_of_its_voucher_is_refused(town):
    town.go("2026-02-10").order("O-1")
    with town.go("2026-02-09").refused(Backdated):
        town.order("O-2")
    town.go("2026-02-10").order("O-2")
    assert town.voucher().reserved == 10_000_00


def test_after_a_new_policy_old_vouchers_are_ordered_under_it(town):
    town.do(app.adopt_policy, revised("sh-stiv-2025", "2026", effective_on="2026-02-03"))
    town.order("O-1")
    town.go("2026-02-03").order("O-2")
    versions = [town.state(number).registered.policy_version for number in ("O-1", "O-2")]
    assert versions == ["2025", "2026"]
