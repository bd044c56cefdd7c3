"""Lines of batches: what a single request says in its body and address, and the key of the line."""

import re
from typing import Any, Final

from schemas.faults import Body
from schemas.requests import OrderBody, RedemptionBody
from schemas.values import Checked, day, name
from vouchers.refusals import Malformed

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


class FactsQuery(Body):
    """Which source states the facts of a batch, and as of which day where its lines do not say."""

    source = name(required=True)
    as_of_on = day()
