"""Replay: what had taken effect by a day, what was known at a position, and a stream's life told in lines."""

from collections.abc import Iterator

import pytest

from tests.examples import JIANGSU_LAB, LAB, PUDONG, SH, SH_CODE, WUJIANG, revised, voucher_of
from tests.service.walk import a_year
from tests.town import Town, a_town
from vouchers import application as app
from vouchers.application.signalling import RaiseSignal
from vouchers.kinds import BUDGET, BY_NAME, KINDS, VOUCHER
from vouchers.link.decisions import RecordLink
from vouchers.replay import (
    expired_by_date,
    programme_as_of,
    state_as_of,
    timeline,
    until,
    voucher_as_of,
    voucher_places,
)
from vouchers.voucher.events import PLACES
from vouchers.voucher.state import Voucher

VOUCHER_STREAM = f"voucher/{voucher_of()}"
RELEASED = "500.00 CNY, for TEST, order O-1, because: actual cost below the reservation"
CLAWED_BACK = "10.00 CNY, for TEST, redemption O-1-R1, because: the invoice was cancelled"
DAYS = ("2026-01-05", "2026-01-06", "2026-02-15", "2026-06-30", "2026-12-20", "2026-12-31", "2027-04-30", "2027-05-01")


@pytest.fixture(scope="module", params=[1, 2, 3])
def year(request: pytest.FixtureRequest) -> Iterator[Town]:
    with a_year(request.param, steps=160) as town:
        yield town


@pytest.fixture
def story() -> Iterator[Town]:
    """An order of 10,000 yuan on 2 February, paid on 1 April, of which 10 yuan are demanded back on 1 May."""
    with a_town() as town:
        town.order()
        town.go("2026-03-02").deliver()
        town.invoice(gross=9_000_00)
        town.redeem()
        town.go("2026-03-31").propose("S-1", "O-1")
        town.sign("S-1")
        town.go("2026-04-01").confirm("S-1")
        town.go("2026-05-01").claw_back(10_00)
        yield town


def places(state: Voucher) -> dict[str, int]:
    return {place: getattr(state, place) for place in PLACES if getattr(state, place)}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-01-04", {}),
        ("2026-01-05", {"available": 300_000_00}),
        ("2026-02-01", {"available": 300_000_00}),
        ("2026-02-02", {"available": 295_000_00, "reserved": 5_000_00}),
        ("2026-03-01", {"available": 295_000_00, "reserved": 5_000_00}),
        ("2026-03-02", {"available": 295_500_00, "claimed": 4_500_00}),
        ("2026-03-31", {"available": 295_500_00, "claimed": 4_500_00}),
        ("2026-04-01", {"available": 295_500_00, "paid": 4_500_00}),
        ("2026-05-01", {"available": 295_500_00, "paid": 4_490_00, "clawed_back": 10_00}),
    ],
)
def test_a_voucher_stands_as_it_stood_at_the_end_of_a_day(story, day, expected):
    assert places(voucher_as_of(story.ledger.history(VOUCHER_STREAM), day)) == expected


def test_a_voucher_without_a_day_is_the_present_voucher(story):
    assert voucher_as_of(story.ledger.history(VOUCHER_STREAM)) == story.voucher()


def test_a_position_asks_what_was_known_then(story):
    entries = story.ledger.history(VOUCHER_STREAM)
    reserved = entries[1].seq
    assert places(voucher_as_of(entries, position=reserved)) == {"available": 300_000_00}
    assert places(voucher_as_of(entries, position=reserved + 1)) == {"available": 295_000_00, "reserved": 5_000_00}


def test_what_is_recorded_late_counts_on_the_day_it_took_effect(story):
    before = story.ledger.size()
    story.go("2026-01-20").appropriate("TEST", 7_00)
    stream = f"budget/{SH_CODE}/2026/TEST"
    known = programme_as_of(story.ledger.entries(), SH_CODE, "2026-01-31")
    believed = programme_as_of(story.ledger.entries(), SH_CODE, "2026-01-31", before)
    assert known.pools["2026", "TEST"].appropriated - believed.pools["2026", "TEST"].appropriated == 7_00
    assert story.ledger.history(stream)[-1].seq == before
    assert programme_as_of(story.ledger.entries(), SH_CODE, "2026-01-19").pools == believed.pools


