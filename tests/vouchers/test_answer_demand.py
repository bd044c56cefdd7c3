"""The demand list: a need, its offers, and the accepted offer that becomes the order."""

from dataclasses import replace

import pytest

from tests.examples import DIGEST, INSTITUTE, JIANGSU_LAB, LAB, PUDONG, YUAN
from vouchers import application as app
from vouchers.catalogue.decisions import ProductNotOffered, PublishProduct
from vouchers.demand.decisions import (
    AcceptOffer,
    DemandDayPassed,
    DemandExists,
    DemandNotOpen,
    DemandNotYours,
    DemandOver,
    DemandUnknown,
    MakeOffer,
    OfferAboveBudget,
    OfferDaysInvalid,
    OfferExists,
    OfferUnknown,
    OrderNotAsOffered,
    PostDemand,
    TooManyOffers,
    WithdrawDemand,
    WithdrawOffer,
)
from vouchers.enterprise.decisions import EnterpriseUnknown
from vouchers.kinds import DEMAND
from vouchers.ledger.unit import Backdated
from vouchers.provider.decisions import NotAccredited

POST = PostDemand("D-1", PUDONG, "TEST", "tests of a steel frame", DIGEST, 10_000 * YUAN, "CNY", "2026-02-10")
OFFER = MakeOffer("D-1", "A-1", LAB, 10_000 * YUAN, "2026-02-02", "2026-02-28")
ACCEPT = AcceptOffer("D-1", "A-1", PUDONG)
NAMED = {"demand_id": "D-1", "offer_id": "A-1"}


@pytest.fixture
def posted(town):
    """Return a town in which a firm has posted what it needs."""
    town.do(app.post_demand, POST, actor="enterprise:pudong")
    return town


def offered(town, **changes):
    """Make an offer."""
    return town.do(app.make_offer, replace(OFFER, **changes), actor="provider:lab")


def test_that_something_is_not_there_is_told_before_any_reason(town):
    with town.refused(DemandUnknown):
        town.order(category="POC", attributes=NAMED)


def status(town):
    return town.ledger.state(DEMAND, "D-1").status


def test_the_accepted_offer_becomes_the_order(posted):
    offered(posted)
    posted.do(app.accept_offer, ACCEPT, actor="enterprise:pudong")
    posted.order(attributes=NAMED)
    state = posted.ledger.state(DEMAND, "D-1")
    assert (state.status, state.accepted, state.order_id) == ("ordered", "A-1", "O-1")


@pytest.mark.parametrize(
    "change",
    [
        {"gross": 10_001 * YUAN},
        {"gross": 9_999 * YUAN},
        {"provider_id": INSTITUTE},
        {"category": "RND"},
        {"starts_on": "2026-02-03"},
        {"ends_on": "2026-02-27"},
    ],
)
def test_an_order_with_other_figures_than_the_accepted_offer_is_refused(posted, change):
    posted.admit(INSTITUTE)
    for category in ("TEST", "RND"):
        posted.accredit(INSTITUTE, category)
    posted.accredit(category="RND")
    offered(posted)
    posted.do(app.accept_offer, ACCEPT)
    with posted.refused(OrderNotAsOffered) as caught:
        posted.order(attributes=NAMED, **change)
    assert caught.value.pointer == f"/{next(iter(change))}"


def test_one_offer_becomes_one_order(posted):
    offered(posted)
    posted.do(app.accept_offer, ACCEPT)
    posted.order("O-1", attributes=NAMED)
    with posted.refused(DemandNotOpen):
        posted.order("O-2", attributes=NAMED)


def test_an_offer_whose_order_was_cancelled_may_be_registered_again(posted):
    offered(posted)
    posted.do(app.accept_offer, ACCEPT)
    posted.order("O-1", attributes=NAMED)
    posted.cancel("O-1")
    posted.order("O-2", attributes=NAMED)
    assert posted.ledger.state(DEMAND, "D-1").order_id == "O-2"
    with posted.refused(DemandNotOpen):
        posted.order("O-3", attributes=NAMED)


def test_an_offer_that_is_not_accepted_is_no_order(posted):
    offered(posted)
    with posted.refused(DemandNotOpen):
        posted.order(attributes=NAMED)
    offered(posted, offer_id="A-2", fee=9_000 * YUAN)
    posted.do(app.accept_offer, ACCEPT)
    with posted.refused(DemandNotOpen):
        posted.order(attributes=NAMED | {"offer_id": "A-2"}, gross=9_000 * YUAN)


def test_an_order_refused_for_another_reason_leaves_the_offer_accepted(posted):
    offered(posted)
    posted.do(app.accept_offer, ACCEPT)
    posted.suspend("finish")
    with pytest.raises(Exception, match="suspended"):
        posted.order(attributes=NAMED)
    assert status(posted) == "accepted"


