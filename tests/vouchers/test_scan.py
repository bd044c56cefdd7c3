"""The scan: what only shows over many claims; each threshold on both sides, and no verdict in any of it."""

import pytest

from tests.examples import CHANGNING, INSTITUTE, PUDONG, SH_CODE, YUAN, voucher_of
from tests.supervised import a_watched_town
from vouchers import application as app
from vouchers.application.programmes import compiled
from vouchers.application.reversing import ReverseInvoice
from vouchers.application.scanning import scan
from vouchers.days import local_day

CHECKED = {"B": {"sample_bp": 10_000}}
NONE_DRAWN = {"B": {"sample_bp": 0}}


def findings(town, since_on="2026-01-01"):
    policy = compiled(town.events(f"programme/{SH_CODE}")[-1])
    found = scan(town.ledger.entries(), SH_CODE, policy.timezone, policy.supervision.signals, since_on)
    return [(each.redemption_id, each.signal) for each in found]


def scanned(tier=NONE_DRAWN, **signals):
    return a_watched_town({"signals": signals}, tier=tier)


def another_firm(town, code=CHANGNING, **facts):
    town.record(code, **facts)
    town.entitle(code)
    return {"enterprise_id": code, "voucher_id": voucher_of(code)}


def claim(town, order_id, **changes):
    town.order(order_id, **changes)
    town.deliver(order_id)
    town.invoice(order_id)
    town.redeem(order_id)


@pytest.mark.parametrize(("times", "signals"), [(2, 0), (3, 3)])
def test_identical_amounts_with_one_provider_are_told_from_the_third_on(times, signals):
    with scanned(identical_amounts=3) as (town, _):
        for number in range(times):
            claim(town, f"O-{number}")
        claim(town, "O-9", gross=777_00)
        assert findings(town) == [(f"O-{number}-R1", "identical-amounts") for number in range(signals)]


@pytest.mark.parametrize(("agents", "signals"), [(("a", "b"), 0), (("a", "a"), 2), ((), 0)])
def test_one_agent_for_two_firms_is_told(agents, signals):
    with scanned(agent_firms=2) as (town, _):
        given = [{"attributes": {"agent": agent}} for agent in agents] or [{}, {}]
        claim(town, "O-1", **given[0])
        claim(town, "O-2", **given[1], **another_firm(town))
        assert [name for _, name in findings(town)] == ["one-agent"] * signals


@pytest.mark.parametrize(("controller", "signals"), [("somebody", 0), (f"controller-of-{PUDONG}", 2)])
def test_one_controller_behind_two_firms_that_claim_is_told(controller, signals):
    with scanned(controller_firms=2) as (town, _):
        claim(town, "O-1")
        claim(town, "O-2", **another_firm(town, controller=controller))
        assert [name for _, name in findings(town)] == ["one-controller"] * signals


@pytest.mark.parametrize(("day", "signals"), [("2026-02-08", ["burst"]), ("2026-02-09", [])])
def test_many_orders_with_one_provider_within_a_week_are_told(day, signals):
    with scanned(burst_orders=2, burst_days=7) as (town, _):
        town.order("O-1")
        town.go(day)
        claim(town, "O-2")
        assert [name for _, name in findings(town)] == signals


@pytest.mark.parametrize(("others", "signals"), [(1, []), (0, ["reviewer-concentration"] * 2)])
def test_a_reviewer_who_decides_more_than_the_share_of_a_provider_is_told(others, signals):
    with scanned(CHECKED, reviewer_bp=6_000, reviewer_least=2) as (town, watch):
        for number in range(2):
            town.claimed(f"O-{number}")
            watch.approve(f"O-{number}", reviewer="reviewer:feng" if number < others else "reviewer:zhao")
        assert [name for _, name in findings(town)] == signals


def test_few_decisions_say_nothing_of_a_reviewer():
    with scanned(CHECKED, reviewer_bp=6_000, reviewer_least=2) as (town, watch):
        town.claimed()
        watch.approve()
        assert findings(town) == []


@pytest.mark.parametrize(("first", "last", "signals"), [(0, 24, []), (23, 24, ["outside-hours"])])
def test_an_approval_outside_the_offices_hours_is_told(first, last, signals):
    with scanned(CHECKED, first_hour=first, last_hour=last) as (town, watch):
        town.claimed()
        watch.approve()
        assert local_day(town.ledger.history("review/O-1-R1")[-1].rec)
        assert [name for _, name in findings(town)] == signals


@pytest.mark.parametrize(("older", "signals"), [(1, []), (2, [("O-9-R1", "queue-jump")])])
def test_a_claim_that_overtook_older_ones_is_told(older, signals):
    with scanned(CHECKED, queue_jump=2) as (town, watch):
        for number in range(older):
            town.claimed(f"O-{number}")
        town.claimed("O-9")
        watch.approve("O-9")
        for number in range(older):
            watch.approve(f"O-{number}")
        assert findings(town) == signals


@pytest.mark.parametrize(("gross", "signals"), [(12_000_00, []), (12_000_02, ["above-others-price"])])
def test_a_price_far_above_what_other_providers_take_is_told(gross, signals):
    with scanned(price_bp=2_000) as (town, _):
        town.admit(INSTITUTE)
        town.accredit(INSTITUTE)
        for number in range(5):
            town.order(f"O-{number}", provider_id=INSTITUTE)
        claim(town, "O-9", gross=gross)
        assert [name for _, name in findings(town)] == signals


def test_four_prices_of_others_have_no_middle():
    with scanned(price_bp=2_000) as (town, _):
        town.admit(INSTITUTE)
        town.accredit(INSTITUTE)
        for number in range(4):
            town.order(f"O-{number}", provider_id=INSTITUTE)
        claim(town, "O-9", gross=90_000_00)
        assert findings(town) == []


def test_prices_are_compared_by_unit():
    with scanned(price_bp=2_000) as (town, _):
        town.admit(INSTITUTE)
        town.accredit(INSTITUTE)
        for number in range(5):
            town.order(f"O-{number}", provider_id=INSTITUTE)
        claim(town, "O-9", gross=30_000_00, attributes={"quantity": 3})
        assert findings(town) == []


def test_an_invoice_that_is_reversed_after_the_claim_is_told_once():
    with scanned(own_share=True) as (town, _):
        town.paid("O-1")
        number = town.state("O-1").invoice.invoice
        red = ReverseInvoice(number, "dfp:26310000000000009999", 1_000_00, 1_000_00, town.on)
        town.do(app.reverse_invoice, red, actor="provider:lab")
        assert findings(town) == [("O-1-R1", "red-invoice")]


def test_a_claim_that_was_taken_back_is_not_told():
    with scanned(identical_amounts=2) as (town, _):
        claim(town, "O-1")
        claim(town, "O-2")
        town.reverse("O-2")
        assert findings(town) == []


def test_only_claims_since_the_day_are_told():
    with scanned(identical_amounts=2) as (town, _):
        claim(town, "O-1")
        town.go("2026-02-03")
        claim(town, "O-2")
        assert findings(town, "2026-02-03") == [("O-2-R1", "identical-amounts")]
        assert findings(town, "2026-02-04") == []


def test_without_thresholds_nothing_is_told():
    with scanned() as (town, _):
        claim(town, "O-1", gross=10 * YUAN)
        assert findings(town) == []
