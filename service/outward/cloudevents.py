"""An event in the form of CloudEvents 1.0: what every reader gets, in a page, a stream or a webhook."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.outward.audience import Audience
from service.outward.parties import Parties
from vouchers import wire
from vouchers.ledger.recorder import Row

MEDIA_TYPE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
_SEQUENCE_DIGITS: Final = 16
# Whole numbers that count minor units of the currency of their event.
MONEY: Final = frozenset(
    {"amount", "appropriated", "asked", "base", "budget", "committed", "cut", "due", "expected", "face", "fee"}
    | {"foreign_gross", "foreign_net", "gross", "interest", "market_income", "needed", "net", "own_share", "paid"}
    | {"part_gross", "part_net", "principal", "received", "subsidy", "to_interest", "to_principal", "total"}
    | {"degressive_part", "rd_part", "total_income"}
)
_FOREIGN: Final = frozenset({"foreign_gross", "foreign_net"})

CloudEvent = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Naming:
    """How the events of an installation are named: what types begin with, and its URI."""

    prefix: str
    source: str

    def type_of(self, topic: str) -> str:
        """The type of an event by its stored name."""
        return f"{self.prefix}.{topic}.v1"


def naming_of(prefix: str, source: str, first_entry: bytes) -> Naming:
    """The names of an installation; without a URI of its own it is known by the first entry of its log."""
    return Naming(prefix, source or f"urn:vouchers:log:{wire.leaf_hash(first_entry).hex()[:24]}")


def cloud_event(row: Row, reader: Audience, naming: Naming, parties: Parties) -> CloudEvent | None:
    """An entry of the log as an event for a reader, or nothing where it must not know of it."""
    entry = wire.decode(row.topic, row.entry)
    whose = parties.of(entry.agg, entry.data)
    if not reader.sees(row.topic, whose):
        return None
    data = reader.form(row.topic, wire.plain(entry.data))
    event = envelope(entry, naming) | {"data": {"effective_on": entry.eff, **priced(data, whose.currency)}}
    if reader.role == "regulator":
        # The digest of the whole entry would let others guess at what they are not told.
        event |= {"entry": wire.line_of(row.entry).decode(), "leafhash": wire.leaf_hash(row.entry).hex()}
    return event


def envelope(entry: wire.Entry[Any], naming: Naming) -> CloudEvent:
    """The attributes of an event without its data."""
    return {
        "specversion": "1.0",
        "id": str(entry.seq),
        "source": naming.source,
        "type": naming.type_of(entry.type),
        "subject": entry.agg,
        "time": entry.rec,
        "datacontenttype": "application/json",
        "sequence": f"{entry.seq:0{_SEQUENCE_DIGITS}d}",
        "streamversion": entry.ver,
    }


def priced(values: Any, currency: str, name: str = "") -> Any:
    """Values in which whole numbers that count money have their currency, where it is known."""
    if isinstance(values, Mapping):
        own = values.get("currency") or currency
        foreign = values.get("foreign_currency", "")
        return {
            member: priced(value, foreign if member in _FOREIGN else own, member) for member, value in values.items()
        }
    if isinstance(values, list | tuple):
        return [priced(value, currency) for value in values]
    if name in MONEY and currency and type(values) is int:
        return {"amount": values, "currency": currency}
    return values


def line_of(event: CloudEvent) -> bytes:
    """An event as one line of JSON, its members in order, without the end of the line."""
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
