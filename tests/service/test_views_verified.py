"""Verification names the first row of each table that is not what the log says, and passes where nothing is wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update

from service.projections import Difference, Views
from service.projections.balances import Voucher
from service.projections.orders import Order
from service.projections.spending import Spending
from service.projections.statement import Line
from service.projections.store import writing
from tests.examples import LAB, PUDONG, voucher_of
from tests.service.walk import address
from tests.town import Town, a_town


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with a_town() as town:
        for number in range(4):
            town.paid(f"O-{number}", 2_000_00)
        yield town


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def views(request: pytest.FixtureRequest, tmp_path: Path, town: Town) -> Iterator[Views]:
    with Views(address(request.param, request, tmp_path)) as views:
        views.catch_up(town.ledger)
        assert views.verify(town.ledger) == []
        yield views


def by_hand(views: Views, statement) -> None:
    with writing(views.engine) as connection:
        assert connection.execute(statement).rowcount


def test_a_changed_value_is_named_with_its_column(views, town):
    by_hand(views, update(Order).where(Order.order_id == "O-2").values(paid=Order.paid + 1))
    assert views.verify(town.ledger) == [Difference("orders", ("O-2",), "paid", 100_001, 100_000)]


def test_a_changed_word_is_named_with_its_column(views, town):
    by_hand(views, update(Voucher).values(use_by_on="2027-12-31"))
    found = views.verify(town.ledger)
    assert found == [Difference("vouchers", (voucher_of(PUDONG),), "use_by_on", "2027-12-31", "2026-12-31")]
    assert str(found[0]).endswith("use_by_on is '2027-12-31', and the log says '2026-12-31'.")


def test_a_missing_row_is_named(views, town):
    by_hand(views, delete(Order).where(Order.order_id == "O-1"))
    (found,) = views.verify(town.ledger)
    assert (found.table, found.key, found.stored, found.expected) == ("orders", ("O-1",), "missing", "row")
    assert str(found) == "orders O-1: the row is missing."


@pytest.mark.parametrize("order_id", ["A-0", "O-11", "Z-9"])
def test_an_extra_row_is_named_wherever_it_stands(views, town, order_id):
    by_hand(views, insert(Order).values(order_id=order_id))
    (found,) = views.verify(town.ledger)
    assert (found.table, found.key, found.stored, found.expected) == ("orders", (order_id,), "row", "missing")
    assert str(found) == f"orders {order_id}: the log knows no such row."


def test_a_last_row_that_is_missing_is_named(views, town):
    last = max(entry.seq for entry in town.ledger.entries() if entry.type.startswith("voucher."))
    by_hand(views, delete(Line).where(Line.seq == last))
    (found,) = views.verify(town.ledger)
    assert (found.table, found.key, found.stored) == ("statement", (last,), "missing")


def test_the_first_difference_of_each_table_is_named(views, town):
    by_hand(views, update(Order).values(provider_id="somebody else"))
    by_hand(views, update(Spending).values(paid=0))
    found = views.verify(town.ledger)
    assert found == [
        Difference("orders", ("O-0",), "provider_id", "somebody else", LAB),
        Difference("spending", ("SH-STIV", "2026", "TEST"), "paid", 0, 400_000),
    ]


def test_verification_looks_at_the_views_own_position(town):
    with Views("memory:") as views:
        views.catch_up(town.ledger, limit=30)
        assert views.verify(town.ledger) == []
        assert views.position() == 30


def test_a_rebuild_mends_what_verification_found(views, town):
    by_hand(views, update(Order).values(paid=0))
    assert views.verify(town.ledger)
    views.rebuild(town.ledger)
    assert views.verify(town.ledger) == []
