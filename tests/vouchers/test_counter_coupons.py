"""Coupons: value set aside in orders, handed in once each, never above what the enterprise agreed to lose."""

from functools import partial

import pytest

from tests.examples import CHANGNING, INSTITUTE, JIANGSU_LAB, LAB, PROOF, PUDONG
from tests.vouchers.couponing import KEY, SYNC_BY, YUAN, booklet, close, issue, sign_up, two_orders, use
from vouchers import application as app
from vouchers.application.providing import VoidOrders
from vouchers.booklet.decisions import (
    BookletClosed,
    BookletExists,
    BookletInvalid,
    BookletStillOut,
    BookletUnknown,
    CouponExpired,
    CouponTooLate,
    CouponUnknown,
)
from vouchers.order.changing import ChangeOrder
from vouchers.order.coupons import NotEnoughForCoupons, NothingSetAside, SetAsideForCoupons
from vouchers.order.decisions import OrderUnknown, RequestRedemption
from vouchers.provider.decisions import Remove
from vouchers.signer.decisions import (
    PublicKeyMalformed,
    RegisterSigner,
    RevokeSigner,
    SignerKeyRevoked,
    SignerKeyUnknown,
    thumbprint,
)


@pytest.fixture
def ready(town):
    """A town with an order of 10,000 yuan, of which 5,000 are public, and a key of the firm."""
    town.order()
    sign_up(town)
    return town


@pytest.fixture
def issued(ready):
    issue(ready)
    return ready


@pytest.fixture
def two(town):
    two_orders(town)
    sign_up(town)
    issue(town, "O-1", "O-2")
    return town


def test_a_booklet_says_in_advance_what_can_be_lost_at_most(ready):
    answer = issue(ready)
    assert answer["greatest_loss"] == 4_000 * YUAN
    assert ready.state().aside == 4_000 * YUAN
    assert (ready.voucher().reserved, ready.voucher().claimed) == (5_000 * YUAN, 0)


def test_a_coupon_accepts_the_delivery_files_the_invoice_and_claims(issued):
    answer = use(issued)
    assert answer == {
        "outcome": "accepted",
        "number": 1,
        "order_id": "O-1",
        "redemption_id": "O-1-R1",
        "amount": 800 * YUAN,
        "currency": "CNY",
    }
    state = issued.state()
    assert (state.claimed, state.held, state.aside) == (800 * YUAN, 4_200 * YUAN, 3_000 * YUAN)
    assert booklet(issued).greatest_loss == 3_000 * YUAN


def test_a_coupon_is_good_for_its_amount_and_no_more(issued):
    assert use(issued, gross=4_000 * YUAN, net=4_000 * YUAN)["amount"] == 1_000 * YUAN
    # What was above it is not lost: another coupon may claim it.
    assert use(issued, 2, gross=200 * YUAN, net=200 * YUAN)["amount"] == 1_000 * YUAN
    assert issued.state().claimed == 2_000 * YUAN


def test_every_coupon_of_a_booklet_can_be_claimed_in_full_and_then_it_is_used_up(issued):
    for number in range(1, 5):
        use(issued, number, gross=2_000 * YUAN, net=2_000 * YUAN, report_digest=f"{number}" * 64)
    assert (issued.state().claimed, issued.state().aside) == (4_000 * YUAN, 0)
    assert booklet(issued).greatest_loss == 0
    close(issued)  # Nothing can come in any more, so that it need not wait for its last day.
    assert issued.state().held == 0


def test_the_same_papers_again_are_answered_as_before_and_record_nothing(issued):
    first = use(issued)
    with issued.assert_quiet():
        assert use(issued) == first | {"outcome": "repeated"}


def test_the_last_coupon_of_a_booklet_may_be_repeated_after_it_was_closed(issued):
    for number in range(1, 5):
        use(issued, number)
    close(issued)
    with issued.assert_quiet():
        assert (
            use(issued.go("2026-04-01"), 2, delivered_on="2026-02-02", issued_on="2026-02-02")["outcome"] == "repeated"
        )


def test_of_two_providers_with_one_coupon_the_first_in_the_log_is_paid_and_the_enterprise_is_named(two):
    assert use(two, provider_id=INSTITUTE, presentation_digest="e" * 64)["outcome"] == "accepted"
    before = two.state("O-1"), two.voucher()
    answer = use(two, presentation_digest="f" * 64)
    assert (answer["outcome"], answer["amount"], answer["redemption_id"]) == ("double_use", 0, "")
    assert (two.state("O-1"), two.voucher()) == before
    [found] = booklet(two).doubles
    assert (found.party, found.party_id, found.provider_id) == ("enterprise", PUDONG, LAB)
    assert (found.first_digest, found.second_digest) == ("e" * 64, "f" * 64)
    with two.assert_quiet():
        assert use(two, presentation_digest="f" * 64)["outcome"] == "double_use"


