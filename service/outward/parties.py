"""Whose an event is: the firms with a part in its stream, its programme, the site, and the currency of its amounts."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from vouchers import wire
from vouchers.order.events import Registered

MOST_KEPT: Final = 20_000
# Streams whose key ends with a firm, and as what it sees them.
KEYED: Final = {
    "aid": ("enterprise",),
    "conduct": ("enterprise", "provider"),
    "debt": ("enterprise", "provider"),
    "enterprise": ("enterprise",),
    "entitlement": ("enterprise",),
    "refusal": ("enterprise",),
    "account": ("enterprise", "provider"),
    "admission": ("provider",),
    "catalogue": ("provider",),
    "provider": ("provider",),
    "signer": ("enterprise", "provider"),
    "support": ("provider",),
}
# Streams about one programme, whose first event names the firms, the programme and the currency.
NAMED: Final = frozenset(
    {"booklet", "budget", "clearing", "counter", "demand", "order", "rating", "settlement", "voucher"}
)
# Streams whose parts may each be of another programme or currency, and what names a part.
_PARTS: Final = {"catalogue": "product_id", "debt": "debt_id"}
# What an event says of another stream that knows more than its own.
_REFERENCES: Final = (("order_id", "order"), ("voucher_id", "voucher"))


class Histories(Protocol):
    """What is asked of the ledger."""

    def history(self, stream: str) -> list[wire.Entry[Any]]:
        """The typed entries of one stream."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Who has a part in a stream, as role:code; which programme, site and currency it is about, where that is known."""

    parties: tuple[str, ...] = ()
    programme: str = ""
    site: str = ""
    currency: str = ""


class Parties:
    """Finds out whose a stream is and remembers it; any thread may ask."""

    def __init__(self, ledger: Histories, kept: int = MOST_KEPT) -> None:
        """Begin without memories."""
        self._ledger = ledger
        self._kept = kept
        self._gate = threading.Lock()
        self._known: OrderedDict[str, Whose] = OrderedDict()

    def of(self, stream: str, data: Any) -> Whose:
        """Whose an event of a stream is: what it says itself goes before what its stream or another one says."""
        whose = self._stream(stream, data)
        whose = _with(whose, _text(data, "programme") or whose.programme, _text(data, "currency") or whose.currency)
        for member, kind in _REFERENCES:
            key = _text(data, member)
            if key and not (whose.programme and whose.currency):
                other = self._named(f"{kind}/{key}")
                whose = _with(whose, whose.programme or other.programme, whose.currency or other.currency)
        if whose.programme and not whose.currency:
            whose = _with(whose, whose.programme, self._named(f"programme/{whose.programme}").currency)
        return whose

    def _stream(self, stream: str, data: Any) -> Whose:
        kind, _, key = stream.partition("/")
        if kind in NAMED:
            return self._named(stream)
        firm = key.rpartition("/")[2].partition(":")[0]
        whose = Whose(tuple(f"{role}:{firm}" for role in KEYED.get(kind, ())))
        member = _PARTS.get(kind, "")
        part = _text(data, member) if member else ""
        if part:
            found = self._remembered(f"{stream}#{part}", lambda: _part(self._ledger.history(stream), member, part))
            whose = _with(whose, found.programme, found.currency)
        return whose

    def _named(self, stream: str) -> Whose:
        return self._remembered(stream, lambda: _named(self._ledger.history(stream)))

    def _remembered(self, name: str, find: Callable[[], Whose]) -> Whose:
        with self._gate:
            if name in self._known:
                self._known.move_to_end(name)
                return self._known[name]
        found = find()
        if found != _NOBODY:  # What is not there yet may come.
            with self._gate:
                self._known[name] = found
                if len(self._known) > self._kept:
                    self._known.popitem(last=False)
        return found


def _named(history: list[wire.Entry[Any]]) -> Whose:
    """What the first event of a stream says of it; who only put a voucher into an order learns from the voucher."""
    if not history:
        return _NOBODY
    first = history[0].data
    firms = (("enterprise", _text(first, "enterprise_id")), ("provider", _text(first, "provider_id")))
    site = str(first.attributes.get("site_id", "")) if isinstance(first, Registered) else ""
    parties = tuple(f"{role}:{firm}" for role, firm in firms if firm)
    return Whose(parties, _text(first, "programme"), site, _text(first, "currency"))


def _part(history: list[wire.Entry[Any]], member: str, part: str) -> Whose:
    """What the first event of a part of a stream says of it."""
    made = [entry.data for entry in history if _text(entry.data, member) == part and _text(entry.data, "currency")]
    return Whose((), _text(made[0], "programme"), "", made[0].currency) if made else _NOBODY


def _with(whose: Whose, programme: str, currency: str) -> Whose:
    return Whose(whose.parties, programme, whose.site, currency)


def _text(data: Any, name: str) -> str:
    value = getattr(data, name, "")
    return value if isinstance(value, str) else ""


_NOBODY: Final = Whose()
