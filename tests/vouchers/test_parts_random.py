"""Orders in parts, whatever chance does with them: the sums of order, voucher, budget, caps and invoices agree."""

from contextlib import suppress
from random import Random

import pytest

from tests.town import Town, a_town
from tests.vouchers.parts import approve, caps_of, change, claim, file, pay, prove, refund, reverse
from vouchers.days import add_days
from vouchers.kinds import INVOICE
from vouchers.refusals import Refused
from vouchers.voucher.events import PLACES

YUAN = 100
ORDERS = ("O-1", "O-2", "O-3")
INVOICES = [f"dfp:263100000000000007{n:02d}" for n in range(8)]
PRICES = (1, 300, 7_001, 40_000, 250_000, 999_999)


def step(town: Town, chance: Random, number: int) -> None:
    """One thing that somebody may try."""
    order_id, invoice = chance.choice(ORDERS), chance.choice(INVOICES)
    price, red = chance.choice(PRICES), f"dfp:2631000000000001{number:04d}"
    line = {"total_gross": 1_000_000, "total_net": 1_000_000} if chance.random() < 0.5 else {}
    state = town.state(order_id)
    replaces = chance.choice([*state.bills, ""]) if chance.random() < 0.3 else ""
    chance.choice(
        [
            lambda: town.order(order_id, gross=chance.choice((10_000, 30_000)) * YUAN, ends_on="2026-12-31"),
            lambda: town.deliver(order_id),
            lambda: file(town, invoice, price, order_id, replaces=replaces, **line),
            lambda: file(town, invoice, price, order_id, **line),
            lambda: claim(town, order_id, more=chance.random() < 0.7),
            lambda: [approve(town, key, order_id) for key in state.claims],
            lambda: pay(town, f"S-{number}", order_id),
            lambda: town.propose(f"S-{number}", order_id),
            lambda: town.withdraw(state.settlement_id),
            lambda: change(town, chance.choice((5_000, 12_000, 40_000)) * YUAN, order_id),
            lambda: reverse(town, invoice, price, red, chance.choice((order_id, ""))),
            lambda: prove(town, price, order_id=order_id),
            lambda: refund(town, 1, order_id=order_id) if chance.random() < 0.2 else None,
            lambda: town.go(min(add_days(town.on, chance.randrange(12)), "2027-04-10")),
            lambda: town.reverse(order_id),
            lambda: town.cancel(order_id) if state.claims or chance.random() < 0.2 else None,
            lambda: town.lapse(order_id),
        ]
    )()


def check(town: Town) -> None:
    """Every sum says the same as every other."""
    voucher = town.voucher()
    assert voucher.face == 300_000 * YUAN
    assert min(getattr(voucher, place) for place in PLACES) >= 0
    states = {order_id: town.state(order_id) for order_id in ORDERS if town.state(order_id).registered}
    for order_id, state in states.items():
        held = voucher.held.get(order_id)
        assert (held.reserved if held else 0, held.claimed if held else 0) == (state.held, state.claimed)
        assert state.held >= 0
        assert state.claimed + state.paid == state.taken <= state.registered.subsidy
        assert state.clawed_back <= state.paid
        assert all(claim.clawed_back <= claim.paid for claim in state.claims.values())
    counted = sum(state.held + state.taken for state in states.values())
    assert town.budget().committed == counted
    assert all(caps_of(town, order_id) == {counted} for order_id in states)
    assert voucher.paid + voucher.clawed_back == sum(state.paid for state in states.values())
    for number in INVOICES:
        invoice = town.ledger.state(INVOICE, number)
        assert invoice.used.gross <= max(0, invoice.left.gross) or not invoice.parts


@pytest.mark.parametrize("seed", range(10))
def test_the_sums_agree_after_whatever_was_tried(seed):
    chance = Random(seed)
    with a_town() as town:
        for number in range(250):
            with suppress(Refused):
                step(town, chance, number)
            check(town)


def test_chance_reaches_every_event_of_orders_and_invoices():
    seen: set[str] = set()
    for seed in range(10):
        chance = Random(seed)
        with a_town() as town:
            for number in range(250):
                with suppress(Refused):
                    step(town, chance, number)
            seen |= set(town.topics())
    parts = {"PartDelivered", "InvoiceAdded", "InvoiceRemoved", "InvoiceReversed", "OverpaymentFound", "Changed"}
    assert {f"order.{name}" for name in (*parts, "RestKept", "RestReleased", "OwnSharePaid")} <= seen