def test_entries_beyond_a_position_are_not_even_read(story):
    read = []

    def entries():
        for entry in story.ledger.entries():
            read.append(entry.seq)
            yield entry

    assert [entry.seq for entry in until(entries(), position=5)] == list(range(5))
    assert read == list(range(6))


@pytest.mark.parametrize("day", DAYS)
def test_a_programme_is_the_sum_of_its_vouchers_on_any_day(year, day):
    for programme in ("SH-STIV", "YRD-STIV"):
        totals = programme_as_of(year.ledger.entries(), programme, day)
        found = [voucher_as_of(year.ledger.history(name), day) for name in year.ledger.names("voucher/")]
        found = [state for state in found if state.terms and state.terms.programme == programme]
        states = [expired_by_date(state, day) for state in found]
        assert totals.expired_unrecorded == sum(state.unrecorded(day) + state.lapsed(day) for state in found)
        assert totals.places == {place: sum(getattr(state, place) for state in states) for place in PLACES}
        assert totals.vouchers == len(states)
        assert totals.face == sum(state.face for state in states)
        assert totals.adds_up


@pytest.mark.parametrize(
    ("day", "available", "expired", "unrecorded"),
    [
        ("2026-12-31", 295_500_00, 0, 0),
        ("2027-01-01", 0, 295_500_00, 295_500_00),
        ("2027-03-14", 0, 295_500_00, 295_500_00),
        ("2027-03-15", 0, 295_500_00, 0),
    ],
)
def test_expiry_counts_at_the_date_though_its_event_is_late(story, day, available, expired, unrecorded):
    story.go("2027-03-15").expire()
    totals = programme_as_of(story.ledger.entries(), SH_CODE, day)
    voucher = voucher_as_of(story.ledger.history(VOUCHER_STREAM), day)
    counted = expired_by_date(voucher, day)
    assert (counted.available, counted.expired, voucher.unrecorded(day)) == (available, expired, unrecorded)
    assert (totals.places["available"], totals.places["expired"]) == (available, expired)
    assert totals.expired_unrecorded == unrecorded
    assert totals.adds_up


@pytest.mark.parametrize(
    ("day", "reserved", "unrecorded"), [("2027-03-31", 5_000_00, 295_000_00), ("2027-04-01", 0, 300_000_00)]
)
def test_what_an_order_holds_counts_until_the_redeem_by_day_though_no_event_says_that_it_lapsed(
    town, day, reserved, unrecorded
):
    town.order()
    town.go("2027-04-15")
    counted = expired_by_date(town.voucher(), day)
    assert (counted.reserved, counted.expired, counted.face) == (reserved, unrecorded, 300_000_00)
    totals = programme_as_of(town.ledger.entries(), SH_CODE, day)
    assert (totals.places["reserved"], totals.places["expired"]) == (reserved, unrecorded)
    assert totals.expired_unrecorded == unrecorded
    assert totals.adds_up
    town.lapse()
    recorded = programme_as_of(town.ledger.entries(), SH_CODE, "2027-04-15")
    assert (recorded.places["reserved"], recorded.places["expired"]) == (0, 300_000_00)


@pytest.mark.parametrize(("day", "expired"), [("2027-02-28", 0), ("2027-03-01", 295_500_00)])
def test_an_extended_voucher_expires_at_its_new_date(story, day, expired):
    story.do(app.adopt_policy, revised(SH, "2025-extended", {"extensions": 2, "extension_months": 6}))
    story.extend("2027-02-28", "2027-03-31")
    totals = programme_as_of(story.ledger.entries(), SH_CODE, day)
    assert (totals.places["expired"], totals.expired_unrecorded) == (expired, expired)


