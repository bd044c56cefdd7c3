"""A voucher's last days are moved: once, in time, when work has begun, and never towards today."""

import pytest

from tests.examples import revised
from tests.given import given
from vouchers import application as app
from vouchers.days import add_days
from vouchers.kinds import VOUCHER
from vouchers.voucher.decisions import ExtensionNotAllowed, VoucherUnknown, extend
from vouchers.voucher.events import Claimed, Extended, Issued, Paid, Reserved

ISSUED = Issued("P", "2026", "E", "general", "CNY", 1_000, ("TEST",), "2026-01-05", "2026-12-31", "2027-03-31")
STARTED = (ISSUED, Reserved("P", "2026", "TEST", "O-1", 600))
ASKED = {
    "use_by_on": "2027-06-30",
    "redeem_by_on": "2027-09-30",
    "on": "2026-12-31",
    "most": 1,
    "latest": "2027-06-30",
    "reason": "flood",
}
EXTENDED = Extended("2027-06-30", "2027-09-30", "flood")


def test_both_last_days_move_on_the_last_day():
    state = given(VOUCHER, *STARTED).when(extend, **ASKED).then(EXTENDED)
    assert (state.use_by_on, state.redeem_by_on, state.extensions) == ("2027-06-30", "2027-09-30", 1)
    assert state.spendable("2027-06-30") == 400


def test_a_voucher_that_has_paid_and_holds_nothing_more_may_be_extended():
    about = ("P", "2026", "TEST", "O-1", "O-1-R1", 600)
    given(VOUCHER, *STARTED, Claimed(*about), Paid(*about)).when(extend, **ASKED).then(EXTENDED)


@pytest.mark.parametrize(
    ("past", "change"),
    [
        pytest.param(STARTED, {"on": "2027-01-01"}, id="after the last day"),
        pytest.param((ISSUED,), {}, id="before any order"),
        pytest.param((*STARTED, EXTENDED), {"use_by_on": "2027-12-31", "latest": "2028-01-01"}, id="a second time"),
        pytest.param(STARTED, {"most": 0}, id="where the policy allows none"),
        pytest.param(STARTED, {"use_by_on": "2027-07-01"}, id="a day too far"),
        pytest.param(STARTED, {"use_by_on": "2026-12-31"}, id="by no day at all"),
        pytest.param(STARTED, {"redeem_by_on": "2027-06-29"}, id="redeemed before used"),
        pytest.param(
            STARTED, {"use_by_on": "2027-01-31", "redeem_by_on": "2027-03-30"}, id="redeemed earlier than now"
        ),
    ],
)
def test_otherwise_it_is_refused(past, change):
    given(VOUCHER, *past).when(extend, **ASKED | change).refused(ExtensionNotAllowed)


def test_an_unknown_voucher_is_not_extended():
    given(VOUCHER).when(extend, **ASKED).refused(VoucherUnknown)


def test_the_policy_says_how_often_and_how_far(town):
    town.order()
    with town.refused(ExtensionNotAllowed):
        town.extend("2027-06-30", "2027-09-30")
    allowed = {"extensions": 1, "extension_months": 6}
    town.do(app.adopt_policy, revised("sh-stiv-2025", "2026", allowed, effective_on="2026-02-02"))
    with town.refused(ExtensionNotAllowed):
        town.extend("2027-07-01", "2027-09-30")
    town.extend("2027-06-30", "2027-09-30")
    with town.refused(ExtensionNotAllowed) as refusal:
        town.extend("2027-07-01", "2027-09-30")
    assert refusal.value.detail == "The policy allows 1 extension of a voucher."
    town.go("2027-06-30").order("O-2", ends_on="2027-06-30")
    assert town.voucher().reserved == 10_000_00


EXTENSIBLE = {"extensions": 1, "extension_months": 6}


@pytest.fixture
def extensible(town):
    """The town under a policy that lets a voucher be extended once by up to six months."""
    town.do(app.adopt_policy, revised("sh-stiv-2025", "2026", EXTENSIBLE, effective_on="2026-02-02"))
    return town


@pytest.mark.parametrize(("day", "fits"), [("2026-12-31", True), ("2027-01-01", False)])
def test_a_voucher_is_extended_on_its_last_day_of_use_and_not_the_day_after(extensible, day, fits):
    extensible.order()
    extensible.go(day)
    if fits:
        extensible.extend("2027-06-30", "2027-09-30")
    else:
        with extensible.refused(ExtensionNotAllowed):
            extensible.extend("2027-06-30", "2027-09-30")


def test_a_voucher_is_extended_once_and_only_if_an_order_was_started(extensible):
    with extensible.refused(ExtensionNotAllowed):
        extensible.extend("2027-03-31", "2027-06-30")
    extensible.order()
    extensible.cancel()
    with extensible.refused(ExtensionNotAllowed):
        extensible.extend("2027-03-31", "2027-06-30")
    extensible.order("O-2")
    extensible.extend("2027-03-31", "2027-06-30")
    with extensible.refused(ExtensionNotAllowed):
        extensible.extend("2027-06-30", "2027-09-30")


def test_a_voucher_whose_only_order_is_paid_has_started_too(extensible):
    extensible.paid()
    assert extensible.extend("2027-06-30", "2027-09-30")["use_by_on"] == "2027-06-30"


def test_an_extension_moves_the_last_day_of_every_open_order_with_it(extensible):
    extensible.order()
    redeem_by_on = extensible.voucher().redeem_by_on
    extensible.extend("2027-06-30", "2027-09-30")
    with extensible.go(add_days(redeem_by_on, 1)).assert_quiet():
        extensible.lapse()
    with extensible.go("2027-09-30").assert_quiet():
        extensible.lapse()
    assert extensible.go("2027-10-01").lapse()["status"] == "lapsed"


def test_a_reservation_never_outlives_its_voucher(town):
    town.order()
    redeem_by_on = town.voucher().redeem_by_on
    with town.go(redeem_by_on).assert_quiet():
        town.lapse()
    assert town.go(add_days(redeem_by_on, 1)).lapse()["released"] == 5_000_00
    state = town.voucher()
    assert (state.reserved, state.held, state.spendable(town.on)) == (0, {}, 0)
    assert state.available + state.expired == state.face


def test_an_extension_says_why_and_who_allowed_it(extensible):
    extensible.order()
    extensible.extend("2027-06-30", "2027-09-30")
    [entry] = [each for each in extensible.ledger.entries(0) if each.type == "voucher.Extended"]
    assert (entry.data.reason, entry.actor) == ("the laboratory was flooded", "officer:li")
