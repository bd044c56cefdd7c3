"""What a voucher leaves unused goes on into the next period: the policy's share, once, to a firm entitled anew."""

import pytest

from tests.examples import NEW_YEAR, PUDONG, SH_CODE, YUAN, voucher_of
from tests.given import given
from tests.rulebooks import changed, with_table
from tests.town import a_town
from vouchers import application as app
from vouchers.application.vouchering import CarryOver, NotEntitledAnew
from vouchers.kinds import CAP, VOUCHER
from vouchers.policy.carry_over import CarryOver as Rule
from vouchers.refusals import Ineligible
from vouchers.voucher.decisions import NothingToCarryOver, VoucherUnknown, carry_over
from vouchers.voucher.events import CarriedFrom, CarriedOver, Expired, Issued

OLD = voucher_of()


@pytest.fixture
def town():
    """A town whose policy carries a half over, up to 100,000 yuan, with money for both years."""
    with a_town() as town:
        town.do(app.adopt_policy, changed(with_table("carry_over", share_bp=5_000, limit=100_000 * YUAN)))
        town.appropriate("TEST", 1_000_000 * YUAN, period="2027")
        yield town


def _carry(town, voucher_id: str = OLD):
    return town.do(app.carry_over_voucher, CarryOver(voucher_id))


def _new_year(town):
    town.go(NEW_YEAR)
    town.entitle()


@pytest.mark.parametrize(("used", "carried"), [(0, 100_000), (100_000, 100_000), (100_002, 99_999), (200_000, 50_000)])
def test_half_of_the_rest_goes_on_up_to_the_limit(town, used, carried):
    if used:
        town.order(gross=2 * used * YUAN)
    _new_year(town)
    made = _carry(town)
    assert made["available"] == carried * YUAN
    assert (made["use_by_on"], town.voucher(OLD).expired) == ("2027-12-31", (300_000 - used) * YUAN)
    terms = town.voucher(made["voucher_id"]).terms
    assert (terms.period, terms.kind, terms.issued_on) == ("2027", "general", NEW_YEAR)


def test_it_makes_no_difference_whether_the_expiry_was_recorded(town):
    _new_year(town)
    town.expire()
    before = town.ledger.size()
    assert _carry(town)["available"] == 100_000 * YUAN
    assert town.topics(before) == ["voucher.CarriedOver", "voucher.Issued", "voucher.CarriedFrom"]


def test_it_goes_on_once_and_what_was_carried_does_not_go_on_again(town):
    _new_year(town)
    made = _carry(town)["voucher_id"]
    with town.refused(NothingToCarryOver):
        _carry(town)
    town.go("2028-01-01").entitle()
    with town.refused(NothingToCarryOver):
        _carry(town, made)


def test_on_the_last_day_of_use_nothing_is_carried_over(town):
    with town.go("2026-12-31").refused(NothingToCarryOver):
        _carry(town)


def test_only_a_firm_that_is_entitled_anew_takes_its_rest_along(town):
    with town.go(NEW_YEAR).refused(NotEntitledAnew):
        _carry(town)
    town.record(as_of_on="2026-12-31", staff=9_999, revenue=9_999_999_999_00)
    assert town.entitle()["denied"] == 1
    with town.refused(NotEntitledAnew):
        _carry(town)


def test_what_is_carried_over_counts_in_the_caps_of_the_new_year(town):
    _new_year(town)
    carried, fresh = _carry(town)["voucher_id"], voucher_of(period="2027")
    contract = {"ends_on": "2027-02-28"}
    town.order("O-1", voucher_id=carried, gross=200_000 * YUAN, **contract)
    town.order("O-2", voucher_id=fresh, gross=400_000 * YUAN, **contract)
    assert town.ledger.state(CAP, f"enterprise/{SH_CODE}:{PUDONG}/2027").total == 300_000 * YUAN
    with town.refused(Ineligible, "cap-enterprise-exceeded", "cap-group-exceeded"):
        town.order("O-3", voucher_id=fresh, gross=2, **contract)


def test_the_rest_and_a_voucher_of_the_new_year_pay_one_order_together(town):
    _new_year(town)
    carried, fresh = _carry(town)["voucher_id"], voucher_of(period="2027")
    town.order("O-1", voucher_id=fresh, vouchers=(carried,), gross=500_000 * YUAN, ends_on="2027-02-28")
    assert town.voucher(carried).reserved + town.voucher(fresh).reserved == 250_000 * YUAN


def test_without_the_table_the_whole_rest_expires():
    with a_town() as town:
        _new_year(town)
        with town.refused(NothingToCarryOver):
            _carry(town)


def test_an_unknown_voucher_has_no_rest(town):
    with town.refused(VoucherUnknown):
        _carry(town, "V-0")


ISSUED = Issued("P", "2026", "E", "general", "CNY", 1_001, ("TEST",), "2026-01-05", "2026-12-31", "2027-03-31")
ASKED = {"voucher_id": "V-2", "period": "2027", "amount": 500, "on": "2027-01-01"}
CARRIED = CarriedOver("V-2", "2027", 500)


def test_carrying_over_moves_no_value_of_the_old_voucher_but_records_its_expiry():
    state = given(VOUCHER, ISSUED).when(carry_over, **ASKED).then(Expired("P", "2026", 1_001), CARRIED)
    assert (state.expired, state.face, state.carried_to) == (1_001, 1_001, "V-2")


@pytest.mark.parametrize(
    ("past", "change"),
    [
        pytest.param((ISSUED,), {"on": "2026-12-31"}, id="before it has expired"),
        pytest.param((ISSUED,), {"amount": 0}, id="nothing"),
        pytest.param((ISSUED,), {"period": "2026"}, id="into its own period"),
        pytest.param((ISSUED, CARRIED), {}, id="a second time"),
        pytest.param((ISSUED, CarriedFrom("V-0", "2025")), {}, id="what was carried before"),
    ],
)
def test_otherwise_nothing_is_carried_over(past, change):
    given(VOUCHER, *past).when(carry_over, **ASKED | change).refused(NothingToCarryOver)


@pytest.mark.parametrize(("rest", "carried"), [(1_001, 500), (2_000, 1_000), (2_002, 1_000)])
def test_the_share_is_rounded_down_and_the_limit_may_be_reached_exactly(rest, carried):
    assert Rule(5_000, 1_000, "").of(rest) == carried
