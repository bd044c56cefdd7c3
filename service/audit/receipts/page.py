"""A checked receipt as a page to read and to print, which needs nothing beside itself."""

import hashlib
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from service.audit.receipts.checking import Confirmed
from service.audit.receipts.forms import Receipt
from service.audit.trust import instant_told
from vouchers.audit import to_base64
from vouchers.money import EXPONENTS, format_amount
from vouchers.policy.conditions import MONEY_FACTS

_PAGES: Final = Environment(
    loader=PackageLoader("service"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
# Facts of firms that are money, and what the orders of a pool share.
_SUMS: Final = MONEY_FACTS | {"budget_total"}
_OPTIONAL: Final = ("reasoning", "rules", "policy", "facts", "effects", "balances")


def page_of(receipt: Receipt, confirmed: Confirmed) -> str:
    """The page of a receipt that was checked; the same receipt gives the same page."""
    currency = receipt.decision.get("currency", "")

    def amount(value: int) -> str:
        return format_amount(value, EXPONENTS.get(currency, 2), currency)

    cosigned = [f"{name} at {instant_told(time)}" for name, time in confirmed.times.items()]
    return _PAGES.get_template("receipt.html").render(
        said={**dict.fromkeys(_OPTIONAL), **receipt.decision},
        amount=amount,
        plain=lambda name, value: fact_told(name, value, currency),
        confirmed=confirmed,
        cosigned=cosigned,
        root=to_base64(confirmed.checkpoint.root),
        digest=hashlib.sha256(receipt.content).hexdigest(),
    )


def fact_told(name: str, fact: Any, currency: str) -> str:
    """A fact as people write it; a sum in the currency of the decision, where that states one."""
    if name in _SUMS and isinstance(fact, int):
        return (
            format_amount(fact, EXPONENTS[currency], currency) if currency in EXPONENTS else f"{fact:,} (minor units)"
        )
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return ", ".join(map(str, fact)) or "none" if isinstance(fact, list | tuple) else str(fact)