@pytest.mark.parametrize(("fee", "fits"), [(10_000 * YUAN, True), (10_000 * YUAN + 1, False), (1, True), (0, False)])
def test_an_offer_is_within_the_budget(posted, fee, fits):
    if fits:
        assert offered(posted, fee=fee)["offers"] == 1
    else:
        with posted.refused(OfferAboveBudget):
            offered(posted, fee=fee)


def test_offers_are_made_and_taken_until_the_last_day_and_not_on_the_day_after(posted):
    offered(posted)
    offered(posted.go("2026-02-10"), offer_id="A-2")
    with posted.go("2026-02-11").refused(DemandOver):
        offered(posted, offer_id="A-3")
    with posted.refused(DemandOver):
        posted.do(app.accept_offer, ACCEPT)
    posted.go("2026-02-10").do(app.accept_offer, ACCEPT)
    assert status(posted) == "accepted"


def test_an_offer_is_not_dated_before_the_last_step(posted):
    offered(posted.go("2026-02-05"))
    with posted.go("2026-02-04").refused(Backdated):
        offered(posted, offer_id="A-2")


def test_only_a_provider_that_may_take_the_order_offers(posted):
    posted.admit(JIANGSU_LAB)
    with posted.refused(NotAccredited):
        offered(posted, provider_id=JIANGSU_LAB)


def test_an_offered_product_is_on_offer(posted):
    with posted.refused(ProductNotOffered):
        offered(posted, product_id="P-1")
    posted.do(app.publish_product, PublishProduct(LAB, "P-1", "TEST", "a test", "GB 1", 1, "case", "CNY"))
    assert offered(posted, product_id="P-1")["offers"] == 1


def test_a_demand_is_open_today_or_later(town):
    with town.refused(DemandDayPassed):
        town.do(app.post_demand, replace(POST, until_on="2026-02-01"))
    town.do(app.post_demand, replace(POST, until_on="2026-02-02"))
    assert status(town) == "open"


def test_each_step_again_changes_nothing(posted):
    offered(posted)
    posted.do(app.accept_offer, ACCEPT)
    with posted.assert_quiet():
        posted.do(app.post_demand, POST)
        offered(posted)
        posted.do(app.accept_offer, ACCEPT)
    posted.do(app.withdraw_demand, WithdrawDemand("D-1", PUDONG, "the project ended"))
    with posted.assert_quiet():
        posted.do(app.withdraw_demand, WithdrawDemand("D-1", PUDONG, "the project ended"))


def test_numbers_are_used_once(posted):
    offered(posted)
    with posted.refused(DemandExists):
        posted.do(app.post_demand, replace(POST, budget=1))
    with posted.refused(OfferExists):
        offered(posted, fee=1)


def test_an_offer_is_taken_back_by_its_provider_until_it_is_accepted(posted):
    offered(posted)
    with posted.refused(OfferUnknown):
        posted.do(app.withdraw_offer, WithdrawOffer("D-1", "A-1", INSTITUTE))
    posted.do(app.withdraw_offer, WithdrawOffer("D-1", "A-1", LAB))
    with posted.refused(OfferUnknown):
        posted.do(app.accept_offer, ACCEPT)
    offered(posted, offer_id="A-2")
    posted.do(app.accept_offer, replace(ACCEPT, offer_id="A-2"))
    with posted.refused(DemandNotOpen):
        posted.do(app.withdraw_offer, WithdrawOffer("D-1", "A-2", LAB))


def test_a_demand_is_its_enterprises_own(posted):
    offered(posted)
    with posted.refused(DemandNotYours):
        posted.do(app.accept_offer, replace(ACCEPT, enterprise_id=LAB))
    with posted.refused(DemandNotYours):
        posted.do(app.withdraw_demand, WithdrawDemand("D-1", LAB, "x"))
    with posted.refused(EnterpriseUnknown):
        posted.do(app.post_demand, replace(POST, demand_id="D-2", enterprise_id=LAB))


def test_what_became_an_order_or_was_withdrawn_takes_no_offers(posted):
    offered(posted)
    posted.do(app.accept_offer, ACCEPT)
    posted.order(attributes=NAMED)
    with posted.refused(DemandNotOpen):
        posted.do(app.withdraw_demand, WithdrawDemand("D-1", PUDONG, "x"))
    with posted.refused(DemandNotOpen):
        offered(posted, offer_id="A-2")


def test_an_unknown_demand_and_days_in_the_wrong_order_are_refused(posted):
    with posted.refused(DemandUnknown):
        offered(posted, demand_id="D-2")
    with posted.refused(DemandUnknown):
        posted.order(attributes={"demand_id": "D-2", "offer_id": "A-1"})
    with posted.refused(OfferDaysInvalid):
        offered(posted, ends_on="2026-02-01")


def test_a_demand_takes_a_hundred_offers_and_no_more(posted):
    for number in range(100):
        offered(posted, offer_id=f"A-{number}")
    with posted.refused(TooManyOffers):
        offered(posted, offer_id="A-100")
