"""What evaluators ask of a year, on a town small enough to count by hand."""

from contextlib import contextmanager
from dataclasses import asdict

import pytest

from service.projections import Views
from service.projections.indicators import share
from service.projections.kpis import kpis, unused
from tests.examples import CHANGNING, CONTRACT, JIANGSU_LAB, LAB, PUDONG, SH_CODE, YUAN, voucher_of
from tests.town import a_town
from tests.treasury import a_treasury
from tests.vouchers.changing import adopt_with
from vouchers import application as app
from vouchers.conduct.decisions import Sanction
from vouchers.order.changing import ChangeOrder
from vouchers.source.decisions import ReportOutage

END = "2026-12-31"


@contextmanager
def the_year(play):
    """The indicators of a year that a town has played."""
    with a_town() as town, Views("memory:") as views:
        play(town)
        views.catch_up(town.ledger)
        with views.session() as session:
            yield kpis(session, SH_CODE, "2026", END), session


def nothing_else(_town):
    """Nothing happens after the grant."""


def test_an_enterprise_that_is_entitled_and_orders_nothing_is_in_the_control_group():
    with the_year(nothing_else) as (year, session):
        assert (year.take_up.granted, year.take_up.users, year.take_up.unused) == (1, 0, 1)
        assert [row.enterprise_id for row in unused(session, SH_CODE, "2026")] == [PUDONG]


def test_an_enterprise_with_an_order_has_left_the_control_group():
    with the_year(lambda town: town.order()) as (year, session):
        assert (year.take_up.users, year.take_up.take_up_bp, year.take_up.unused) == (1, 10_000, 0)
        assert unused(session, SH_CODE, "2026") == []


def test_a_denial_is_counted_with_its_reasons_its_place_and_its_size():
    def deny(town):
        town.record(CHANGNING, region="320509", staff=2_000, revenue=90_000_000_000, sector=2)
        town.entitle(CHANGNING)

    with the_year(deny) as (year, _):
        assert year.take_up.denied == 1
        assert year.take_up.denials == {"region": 1, "size-class": 1}
        assert year.take_up.by_region["320509"] == {"granted": 0, "denied": 1, "users": 0}
        assert year.take_up.by_size["large"] == {"granted": 0, "denied": 1, "users": 0}


def test_value_past_its_last_day_is_breakage_though_no_expiry_was_recorded():
    with a_town() as town, Views("memory:") as views:
        town.order(gross=10_000 * YUAN)
        views.catch_up(town.ledger)
        with views.session() as session:
            last, after = (kpis(session, SH_CODE, "2026", day).value for day in ("2026-12-31", "2027-01-01"))
    assert (last.expired, last.available) == (0, 295_000 * YUAN)
    assert (after.expired, after.available) == (295_000 * YUAN, 0)
    assert after.breakage_bp == share(295_000, 300_000) == 9_833


def test_the_sum_of_the_places_is_what_was_issued():
    with the_year(lambda town: town.paid()) as (year, _):
        places = ("available", "reserved", "claimed", "paid", "expired", "returned", "revoked", "clawed_back")
        assert sum(getattr(year.value, place) for place in places) == year.value.issued == 300_000 * YUAN


def test_the_steps_of_a_paid_order_are_measured_in_days():
    def play(town):
        town.order()
        town.go("2026-02-12").deliver()
        town.go("2026-02-15").invoice()
        town.redeem()
        if town.state().status == "requested":
            town.approve()
        town.go("2026-02-20").propose("S-1", "O-1")
        town.sign("S-1")
        town.go("2026-02-22").confirm("S-1")

    with the_year(play) as (year, _):
        days = year.days
        assert (days.order_to_delivery, days.delivery_to_request, days.request_to_payment) == (10, 3, 7)
        granted = days.grant_to_order
        assert granted is not None
        assert days.award_to_payment_tenths == 10 * (granted + 20)


def test_days_of_steps_that_never_came_are_nothing_and_not_zero():
    with the_year(nothing_else) as (year, _):
        assert set(asdict(year.days).values()) == {None}


def test_a_cancelled_order_is_neither_market_nor_leverage():
    def play(town):
        town.order()
        town.cancel()

    with the_year(play) as (year, _):
        assert (year.orders.registered, year.orders.cancelled) == (1, 1)
        assert (year.market.pairs, year.market.hhi, year.orders.leverage_bp) == (0, 0, 0)


def test_one_provider_has_the_whole_market_and_two_equal_ones_half_of_it():
    def two(town):
        town.admit(JIANGSU_LAB)
        town.accredit(JIANGSU_LAB)
        town.order()
        town.order("O-2", provider_id=JIANGSU_LAB)

    with the_year(lambda town: town.order()) as (year, _):
        assert (year.market.hhi, year.market.top_bp) == (10_000, 10_000)
    with the_year(two) as (year, _):
        assert (year.market.hhi, year.market.providers) == (5_000, 2)


