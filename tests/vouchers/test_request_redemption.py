"""The claim: on the actual cost, with all evidence, in time, once; the sample decides who checks it."""

import pytest

from tests.examples import PROOF, REPORT, drawn, order_numbers
from tests.given import given
from vouchers.kinds import ORDER, VOUCHER
from vouchers.order.decisions import (
    EvidenceMissing,
    NothingToClaim,
    OrderNotOpen,
    OrderUnknown,
    approve_redemption,
    request_redemption,
)
from vouchers.order.events import RedemptionApproved, RedemptionRequested
from vouchers.review.decisions import assign, draw
from vouchers.review.events import Assigned, Spared
from vouchers.voucher.decisions import NotHeld, RedeemByPassed, claim, release
from vouchers.voucher.events import Claimed, Expired, Issued, Released, Reserved

ISSUED = Issued("P", "2026", "E", "general", "CNY", 1_000, ("TEST",), "2026-01-05", "2026-12-31", "2027-03-31")
RESERVED = Reserved("P", "2026", "TEST", "O-1", 600)
CLAIM = {"order_id": "O-1", "redemption_id": "O-1-R1", "category": "TEST", "amount": 600, "on": "2027-03-31"}
RELEASE = {"order_id": "O-1", "category": "TEST", "amount": 200, "on": "2026-12-31", "reason": "cheaper"}
RELEASED = Released("P", "2026", "TEST", "O-1", 200, "cheaper")


def test_a_claim_is_made_until_the_redeem_by_day():
    claimed = Claimed("P", "2026", "TEST", "O-1", "O-1-R1", 600)
    given(VOUCHER, ISSUED, RESERVED).when(claim, **CLAIM).then(claimed)
    given(VOUCHER, ISSUED, RESERVED).when(claim, **CLAIM | {"on": "2027-04-01"}).refused(RedeemByPassed)


def test_no_more_is_claimed_than_the_order_holds():
    given(VOUCHER, ISSUED, RESERVED).when(claim, **CLAIM | {"amount": 601}).refused(NotHeld)
    given(VOUCHER, ISSUED).when(claim, **CLAIM).refused(NotHeld)


def test_what_is_not_needed_returns_to_the_voucher_until_its_last_day_and_lapses_after_it():
    given(VOUCHER, ISSUED, RESERVED).when(release, **RELEASE).then(RELEASED)
    given(VOUCHER, ISSUED, RESERVED).when(release, **RELEASE | {"on": "2027-01-01"}).then(
        RELEASED, Expired("P", "2026", 200)
    )
    given(VOUCHER, ISSUED, RESERVED).when(release, **RELEASE | {"amount": 601}).refused(NotHeld)
    given(VOUCHER, ISSUED, RESERVED).when(release, **RELEASE | {"amount": 0}).then()


@pytest.fixture
def invoiced(town):
    town.order()
    town.deliver()
    town.invoice()
    return town


def test_a_claim_names_who_asked_for_how_much_with_which_documents(invoiced):
    invoiced.redeem()
    claimed = next(event for event in invoiced.events("order/O-1") if isinstance(event, RedemptionRequested))
    assert (claimed.redemption_id, claimed.amount, claimed.requested_by) == ("O-1-R1", 5_000_00, "provider:lab")
    assert claimed.evidence["service_report"] == REPORT
    assert claimed.evidence["test_report"] == PROOF
    assert claimed.evidence["invoice"].startswith("dfp:")
    assert claimed.trace


def test_a_claim_moves_the_value_from_reserved_to_claimed(invoiced):
    invoiced.redeem()
    assert (invoiced.state().held, invoiced.state().claimed) == (0, 5_000_00)
    assert (invoiced.voucher().reserved, invoiced.voucher().claimed) == (0, 5_000_00)
    assert invoiced.budget().committed == 5_000_00


def test_a_cheaper_service_pays_less_and_gives_the_rest_back_everywhere(town):
    town.order()
    town.deliver()
    town.invoice(gross=7_000_00)
    town.redeem()
    assert town.state().claimed == 3_500_00
    assert town.voucher().available == 300_000_00 - 3_500_00
    assert town.budget().committed == 3_500_00
    assert {town.events(cap)[-1].total for cap in town.state().registered.caps} == {3_500_00}
    assert {town.events(cap)[-1].count for cap in town.state().registered.caps} == {1}


def test_a_dearer_service_pays_no_more_than_was_reserved(town):
    town.order()
    town.deliver()
    town.invoice(gross=12_000_00)
    town.redeem()
    assert town.state().claimed == 5_000_00


def test_what_the_enterprise_asked_for_is_the_most_that_is_paid(town):
    town.order(asked=4_000_00)
    town.deliver()
    town.invoice()
    town.redeem()
    assert town.state().claimed == 4_000_00


