"""Red-letter invoices: what they take back of an invoice, at whatever step its orders are."""

from typing import Any

from vouchers.application.cases import lines_of
from vouchers.application.claims import due_on, gross_of, reverse_claims
from vouchers.application.programmes import policy_of
from vouchers.application.recovering import claw_back
from vouchers.application.stacking import within_ceiling
from vouchers.invoice import decisions as invoices
from vouchers.invoice import events as invoice
from vouchers.kinds import INVOICE, ORDER
from vouchers.ledger import Unit
from vouchers.money import check_amount
from vouchers.order import billing
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.refusals import Refused
from vouchers.values import Value

Answer = dict[str, Any]


class RedLetterDayInvalid(Refused):
    """A red-letter invoice is not dated before its invoice or in the future."""


class ReverseInvoice(Value):
    """A red-letter invoice took an invoice back in part or whole; gross and net in minor units, without a minus sign.

    Where the invoice pays for several orders, `order_id` names the one whose line is taken back.
    """

    invoice: str
    red_invoice: str
    gross: int
    net: int
    issued_on: str
    order_id: str = ""


def reverse_invoice(unit: Unit, command: ReverseInvoice) -> Answer:
    """Shrink the invoice: an unpaid claim on it is reversed, and what was paid too much is demanded back."""
    check_amount(command.gross, "/gross")
    check_amount(command.net, "/net")
    letter = invoice.RedLetter(command.invoice, command.issued_on, command.gross, command.net)
    marked = invoices.mark_red(unit.load(INVOICE, command.red_invoice), letter)
    current = unit.load(INVOICE, command.invoice)
    taken: list[Answer] = []
    if marked:
        taken_back = invoices.reverse(
            current,
            red_invoice=command.red_invoice,
            issued_on=command.issued_on,
            gross=command.gross,
            net=command.net,
            order_id=command.order_id,
        )
        first = current.filed.issued_on if current.filed else command.issued_on
        if not first <= command.issued_on <= unit.on:
            raise RedLetterDayInvalid(pointer="/issued_on", remedy=f"Give a day from {first} to {unit.on}.")
        current = unit.append(INVOICE, command.invoice, [taken_back])
        unit.append(INVOICE, command.red_invoice, marked)
        taken = [_cut(unit, command, cut) for cut in taken_back.cuts]
    left = {"gross": current.left.gross, "net": current.left.net}
    return {"invoice": command.invoice, "red_invoice": command.red_invoice, **left, "orders": taken}


def recover_overpaid(unit: Unit, order_id: str) -> int:
    """Demand back what was paid on invoices that red letters have reduced since; quiet where none has."""
    state = unit.load(ORDER, order_id)
    # What is not paid yet is looked at when it is: until then nobody has got too much of it.
    paid = [claim for claim in state.claims.values() if claim.status == "paid"]
    reduced = [claim for claim in paid if claim.reduced_by]
    if not reduced:
        return 0
    registered = orders.known(state)
    policy = policy_of(unit, registered)
    covered = [state.bills[number] for claim in paid for number in claim.invoices]
    due = within_ceiling(unit, policy, order_id, state, due_on(policy, state, covered, unit.on), gross_of(covered))
    over = sum(claim.amount - claim.overpaid for claim in paid) - due.subsidy
    demanded = 0
    for claim in reversed(reduced):
        part = min(over - demanded, claim.paid - claim.clawed_back)
        if part > 0:
            found = order.OverpaymentFound(
                claim.redemption_id, claim.reduced_by, claim.paid, claim.paid - part, part, lines_of(due)
            )
            unit.append(ORDER, order_id, [found])
            why = f"red-letter invoice {claim.reduced_by}"
            claw_back(unit, orders.ClawBack(order_id, part, why, claim.redemption_id))
            demanded += part
    return demanded


def _cut(unit: Unit, command: ReverseInvoice, cut: invoice.Cut) -> Answer:
    """What the red letter means to one order."""
    state = unit.load(ORDER, cut.order_id)
    reason = f"red-letter invoice {command.red_invoice}"
    unpaid = _unpaid(state, command.invoice)
    reverse_claims(unit, cut.order_id, state, unpaid, reason)
    state = unit.load(ORDER, cut.order_id)
    events = billing.reverse_invoice(state, command.invoice, command.red_invoice, cut.gross, cut.net)
    after = unit.append(ORDER, cut.order_id, events)
    demanded = recover_overpaid(unit, cut.order_id)
    return {
        "order_id": cut.order_id,
        "status": after.status,
        "gross": cut.gross,
        "net": cut.net,
        "reversed": unpaid,
        "clawed_back": demanded,
    }


def _unpaid(state: Order, number: str) -> list[str]:
    """The redemptions on an invoice that no settlement has taken up yet."""
    return [
        claim.redemption_id
        for claim in state.claims.values()
        if number in claim.invoices and claim.status in ("requested", "approved")
    ]
