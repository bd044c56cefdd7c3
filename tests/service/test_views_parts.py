"""Orders in parts as the views tell them: by all of their claims, and not by the step that was taken last."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from service.projections import Views
from service.projections.orders import order_row, orders
from service.projections.settlements import payable_orders
from service.projections.spending import spending
from service.projections.statement import statement
from tests.examples import LAB, SH_CODE, YUAN, voucher_of
from tests.service.pooling import CODE, LEAD, PARTNER, pool, pool_again
from tests.town import Town, a_town
from tests.vouchers.parts import A, B, approve, claim, file, pay
from vouchers.voucher.events import CarriedOver


@pytest.fixture
def town() -> Iterator[Town]:
    """An order of 10,000 of which 6,000 are invoiced, claimed and paid, and the rest is kept."""
    with a_town() as town:
        town.order()
        town.deliver()
        file(town, A, 6_000 * YUAN)
        claim(town, more=True)
        approve(town, "O-1-R1")
        pay(town, "S-1")
        yield town


def seen(town: Town) -> Session:
    views = Views("memory:")
    views.catch_up(town.ledger)
    assert views.verify(town.ledger) == []
    return views.session()


def holding(town: Town) -> list[str]:
    """The laboratory's orders that hold value, and what may be paid."""
    with seen(town) as session:
        return [row.order_id for row in orders(session, provider_id=LAB, holding=True)]


def test_an_order_that_was_paid_in_part_still_holds_its_rest(town):
    assert town.state().status == "paid"
    assert holding(town) == ["O-1"]
    town.cancel()
    assert holding(town) == []


def test_a_claim_that_waits_beside_a_paid_one_is_held_and_payable(town):
    file(town, B, 4_000 * YUAN)
    claim(town)
    approve(town, "O-1-R2")
    assert holding(town) == ["O-1"]
    with seen(town) as session:
        assert payable_orders(session, SH_CODE) == ["O-1"]
    pay(town, "S-2")
    assert holding(town) == []


def test_the_rest_of_an_order_lapses_beside_what_was_paid(town):
    town.go("2027-05-01").lapse()
    with seen(town) as session:
        row = order_row(session, "O-1")
        assert (row.status, row.paid, row.released, row.lapsed) == ("paid", 3_000 * YUAN, 2_000 * YUAN, 2_000 * YUAN)
        assert spending(session, SH_CODE, "2026").total.lapsed == 2_000 * YUAN


def test_what_a_claim_did_not_need_has_not_lapsed(town):
    file(town, B, 3_000 * YUAN)
    claim(town)
    with seen(town) as session:
        row = order_row(session, "O-1")
        assert (row.released, row.lapsed) == (500 * YUAN, 0)
        assert spending(session, SH_CODE, "2026").total.lapsed == 0


def test_a_statement_tells_pledges_and_what_goes_on_and_still_adds_up():
    with a_town() as town:
        pool(town.go("2026-11-20"))
        pool_again(town.go("2027-02-01"))
        old = voucher_of(PARTNER, CODE)
        with seen(town) as session:
            lines = statement(session, old)
            told = {(line.event, line.order_id, line.amount): line.reason for line in lines if not line.to_place}
            (new,) = [event.voucher_id for event in town.events(f"voucher/{old}") if isinstance(event, CarriedOver)]
            (came,) = [line for line in statement(session, new) if line.event == "CarriedFrom"]
    carried = 100_000 * YUAN
    assert told == {
        ("Pledged", "pool-1", 1_000 * YUAN): f"to {LEAD} until 2026-12-11",
        ("Pledged", "pool-2", 1_000 * YUAN): f"to {LEAD} until 2026-12-11",
        ("PledgeWithdrawn", "pool-2", 0): "it is needed elsewhere",
        ("CarriedOver", "", carried): f"to {new} of 2027",
    }
    assert (came.reason, came.available, came.amount) == (f"from {old} of 2026", carried, 0)
    assert all(line.adds_up for line in lines)
