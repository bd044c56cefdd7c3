"""An enterprise gives unused value back, and a programme takes it back."""

from tests.given import given
from vouchers.kinds import VOUCHER
from vouchers.money import AmountNotInteger, AmountOutOfRange
from vouchers.voucher.decisions import NothingToReturn, VoucherTooSmall, VoucherUnknown, return_value, revoke
from vouchers.voucher.events import Issued, Reserved, Returned, Revoked

ISSUED = Issued("P", "2026", "E", "general", "CNY", 1_000, ("TEST",), "2026-01-05", "2026-12-31", "2027-03-31")
RESERVED = Reserved("P", "2026", "TEST", "O-1", 600)
LAST_DAY = {"on": "2026-12-31", "reason": "moved"}
TOO_LATE = {"on": "2027-01-01", "reason": "moved"}


def test_everything_available_may_be_returned_and_not_a_fen_more():
    past = given(VOUCHER, ISSUED, RESERVED)
    state = past.when(return_value, amount=400, **LAST_DAY).then(Returned("P", "2026", 400, "moved"))
    assert (state.available, state.reserved, state.returned, state.face) == (0, 600, 400, 1_000)
    past.when(return_value, amount=401, **LAST_DAY).refused(NothingToReturn, available=400)
    past.when(return_value, amount=0, **LAST_DAY).refused(NothingToReturn)


def test_what_has_expired_cannot_be_returned_though_no_event_says_so():
    given(VOUCHER, ISSUED).when(return_value, amount=1, **TOO_LATE).refused(NothingToReturn, available=0)


def test_a_revocation_leaves_reservations_alone():
    state = given(VOUCHER, ISSUED, RESERVED).when(revoke, **LAST_DAY).then(Revoked("P", "2026", 400, "moved"))
    assert (state.available, state.reserved, state.revoked, state.face) == (0, 600, 400, 1_000)


def test_revoking_again_or_after_expiry_changes_nothing():
    given(VOUCHER, ISSUED, Revoked("P", "2026", 1_000, "moved")).when(revoke, **LAST_DAY).then()
    given(VOUCHER, ISSUED).when(revoke, **TOO_LATE).then()


def test_an_unknown_voucher_is_refused():
    given(VOUCHER).when(return_value, amount=1, **LAST_DAY).refused(VoucherUnknown)
    given(VOUCHER).when(revoke, **LAST_DAY).refused(VoucherUnknown)


def test_returned_value_is_gone(town):
    town.give_back(299_999_00)
    with town.refused(VoucherTooSmall):
        town.order(asked=1_01)
    town.order(asked=1_00)
    assert town.voucher().available == 0


def test_a_broken_amount_is_refused(town):
    with town.refused(AmountOutOfRange):
        town.give_back(-1)
    with town.refused(AmountNotInteger):
        town.give_back(0.5)
    with town.refused(NothingToReturn):
        town.give_back(0)


def test_a_revoked_voucher_still_pays_its_open_orders(town):
    town.order()
    assert town.revoke()["available"] == 0
    town.deliver()
    town.invoice()
    town.redeem()
    assert (town.voucher().claimed, town.voucher().revoked) == (5_000_00, 295_000_00)
