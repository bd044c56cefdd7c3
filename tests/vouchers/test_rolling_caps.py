"""Ceilings over rolling months: what has rolled out no longer counts, and what is given back frees its day."""

import pytest
from hypothesis import given as vary
from hypothesis import strategies as st

from tests.examples import INSTITUTE, LAB, PUDONG, an_order, facts_of_firm, voucher_of
from tests.given import given
from vouchers import application as app
from vouchers.days import add_days
from vouchers.enterprise.decisions import RecordFacts
from vouchers.kinds import WINDOW
from vouchers.ledger.unit import Backdated
from vouchers.order.changing import ChangeOrder
from vouchers.policy import window_start
from vouchers.refusals import Ineligible
from vouchers.window.decisions import RollingCapExceeded, count, uncount
from vouchers.window.events import Counted, Uncounted
from vouchers.window.state import Window, evolve

STREAM = f"window/enterprise/BY:{PUDONG}/rolling-24m"
FIRST = "2026-02-02"


@pytest.fixture
def bavaria(empty_town):
    """A town in which a Bavarian firm may have three vouchers in 24 months."""
    town = empty_town.go(FIRST)
    town.adopt("by-std")
    facts = facts_of_firm(
        region="DE-BY-1", staff=10, public_share_bp=0, in_needy_region=False, vat_deductible=True, country="DE"
    )
    town.do(app.record_facts, RecordFacts(PUDONG, FIRST, "registry", "00" * 32, facts))
    town.admit(kind="firm")
    town.accredit(LAB, "STANDARD", FIRST, "2040-12-31")
    return town


def buy(town, order_id, **changes):
    """An order of 5,000 in the voucher of the day's year, which is granted where it is not there yet."""
    year = town.on[:4]
    town.entitle(programme="BY")
    if not town.events(f"budget/BY/{year}/general"):
        town.appropriate("general", 100_000_000, "BY", year)
    standard = {"voucher_id": voucher_of(PUDONG, "BY", year, "STANDARD"), "category": "STANDARD"}
    today = {"contract_on": town.on, "starts_on": town.on, "ends_on": town.on}
    command = an_order(order_id, **(standard | today | {"gross": 595_000, "net": 500_000} | changes))
    return town.do(app.register_order, command)


def test_a_fourth_voucher_within_24_months_is_refused_and_after_24_months_to_the_day_it_passes(bavaria):
    for number in ("O-1", "O-2", "O-3"):
        buy(bavaria, number)
    with bavaria.refused(Ineligible, "cap-enterprise-count-exceeded"):
        buy(bavaria, "O-4")
    bavaria.go("2028-02-01").entitle(programme="BY")
    bavaria.appropriate("general", 100_000_000, "BY", "2028")
    with bavaria.refused(Ineligible, "cap-enterprise-count-exceeded"):
        buy(bavaria, "O-4")
    assert buy(bavaria.go("2028-02-02"), "O-4")["subsidy"] == 200_000
    assert [event.count for event in bavaria.events(STREAM)] == [1, 2, 3, 1]


def test_each_voucher_leaves_the_window_on_its_own_day(bavaria):
    for month in ("02", "03", "04"):
        buy(bavaria.go(f"2026-{month}-02"), f"O-{month}")
    buy(bavaria.go("2028-02-02"), "O-4")
    with bavaria.refused(Ineligible, "cap-enterprise-count-exceeded"):
        buy(bavaria.go("2028-03-01"), "O-5")
    buy(bavaria.go("2028-03-02"), "O-5")
    assert [part.on for part in bavaria.ledger.state(WINDOW, STREAM.removeprefix("window/")).parts] == [
        "2026-04-02",
        "2028-02-02",
        "2028-03-02",
    ]


def test_a_cancelled_order_frees_the_day_it_was_counted_on(bavaria):
    for month in ("02", "03", "04"):
        buy(bavaria.go(f"2026-{month}-02"), f"O-{month}")
    bavaria.cancel("O-03")
    assert bavaria.events(STREAM)[-1] == Uncounted("O-03", "2026-03-02", 200_000, 1, "2024-04-03", 400_000, 2)
    buy(bavaria, "O-4")
    with bavaria.refused(Ineligible, "cap-enterprise-count-exceeded"):
        buy(bavaria, "O-5")


