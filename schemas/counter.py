"""What requests at the counter say, member by member."""

from typing import Any

from marshmallow import fields

from schemas.faults import MESSAGES, Body
from schemas.requests import DeliveryBody
from schemas.values import Checked, InvoiceNumber, choice, day, digests, flag, money, name
from vouchers.identifiers import check_code

PICTURES = ("svg", "png")


def code(prefix: str, **options: Any) -> Checked:
    """A code that people read out, in its canonical form."""
    return Checked(lambda value: check_code(value, "", prefix), **options)


class CodeBody(Body):
    """The wish for a one-time code; the picture shows it as a QR code."""

    picture = choice(*PICTURES, load_default="svg")


class CounterBody(DeliveryBody):
    """A delivery, its invoice and the claim, to which the enterprise consents with a one-time code."""

    code = code("K", required=True)
    order_id = name(load_default="")
    invoice = fields.Nested(InvoiceNumber, required=True, error_messages=MESSAGES)
    issued_on = day(required=True)
    gross = money()
    net = money()
    evidence = digests(load_default=dict)
    more_to_come = flag(load_default=False)
