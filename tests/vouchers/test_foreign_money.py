"""Prices in foreign money: converted once, by the policy's rule, at a rate whose day and source are on record."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from tests.examples import SH_CODE, YUAN, shipped
from tests.rulebooks import changed, with_table
from tests.town import a_town
from vouchers import application as app
from vouchers.application.converting import (
    CurrencyNotTaken,
    CurrencyOfOrder,
    RateDayInvalid,
    RateMissing,
    RateNotNeeded,
)
from vouchers.order.decisions import Rate
from vouchers.policy.foreign import Foreign
from vouchers.replay import timeline

POUNDS = {"currencies": ["GBP", "JPY"], "rounding": "half_up", "max_rate_age_days": 7}
RATE = Rate(9_123_457, "2026-02-02", "central parity rate")  # 9.123457 yuan for a pound


@pytest.fixture
def town():
    """A town whose programme takes pounds and yen, with rates up to seven days old."""
    with a_town() as town:
        town.do(app.adopt_policy, changed(with_table("foreign", **POUNDS)))
        yield town


def test_a_price_in_pounds_is_supported_in_yuan_at_the_recorded_rate(town):
    answer = town.order(gross=1_000_00, currency="GBP", rate=RATE)
    assert (answer["base"], answer["subsidy"], answer["currency"]) == (9_123_46, 4_561_73, "CNY")
    registered, converted = town.events("order/O-1")[:2]
    assert (registered.gross, registered.net, registered.currency) == (9_123_46, 9_123_46, "CNY")
    assert (converted.foreign_currency, converted.foreign_gross, converted.rate) == ("GBP", 1_000_00, 9_123_457)
    assert (converted.rate_on, converted.rate_source, converted.gross) == (
        "2026-02-02",
        "central parity rate",
        9_123_46,
    )
    assert registered.trace[0].text == (
        "1,000.00 GBP at 9.123457 CNY of 2026-02-02 (central parity rate) = 9,123.46 CNY"
    )


def test_the_programmes_own_currency_needs_no_rate_and_takes_none(town):
    assert town.order("O-1", currency="CNY")["subsidy"] == 5_000 * YUAN
    with town.refused(RateNotNeeded):
        town.order("O-2", rate=RATE)
    with town.refused(RateMissing):
        town.order("O-2", currency="GBP")
    with town.refused(RateMissing):
        town.order("O-2", currency="GBP", rate=Rate(0, "2026-02-02", "nobody"))


def test_a_currency_that_the_policy_does_not_name_is_refused(town):
    with town.refused(CurrencyNotTaken) as caught:
        town.order(currency="USD", rate=RATE)
    assert caught.value.remedy == "State the price in one of: CNY, GBP, JPY."


def test_a_programme_without_the_table_takes_no_foreign_money():
    with a_town() as town, town.refused(CurrencyNotTaken):
        town.order(currency="GBP", rate=RATE)


@pytest.mark.parametrize(
    ("day", "fits"), [("2026-01-26", True), ("2026-01-25", False), ("2026-02-02", True), ("2026-02-03", False)]
)
def test_the_rate_is_of_the_day_of_registration_or_of_the_seven_days_before(town, day, fits):
    rate = Rate(RATE.millionths, day, RATE.source)
    if fits:
        town.order(gross=1_000_00, currency="GBP", rate=rate)
    else:
        with town.refused(RateDayInvalid):
            town.order(gross=1_000_00, currency="GBP", rate=rate)


def test_an_invoice_in_pounds_keeps_the_rate_of_its_order(town):
    town.order(gross=1_000_00, currency="GBP", rate=RATE)
    town.go("2026-02-20").deliver()
    with town.refused(RateNotNeeded):
        town.invoice(gross=900_00, currency="GBP", rate=RATE)
    with town.refused(CurrencyOfOrder):
        town.invoice(gross=900_00, currency="JPY")
    town.invoice(gross=900_00, currency="GBP")
    assert town.state().invoice.gross == 8_211_11
    assert town.redeem()["claimed"] == 4_105_55


def test_where_the_policy_says_so_an_invoice_has_the_rate_of_its_own_day():
    with a_town() as town:
        town.do(app.adopt_policy, changed(with_table("foreign", **POUNDS, invoice_rate="invoice")))
        town.order(gross=1_000_00, currency="GBP", rate=RATE)
        town.go("2026-02-20").deliver()
        with town.refused(RateMissing):
            town.invoice(gross=900_00, currency="GBP")
        with town.refused(RateDayInvalid):
            town.invoice(gross=900_00, currency="GBP", rate=RATE)
        town.invoice(gross=900_00, currency="GBP", rate=Rate(9_000_000, "2026-02-19", "central parity rate"))
        assert town.state().invoice.gross == 8_100_00


def test_an_order_in_pounds_may_be_invoiced_in_the_programmes_own_money(town):
    town.order(gross=1_000_00, currency="GBP", rate=RATE)
    town.deliver()
    town.invoice(gross=9_000 * YUAN)
    assert town.state().invoice.gross == 9_000 * YUAN


def test_currencies_with_other_decimals_are_converted_as_whole_units():
    rule = Foreign(("JPY",), half_up=False, max_rate_age_days=7, invoice_rate="order", clause="")
    assert rule.convert(10_000, "JPY", "CNY", 47_599) == 475_99  # 10,000 yen at 0.047599
    assert rule.convert(100_00, "CNY", "JPY", 21_009_999) == 2_100


@pytest.mark.parametrize(("half_up", "fen"), [(True, 1), (False, 0)])
def test_half_a_fen_is_rounded_as_the_policy_says(half_up, fen):
    rule = Foreign(("GBP",), half_up, 7, "order", "")
    assert rule.convert(1, "GBP", "CNY", 500_000) == fen


@for_all(st.integers(0, 10**11), st.integers(1, 10**9))
def test_one_rounding_is_never_a_whole_fen_away(amount, rate):
    rule = Foreign(("GBP",), half_up=True, max_rate_age_days=7, invoice_rate="order", clause="")
    if amount * rate < 2**53 * 10**6:
        assert abs(rule.convert(amount, "GBP", "CNY", rate) * 10**6 - amount * rate) <= 500_000


def test_the_order_counts_in_the_budget_in_the_programmes_money(town):
    town.order(gross=1_000_00, currency="GBP", rate=RATE)
    assert town.budget(programme=SH_CODE).committed == 4_561_73


def test_the_irish_programme_takes_pounds_from_the_providers_of_the_north():
    policy, _, _ = shipped("ie-iv")
    assert policy.foreign.currencies == ("GBP",)
    assert policy.foreign.convert(4_300_00, "GBP", "EUR", 1_162_790) == 4_999_99


def test_the_history_of_an_order_tells_its_sums_in_the_programmes_money(town):
    town.order(gross=1_000_00, currency="GBP", rate=RATE)
    told = [line.sentence for line in timeline(town.ledger.history("order/O-1"))]
    assert told[1] == (
        "A sum was stated in foreign money: gross 9,123.46 CNY, net 9,123.46 CNY, "
        "from GBP, at the rate of 2026-02-02, by central parity rate."
    )
