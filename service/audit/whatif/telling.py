"""Telling: what a course came to, as data for programs, tables for people and lines of CSV, with its limits."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from service.audit.whatif.comparing import Compared, Turned, by_party, of_orders, of_programme, waiting
from service.audit.whatif.playing import FOLLOWED, SAME
from vouchers.money import exponent_of, format_amount


class Basis(NamedTuple):
    """What was asked of which log: its size and root, and the changes in words."""

    size: int
    root: str
    changes: tuple[str, ...]


def told(found: Compared, basis: Basis) -> dict[str, Any]:
    """The whole answer as plain values; the same log and changes give the same bytes."""
    return {
        "size": basis.size,
        "root": basis.root,
        "changes": [*basis.changes],
        "happened": [{"on": on, "what": what, "note": note} for on, what, note in found.changes],
        "decisions": found.decisions,
        "as_in_the_history": found.outcomes[SAME],
        "reproduced": found.decisions - sum(found.carried.values()),
        "unexplained": found.unexplained,
        "carried_over": dict(sorted(found.carried.items())),
        "dropped": [{"seq": seq, "events": topics} for seq, topics in found.dropped],
        "lapsed_or_expired_beside": found.outcomes[FOLLOWED],
        "programmes": programmes(found),
        "pools": pools(found),
        "orders": orders(found),
        "enterprises": parties(found, "enterprise_id"),
        "providers": parties(found, "provider_id"),
        "refused": [_plain(each) for each in found.refused],
        "left_out": [_plain(each) for each in found.left_out],
        "waiting": waiting(found),
        "limits": [*limits(found)],
    }


def limits(found: Compared) -> Iterable[str]:
    """What such an answer cannot say."""
    yield (
        "Everybody asks for what they asked for, on the same days and of the same people: what they would have done "
        "under other rules is not known."
    )
    if found.in_vain:
        sums = ", ".join(_in_words(found, *each) for each in sorted(found.in_vain_amount.items()) if each[1])
        yield (
            f"Requests that were refused stay refused: {found.in_vain:,} ({sums or 'no sums'}). The log keeps why, and "
            "not all of what was asked."
        )
    yield "An enterprise is decided on the days on which the history decided it, and on those of a changed fact."
    if stuck := waiting(found):
        yield f"Paid orders that wait for a check that nobody made in the history: {len(stuck):,}."
    if found.left_out:
        yield f"Orders left out of a batch or a draw that went on without them: {len(found.left_out):,}."
    if found.unexplained:
        yield f"Decisions that could not be found again and are carried over as written: {found.unexplained:,}."
    if found.dropped:
        yield f"Decisions of the history that do not happen, by the change or because of it: {len(found.dropped):,}."


def _in_words(found: Compared, code: str, amount: int) -> str:
    currency = found.history.programmes[code].currency
    return f"{code} {format_amount(amount, exponent_of(currency), currency) if currency else amount}"


def programmes(found: Compared) -> list[dict[str, Any]]:
    """Every programme, its figures in both courses, what was paid by category and by month."""
    answer = []
    for code in sorted({*found.history.programmes, *found.other.programmes} - {""}):
        one, two = found.history.programmes[code], found.other.programmes[code]
        answer.append(
            {
                "programme": code,
                "currency": one.currency or two.currency,
                "figures": [
                    {"name": each.name, "history": each.history, "otherwise": each.other, "difference": each.difference}
                    for each in of_programme(found, code)
                ],
                "paid_by_category": _both(one.categories, two.categories),
                "paid_by_month": _both(one.months, two.months),
            }
        )
    return answer


def pools(found: Compared) -> list[dict[str, Any]]:
    """Every pool of a budget that differs, with the least that was ever free in it."""
    answer = []
    for key in sorted({*found.history.pools, *found.other.pools}):
        one, two = found.history.pools[key], found.other.pools[key]
        if one != two:
            names = ("appropriated", "committed", "least_free")
            answer.append(
                {"budget": key}
                | {f"history_{name}": getattr(one, name) for name in names}
                | {f"otherwise_{name}": getattr(two, name) for name in names}
            )
    return answer


def orders(found: Compared) -> list[dict[str, Any]]:
    """Every order that is otherwise: who would have got what."""
    answer = []
    for order_id, one, two in of_orders(found):
        known = one or two
        row: dict[str, Any] = {"order_id": order_id}
        row |= {name: getattr(known, name) for name in ("programme", "enterprise_id", "provider_id", "category")}
        row["registered_on"] = known.registered_on
        for name, each in (("history", one), ("otherwise", two)):
            row[f"{name}_subsidy"] = each.subsidy if each else 0
            row[f"{name}_paid"] = each.paid if each else 0
            row[f"{name}_clawed_back"] = each.clawed_back if each else 0
            row[f"{name}_status"] = each.status if each else "none"
        answer.append(row)
    return answer


def parties(found: Compared, party: str) -> list[dict[str, Any]]:
    """Every enterprise or provider whose sums differ."""
    return [
        {
            "programme": code,
            party: key,
            "history_subsidy": subsidy.history,
            "otherwise_subsidy": subsidy.other,
            "history_paid": paid.history,
            "otherwise_paid": paid.other,
            "difference_paid": paid.difference,
        }
        for (code, key), (subsidy, paid) in by_party(found, party).items()
    ]


def write_tables(answer: Mapping[str, Any], folder: Path) -> list[Path]:
    """The answer's lists as CSV files (RFC 4180, UTF-8) in a folder; amounts in minor units."""
    figures = [
        {"programme": each["programme"], "currency": each["currency"], **line}
        for each in answer["programmes"]
        for line in each["figures"]
    ]
    reasons = [{**each, "reasons": "; ".join(why["text"] for why in each["reasons"])} for each in answer["refused"]]
    lists: dict[str, Sequence[Mapping[str, Any]]] = {
        "figures": figures,
        "refused": reasons,
        **{name: answer[name] for name in ("pools", "orders", "enterprises", "providers")},
    }
    made = []
    for name, rows in lists.items():
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*(rows[0] if rows else {"nothing": ""})])
            writer.writeheader()
            writer.writerows(rows)
        made.append(path)
    return made


def _both(one: Mapping[str, int], two: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"name": name, "history": one.get(name, 0), "otherwise": two.get(name, 0)} for name in sorted({*one, *two})]


def _plain(each: Turned) -> dict[str, Any]:
    reasons = [dict(zip(("code", "clause", "text"), why, strict=True)) for why in each.reasons]
    return {**each._asdict(), "reasons": reasons}
