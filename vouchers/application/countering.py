"""Redemption at the counter: what the enterprise consents to with a one-time code, done in one step or not at all."""

from typing import Any

from vouchers.application.invoicing import accept_delivery, file_invoice
from vouchers.application.redeeming import request_redemption
from vouchers.application.sampling import Drawn
from vouchers.counter import decisions as counters
from vouchers.kinds import COUNTER, ORDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders

Answer = dict[str, Any]


def redeem_at_counter(
    unit: Unit, command: counters.RedeemAtCounter, *, seed: bytes | Drawn, good: bool = True
) -> Answer:
    """Accept the delivery, file the invoice and claim, where the code is good and was never used.

    `good` is what the desk knows of the code: it is this order's, and in time. A bad code, an order of another
    provider and an order that does not exist are refused alike.
    """
    registered = unit.load(ORDER, command.order_id).registered
    if not good or registered is None or registered.provider_id != command.provider_id:
        raise counters.CodeNotAccepted(pointer="/code")
    state = unit.load(COUNTER, command.order_id)
    accepted = counters.accept_code(state, command.code_digest, registered.enterprise_id, command.provider_id)
    if registered.payee != "provider":
        raise counters.NotPaidAtCounter(pointer="/order_id")
    unit.append(COUNTER, command.order_id, accepted)
    delivery = orders.AcceptDelivery(command.order_id, command.delivered_on, command.report_digest)
    accept_delivery(unit, delivery)
    bill = command.invoice, command.issued_on, command.gross, command.net
    file_invoice(unit, orders.FileInvoice(command.order_id, *bill))
    claim = orders.RequestRedemption(command.order_id, command.evidence, command.more_to_come)
    return request_redemption(unit, claim, seed=seed)
