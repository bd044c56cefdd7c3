"""A checked receipt as a page to read and to print, which needs nothing beside itself."""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from service.audit.receipts.checking import Confirmed
from service.audit.receipts.forms import Receipt
from vouchers.audit import to_base64
from vouchers.money import EXPONENTS, format_amount

_PAGES: Final = Environment(
    loader=PackageLoader("service"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_OPTIONAL: Final = ("reasoning", "rules", "policy", "facts", "effects", "balances")


def page_of(receipt: Receipt, confirmed: Confirmed) -> str:
    """The page of a receipt that was checked; the same receipt gives the same page."""
    currency = receipt.decision.get("currency", "")

    def amount(value: int) -> str:
        return format_amount(value, EXPONENTS.get(currency, 2), currency)

    cosigned = [f"{name} at {instant_of(time)}" for name, time in confirmed.times.items()]
    return _PAGES.get_template("receipt.html").render(
        said={**dict.fromkeys(_OPTIONAL), **receipt.decision},
        amount=amount,
        plain=_plain,
        confirmed=confirmed,
        cosigned=cosigned,
        root=to_base64(confirmed.checkpoint.root),
        digest=hashlib.sha256(receipt.content).hexdigest(),
    )


def _plain(fact: Any) -> str:
    """A fact as people write it."""
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return ", ".join(fact) or "none" if isinstance(fact, list) else str(fact)


def instant_of(seconds: int) -> str:
    """A second since 1970 as an instant."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