def test_a_provider_that_gives_two_receipts_for_one_use_is_named(issued):
    use(issued)
    assert use(issued, receipt_digest="f" * 64)["outcome"] == "double_use"
    [found] = booklet(issued).doubles
    assert (found.party, found.party_id) == ("provider", LAB)
    assert issued.state().claimed == 800 * YUAN


def test_what_is_used_at_one_place_is_set_aside_no_longer_at_the_others(two):
    assert (two.state("O-1").aside, two.state("O-2").aside) == (4_000 * YUAN, 4_000 * YUAN)
    use(two)
    assert (two.state("O-1").aside, two.state("O-2").aside) == (3_000 * YUAN, 3_000 * YUAN)
    assert booklet(two).greatest_loss == 3_000 * YUAN


def test_a_coupon_counts_for_services_until_its_day_and_may_come_in_some_days_later(issued):
    issued.go("2026-02-21")
    with issued.refused(CouponExpired):
        use(issued, delivered_on="2026-02-21")
    issued.go(SYNC_BY)
    assert use(issued, delivered_on="2026-02-20")["outcome"] == "accepted"
    with issued.refused(CouponTooLate):
        use(issued.go("2026-02-28"), 2, delivered_on="2026-02-20")


@pytest.mark.parametrize("changes", [{"number": 5}, {"provider_id": JIANGSU_LAB}])
def test_a_coupon_that_the_booklet_does_not_have_is_unknown(issued, changes):
    with issued.refused(CouponUnknown):
        use(issued, **changes)


def test_a_booklet_that_was_never_issued_is_unknown(ready):
    with ready.refused(BookletUnknown):
        use(ready)
    with ready.refused(BookletUnknown):
        close(ready)


def test_what_is_set_aside_is_not_claimed_changed_or_given_back_meanwhile(issued):
    issued.deliver()
    issued.invoice()
    with issued.refused(SetAsideForCoupons):
        issued.redeem()
    with issued.refused(SetAsideForCoupons):
        issued.cancel()
    change = ChangeOrder("O-1", 8_000 * YUAN, 8_000 * YUAN, "2026-02-28", "4" * 64, "less work")
    with issued.refused(SetAsideForCoupons):
        issued.do(app.change_order, change)


def test_what_is_not_set_aside_can_be_claimed_beside_the_coupons(issued):
    issued.deliver()
    issued.invoice(gross=2_000 * YUAN)
    evidence = dict.fromkeys(issued.state().registered.evidence, PROOF)
    claim = partial(app.request_redemption, seed=issued.seed), RequestRedemption("O-1", evidence, more_to_come=True)
    assert issued.do(*claim, actor="provider:lab")["claimed"] == 1_000 * YUAN
    issued.invoice(gross=100 * YUAN)
    with issued.refused(SetAsideForCoupons):
        issued.do(*claim, actor="provider:lab")
    assert use(issued, 3)["amount"] == 850 * YUAN


def test_a_booklet_is_closed_after_its_last_day_and_the_value_returns_to_the_voucher(issued):
    with issued.refused(BookletStillOut):
        close(issued.go(SYNC_BY))
    close(issued.go("2026-02-28"))
    assert (issued.state().status, issued.state().aside) == ("cancelled", 0)
    assert (issued.voucher().reserved, issued.voucher().available) == (0, 300_000 * YUAN)
    with issued.assert_quiet():
        close(issued)
    with issued.refused(BookletClosed):
        use(issued, delivered_on="2026-02-20")


def test_orders_can_be_kept_when_a_booklet_is_closed(issued):
    close(issued.go("2026-02-28"), keep_orders=True)
    assert (issued.state().held, issued.state().aside) == (5_000 * YUAN, 0)


def test_an_order_with_an_invoice_that_waits_is_kept_when_its_booklet_is_closed(issued):
    issued.deliver()
    issued.invoice()
    close(issued.go("2026-02-28"))
    assert (issued.state().held, issued.state().aside) == (5_000 * YUAN, 0)
    assert issued.redeem()["claimed"] == 5_000 * YUAN