@pytest.mark.parametrize(("place", "crossing"), [("310104", 0), ("320509", 1)])
def test_an_order_with_a_provider_of_another_province_crosses_regions(place, crossing):
    def play(town):
        town.admit(LAB, region=place)
        town.order()

    with the_year(play) as (year, _):
        assert year.market.cross_region == crossing
        assert list(year.market.flows["31"]) == [place[:2]]


def test_a_pair_is_new_in_its_first_period_only():
    with a_town() as town, Views("memory:") as views:
        town.order()
        town.appropriate("TEST", 1_000_000 * YUAN, period="2027")
        town.go("2027-02-01").record(as_of_on="2026-12-31", staff=21)
        town.entitle()
        town.order("O-2", voucher_id=voucher_of(period="2027"), ends_on="2027-03-01")
        views.catch_up(town.ledger)
        with views.session() as session:
            first, second = (kpis(session, SH_CODE, year, "2027-03-01") for year in ("2026", "2027"))
    assert (first.market.new_pairs, first.take_up.first_users) == (1, 1)
    assert (second.market.pairs, second.market.new_pairs, second.take_up.first_users) == (1, 0, 0)
    assert second.take_up.held == {2: 1}


def test_a_rejection_of_a_drawn_redemption_is_a_hit_of_its_tier():
    def play(town):
        town.tier("D")
        town.claimed()
        town.reject()

    with the_year(play) as (year, _):
        assert year.samples["D"].hit_bp == 10_000
        assert (year.orders.requests, year.orders.rejections, year.orders.rejection_bp) == (1, 1, 10_000)


def test_a_clawback_is_a_share_of_all_that_was_ever_paid():
    def play(town):
        town.paid()
        town.claw_back(1_000 * YUAN)

    with the_year(play) as (year, _):
        assert (year.value.paid, year.value.clawed_back) == (4_000 * YUAN, 1_000 * YUAN)
        assert year.value.clawback_bp == 2_000


def test_an_order_whose_payment_came_back_counts_as_paid_once_it_was_paid_again():
    with a_treasury() as town, Views("memory:") as views:
        town.approved("O-1")
        town.propose("S-1", "O-1")
        town.sign("S-1")
        counted = []
        for step in (town.confirm, town.comes_back, town.reinstruct, town.confirm):
            step("S-1", "O-1")
            views.catch_up(town.ledger)
            with views.session() as session:
                counted.append(kpis(session, SH_CODE, "2026", END).orders.paid)
    assert counted == [1, 0, 0, 1]


def test_a_changed_contract_counts_with_its_new_sum():
    def play(town):
        town.order(gross=10_000 * YUAN)
        town.do(
            app.change_order,
            ChangeOrder("O-1", 4_000 * YUAN, 4_000 * YUAN, "2026-02-28", CONTRACT, "less is needed"),
            actor="enterprise:pudong",
        )

    with the_year(play) as (year, _):
        assert year.orders.median_subsidy == 2_000 * YUAN


def test_what_is_demanded_back_is_open_until_it_came_back():
    def play(town):
        town.paid()
        town.claw_back(1_000 * YUAN)

    with the_year(play) as (year, _):
        assert (year.recovery.demands, year.recovery.demanded) == (1, 1_000 * YUAN)
        assert (year.recovery.open, year.recovery.recovery_bp) == (1_000 * YUAN, 0)


def test_a_sanction_is_counted_by_its_step():
    def play(town):
        sanction = Sanction(LAB, "warned", town.on, "", "finish", "late reports")
        town.do(app.sanction, sanction)

    with the_year(play) as (year, _):
        assert year.supervision.sanctions == {"warned": 1}


def test_a_grant_that_waits_for_a_source_is_pending_and_neither_granted_nor_denied():
    with a_town() as town, Views("memory:") as views:
        adopt_with(town, facts={"needs": ["registry"]})
        town.record(CHANGNING)
        town.do(app.report_outage, ReportOutage("registry", town.on, "the register answers nobody"))
        town.entitle(CHANGNING)
        views.catch_up(town.ledger)
        with views.session() as session:
            year = kpis(session, SH_CODE, "2026", END)
    assert (year.take_up.granted, year.take_up.denied, year.take_up.pending) == (1, 0, 1)


def test_the_money_of_a_region_is_that_of_the_enterprises_registered_there():
    with the_year(lambda town: town.paid()) as (year, _):
        assert year.value.by_region == {"310115": {"issued": 300_000 * YUAN, "paid": 5_000 * YUAN}}
        assert sum(line["issued"] for line in year.value.by_region.values()) == year.value.issued
