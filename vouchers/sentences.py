"""What an event says to a reader: its sentence, and the amount that it is about."""

import re
from typing import Any

from vouchers.entitlement import events as entitlement
from vouchers.money import EXPONENTS, format_amount

# The fields that hold money, with the words for them; the first one that an event has is its amount.
_MONEY = {
    "amount": "",
    "face": "",
    "total": "total",
    "subsidy": "subsidy",
    "gross": "gross",
    "net": "net",
    "base": "base",
    "own_share": "own share",
}
_FIELD_NAME = re.compile(r"`([^`]*)`")
# Fields that tell a reader what or when, with the words before them.
_TOLD = {
    "category": "for",
    "order_id": "order",
    "redemption_id": "redemption",
    "voucher_id": "voucher",
    "settlement_id": "settlement",
    "instruction_id": "payment",
    "account_ref": "to account",
    "bank_reference": "bank reference",
    "debt_id": "debt",
    "invoice": "invoice",
    "red_invoice": "red letter",
    "declaration_id": "declaration",
    "measure": "for",
    "site_id": "site",
    "product_id": "product",
    "offer_id": "offer",
    "to_pool": "to pool",
    "from_pool": "from pool",
    "region": "region",
    "region_from": "owed by",
    "region_to": "owed to",
    "predecessor_id": "predecessor",
    "successor_id": "successor",
    "other": "other party",
    "kind": "kind",
    "share_bp": "basis points",
    "subcontracted_bp": "basis points",
    "signal": "signal",
    "act": "act",
    "level": "level",
    "effect": "open orders",
    "outcome": "outcome",
    "performance_bp": "performance in basis points",
    "stars": "stars",
    "place": "place",
    "tier": "tier",
    "version": "version",
    "recipient": "for",
    "purpose": "purpose",
    "proposed_by": "proposed by",
    "approved_by": "approved by",
    "reference": "reference",
    "commitment": "commitment",
    "size": "size",
    "tsr_at": "stamped at",
    "seed_hex": "seed",
    "seed": "seed",
    "population": "from",
    "method": "by",
    "items": "items",
    "old_origin": "before:",
    "old_vkey": "from",
    "new_vkey": "to",
    "occasion": "occasion",
    "as_of_on": "as of",
    "due_on": "due on",
    "closes_on": "until",
    "delivered_on": "delivered on",
    "issued_on": "issued on",
    "paid_on": "paid on",
    "use_by_on": "use by",
    "redeem_by_on": "redeem by",
    "on": "counted on",
    "from_on": "from",
    "foreign_currency": "from",
    "rate_on": "at the rate of",
    "rate_source": "by",
    "until_on": "until",
    "reviewer": "by",
    "code": "code",
    "reason": "because:",
    "text": "because:",
    "grounds": "because:",
    "note": "note:",
    "cause": "because:",
}


def sentence_of(event: Any, currency: str) -> str:
    """What happened: the first words of the event's own description, its amounts, and what else it tells."""
    head = " ".join((type(event).__doc__ or "").split())
    for end in (";", ":", ". "):
        head = head.partition(end)[0]
    exponent = EXPONENTS.get(currency, 2)
    running = type(event).__module__.endswith(("budget.events", "cap.events", "level.events", "window.events"))
    amounts = [
        f"{words} {format_amount(getattr(event, name), exponent, currency)}".strip()
        for name, words in _MONEY.items()
        if hasattr(event, name) and not (running and name == "total")
    ]
    # A redemption's number begins with its order's; what is a list has lines of its own.
    hidden = {*_FIELD_NAME.findall(head), *(["order_id"] if getattr(event, "redemption_id", "") else [])}
    head = _FIELD_NAME.sub(lambda found: _said(event, found[1], exponent, currency), head)
    values = [(words, getattr(event, name, "")) for name, words in _TOLD.items() if name not in hidden]
    told = [f"{words} {value}" for words, value in values if value and isinstance(value, str | int)]
    details = ", ".join(amounts + told)
    return f"{head.rstrip('.')}: {details}." if details else f"{head.rstrip('.')}."


def _said(event: Any, name: str, exponent: int, currency: str) -> str:
    """What an event holds under a name, as it is read: whole numbers under such names are money."""
    value = getattr(event, name, "")
    return format_amount(value, exponent, currency).strip() if isinstance(value, int) else str(value)


def amount_of(event: Any) -> int | None:
    """The amount that the event is about, or nothing."""
    for name in _MONEY:
        if hasattr(event, name):
            amount: int = getattr(event, name)
            return amount
    if isinstance(event, entitlement.Granted):
        return sum(allotment.face for allotment in event.vouchers)
    return None