def test_an_order_that_is_changed_up_and_down_and_cancelled_leaves_nothing_in_the_window(bavaria):
    buy(bavaria, "O-1")
    bavaria.go("2026-02-03")
    for net, subsidy in ((600_000, 240_000), (450_000, 180_000)):
        change = ChangeOrder("O-1", net * 119 // 100, net, "2026-02-02", "1" * 64, "the scope changes")
        bavaria.do(app.change_order, change, actor="enterprise:pudong")
        assert (bavaria.events(STREAM)[-1].total, bavaria.events(STREAM)[-1].count) == (subsidy, 1)
    bavaria.cancel("O-1")
    assert bavaria.ledger.state(WINDOW, STREAM.removeprefix("window/")) == Window()


def test_nothing_is_counted_in_a_window_before_what_it_already_holds(bavaria):
    bavaria.entitle(programme="BY")
    bavaria.admit(INSTITUTE, kind="research-institution")
    bavaria.accredit(INSTITUTE, "SPECIAL", FIRST, "2027-12-31")
    buy(bavaria.go("2026-03-02"), "O-1")
    special = {
        "voucher_id": voucher_of(PUDONG, "BY", "2026", "SPECIAL"),
        "category": "SPECIAL",
        "provider_id": INSTITUTE,
        "gross": 3_570_000,
        "net": 3_000_000,
    }
    with bavaria.refused(Backdated):
        buy(bavaria.go("2026-03-01"), "O-2", **special)
    buy(bavaria.go("2026-03-02"), "O-2", **special)
    assert bavaria.events(STREAM)[-1].count == 2


COUNTED = Counted("O-1", "2026-02-02", 300, "2024-02-03", 300, 1)


def test_a_limit_exactly_reached_in_the_window_passes_and_one_more_is_refused():
    past = given(WINDOW, COUNTED)
    terms = {"order_id": "O-2", "on": "2026-03-01", "since": "2024-03-02"}
    past.when(count, **terms, amount=200, limit=500).then(Counted("O-2", "2026-03-01", 200, "2024-03-02", 500, 2))
    past.when(count, **terms, amount=201, limit=500).refused(RollingCapExceeded, remaining=200, limit=500)
    past.when(count, **terms, amount=1, count_limit=1).refused(RollingCapExceeded, remaining=0, limit=1)


def test_what_has_rolled_out_is_not_given_back():
    past = given(WINDOW, COUNTED)
    past.when(uncount, order_id="O-1", amount=300, on="2026-02-02", since="2026-02-03", whole=True).then()
    past.when(uncount, order_id="O-1", amount=300, on="2026-02-02", since="2026-02-02", whole=True).then(
        Uncounted("O-1", "2026-02-02", 300, 1, "2026-02-02", 0, 0)
    )


def test_an_order_that_grows_is_still_one_and_gives_its_latest_part_back_first():
    grown = Counted("O-1", "2026-03-01", 200, "2024-03-02", 500, 1)
    past = given(WINDOW, COUNTED, grown)
    back = {"order_id": "O-1", "on": "2026-02-02", "since": "2024-03-02"}
    state = past.when(uncount, **back, amount=250, whole=False).then(
        Uncounted("O-1", "2026-02-02", 250, 0, "2024-03-02", 250, 1)
    )
    assert [(part.on, part.amount) for part in state.parts] == [("2026-02-02", 250)]
    past.when(uncount, **back, amount=500, whole=True).then(Uncounted("O-1", "2026-02-02", 500, 1, "2024-03-02", 0, 0))
    later = {"order_id": "O-1", "on": "2026-02-02", "since": "2026-02-15"}
    past.when(uncount, **later, amount=500, whole=True).then(Uncounted("O-1", "2026-02-02", 200, 0, "2026-02-15", 0, 0))


def test_a_part_that_is_given_back_leaves_the_order_counted():
    past = given(WINDOW, COUNTED)
    state = past.when(uncount, order_id="O-1", amount=100, on="2026-02-02", since="2024-02-03", whole=False).then(
        Uncounted("O-1", "2026-02-02", 100, 0, "2024-02-03", 200, 1)
    )
    assert (state.total, state.count) == (200, 1)


@vary(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 1_000), st.booleans()), min_size=1, max_size=40))
def test_the_window_holds_what_a_plain_sum_over_its_days_holds(steps):
    state, book, on = Window(), {}, "2026-01-01"
    for number, (days, amount, back) in enumerate(steps):
        on = add_days(on, days // 10)
        since = window_start("rolling-24m", on)
        live = [order for order, (day, _) in book.items() if day >= since]
        if back and live:
            order = live[amount % len(live)]
            day, sum_of_order = book.pop(order)
            (event,) = uncount(state, order_id=order, amount=sum_of_order, on=day, since=since, whole=True)
        else:
            (event,) = count(state, order_id=f"O-{number}", amount=amount, on=on, since=since)
            book[f"O-{number}"] = (on, amount)
        state = evolve(state, event)
        counted = [amount for day, amount in book.values() if day >= since]
        assert (event.total, event.count) == (sum(counted), len(counted)) == (state.total, state.count)
