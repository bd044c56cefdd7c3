"""A clean half-year for the audit tests, played through the application, and what is planted in it."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

from service.audit.suite.asking import chosen
from service.audit.suite.running import Report, run_tests
from service.audit.suite.settings import Numbers, shipped
from tests.examples import CHANGNING, LAB, PUDONG, YUAN, make_credit_code, voucher_of
from tests.town import Town, an_empty_town
from vouchers import application as app
from vouchers.order.decisions import AcceptDelivery, RequestRedemption

SECOND_LAB, THIRD_LAB = (make_credit_code("9", "1", "310104", number) for number in (501, 502))
LABS = (LAB, SECOND_LAB, THIRD_LAB)
Entry = dict[str, Any]
# Weekdays, on which people of the office work; orders, deliveries and payments fall on them.
DAYS = ("2026-02-03", "2026-02-18", "2026-03-04", "2026-03-19", "2026-04-07", "2026-04-22", "2026-05-12", "2026-05-27")
GROSS = (13_417, 8_263, 21_859, 5_731, 17_093, 9_547, 11_371, 6_619)  # yuan; no round sums


def digest(*words: object) -> str:
    """A digest that no other words have."""
    return hashlib.sha256(repr(words).encode()).hexdigest()


def office_clock(town: list[Town]) -> Callable[[], str]:
    """The clock of an office that works from ten in the morning, and takes a minute and a half for everything."""
    last = [datetime(2026, 1, 1, tzinfo=UTC)]

    def now() -> str:
        opens = datetime.fromisoformat(f"{town[0].on}T02:00:00+00:00") if town else last[0]
        last[0] = max(opens, last[0] + timedelta(seconds=90))
        return last[0].strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    return now


@cache
def clean_lines() -> tuple[bytes, ...]:
    """The log of the half-year: two firms, three laboratories, eight orders, all paid, some of them checked."""
    here: list[Town] = []
    with an_empty_town(clock=office_clock(here)) as town:
        here.append(town)
        town.adopt()
        for firm in (PUDONG, CHANGNING):
            town.record(firm)
        town.entitle(PUDONG, CHANGNING)
        for number, lab in enumerate(LABS):
            town.admit(lab, account=f"account:{number}", controller=f"owner-{number}")
            town.accredit(lab)
        town.go("2026-01-20").tier("C", CHANGNING)
        for place, day in enumerate(DAYS):
            _play(town, place, day)
        size = town.ledger.size()
        return tuple(row.entry for row in town.ledger.rows(0, size))


def _play(town: Town, place: int, day: str) -> None:
    """One order from its registration to its payment, on three days."""
    order_id, firm = f"O-{place}", (PUDONG, PUDONG, PUDONG, CHANGNING)[place % 4]
    lab, gross = LABS[place % 3], GROSS[place] * YUAN
    first, later, last = day, _later(day, 6), _later(day, 14)
    town.go(first).order(
        order_id, gross=gross, enterprise_id=firm, provider_id=lab, voucher_id=voucher_of(firm),
        contract_digest=digest("contract", order_id), ends_on=later,
    )  # fmt: skip
    town.go(later)
    town.do(
        app.accept_delivery, AcceptDelivery(order_id, later, digest("report", order_id)), actor=f"enterprise:{firm}"
    )
    town.invoice(order_id, number=f"dfp:26{place % 3:02d}{place * 7919:016d}")
    needed = (*town.state(order_id).registered.evidence, "acceptance", "site_visit")
    evidence = {kind: digest(kind, order_id) for kind in needed}
    town.do(
        partial(app.request_redemption, seed=town.seed), RequestRedemption(order_id, evidence), actor=f"provider:{lab}"
    )
    town.go(_later(later, 1))
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        if town.state(order_id).status == "requested":
            town.approve(order_id, reviewer)
    town.go(last)
    town.propose(f"S-{place}", order_id)
    town.sign(f"S-{place}")
    town.confirm(f"S-{place}", order_id)


def _later(day: str, days: int) -> str:
    """A later day, moved to the next Monday where it falls on a weekend."""
    moved = datetime.fromisoformat(day) + timedelta(days=days)
    while moved.weekday() >= 5:
        moved += timedelta(days=1)
    return moved.date().isoformat()


@dataclass
class World:
    """A log that anomalies are planted in, entry by entry; numbers, versions and running totals follow."""

    entries: list[Entry]

    def find(self, topic: str, **data: Any) -> Entry:
        """The first entry of a type with these values."""
        return next(self.each(topic, **data))

    def each(self, topic: str, **data: Any) -> Iterator[Entry]:
        """Every entry of a type with these values; `agg` is the stream's key."""
        key = data.pop("key", None)
        for entry in list(self.entries):
            named = entry["type"] == topic and (key is None or entry["agg"].partition("/")[2] == key)
            if named and all(entry["data"].get(name) == value for name, value in data.items()):
                yield entry

    def add(self, topic: str, key: str, data: dict[str, Any], *, like: Entry | None = None, **members: Any) -> Entry:
        """Append an event a minute and a half after the last one, in office hours, with an envelope like another's."""
        last = self.entries[-1]
        entry = {
            **(like or {name: last[name] for name in ("actor", "auth", "v")}),
            "agg": f"{topic.partition('.')[0]}/{key}",
            "data": data,
            "rec": _after(last["rec"]),
            "type": topic,
            **members,
        }
        entry.setdefault("eff", entry["rec"][:10])
        entry.pop("cause", None)
        self.entries.append(entry)
        return entry

    def copy(
        self, order_id: str, new_id: str, day: str = "", changes: dict[str, dict[str, Any]] | None = None
    ) -> list[Entry]:
        """Let an order happen again under another number, up to its payment, with documents of its own."""
        made: list[Entry] = []
        for source in [e for e in self.entries if _about(e, order_id)]:
            text = (
                json.dumps(source["data"])
                .replace(f'"{order_id}', f'"{new_id}')
                .replace(f'"bank-{order_id}"', f'"bank-{new_id}"')
            )
            text = text.replace(f"S-{order_id[2:]}", f"S-{new_id}")
            data = _fresh(json.loads(text), new_id)
            data |= (changes or {}).get(source["type"], {})
            agg = (
                source["agg"]
                .replace(order_id, new_id)
                .replace(f"settlement/S-{order_id[2:]}", f"settlement/S-{new_id}")
            )
            if source["agg"].startswith("invoice/") or "invoice" in data:
                number = f"dfp:27{int(digest(new_id)[:12], 16):018d}"
                agg = f"invoice/{number}" if agg.startswith("invoice/") else agg
                data |= {"invoice": number} if "invoice" in data else {}
            entry = self.add(source["type"], agg.partition("/")[2], data, like=dict(source))
            entry["eff"] = entry["rec"][:10]
            made.append(entry)
        if day:
            made[0]["data"] |= {"registered_on": day}
        return made

    def lines(self) -> list[bytes]:
        """The log as bytes, numbered again."""
        versions: dict[str, int] = {}
        totals: dict[str, int] = {}
        for seq, entry in enumerate(self.entries):
            entry["seq"] = seq
            entry["ver"] = versions[entry["agg"]] = versions.get(entry["agg"], 0) + 1
            if entry["type"] in ("budget.Committed", "budget.Freed"):
                moved = entry["data"]["amount"] * (1 if entry["type"] == "budget.Committed" else -1)
                totals[entry["agg"]] = totals.get(entry["agg"], 0) + moved
                entry["data"]["committed"] = totals[entry["agg"]]
        return [encoded(entry) for entry in self.entries]


