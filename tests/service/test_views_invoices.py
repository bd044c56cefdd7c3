"""The invoices of orders, in the views: what each order has, what left it, and what red letters took back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.projections import Views
from service.projections.orders import OrderInvoice, invoices_of, order_row
from tests.service.walk import a_year
from tests.town import Town


@pytest.fixture(params=(1, 2), scope="module")
def year(request: pytest.FixtureRequest) -> Iterator[tuple[Town, Session]]:
    with a_year(request.param) as town, Views("memory:") as views:
        views.catch_up(town.ledger)
        assert views.verify(town.ledger) == []
        with views.session() as session:
            yield town, session


def test_every_invoice_of_every_order_is_there_with_what_was_taken_back(year):
    town, session = year
    for name in town.ledger.names("order/"):
        order_id = name.removeprefix("order/")
        if town.state(order_id).status in ("cancelled", "lapsed"):
            continue
        told = {row.invoice: (row.gross, row.net, row.red_gross, row.red_net) for row in invoices_of(session, order_id)}
        free = {bill.invoice for bill in town.state(order_id).unclaimed}
        held = town.state(order_id).held
        bills = town.state(order_id).bills.values()
        # An order that ended after a part keeps in its own story the invoices that it has set free.
        expected = {
            bill.invoice: (bill.gross, bill.net, bill.red_gross, bill.red_net)
            for bill in bills
            if held or bill.invoice not in free
        }
        assert told.items() >= expected.items()


def test_a_line_is_told_beside_the_whole_invoice(year):
    _, session = year
    lines = list(session.scalars(select(OrderInvoice).where(OrderInvoice.total_gross != OrderInvoice.gross)))
    assert [(line.order_id, line.gross, line.total_gross, line.red_gross) for line in lines] == [
        ("parts-1", 600_000, 1_000_000, 0),
        ("parts-2", 400_000, 1_000_000, 100_000),
    ]


def test_a_replaced_invoice_has_the_day_on_which_it_left(year):
    _, session = year
    left = list(session.scalars(select(OrderInvoice).where(OrderInvoice.order_id == "parts-1")))
    assert [bool(line.withdrawn_on) for line in sorted(left, key=lambda line: line.seq)] == [False, True, True]


def test_an_order_shows_the_terms_of_its_change_and_the_end_of_its_rest(year):
    town, session = year
    row = order_row(session, "parts-1")
    assert (row.gross, row.subsidy, row.reserved) == (1_200_000, 600_000, 0)
    assert row.status == town.state("parts-1").status
    assert row.claimed == town.state("parts-1").claimed == 300_000
