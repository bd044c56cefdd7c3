"""Lines of batches: what a single request says in its body and address, and the key of the line."""

import re
from typing import Any, Final

from marshmallow import fields, validate

from schemas.faults import Body
from schemas.requests import OrderBody, RedemptionBody
from schemas.values import Checked, choice, day, money, name, text
from vouchers.refusals import Malformed

MOST_NAMES: Final = 20
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


class LineKeyMalformed(Malformed):
    """The key of a line has 1 to 64 letters, digits, full stops, low lines, colons and hyphens."""

    remedy = "Use a number of your own books, or a UUID."


def check_line_key(value: object, pointer: str = "") -> str:
    """The key by which a line takes effect once, or LineKeyMalformed."""
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise LineKeyMalformed(pointer=pointer)
    return value


def line_key() -> Checked:
    """The key of a line: an idempotency key, as a single request has it in its header."""
    shape: dict[str, Any] = {"type": "string", "pattern": f"^{_KEY.pattern}$", "description": "The line's own key."}
    return Checked(check_line_key, shape, required=True)


class OrderLine(OrderBody):
    """A service contract to be registered as an order."""

    key = line_key()


class RedemptionLine(RedemptionBody):
    """The claim of an order's subsidy."""

    key = line_key()
    order_id = name(required=True)


class BankLine(Body):
    """One booking on an account of ours: its day, amount and reference, and what the bank writes beside it."""

    key = line_key()
    direction = choice("debit", "credit", required=True)
    amount = money()
    booked_on = day(required=True)
    reference = text(longest=64, required=True)
    names = fields.List(text(longest=128), validate=validate.Length(max=MOST_NAMES), load_default=list)
    party = text(load_default="")
    text = text(load_default="")


class BankLinesQuery(Body):
    """Which account of ours the lines of a batch are of, by its name in the settings, and in which statement."""

    account = name(required=True)
    statement = name(required=True)


class FactsQuery(Body):
    """Which source states the facts of a batch, and as of which day where its lines do not say."""

    source = name(required=True)
    as_of_on = day()