def test_without_a_day_nothing_expires_that_is_not_on_record(story):
    story.go("2027-03-15")
    totals = programme_as_of(story.ledger.entries(), SH_CODE)
    assert (totals.places["available"], totals.expired_unrecorded) == (295_500_00, 0)


@pytest.mark.parametrize("part", [0, 1, 40, 90, 150, 10_000])
def test_a_programme_is_the_sum_of_its_vouchers_at_any_position(year, part):
    totals = programme_as_of(year.ledger.entries(), SH_CODE, position=part)
    states = [voucher_as_of(year.ledger.history(name), position=part) for name in year.ledger.names("voucher/")]
    assert sum(totals.places.values()) == sum(
        state.face for state in states if state.terms and state.terms.programme == SH_CODE
    )


@pytest.mark.parametrize("day", ["", *DAYS])
def test_all_vouchers_at_once_are_each_voucher_alone(year, day):
    rows = year.ledger.rows(0, year.ledger.size())
    states = {name: voucher_as_of(year.ledger.history(name), day) for name in year.ledger.names("voucher/")}
    expected = {
        name.removeprefix("voucher/"): [getattr(state, place) for place in PLACES]
        for name, state in states.items()
        if state.terms
    }
    assert voucher_places(rows, day) == expected


def test_the_pools_of_a_programme_are_its_budgets(year):
    totals = programme_as_of(year.ledger.entries(), SH_CODE)
    for name in year.ledger.names(f"budget/{SH_CODE}/"):
        _, _, period, pool = name.split("/")
        state = state_as_of(BUDGET, year.ledger.history(name))
        found = totals.pools[period, pool]
        assert (found.appropriated, found.committed) == (state.appropriated, state.committed)


def test_the_counts_of_a_programme_are_its_events(year):
    totals = programme_as_of(year.ledger.entries(), SH_CODE)
    seen = [(entry.type, getattr(entry.data, "programme", "")) for entry in year.ledger.entries()]
    assert totals.orders == seen.count(("order.Registered", SH_CODE))
    assert totals.grants == seen.count(("entitlement.Granted", SH_CODE))
    assert totals.denials == seen.count(("entitlement.Denied", SH_CODE))
    assert totals.refusals == seen.count(("refusal.Recorded", SH_CODE))
    paid, returned = (seen.count((f"voucher.{each}", SH_CODE)) for each in ("Paid", "PaymentReturned"))
    assert totals.payments == paid - returned


def test_what_categories_hold_is_what_the_vouchers_hold(year):
    totals = programme_as_of(year.ledger.entries(), SH_CODE)
    for place in ("reserved", "claimed", "paid", "clawed_back"):
        assert sum(places[place] for places in totals.categories.values()) == totals.places[place]


def test_a_programme_that_nobody_announced_is_empty(story):
    totals = programme_as_of(story.ledger.entries(), "NOBODY")
    assert (totals.entries, totals.face, totals.pools, totals.adds_up) == (0, 0, {}, True)


def test_every_stream_of_every_kind_can_be_told(year):
    kinds = set()
    for name in (name for kind in KINDS for name in year.ledger.names(f"{kind.name}/")):
        entries = year.ledger.history(name)
        lines = list(timeline(entries))
        kinds.add(name.partition("/")[0])
        assert [(line.seq, line.eff, line.event, line.actor) for line in lines] == [
            (entry.seq, entry.eff, entry.type, entry.actor) for entry in entries
        ]
        assert all(line.sentence.endswith(".") and "`" not in line.sentence for line in lines)
    assert kinds == BY_NAME.keys() - {"request"}


def test_the_balance_after_each_line_of_a_voucher_is_the_folded_one(year):
    for name in year.ledger.names("voucher/"):
        entries = year.ledger.history(name)
        for line in timeline(entries):
            state = state_as_of(VOUCHER, entries, position=line.seq + 1)
            assert line.balance == state.available
            assert line.currency == state.terms.currency