def encoded(entry: Entry) -> bytes:
    """The bytes of an entry."""
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _after(rec: str) -> str:
    """A minute and a half later, on the next working morning where the office has closed."""
    moved = datetime.fromisoformat(rec) + timedelta(seconds=90)
    if moved.hour >= 11 or moved.weekday() >= 5:
        moved = (moved + timedelta(days=1)).replace(hour=2, minute=0, second=0)
        while moved.weekday() >= 5:
            moved += timedelta(days=1)
    return moved.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _about(entry: Entry, order_id: str) -> bool:
    """Whether an entry is part of the order's life, and not of a running total that is made anew."""
    data, kind = entry["data"], entry["agg"].partition("/")[0]
    if kind == "settlement":
        return entry["agg"] == f"settlement/S-{order_id[2:]}"
    named = data.get("order_id") == order_id or entry["agg"] in (f"order/{order_id}", f"review/{order_id}-R1")
    return named and kind in ("order", "voucher", "budget", "invoice", "review", "settlement")


def _fresh(data: Any, new_id: str) -> Any:
    """The same values with digests of their own."""
    for name, value in data.items():
        if (
            isinstance(value, str)
            and len(value) == 64
            and name.endswith(("_digest", "digest"))
            and name != "policy_digest"
        ):
            data[name] = digest(name, new_id)
        if name == "evidence" and isinstance(value, dict):
            data[name] = {kind: digest(kind, new_id) for kind in value}
    return data


def a_world() -> World:
    """The clean half-year, to plant in."""
    return World([json.loads(line) for line in clean_lines()])


def run(lines: list[bytes], suite: str = "", engine: str = "sqlite", replayed: Any = None, **numbers: Any) -> Report:
    """Run tests over lines, with some numbers of one's own."""
    thresholds = tuple(numbers.pop("thresholds", ()))
    own = Numbers({**shipped().values, **numbers}, frozenset(numbers), thresholds)
    return run_tests(
        chosen(suite.split(",") if suite else []), lambda: iter(lines), own, engine=engine, replayed=replayed
    )
