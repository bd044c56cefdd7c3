"""Ratings: one to five stars for each paid order, once, by the enterprise that ordered."""

import pytest

from tests.examples import CHANGNING, LAB, PUDONG
from vouchers import application as app
from vouchers.kinds import RATING
from vouchers.rating.decisions import AlreadyRated, NothingToRate, RateProvider, StarsMalformed

RATE = RateProvider("O-1", PUDONG, 4)


def test_a_paid_order_is_rated_once(town):
    town.paid()
    town.do(app.rate_provider, RATE, actor="enterprise:pudong")
    assert town.ledger.state(RATING, "O-1").stars == 4
    with town.assert_quiet():
        town.do(app.rate_provider, RATE, actor="enterprise:pudong")
    with town.refused(AlreadyRated):
        town.do(app.rate_provider, RateProvider("O-1", PUDONG, 5))


def test_an_order_is_not_rated_before_it_is_paid_nor_by_another_firm(town):
    town.approved()
    with town.refused(NothingToRate):
        town.do(app.rate_provider, RATE)
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.confirm("S-1")
    with town.refused(NothingToRate):
        town.do(app.rate_provider, RateProvider("O-1", CHANGNING, 4))
    town.do(app.rate_provider, RATE)
    assert town.events("rating/O-1")[0].provider_id == LAB


@pytest.mark.parametrize(("stars", "fits"), [(0, False), (1, True), (5, True), (6, False)])
def test_a_rating_has_one_star_to_five(town, stars, fits):
    town.paid()
    if fits:
        assert town.do(app.rate_provider, RateProvider("O-1", PUDONG, stars))["stars"] == stars
    else:
        with town.refused(StarsMalformed):
            town.do(app.rate_provider, RateProvider("O-1", PUDONG, stars))
