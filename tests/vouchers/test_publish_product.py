"""Published products: content, standard and fee, which is the benchmark of prices."""

from dataclasses import replace

import pytest

from tests.changed import a_town_where
from tests.examples import LAB
from tests.vouchers.parts import change
from vouchers import application as app
from vouchers.application.publishing import benchmark
from vouchers.catalogue.decisions import (
    CatalogueTooSmall,
    ChangeFee,
    FeeMissing,
    FeeNotRetroactive,
    InstrumentDiffers,
    ProductExists,
    ProductNotOffered,
    ProductOfAnotherCategory,
    ProductUnknown,
    PublishProduct,
    TooManyProducts,
    WithdrawProduct,
)
from vouchers.kinds import CATALOGUE
from vouchers.ledger import Meta
from vouchers.money import CurrencyUnknown
from vouchers.provider.decisions import ProviderUnknown

PRODUCT = PublishProduct(LAB, "P-1", "TEST", "tensile test of steel", "GB/T 228.1", 500_00, "sample", "CNY")
CHANGE = ChangeFee(LAB, "P-1", 600_00, "2026-02-10")
WITHDRAW = WithdrawProduct(LAB, "P-1", "2026-02-10", "the machine broke")


def priced(town, on="", **attributes):
    """The benchmark of an order with these attributes."""
    meta = Meta("officer:li", "officer", town.on)
    day = on or town.on
    return town.ledger.execute(lambda unit: benchmark(unit, LAB, attributes, day), meta).result


def test_the_benchmark_is_the_published_fee_times_the_quantity(town):
    town.do(app.publish_product, PRODUCT)
    assert priced(town, product_id="P-1") == 500_00
    assert priced(town, product_id="P-1", quantity=20) == 10_000_00
    assert priced(town, product_id="P-1", hours=3) == 1_500_00
    assert priced(town, product_id="P-1", quantity=0) == 500_00


def test_an_order_without_a_product_has_no_benchmark(town):
    town.do(app.publish_product, PRODUCT)
    assert priced(town) is None
    assert priced(town, product_id="P-2") is None


def test_a_new_fee_counts_from_its_day_on(town):
    town.do(app.publish_product, PRODUCT)
    town.do(app.change_fee, CHANGE)
    assert priced(town, "2026-02-09", product_id="P-1") == 500_00
    assert priced(town, "2026-02-10", product_id="P-1") == 600_00


def test_fees_announced_in_any_order_count_by_their_days(town):
    town.do(app.publish_product, PRODUCT)
    town.do(app.change_fee, CHANGE)
    town.do(app.change_fee, replace(CHANGE, fee=550_00, from_on="2026-02-05"))
    days = ("2026-02-04", "2026-02-05", "2026-02-09", "2026-02-10")
    assert [priced(town, day, product_id="P-1") for day in days] == [500_00, 550_00, 550_00, 600_00]


def test_a_fee_is_not_changed_for_days_that_have_passed(town):
    town.do(app.publish_product, PRODUCT)
    with town.refused(FeeNotRetroactive):
        town.do(app.change_fee, replace(CHANGE, from_on="2026-02-01"))
    town.do(app.change_fee, replace(CHANGE, from_on="2026-02-02"))
    assert priced(town, product_id="P-1") == 600_00


@pytest.mark.parametrize(("fee", "fits"), [(1, True), (0, False)])
def test_a_product_has_a_fee(town, fee, fits):
    if fits:
        assert town.do(app.publish_product, replace(PRODUCT, fee=fee))["fee"] == 1
        return
    with town.refused(FeeMissing):
        town.do(app.publish_product, replace(PRODUCT, fee=fee))
    town.do(app.publish_product, PRODUCT)
    with town.refused(FeeMissing):
        town.do(app.change_fee, replace(CHANGE, fee=fee))