def test_a_broken_fen_is_dropped(town):
    town.order(gross=10_001)
    town.deliver()
    town.invoice()
    town.redeem()
    assert town.state().claimed == 5_000


def test_a_claim_of_nothing_is_refused(town):
    town.order()
    town.deliver()
    town.invoice(gross=1)
    with town.refused(NothingToClaim):
        town.redeem()
    town.cancel()
    assert town.voucher().available == 300_000_00


def test_each_missing_document_is_named(invoiced):
    with invoiced.refused(EvidenceMissing) as caught:
        invoiced.redeem(without=("test_report", "own_share_payment_proof"))
    assert caught.value.facts["missing"] == ["own_share_payment_proof", "test_report"]
    invoiced.redeem()
    assert invoiced.state().claimed == 5_000_00


def test_documents_that_the_log_knows_need_not_be_given_again(invoiced):
    invoiced.redeem(without=("contract", "invoice", "service_report"))
    assert invoiced.state().claimed == 5_000_00


def test_a_lower_tier_asks_for_more_documents(town):
    town.tier("C")
    town.order()
    town.deliver()
    town.invoice()
    with town.refused(EvidenceMissing) as caught:
        town.redeem(without=("acceptance",))
    assert caught.value.facts["missing"] == ["acceptance"]


def test_the_tier_at_the_time_of_the_order_governs_its_check(town):
    town.order()
    town.tier("D")
    town.deliver()
    town.invoice()
    town.redeem(without=("acceptance", "site_visit"))
    assert town.state().claimed == 5_000_00


def test_the_redeem_by_day_still_counts(invoiced):
    invoiced.go("2027-03-31").redeem()
    assert invoiced.state().claimed == 5_000_00


def test_the_day_after_it_is_too_late(invoiced):
    with invoiced.go("2027-04-01").refused(RedeemByPassed):
        invoiced.redeem()


def test_a_cheaper_service_after_the_use_by_day_lets_the_rest_lapse(town):
    town.order()
    town.deliver()
    town.go("2027-01-15").invoice(gross=8_000_00)
    town.redeem()
    voucher = town.voucher()
    assert (voucher.claimed, voucher.expired, voucher.face) == (4_000_00, 1_000_00, 300_000_00)
    assert town.budget().committed == 4_000_00


def test_a_claim_needs_an_invoice_and_is_made_once(invoiced):
    invoiced.redeem()
    with invoiced.refused(OrderNotOpen):
        invoiced.redeem()
    invoiced.order("O-2")
    with invoiced.refused(OrderNotOpen):
        invoiced.redeem("O-2")
    with invoiced.refused(OrderUnknown):
        invoiced.redeem("O-3")


def test_the_decision_numbers_its_claims(invoiced):
    past = [entry.data for entry in invoiced.ledger.history("order/O-1")]
    asked = {"amount": 5, "requested_by": "p", "evidence": {}, "needed": (), "trace": (), "order_id": "O-1"}
    requested = RedemptionRequested("O-1-R1", 5, "p", {}, ())
    given(ORDER, *past).when(request_redemption, **asked).then(requested)
    given(ORDER, *past, requested).when(approve_redemption).then(RedemptionApproved("O-1-R1"))


def _assignment(draw_bp):
    return Assigned("P", "O-1", "E", "L", "p", 5, "CNY", "B", 500, draw_bp, (), 1)


def test_a_draw_below_the_sample_is_checked_and_at_the_sample_is_spared():
    assert assign(_assignment(499)) == [_assignment(499)]
    assert assign(_assignment(500)) == [Spared("O-1", "B", 500, 500)]


def test_the_draw_lies_between_nothing_and_all():
    assert draw(b"\x00" * 8) == 0
    assert 0 <= draw(b"\xff" * 8) < 10_000


def test_a_spared_claim_is_approved_at_once(town):
    number = next(order_numbers(sampled=False))
    town.claimed(number)
    assert town.state(number).status == "approved"
    spared = town.events(f"review/{number}-R1")[0]
    assert spared == Spared(number, "B", 500, drawn(number))


def test_a_drawn_claim_waits_for_a_reviewer(town):
    number = next(order_numbers(sampled=True))
    town.claimed(number)
    assert town.state(number).status == "requested"
    assigned = town.events(f"review/{number}-R1")[0]
    assert (assigned.draw_bp, assigned.approvals_needed) == (drawn(number), 1)


def test_another_seed_draws_another_sample(town):
    numbers = [f"O-{n}" for n in range(400)]
    one = {number for number in numbers if drawn(number) < 500}
    other = {number for number in numbers if drawn(number, seed=b"another") < 500}
    assert one != other
    assert 5 < len(one) < 40