def test_a_claim_on_a_coupon_that_was_taken_back_stays_with_the_order(issued):
    use(issued)
    issued.reverse()
    assert (issued.state().held, issued.state().aside) == (5_000 * YUAN, 3_000 * YUAN)
    with issued.assert_quiet():
        assert use(issued)["outcome"] == "repeated"


def test_orders_that_are_void_with_their_provider_set_nothing_aside(two):
    two.do(app.remove_provider, Remove(LAB, two.on, "void", "a court ended it"))
    two.do(app.void_orders, VoidOrders(LAB, ("O-1",)))
    assert (two.state("O-1").held, two.state("O-1").aside) == (0, 0)
    use(two, provider_id=INSTITUTE)
    close(two.go("2026-02-28"))
    assert two.state("O-2").aside == 0


def test_unused_coupons_lapse_with_the_voucher(issued):
    issued.go("2027-06-01")
    issued.lapse()
    assert (issued.state().status, issued.state().aside) == ("lapsed", 0)
    close(issued)
    issued.expire()
    assert issued.voucher().expired == issued.voucher().face


@pytest.mark.parametrize(
    "changes",
    [
        {"coupons": 101},
        {"amount": 0},
        {"use_by_on": "2026-02-01"},
        {"sync_by_on": "2026-02-19"},
        {"sync_by_on": "2027-12-31"},
        {"orders": ()},
        {"orders": ("O-1", "O-1")},
        {"orders": tuple(f"O-{number}" for number in range(9))},
    ],
)
def test_a_booklet_has_its_bounds(ready, changes):
    with ready.refused(BookletInvalid):
        issue(ready, **changes)


def test_no_more_is_set_aside_than_an_order_holds(ready):
    with ready.refused(NotEnoughForCoupons):
        issue(ready, coupons=51, amount=100 * YUAN)
    issue(ready, coupons=50, amount=100 * YUAN)
    with ready.refused(NotEnoughForCoupons):
        issue(ready, booklet_id="B-2", coupons=1, amount=1)


def test_a_booklet_is_issued_once_on_orders_and_with_a_key_of_the_firm_itself(issued):
    with issued.refused(BookletExists):
        issue(issued, coupons=1)
    with issued.refused(SignerKeyUnknown):
        issue(issued, booklet_id="B-2", key_id="another")
    sign_up(issued, CHANGNING)
    with issued.refused(OrderUnknown):
        issue(issued, booklet_id="B-2", enterprise_id=CHANGNING)


def test_two_places_of_a_booklet_are_two_providers(ready):
    ready.order("O-2", contract_digest="5" * 64)
    with ready.refused(BookletInvalid):
        issue(ready, "O-1", "O-2")


def test_a_key_is_named_by_its_thumbprint_and_revoked_for_ever(town):
    assert sign_up(town) == {"party_id": PUDONG, "key_id": KEY}
    with town.assert_quiet():
        sign_up(town)
    revoke = RevokeSigner(PUDONG, KEY, "the phone was lost")
    town.do(app.revoke_signer, revoke)
    with town.assert_quiet():
        town.do(app.revoke_signer, revoke)
    with town.refused(SignerKeyRevoked):
        sign_up(town)
    town.order()
    with town.refused(SignerKeyUnknown):
        issue(town)
    with town.refused(SignerKeyUnknown):
        town.do(app.revoke_signer, RevokeSigner(PUDONG, "another", "lost"))


def test_booklets_issued_before_their_key_was_revoked_stay_good(issued):
    issued.do(app.revoke_signer, RevokeSigner(PUDONG, KEY, "the phone was lost"))
    assert use(issued)["outcome"] == "accepted"


@pytest.mark.parametrize("text", ["A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "."])
def test_a_public_key_has_one_spelling(town, text):
    with town.refused(PublicKeyMalformed):
        town.do(app.register_signer, RegisterSigner(PUDONG, text))


def test_an_order_that_lost_what_it_set_aside_refuses_its_coupons(issued):
    """A claim that was reversed opens an order again that was ended, and then nothing of it is set aside."""
    use(issued)
    issued.do(app.remove_provider, Remove(LAB, issued.on, "void", "a court ended it"))
    issued.do(app.void_orders, VoidOrders(LAB, ("O-1",)))
    issued.reverse()
    assert issued.state().held == 800 * YUAN
    with issued.refused(NothingSetAside):
        use(issued, 2)


def test_the_thumbprint_is_that_of_the_standard():
    # RFC 8037, appendix A.3.
    assert thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