def test_the_life_of_a_voucher_reads_as_sentences(story):
    told = [(line.eff, line.sentence, line.balance) for line in timeline(story.ledger.history(VOUCHER_STREAM))]
    assert told[1:] == [
        ("2026-02-02", "Value was set aside for an order: 5,000.00 CNY, for TEST, order O-1.", 295_000_00),
        (
            "2026-03-02",
            f"Value set aside was not needed: {RELEASED}.",
            295_500_00,
        ),
        ("2026-03-02", "A provider asked to be paid: 4,500.00 CNY, for TEST, redemption O-1-R1.", 295_500_00),
        (
            "2026-04-01",
            "The bank confirmed the payment of a claim: 4,500.00 CNY, for TEST, redemption O-1-R1.",
            295_500_00,
        ),
        (
            "2026-05-01",
            f"Money already paid is demanded back: {CLAWED_BACK}.",
            295_500_00,
        ),
    ]


def test_what_became_known_of_parties_is_told_with_whom_and_what(story):
    story.do(app.record_link, RecordLink(PUDONG, LAB, "shareholding", 6_000, "2026-01-01", "", "registry"))
    story.do(app.raise_signal, RaiseSignal("O-1", "related-party", "They are tied"))
    told = [
        line.sentence
        for stream in (f"link/{PUDONG}", "review/O-1-R1")
        for line in timeline(story.ledger.history(stream))
    ]
    assert told[0].endswith(f": other party {LAB}, kind shareholding, basis points 6000, from 2026-01-01.")
    assert told[-1].endswith(": order O-1, signal related-party, because: They are tied.")


def test_what_an_event_is_described_with_is_told_in_its_place(story):
    [told] = [line.sentence for line in timeline(story.ledger.history(f"debt/{LAB}"))]
    assert told.startswith(
        "Paid money is demanded back until 2026-05-31: 10.00 CNY, redemption O-1-R1, debt O-1-R1-C1,"
    )


def test_a_movement_says_where_from_and_where_to(story):
    moves = [(line.amount, line.from_place, line.to_place) for line in timeline(story.ledger.history(VOUCHER_STREAM))]
    assert moves == [
        (300_000_00, "", "available"),
        (5_000_00, "available", "reserved"),
        (500_00, "reserved", "available"),
        (4_500_00, "reserved", "claimed"),
        (4_500_00, "claimed", "paid"),
        (10_00, "paid", "clawed_back"),
    ]


def test_an_order_tells_its_clauses_and_its_arithmetic(story):
    registered, *_ = timeline(story.ledger.history("order/O-1"))
    assert "amount of support" in registered.clause
    assert any("50 % of 10,000.00 = 5,000.00" in step for step in registered.arithmetic)
    assert registered.balance == 5_000_00


def test_a_denial_tells_every_reason():
    with a_town() as town:
        town.record(WUJIANG, status="closed")
        town.entitle(WUJIANG)
        (denied,) = timeline(town.ledger.history(f"entitlement/{SH_CODE}/2026/{WUJIANG}"))
    assert denied.event == "entitlement.Denied"
    assert denied.clause == "beneficiaries"
    assert len(denied.arithmetic) == 2
    assert denied.amount is None


def test_a_grant_tells_its_sum(story):
    (granted,) = timeline(story.ledger.history(f"entitlement/{SH_CODE}/2026/{PUDONG}"))
    assert granted.amount == 300_000_00


def test_a_settlement_tells_what_is_left_to_pay(story):
    left = [line.balance for line in timeline(story.ledger.history("settlement/S-1"))]
    assert left == [0, 4_500_00, 4_500_00, 4_500_00, 0]


def test_a_stream_in_which_nothing_happened_has_no_lines(story):
    assert list(timeline(story.ledger.history(f"provider/{JIANGSU_LAB}"))) == []
    assert len(list(timeline(story.ledger.history(f"provider/{LAB}")))) == 3
