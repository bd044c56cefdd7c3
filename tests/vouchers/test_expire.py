"""Unused value lapses after the last day of use, and not on it."""

from tests.given import given
from vouchers.kinds import VOUCHER
from vouchers.voucher.decisions import VoucherUnknown, expire
from vouchers.voucher.events import Expired, Issued, Reserved

ISSUED = Issued("P", "2026", "E", "general", "CNY", 1_000, ("TEST",), "2026-01-05", "2026-12-31", "2027-03-31")
RESERVED = Reserved("P", "2026", "TEST", "O-1", 600)


def test_on_the_last_day_nothing_lapses_and_the_day_after_everything_unused():
    given(VOUCHER, ISSUED, RESERVED).when(expire, on="2026-12-31").then()
    state = given(VOUCHER, ISSUED, RESERVED).when(expire, on="2027-01-01").then(Expired("P", "2026", 400))
    assert (state.available, state.reserved, state.expired, state.face) == (0, 600, 400, 1_000)


def test_expiring_again_changes_nothing():
    given(VOUCHER, ISSUED, Expired("P", "2026", 1_000)).when(expire, on="2027-06-01").then()


def test_what_was_never_issued_cannot_expire():
    given(VOUCHER).when(expire, on="2027-01-01").refused(VoucherUnknown)


def test_an_open_order_is_honoured_after_the_rest_has_lapsed(town):
    town.order()
    town.deliver()
    town.go("2027-01-01").expire()
    town.invoice()
    town.redeem()
    assert (town.voucher().claimed, town.voucher().expired) == (5_000_00, 295_000_00)


def test_an_unknown_voucher_is_refused_and_an_early_run_is_quiet(town):
    with town.refused(VoucherUnknown):
        town.expire("V-0")
    with town.go("2026-12-31").assert_quiet():
        assert town.expire()["available"] == 300_000_00
