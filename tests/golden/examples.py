"""One stored entry of each event, kept for ever: `python -m tests.golden.examples` writes those that are not there yet.

A file that is there is never written again: the log holds entries of its form, and they must be read for ever. Where a
test against it fails, the code is wrong, or the event needs a new name.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from vouchers import wire

FOLDER = Path(__file__).parent
FACTS = {"lists": ("蓝名单",), "name": "上海某某科技有限公司", "staff": 9, "is_member": True}
WORDS = {
    "account_ref": "acct:7",
    "category": "TEST",
    "country": "CN",
    "currency": "CNY",
    "enterprise_id": "91310115MA1TE5T0X3",
    "invoice": "dfp:25310000000000000001",
    "order_id": "O-2026-17",
    "payee": "provider",
    "payee_id": "91310104MA1PE0016F",
    "period": "2026",
    "pool": "all",
    "programme": "SH-STIV",
    "provider_id": "91310104MA1PE0016F",
    "redemption_id": "O-2026-17-R1",
    "settlement_id": "S-2026-3",
    "tier": "B",
    "voucher_id": "V-7Q2M-4K9D",
}
SHA256 = ("digest", "commitment", "fingerprint", "_sha256", "root_hash")


def path_of(topic: str) -> Path:
    """Return where the golden file of an event is."""
    return FOLDER / f"{topic}.json"


def example_of(kind: Any, name: str = "") -> Any:
    """Return a value that a field of this type and name may have."""
    if kind is str:
        return word_for(name)
    if kind is int:
        return 1_000 + sum(name.encode())
    if kind is bool:
        return True
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(*(example_of(hints[field.name], field.name) for field in fields(kind)))
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {dict, Mapping}:
        return {name: "d" * 64} if arguments[1] is str else dict(FACTS)
    if origin is tuple:
        return (example_of(arguments[0], name), example_of(arguments[0], f"{name}_2"))
    if origin in {Union, UnionType}:
        return example_of(arguments[0], name)
    raise TypeError(f"{name}: {kind} has no example")


def word_for(name: str) -> str:
    """Return a text that looks like what a field of this name holds."""
    if name.endswith("_on") or name == "on":
        return "2026-03-31"
    if name.endswith(SHA256):
        return hashlib.sha256(name.encode()).hexdigest()
    return WORDS.get(name, f"例 “{name}”")


def entry_of(topic: str) -> wire.Entry[Any]:
    """Return an entry of the log with an example of an event."""
    return wire.Entry(
        actor="officer:li",
        agg=f"{topic.partition('.')[0]}/例-1",
        auth={"role": "officer"},
        cause=12_340,
        data=example_of(wire.EVENTS[topic]),
        eff="2026-03-01",
        occ="2026-03-02T09:14:05Z",
        rec="2026-03-02T09:14:07.123456Z",
        seq=12_345,
        type=topic,
        v=1,
        ver=7,
    )


def write_missing() -> list[str]:
    """Write the golden files that are not there, and return their events."""
    missing = [topic for topic in wire.EVENTS if not path_of(topic).exists()]
    for topic in missing:
        path_of(topic).write_bytes(wire.seal(entry_of(topic)) + b"\n")
    return missing


if __name__ == "__main__":
    print("\n".join(write_missing()) or "Every event has its golden file.")