def test_the_same_product_again_changes_nothing_and_another_needs_its_own_code(town):
    town.do(app.publish_product, PRODUCT)
    with town.assert_quiet():
        town.do(app.publish_product, PRODUCT)
    with town.refused(ProductExists):
        town.do(app.publish_product, replace(PRODUCT, fee=400_00))


def test_a_product_is_offered_until_the_day_before_it_is_withdrawn(town):
    town.do(app.publish_product, PRODUCT)
    town.do(app.withdraw_product, WITHDRAW)
    town.go("2026-02-09").order("O-1", attributes={"product_id": "P-1"})
    with town.go("2026-02-10").refused(ProductNotOffered):
        town.order("O-2", attributes={"product_id": "P-1"})
    assert priced(town, product_id="P-1") is None
    with town.assert_quiet():
        town.do(app.withdraw_product, WITHDRAW)
    town.do(app.publish_product, replace(PRODUCT, fee=700_00))
    assert priced(town, product_id="P-1") == 700_00


def test_an_order_of_a_product_that_is_offered_no_more_does_not_grow(town):
    town.do(app.publish_product, PRODUCT)
    town.do(app.withdraw_product, WITHDRAW)
    town.order("O-1", attributes={"product_id": "P-1"})
    change(town, 12_000_00)
    with town.go("2026-02-10").refused(ProductNotOffered):
        change(town, 14_000_00)


def test_an_order_of_a_product_is_of_the_products_category(town):
    town.do(app.publish_product, replace(PRODUCT, category="RND"))
    with town.refused(ProductOfAnotherCategory):
        town.order(attributes={"product_id": "P-1"})
    with town.refused(ProductNotOffered):
        town.order(attributes={"product_id": "P-2"})


def test_an_order_of_instrument_hours_names_the_instrument_of_the_product(town):
    hours = replace(PRODUCT, category="INSTR", content="electron microscope", unit="hour", instrument_id="I-7")
    town.do(app.publish_product, hours)
    town.admit(qualifications=("sharing-network",))
    town.accredit(category="INSTR")
    town.order("O-1", category="INSTR", attributes={"product_id": "P-1", "instrument_id": "I-7", "hours": 8})
    assert priced(town, product_id="P-1", hours=8) == 4_000_00
    with town.refused(InstrumentDiffers):
        town.order("O-2", category="INSTR", attributes={"product_id": "P-1", "instrument_id": "I-8", "hours": 8})


def test_a_policy_may_ask_for_published_products_before_orders():
    with a_town_where(provider={"min_catalogue": 2}) as town:
        with town.refused(CatalogueTooSmall):
            town.order()
        town.do(app.publish_product, PRODUCT)
        town.do(app.publish_product, replace(PRODUCT, product_id="P-2", category="RND"))
        with town.refused(CatalogueTooSmall) as caught:
            town.order()
        assert "publishes 1 products" in caught.value.detail
        town.do(app.publish_product, replace(PRODUCT, product_id="P-3"))
        assert town.order()["subsidy"]
        town.do(app.withdraw_product, replace(WITHDRAW, product_id="P-3"))
        with town.go("2026-02-10").refused(CatalogueTooSmall):
            town.order("O-2")


def test_only_providers_of_the_directory_publish_and_only_what_they_have(town):
    with town.refused(ProviderUnknown):
        town.do(app.publish_product, replace(PRODUCT, provider_id="91110000600037341L"))
    with town.refused(ProductUnknown):
        town.do(app.change_fee, CHANGE)
    with town.refused(ProductUnknown):
        town.do(app.withdraw_product, WITHDRAW)
    with town.refused(CurrencyUnknown):
        town.do(app.publish_product, replace(PRODUCT, currency="XXX"))


def test_a_catalogue_has_at_most_five_hundred_products(town):
    for number in range(500):
        town.do(app.publish_product, replace(PRODUCT, product_id=f"P-{number}"))
    with town.refused(TooManyProducts):
        town.do(app.publish_product, replace(PRODUCT, product_id="P-500"))
    assert len(town.ledger.state(CATALOGUE, LAB).products) == 500
