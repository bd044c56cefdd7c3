"""One order over several vouchers of a firm: the soonest to expire first, all of them or none, to the last fen."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from tests.examples import CHANGNING, YRD_CODE, YUAN, voucher_of
from tests.rulebooks import changed, with_a_second_voucher
from tests.town import Town, a_town
from tests.vouchers.changing import COMPANY, TEAM, succeed
from tests.vouchers.parts import A, B, claim, file
from vouchers import application as app
from vouchers.application.booking import spread
from vouchers.application.sharing import TooManyVouchers, VoucherNamedTwice, VoucherOfAnotherProgramme
from vouchers.days import add_days
from vouchers.identifiers import make_credit_code
from vouchers.kinds import CAP
from vouchers.refusals import Ineligible
from vouchers.voucher.decisions import RedeemByPassed, VoucherNotYours, VoucherTooSmall, VoucherUnknown

EXTENDED = "2027-06-30"


def _allowed(document):
    with_a_second_voucher(3_000 * YUAN, 2_000 * YUAN)(document)
    document["deadlines"].update({"extensions": 1, "extension_months": 6})


@pytest.fixture
def town():
    """A town whose firm has a voucher of 3,000 yuan that was extended into 2027, and one of 2,000 yuan that was not."""
    with a_town() as town:
        town.do(app.adopt_policy, changed(_allowed))
        town.record(CHANGNING)
        town.entitle(CHANGNING)
        town.order("O-0", enterprise_id=CHANGNING, voucher_id=voucher_of(CHANGNING), gross=200 * YUAN)
        town.extend(EXTENDED, "2027-12-31", voucher_of(CHANGNING))
        yield town


LATE, SOON = voucher_of(CHANGNING), voucher_of(CHANGNING, kind="second")


def _order(town: Town, gross: int, order_id: str = "O-1", **changes):
    both = {"enterprise_id": CHANGNING, "voucher_id": LATE, "vouchers": (SOON,)}
    return town.order(order_id, gross=gross, **both | changes)


def _held(town: Town, order_id: str = "O-1") -> tuple[int, int]:
    held = [town.voucher(number).held.get(order_id) for number in (SOON, LATE)]
    return tuple(each.reserved if each else 0 for each in held)


def test_the_voucher_that_expires_soonest_pays_first_whichever_is_named_first(town):
    answer = _order(town, 6_000 * YUAN)
    assert answer["subsidy"] == 3_000 * YUAN
    assert _held(town) == (2_000 * YUAN, 1_000 * YUAN)
    told = [line["text"] for line in answer["explanation"] if line["rule"] == "voucher"]
    assert told == [
        f"{SOON} pays 2,000.00; it can be used until 2026-12-31",
        f"{LATE} pays 1,000.00; it can be used until {EXTENDED}",
    ]


def test_a_voucher_that_is_not_needed_is_not_touched(town):
    _order(town, 4_000 * YUAN)
    assert _held(town) == (2_000 * YUAN, 0)
    assert [share.voucher_id for share in town.state().shares] == [SOON]


def test_of_vouchers_that_expire_on_one_day_the_lower_number_pays_first(town):
    firm = make_credit_code("9", "1", "310115", 5)
    town.record(firm)
    town.entitle(firm)
    lower, higher = sorted((voucher_of(firm), voucher_of(firm, kind="second")))
    town.order(gross=200 * YUAN, enterprise_id=firm, voucher_id=higher, vouchers=(lower,))
    assert [share.voucher_id for share in town.state().shares] == [lower]


def test_all_the_vouchers_have_together_passes_and_a_fen_more_is_refused(town):
    with town.refused(VoucherTooSmall) as caught:
        _order(town, 9_800 * YUAN + 2)
    assert caught.value.facts["available"] == 4_900 * YUAN
    _order(town, 9_800 * YUAN)
    assert _held(town) == (2_000 * YUAN, 2_900 * YUAN)


def test_the_caps_and_the_budget_count_the_order_once_as_a_whole(town):
    committed = town.budget().committed
    _order(town, 6_000 * YUAN)
    usage = town.ledger.state(CAP, f"enterprise/SH-STIV:{CHANGNING}/2026")
    assert (usage.total, usage.count) == (3_100 * YUAN, 2)
    assert town.budget().committed == committed + 3_000 * YUAN


def test_a_cancelled_order_gives_each_voucher_its_part_back(town):
    _order(town, 6_000 * YUAN)
    town.cancel()
    assert _held(town) == (0, 0)
    assert (town.voucher(SOON).available, town.voucher(LATE).available) == (2_000 * YUAN, 2_900 * YUAN)
    usage = town.ledger.state(CAP, f"enterprise/SH-STIV:{CHANGNING}/2026")
    assert (usage.total, usage.count) == (100 * YUAN, 1)


def test_what_the_actual_cost_does_not_need_comes_back_to_the_latest_to_expire(town):
    _order(town, 6_000 * YUAN)
    town.deliver()
    town.invoice(gross=5_000 * YUAN)
    town.redeem()
    assert (town.voucher(SOON).claimed, town.voucher(LATE).claimed) == (2_000 * YUAN, 500 * YUAN)
    assert dict(town.state().claims["O-1-R1"].shares) == {SOON: 2_000 * YUAN, LATE: 500 * YUAN}
    assert town.voucher(LATE).available == 2_400 * YUAN


def test_a_claim_taken_back_is_reserved_again_in_the_vouchers_it_came_from(town):
    _order(town, 6_000 * YUAN)
    town.deliver()
    town.invoice()
    town.redeem()
    town.reverse()
    assert _held(town) == (2_000 * YUAN, 1_000 * YUAN)
    assert town.redeem()["claimed"] == 3_000 * YUAN


def _pay(town: Town) -> None:
    _order(town, 6_000 * YUAN)
    town.deliver()
    town.invoice()
    town.redeem()
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        if town.state().status == "requested":
            town.approve(reviewer=reviewer)
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.confirm("S-1")


def test_each_voucher_records_what_it_paid(town):
    _pay(town)
    assert (town.voucher(SOON).paid, town.voucher(LATE).paid) == (2_000 * YUAN, 1_000 * YUAN)


def test_money_demanded_back_comes_from_the_latest_to_expire_first(town):
    _pay(town)
    town.claw_back(700 * YUAN)
    assert (town.voucher(SOON).clawed_back, town.voucher(LATE).clawed_back) == (0, 700 * YUAN)
    town.claw_back(700 * YUAN)
    assert (town.voucher(SOON).clawed_back, town.voucher(LATE).clawed_back) == (400 * YUAN, 1_000 * YUAN)


def test_a_voucher_that_has_expired_cannot_be_one_of_them(town):
    town.go("2027-01-04")
    town.appropriate("TEST", 1_000_000 * YUAN, period="2027")
    with town.refused(Ineligible, "voucher-use-by-passed") as caught:
        _order(town, 200 * YUAN, ends_on="2027-02-28")
    assert caught.value.causes[0].text.startswith(SOON)
    town.order("O-1", enterprise_id=CHANGNING, voucher_id=LATE, gross=200 * YUAN, ends_on="2027-02-28")


def test_they_are_claimed_together_until_the_first_redeem_by_day_and_not_after(town):
    _order(town, 6_000 * YUAN)
    town.deliver()
    town.invoice()
    last = town.voucher(SOON).redeem_by_on
    assert last < town.voucher(LATE).redeem_by_on
    town.go(last).redeem()
    town.reverse()
    with town.go(add_days(last, 1)).refused(RedeemByPassed):
        town.redeem()
    assert town.lapse()["status"] == "lapsed"
    assert _held(town) == (0, 0)


def test_what_is_left_of_an_order_is_not_claimed_from_the_others_once_one_of_them_is_too_late(town):
    _order(town, 6_000 * YUAN)
    town.deliver()
    file(town, A, 4_000 * YUAN)
    assert claim(town, more=True)["claimed"] == 2_000 * YUAN
    assert _held(town) == (0, 1_000 * YUAN)
    file(town, B, 2_000 * YUAN)
    with town.go(add_days(town.voucher(SOON).redeem_by_on, 1)).refused(RedeemByPassed):
        claim(town)


def test_no_voucher_is_named_twice_and_none_of_another_firm_or_programme(town):
    with town.refused(VoucherNamedTwice):
        _order(town, 6_000 * YUAN, vouchers=(LATE,))
    with town.refused(VoucherNotYours):
        _order(town, 6_000 * YUAN, vouchers=(voucher_of(),))
    with town.refused(VoucherUnknown):
        _order(town, 6_000 * YUAN, vouchers=("V-0000-0000-0000-0",))
    with town.refused(TooManyVouchers):
        _order(town, 6_000 * YUAN, vouchers=tuple(f"V-{number}" for number in range(12)))


def test_an_order_is_paid_from_vouchers_of_one_programme(town):
    town.adopt("yrd-stiv")
    town.entitle(CHANGNING, programme=YRD_CODE)
    other = voucher_of(CHANGNING, YRD_CODE)
    with town.refused(VoucherOfAnotherProgramme):
        _order(town, 6_000 * YUAN, vouchers=(other,))


def test_an_order_of_one_voucher_appends_what_it_always_did(town):
    before = town.ledger.size()
    town.order("O-9", enterprise_id=CHANGNING, voucher_id=LATE, gross=200 * YUAN)
    assert "order.Shared" not in town.topics(before)


@for_all(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=6))
def test_the_parts_of_a_sum_make_the_whole_to_the_last_fen(amount, rooms):
    parts = spread(amount, [(str(place), room) for place, room in enumerate(rooms)])
    assert sum(part for _, part in parts) == amount
    assert all(part > 0 for _, part in parts)
    if amount <= sum(rooms):
        assert all(part <= rooms[int(key)] for key, part in parts)


@pytest.mark.parametrize(("fen", "fits"), [(0, True), (2, False)])
def test_a_successor_draws_on_its_own_voucher_and_its_predecessors_up_to_one_cap(fen, fits):
    with a_town() as town:
        town.order("O-1", gross=200_000 * YUAN)
        town.record(COMPANY)
        town.entitle(COMPANY)
        succeed(town, programmes=())
        both = {"enterprise_id": COMPANY, "voucher_id": voucher_of(COMPANY), "vouchers": (voucher_of(TEAM),)}
        if fits:
            town.order("O-2", gross=400_000 * YUAN, **both)
            used = [town.ledger.state(CAP, f"enterprise/SH-STIV:{firm}/2026").total for firm in (TEAM, COMPANY)]
            assert used == [100_000 * YUAN, 200_000 * YUAN]
        else:
            with town.refused(Ineligible, "cap-enterprise-exceeded", "cap-group-exceeded"):
                town.order("O-2", gross=400_000 * YUAN + fen, **both)
