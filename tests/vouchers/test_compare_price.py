"""The price of an order beside the provider's published fee: above it by more than the policy allows is looked at."""

import pytest

from tests.examples import LAB, YUAN
from tests.supervised import a_watched_town
from vouchers import application as app
from vouchers.catalogue.decisions import ChangeFee, PublishProduct

PRODUCT = PublishProduct(LAB, "P-1", "TEST", "a test", "GB 1", 1_000 * YUAN, "sample", "CNY")
TEN = {"product_id": "P-1", "quantity": 10}
NONE_DRAWN = {"B": {"sample_bp": 0}, "D": {"sample_bp": 0}}


def priced():
    """A town whose policy looks at prices more than a fifth above the published ones."""
    return a_watched_town({"signals": {"price_bp": 2_000}}, tier=NONE_DRAWN)


def signals_of_a_claim(town, gross, **changes):
    """What is noticed about a claim of an order for this price."""
    town.order(gross=gross, attributes=TEN, **changes)
    town.deliver()
    town.invoice()
    town.redeem()
    return [each.signal for each in town.review().signals]


@pytest.mark.parametrize(("gross", "noticed"), [(12_000 * YUAN, []), (12_000 * YUAN + 1, ["price-above-published"])])
def test_a_price_above_the_published_fee_by_more_than_the_policy_allows_is_looked_at(gross, noticed):
    with priced() as (town, _):
        town.do(app.publish_product, PRODUCT)
        assert signals_of_a_claim(town, gross) == noticed
        assert town.state().status == ("requested" if noticed else "approved")


def test_the_fee_of_the_day_of_the_order_counts():
    with priced() as (town, _):
        town.do(app.publish_product, PRODUCT)
        town.do(app.change_fee, ChangeFee(LAB, "P-1", 500 * YUAN, "2026-02-03"))
        assert signals_of_a_claim(town, 12_000 * YUAN) == []


def test_a_fee_in_other_money_is_no_benchmark():
    with priced() as (town, _):
        town.do(app.publish_product, PublishProduct(LAB, "P-1", "TEST", "a test", "GB 1", 1, "sample", "EUR"))
        assert signals_of_a_claim(town, 12_000 * YUAN) == []


def test_a_policy_without_the_threshold_compares_no_prices():
    with a_watched_town({"signals": {"near_bp": 0}}, tier=NONE_DRAWN) as (town, _):
        town.do(app.publish_product, PRODUCT)
        assert signals_of_a_claim(town, 20_000 * YUAN) == []
