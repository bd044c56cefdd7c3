"""What may happen at the counter about an order next."""

from collections.abc import Mapping

from vouchers.counter import events as counter
from vouchers.counter.state import Counter
from vouchers.refusals import NotAllowed, Refused
from vouchers.values import Value, field

MOST_CODES = 200


class CodeNotAccepted(NotAllowed):
    """This code is not accepted."""

    remedy = "Ask the enterprise for a new code of this order, and type it as it is shown."


class NotPaidAtCounter(Refused):
    """The money of this order goes to the enterprise, which claims it itself."""

    remedy = "File the invoice; the enterprise asks for the redemption."


class TooManyCodes(Refused):
    """So many codes of one order were accepted already that no further one is."""

    remedy = "Claim the rest of the order without a code."


class RedeemAtCounter(Value):
    """Accept a delivery, file its invoice and claim in one step; the enterprise consents with a one-time code.

    The code is named by its keyed digest. Money is in minor units of the order's currency.
    """

    order_id: str
    provider_id: str
    code_digest: str
    delivered_on: str
    report_digest: str
    invoice: str
    issued_on: str
    gross: int
    net: int
    evidence: Mapping[str, str] = field(default_factory=dict)
    more_to_come: bool = False


def accept_code(state: Counter, code_digest: str, enterprise_id: str, provider_id: str) -> list[counter.Event]:
    """Accept a code that was never accepted before."""
    if code_digest in state.used:
        raise CodeNotAccepted(pointer="/code")
    if len(state.used) >= MOST_CODES:
        raise TooManyCodes(pointer="/code", limit=MOST_CODES)
    return [counter.CodeAccepted(code_digest, enterprise_id, provider_id)]
