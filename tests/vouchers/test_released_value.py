"""Value that comes back: to the voucher while it can be used, to the ceilings as the policy says."""

import pytest

from tests.examples import PUDONG, SH_CODE, YUAN, voucher_of
from tests.given import given
from tests.rulebooks import changed, with_table
from vouchers import application as app
from vouchers.application.vouchering import RestoreValue
from vouchers.kinds import CAP, VOUCHER
from vouchers.voucher.decisions import NothingToRestore, restore
from vouchers.voucher.events import Issued, Restored, Returned

LAST_DAY, DAY_AFTER = "2026-12-31", "2027-01-01"


def _used(town):
    usage = town.ledger.state(CAP, f"enterprise/{SH_CODE}:{PUDONG}/2026")
    return usage.total, usage.count


@pytest.mark.parametrize(("day", "available", "expired"), [(LAST_DAY, 300_000, 0), (DAY_AFTER, 0, 5_000)])
def test_released_value_can_be_used_again_until_the_last_day_of_use_and_expires_at_once_after_it(
    town, day, available, expired
):
    town.order()
    town.go(day).cancel()
    state = town.voucher()
    assert (state.spendable(day), state.expired) == (available * YUAN, expired * YUAN)


@pytest.mark.parametrize(("rule", "day", "used"), [
    ("always", LAST_DAY, (0, 0)),
    ("always", DAY_AFTER, (0, 0)),
    ("within_use_by", LAST_DAY, (0, 0)),
    ("within_use_by", DAY_AFTER, (5_000 * YUAN, 1)),
])  # fmt: skip
def test_released_value_returns_to_the_caps_only_inside_use_by_where_the_policy_says_so(town, rule, day, used):
    town.do(app.adopt_policy, changed(with_table("deadlines", caps_freed=rule)))
    town.order()
    assert _used(town) == (5_000 * YUAN, 1)
    town.go(day).cancel()
    assert _used(town) == used
    assert town.budget().committed == 0


def _restore(town, amount):
    command = RestoreValue(voucher_of(), amount, "the project goes on")
    return town.do(app.restore_value, command, actor="enterprise:pudong")


@pytest.fixture
def lenient(town):
    """The town under a policy in which value that was given back may be taken again; 1,000 yuan were given back."""
    town.do(app.adopt_policy, changed(with_table("deadlines", restore_returned=True)))
    town.give_back(1_000 * YUAN)
    return town


def test_a_part_that_was_given_back_may_be_claimed_again_until_the_last_day_of_use(lenient):
    assert _restore(lenient, 400 * YUAN)["available"] == 299_400 * YUAN
    lenient.go(LAST_DAY)
    with lenient.refused(NothingToRestore):
        _restore(lenient, 600 * YUAN + 1)
    _restore(lenient, 600 * YUAN)
    assert (lenient.voucher().returned, lenient.voucher().available) == (0, 300_000 * YUAN)


def test_after_the_last_day_of_use_it_may_not(lenient):
    with lenient.go(DAY_AFTER).refused(NothingToRestore):
        _restore(lenient, 1)


def test_it_may_not_where_the_policy_does_not_say_so(town):
    town.give_back(1_000 * YUAN)
    with town.refused(NothingToRestore):
        _restore(town, 1)


ISSUED = Issued("P", "2026", "E", "general", "CNY", 1_000, ("TEST",), "2026-01-05", LAST_DAY, "2027-03-31")


def test_what_is_taken_again_moves_from_returned_to_available():
    past = given(VOUCHER, ISSUED, Returned("P", "2026", 300, "moved"))
    asked = {"amount": 300, "on": LAST_DAY, "allowed": True, "reason": "back again"}
    state = past.when(restore, **asked).then(Restored("P", "2026", 300, "back again"))
    assert (state.available, state.returned, state.face) == (1_000, 0, 1_000)
    past.when(restore, **asked | {"amount": 0}).refused(NothingToRestore, returned=300)


def test_a_claim_that_was_rejected_may_be_made_again(town):
    town.tier("D")
    town.claimed()
    town.reject()
    assert town.voucher().reserved == 5_000 * YUAN
    assert town.redeem()["redemption_id"] == "O-1-R2"
