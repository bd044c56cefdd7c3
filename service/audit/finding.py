"""What a person named: the streams that tell its story, and the entry that decided about it."""

import re
from collections.abc import Sequence
from typing import Any, Final

from service.audit.receipts.making import EntryUnknown
from service.audit.receipts.telling import DECISIONS
from service.audit.replaying.sources import Source
from vouchers.kinds import BY_NAME, ORDER
from vouchers.refusals import NotFound
from vouchers.replay import state_as_of
from vouchers.texts import check_path
from vouchers.wire import Entry

# What a number of ours begins with, and the streams of such a thing.
_PREFIXES: Final = {"V-": ("voucher",), "O-": ("order", "counter"), "B-": ("booklet",), "S-": ("settlement",)}
_CLAIM: Final = re.compile(r"(.+)-R[0-9]{1,9}")
_FIRM: Final = ("enterprise", "provider", "refusal", "admission", "conduct", "debt", "account", "link")
MOST_PROGRAMMES: Final = 1_000
_MOST_PERIODS: Final = 200  # decisions about one firm
# Of an order or a claim, what decides about it, the most telling first.
_TELLING: Final = ("order.Registered", "entitlement.Granted", "entitlement.Denied")


class NothingNamed(NotFound):
    """Nothing has ever happened to a thing of this name."""

    remedy = "Name a log number, an order, claim, voucher, enterprise or provider, or a stream such as debt/CODE."


def streams_of(source: Source, name: str) -> list[str]:
    """The streams that tell the story of what was named."""
    kind, slash, _ = name.partition("/")
    if slash and kind in BY_NAME:
        return [name]
    claim = _CLAIM.fullmatch(check_path(name, "/what"))
    if claim and _history(source, f"review/{name}"):
        return [f"order/{claim[1]}", f"review/{name}"]
    kinds = next((kinds for prefix, kinds in _PREFIXES.items() if name.startswith(prefix)), ())
    if "order" in kinds:
        rounds = state_as_of(ORDER, _history(source, f"order/{name}")).redemptions
        return [*(f"{each}/{name}" for each in kinds), *(f"review/{name}-R{number + 1}" for number in range(rounds))]
    return [*(f"{each}/{name}" for each in kinds or _FIRM), *([] if kinds else _entitlements(source, name))]


def history_of(source: Source, name: str) -> list[Entry[Any]]:
    """Everything that happened to what was named, in the order of the log; raises NothingNamed."""
    streams = streams_of(source, name)
    entries = [entry for stream in streams for entry in _history(source, stream)]
    if f"review/{name}" in streams:  # It is a claim: what the order says of other claims is not meant.
        entries = [each for each in entries if getattr(each.data, "redemption_id", name) == name]
    if not entries:
        raise NothingNamed(pointer="/what")
    return sorted(entries, key=lambda entry: entry.seq)


def decision_of(source: Source, what: str) -> int:
    """The log number of the decision that a person means; raises NothingNamed, EntryUnknown."""
    if what.isdecimal():
        return int(what)
    entries = history_of(source, what)
    if what.startswith("V-"):
        # A voucher was decided about when it was granted.
        return entries[0].seq if entries[0].cause is None else entries[0].cause
    decided = [entry for entry in entries if entry.type in DECISIONS]
    if not decided:
        raise EntryUnknown("Nothing was decided about it yet.", pointer="/what")
    if any(each.agg == f"review/{what}" for each in entries):
        decided = [each for each in decided if each.type.startswith("order.Redemption")] or decided
        return decided[-1].seq
    return next((each.seq for name in _TELLING for each in reversed(decided) if each.type == name), decided[-1].seq)


def _entitlements(source: Source, firm: str) -> list[str]:
    """The decisions about a firm's entitlements, of whatever programme and period."""
    programmes = [name.partition("/")[2] for name in source.names("programme/", "", MOST_PROGRAMMES)]
    found: list[str] = []
    for programme in programmes:
        prefix = f"entitlement/{programme}/"
        after = ""
        while len(found) < _MOST_PERIODS:
            names = source.names(prefix, after, 1)
            if not names:
                break
            period = names[0].removeprefix(prefix).partition("/")[0]
            found += [name] if _history(source, name := f"{prefix}{period}/{firm}") else []
            # The first stream of the next period follows the last one of this.
            after = f"{prefix}{period}/\U0010ffff"
    return found


def _history(source: Source, stream: str) -> Sequence[Entry[Any]]:
    return source.history(stream, source.size())
