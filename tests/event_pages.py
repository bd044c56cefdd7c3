"""Writes docs/events.md from the code: `python -m tests.event_pages`."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from vouchers.facts import Fact
from vouchers.kinds import KINDS, Kind
from vouchers.voucher.events import MOVES
from vouchers.wire import TOPICS, Entry

PAGE = Path(__file__).parents[1] / "docs" / "events.md"

HEAD = """\
# Events

Everything that can be in the log. An entry is one line of canonical JSON (RFC 8785: members sorted, no blanks, whole
numbers within 2^53-1), and those bytes are what is exported, hashed and proven.

| member | holds |
|---|---|
"""
MIDDLE = """\

`data` holds the fields below. Amounts are minor units of the programme's currency; names that end in `_on` are local
days `YYYY-MM-DD`, inclusive; digests are SHA-256 in hexadecimal. A fact is a text,
a whole number, true or false, or a list of texts. Names and fields never change once they are stored:
`tests/golden/` keeps one entry of each.

This page is written by `python -m tests.event_pages`.
"""
MEMBERS = {
    "actor": "who acted, as `role:reference`",
    "agg": "the stream: `kind/key`",
    "auth": "what the actor acted with, such as the `role`",
    "cause": "the `seq` of the decision behind it, where there is one",
    "data": "the event",
    "eff": "the local day on which it takes effect",
    "occ": "the instant at which it happened, where that is known",
    "rec": "the instant at which it was recorded, in UTC; it never goes back",
    "redacted": "in no leaf: the leaf (base64) of an entry from which texts were taken out since, see `privacy.md`",
    "seq": "its number in the log: 0, 1, 2, ... without a gap",
    "type": "the event's stored name",
    "v": "the version of the envelope",
    "ver": "its number in the stream, from 1",
}
KEYS = {
    "programme": "<programme>",
    "budget": "<programme>/<period>/<pool>",
    "enterprise": "<enterprise_id>",
    "entitlement": "<programme>/<period>/<enterprise_id>",
    "voucher": "<voucher_id>",
    "provider": "<provider_id>",
    "order": "<order_id>",
    "invoice": "<invoice>",
    "review": "<redemption_id>",
    "settlement": "<settlement_id>",
    "cap": "<level>/<key>/<period>",
    "request": "<actor>/<idempotency key>",
    "refusal": "<enterprise_id>",
    "window": "<level>/<key>/rolling-<months>",
    "level": "<level>/<key>:<level that bears it>/<period>",
    "support": "<programme>/<provider_id>",
    "conduct": "<party>",
    "link": "<party>",
    "sample": "<programme>/<period>",
    "pair": "<enterprise_id>:<provider_id>",
    "watch": "all",
    "debt": "<party>",
    "round": "<programme>/<period>/<pool>",
    "source": "<source>",
    "account": "<payee_id> or <payee_id>:<site_id>",
    "admission": "<provider_id>",
    "catalogue": "<provider_id>",
    "demand": "<demand_id>",
    "rating": "<order_id>",
    "aid": "<scope>/<enterprise_id>",
    "clearing": "<programme>/<month>",
    "contract": "<contract_digest>",
    "flow": "<redemption_id>",
    "undertaking": "<controller or enterprise_id>",
    "remittance": "<settlement_id>",
    "statement": "<bank_account>/<statement_id>",
    "bankline": "<bank_account>/<line_id>",
    "counter": "<order_id>",
    "signer": "<party_id>",
    "booklet": "<booklet_id>",
    "erasure": "subject/<subject> or entry/<seq>",
    "anchor": "log",
    "draw": "<draw_id>",
    "logkey": "log",
    "bundle": "<manifest_sha256>",
    "correction": "<correction_id>",
}
WORDS = {str: "text", int: "whole number", bool: "true or false", object: "any value"}


def text() -> str:
    """The whole page."""
    members = [f"| `{name}` | {MEMBERS[name]} |" for name in Entry.__struct_fields__]
    return "\n".join([HEAD + "\n".join(members), MIDDLE, *(line for kind in KINDS for line in section(kind))])


def section(kind: Kind[Any, Any]) -> Iterator[str]:
    """One kind of stream with its events, and the tables that stand inside them."""
    yield f"## {kind.name}\n\nStream `{kind.stream(KEYS[kind.name])}`. {told(type(kind.empty))}\n"
    yield from ("| event | what happened | fields |", "|---|---|---|")
    parts: dict[type, None] = {}
    for event in kind.events:
        moved = " to ".join(f"`{place}`" for place in MOVES.get(event, ()))
        assert not moved or "from " in told(event), "a movement says where from and where to"
        yield f"| `{TOPICS[event]}` | {told(event)} | {members_of(event, parts)} |"
    for part in parts:
        yield f"\n`{part.__name__}`: {told(part)} {members_of(part, {})}."
    yield ""


def told(kind: type) -> str:
    """What a class says of itself, as one line."""
    return " ".join((kind.__doc__ or "").split()).replace("|", "or")


def members_of(kind: type, parts: dict[type, None]) -> str:
    """The fields of an event with their types; the tables that it holds are added to the parts."""
    kinds = get_type_hints(kind)
    return ", ".join(f"`{each.name}` {word_for(kinds[each.name], parts)}" for each in fields(kind))


def word_for(kind: Any, parts: dict[type, None]) -> str:
    """A type in words."""
    if kind == Fact:
        return "fact"
    arguments = [word_for(one, parts) for one in get_args(kind) if one is not Ellipsis and get_origin(kind) != Literal]
    match get_origin(kind):
        case None:
            if is_dataclass(kind) and isinstance(kind, type):
                parts[kind] = None
                return f"`{kind.__name__}`"
            return "nothing" if kind is NoneType else WORDS[kind]
        case origin if origin is tuple:
            return f"list of {arguments[0]}"
        case origin if origin in (dict, Mapping):
            return f"table of {arguments[1]} by name"
        case origin if origin in (Union, UnionType):
            return " or ".join(dict.fromkeys(arguments))
        case _:
            return " or ".join(map(repr, get_args(kind)))


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
