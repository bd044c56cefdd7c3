"""What a programme may still cost: entitled, reserved, committed and paid are four figures, expired is none of them."""

from contextlib import contextmanager

import pytest

from service.projections import Views
from service.projections.exposure import exposure
from service.projections.settlements import payable_orders, payables, settlement_lines, settlement_row
from tests.examples import LAB, SH_CODE, YUAN, voucher_of
from tests.service.walk import address
from tests.treasury import a_treasury


@contextmanager
def seen(town, store="memory", request=None, folder=None):
    """A session on views of all that happened."""
    with Views(address(store, request, folder) if request else "memory:") as views:
        views.catch_up(town.ledger)
        assert views.verify(town.ledger) == []
        with views.session() as session:
            yield session


@pytest.mark.parametrize("store", ["memory", "postgres"])
def test_entitled_reserved_committed_and_paid_are_told_apart(store, request, tmp_path):
    with a_treasury(amount=20_000 * YUAN) as town:
        town.paid("O-1")
        town.claimed("O-2")
        town.order("O-3")
        town.back(1_000 * YUAN)
        with seen(town, store, request, tmp_path) as session:
            found = exposure(session, SH_CODE, "2026", "2026-12-31")
    assert found.entitled == 2 * 300_000 * YUAN
    assert (found.reserved, found.claimed, found.paid, found.clawed_back) == (500_000, 500_000, 400_000, 100_000)
    assert (found.committed, found.free) == (1_500_000, found.appropriated - 1_500_000)
    assert found.unused == found.entitled - 1_500_000
    assert found.open == found.unused + 1_000_000
    assert (found.expired, found.lapsed) == (0, 0)


def test_more_may_be_entitled_than_there_is_and_the_figure_says_so():
    with a_treasury(amount=20_000 * YUAN) as town, seen(town) as session:
        found = exposure(session, SH_CODE, "2026", "2026-12-31")
        assert found.over_entitled == found.entitled - found.appropriated > 0


def test_expired_value_is_no_liability_from_the_day_after_its_last_whether_recorded_or_not():
    with a_treasury() as town:
        town.paid("O-1")
        town.order("O-2")
        with seen(town) as session:
            days = [exposure(session, SH_CODE, "2026", day) for day in ("2026-12-31", "2027-01-01")]
        town.go("2027-01-01").expire()
        town.go("2027-04-15").lapse("O-2")
        with seen(town) as session:
            last = exposure(session, SH_CODE, "2026", "2027-04-15")
    unused = 600_000 * YUAN - 10_000 * YUAN
    assert [(each.unused, each.expired) for each in days] == [(unused, 0), (0, unused)]
    assert days[1].open == 5_000 * YUAN
    assert (last.unused, last.expired, last.lapsed, last.open) == (0, unused + 5_000 * YUAN, 5_000 * YUAN, 0)


def test_what_an_order_holds_is_no_liability_from_the_day_after_its_redeem_by_day_whether_recorded_or_not():
    with a_treasury() as town:
        town.claimed("O-1")
        town.order("O-2")
        with seen(town) as session:
            days = [exposure(session, SH_CODE, "2026", day) for day in ("2027-03-31", "2027-04-01")]
        town.go("2027-04-01").lapse("O-2")
        with seen(town) as session:
            recorded = exposure(session, SH_CODE, "2026", "2027-04-01")
    assert [(each.reserved, each.claimed, each.open, each.lapsed) for each in days] == [
        (500_000, 500_000, 1_000_000, 0),
        (0, 500_000, 500_000, 500_000),
    ]
    for name in ("reserved", "claimed", "open", "lapsed", "expired"):
        assert getattr(days[1], name) == getattr(recorded, name), name
    assert (days[1].committed, recorded.committed) == (1_000_000, 500_000)


@pytest.mark.parametrize("store", ["memory", "postgres"])
def test_the_views_of_payments_follow_set_off_parts_and_returns(store, request, tmp_path):
    with a_treasury() as town:
        town.paid("O-1")
        town.approved("O-2")
        town.approved("O-3")
        town.back(6_000 * YUAN // 2)
        town.back(2_000 * YUAN)
        town.propose("S-2", "O-2")
        with seen(town, store, request, tmp_path) as session:
            assert payable_orders(session, SH_CODE) == ["O-3"]
            [waiting] = payables(session)
            assert (waiting.payee_id, waiting.count, waiting.amount) == (LAB, 1, 5_000 * YUAN)
        town.sign("S-2")
        town.propose("S-3", "O-3")
        town.sign("S-3")
        town.confirm_part("S-3", 1, "O-3")
        with seen(town) as session:
            [wholly], [partly] = settlement_lines(session, "S-2"), settlement_lines(session, "S-3")
            assert (wholly.status, wholly.netted, wholly.paid_on) == ("paid", 5_000 * YUAN, "2026-02-02")
            assert (partly.status, partly.netted) == ("partly_paid", 0)
            rows = [settlement_row(session, number) for number in ("S-2", "S-3")]
            assert [(row.status, row.paid, row.failed) for row in rows] == [("paid", 1, 0), ("attention", 0, 1)]
        town.reinstruct("S-3", "O-3")
        town.confirm("S-3", "O-3")
        town.comes_back("S-3", "O-3")
        with seen(town) as session:
            [line] = settlement_lines(session, "S-3")
            assert line.status == "returned"
            assert payables(session) == []
        assert town.voucher(voucher_of()).claimed == 5_000 * YUAN
