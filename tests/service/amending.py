"""What a year must have seen of orders in parts: deliveries, invoices by line, changes, red letters, what is left."""

from tests.examples import YUAN, facts_of_firm, voucher_of
from tests.town import Town
from tests.vouchers.parts import change, claim, file, prove, refund, reverse
from vouchers import application as app
from vouchers.enterprise.decisions import RecordFacts
from vouchers.identifiers import make_credit_code
from vouchers.order.decisions import AcceptDelivery

FIRM = make_credit_code("9", "1", "310115", 412)
NUMBERS = [f"dfp:2631000000000000055{n}" for n in range(5)]


def amend(town: Town) -> None:
    """Two orders of a firm of their own: one in parts, one that shares its invoice."""
    digest = "00" * 32
    town.do(app.record_facts, RecordFacts(FIRM, town.on, "registry", digest, facts_of_firm(FIRM)))
    town.entitle(FIRM)
    terms = {"enterprise_id": FIRM, "voucher_id": voucher_of(FIRM), "gross": 10_000 * YUAN}
    whole = {"total_gross": 10_000 * YUAN, "total_net": 10_000 * YUAN}
    for order_id in ("parts-1", "parts-2"):
        town.order(order_id, **terms)
        town.deliver(order_id)
    change(town, 12_000 * YUAN, "parts-1")
    file(town, NUMBERS[0], 6_000 * YUAN, "parts-1", **whole)
    file(town, NUMBERS[0], 4_000 * YUAN, "parts-2", **whole)
    claim(town, "parts-1", more=True)
    town.do(app.accept_delivery, AcceptDelivery("parts-1", town.on, "9" * 64), actor="enterprise:pudong")
    file(town, NUMBERS[1], 3_000 * YUAN, "parts-1")
    file(town, NUMBERS[2], 2_000 * YUAN, "parts-1", replaces=NUMBERS[1])
    reverse(town, NUMBERS[0], 1_000 * YUAN, NUMBERS[3], "parts-2")
    prove(town, 100 * YUAN, order_id="parts-1")
    refund(town, 1, order_id="parts-2")
    town.cancel("parts-1")
