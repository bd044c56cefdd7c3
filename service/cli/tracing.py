"""The commands `vouchers history`, `vouchers replay` and `vouchers log`: what happened, and what stood when."""

import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, BinaryIO

import click

from service.cli.output import money, pairs, table, total
from service.cli.session import Session, looking, reading
from service.cli.values import DAY, PROGRAMME_CODE, VOUCHER, check_stream
from service.projections.entitlements import entitlements
from vouchers import wire
from vouchers.kinds import BY_NAME, ORDER, PROGRAMME
from vouchers.kinds import VOUCHER as VOUCHER_KIND
from vouchers.ledger.recorder import PAGE
from vouchers.programme.decisions import announced
from vouchers.refusals import NotFound
from vouchers.replay import (
    ProgrammeTotals,
    StreamUnknown,
    TimelineLine,
    expired_by_date,
    programme_as_of,
    timeline,
    voucher_as_of,
)
from vouchers.voucher.decisions import terms_of
from vouchers.voucher.events import PLACES
from vouchers.voucher.state import Voucher

POSITION = click.IntRange(0)
# What a bare number may be, by its beginning; anything else is tried as each of these kinds.
_PREFIXES = {"V-": ("voucher",), "O-": ("order", "counter", "rating"), "B-": ("booklet",), "S-": ("settlement",)}
_BARE = (
    "enterprise",
    "provider",
    "admission",
    "account",
    "catalogue",
    "demand",
    "programme",
    "order",
    "settlement",
    "review",
    "invoice",
    "refusal",
    "conduct",
    "debt",
    "link",
    "counter",
    "booklet",
    "signer",
)


class LogEndsBefore(NotFound):
    """The log ends before this entry."""


@click.command()
@reading
@click.argument("stream", metavar="STREAM")
@click.option("--until", type=DAY, default="", metavar="DAY", help="Only what had taken effect by this day.")
@click.option("--short", is_flag=True, help="Without the arithmetic.")
def history(session: Session, stream: str, until: str, short: bool) -> None:
    """Everything that happened to a voucher, order, enterprise, provider, settlement, programme, ..., line by line.

    STREAM is a number or code, or kind/key as `vouchers log show` prints it.
    """
    found = {name: session.service.ledger.history(name) for name in _streams(session, stream)}
    lines = sorted(
        (line for entries in found.values() if entries for line in timeline(entries)), key=lambda line: line.seq
    )
    if not lines:
        raise StreamUnknown(pointer="/stream", remedy=f"Give a number or code, or one of {', '.join(BY_NAME)}/KEY.")
    shown = [line for line in lines if not until or line.eff <= until]
    data = {"streams": [name for name, entries in found.items() if entries], "lines": [asdict(line) for line in shown]}
    session.out.answer(data, *_story(stream, shown, short=short))


@click.command()
@looking
@click.option("--as-of", "day", type=DAY, default="", metavar="DAY", help="As it stood at the end of this day.")
@click.option("--position", type=POSITION, metavar="N", help="As it was known when the log had so many entries.")
@click.option("--programme", type=PROGRAMME_CODE, help="The whole programme.")
@click.argument("voucher", type=VOUCHER, required=False)
def replay(session: Session, day: str, position: int | None, programme: str | None, voucher: str | None) -> None:
    """A voucher, or a whole programme, as it stood on a day or as it was known at a position of the log."""
    if (voucher is None) == (programme is None):
        raise click.UsageError("Name a VOUCHER, or a programme with --programme.")
    if not day and position is None:
        raise click.UsageError("Say when: --as-of DAY, --position N, or both.")
    when = {"as_of": day, "position": position}
    if voucher is not None:
        currency = terms_of(session.service.ledger.state(VOUCHER_KIND, voucher)).currency
        state = voucher_as_of(session.service.ledger.history(VOUCHER_KIND.stream(voucher)), day, position)
        shown = {**_places(expired_by_date(state, day)), "spendable": state.spendable(day)}
        shown["expired_unrecorded"] = state.unrecorded(day) + state.lapsed(day)
        session.out.answer({"voucher_id": voucher, **when, **shown}, _voucher(voucher, state, currency, when))
        return
    assert programme is not None, "one of the two is given"
    currency = announced(session.service.ledger.state(PROGRAMME, programme)).currency
    totals = programme_as_of(session.service.ledger.entries(0, position), programme, day, position)
    session.out.answer({**when, **_totals(totals)}, *_programme(totals, currency, when))


@click.group()
def log() -> None:
    """The log itself: show entries, export them in their exact bytes."""


@log.command("show")
@looking
@click.option("--from", "start", type=POSITION, metavar="N", help="First log number (default: the last ones).")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), metavar="N", default=20, show_default=True, help="Entries at most."
)
def show_log(session: Session, start: int | None, limit: int) -> None:
    """Entries in their order: number, day, actor, stream and event."""
    size = session.service.ledger.size()
    first = max(0, size - limit) if start is None else start
    rows = session.service.ledger.rows(first, min(first + limit, size))
    if not rows and size:
        raise LogEndsBefore(f"The log has {size:,} entries.", pointer="/from", remedy=f"Give at most {size - 1}.")
    entries = [wire.decode(row.topic, row.entry) for row in rows]
    shown = [
        (each.seq, each.eff, each.rec, each.actor, each.agg, row.topic) for each, row in zip(entries, rows, strict=True)
    ]
    columns = ["seq#", "day", "recorded", "actor", "stream", "event"]
    data = {"size": size, "entries": [wire.parse(row.entry) for row in rows]}
    session.out.answer(data, table(f"The log has {size:,} entries", columns, shown))


@log.command()
@looking
@click.option("--from", "start", type=POSITION, metavar="N", default=0, show_default=True, help="First log number.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Entries at most (default: all).")
@click.option("--output", type=click.File("wb", lazy=True), default="-", help="File to write (default: stdout).")
def export(session: Session, start: int, limit: int | None, output: BinaryIO) -> None:
    """Write entries as JSON Lines, each in the exact bytes that the log keeps."""
    size = session.service.ledger.size()
    end = size if limit is None else min(size, start + limit)
    at = start
    while at < end:
        rows = session.service.ledger.rows(at, min(at + PAGE, end))
        output.write(b"".join(wire.line_of(row.entry) + b"\n" for row in rows))
        at += len(rows)
    if output.name not in ("-", sys.stdout.name):
        session.out.note(f"{max(0, end - start):,} entries written to {output.name}.")


def _streams(session: Session, name: str) -> Iterable[str]:
    """The streams that tell the story of what a person named."""
    if name.partition("/")[0] in BY_NAME:
        return [name]
    key = check_stream(name)
    kinds = next((kinds for prefix, kinds in _PREFIXES.items() if key.startswith(prefix)), _BARE)
    rounds = session.service.ledger.state(ORDER, key).redemptions if "order" in kinds else 0
    with session.service.views.session() as views:
        decided = entitlements(views, enterprise_id=key, limit=1_000) if "enterprise" in kinds else []
    return [
        *(f"{kind}/{key}" for kind in kinds),
        *(f"review/{key}-R{number}" for number in range(1, rounds + 1)),
        *(f"entitlement/{row.programme}/{row.period}/{key}" for row in decided),
    ]


def _story(stream: str, lines: list[TimelineLine], *, short: bool) -> list[Any]:
    """The time line as a table; the reasoning of a step stands below its sentence."""
    rows = [
        (
            line.seq,
            line.eff,
            line.actor,
            "\n".join([line.sentence, *(f"  {step}" for step in line.arithmetic if not short)]),
            money(line.amount, line.currency),
            money(line.balance, line.currency),
            line.clause,
        )
        for line in lines
    ]
    return [table(f"History of {stream}", ["seq#", "day", "actor", "what", "amount#", "after#", "clause"], rows)]


def _places(state: Voucher) -> dict[str, Any]:
    places = {place: getattr(state, place) for place in PLACES}
    return {"face": state.face, **places, "use_by_on": state.use_by_on, "redeem_by_on": state.redeem_by_on}


def _voucher(number: str, state: Voucher, currency: str, when: dict[str, Any]) -> Any:
    if state.terms is None:
        return f"{number} had not been issued {_moment(when)}."
    day = when["as_of"]
    counted = _places(expired_by_date(state, day))
    facts = [(name, money(value, currency)) for name, value in counted.items() if isinstance(value, int) and value]
    facts += [("spendable", money(state.spendable(day), currency))] if day else []
    facts += _late(state.unrecorded(day) + state.lapsed(day), currency)
    days = [("use by", state.use_by_on), ("redeem by", state.redeem_by_on)]
    return pairs(f"{number} {_moment(when)}", [("programme", state.terms.programme), *facts, *days])


def _totals(totals: ProgrammeTotals) -> dict[str, Any]:
    """The totals for programs: JSON has no pairs as names."""
    pools = [{"period": period, "pool": pool, **asdict(sums)} for (period, pool), sums in totals.pools.items()]
    return {**asdict(totals), "pools": pools, "adds_up": totals.adds_up}


def _programme(totals: ProgrammeTotals, currency: str, when: dict[str, Any]) -> list[Any]:
    counts = [
        (name, f"{getattr(totals, name):,}")
        for name in ("vouchers", "orders", "payments", "grants", "denials", "refusals")
    ]
    places = [(place, money(amount, currency)) for place, amount in totals.places.items() if amount]
    places += _late(totals.expired_unrecorded, currency)
    parts = [pairs(f"{totals.programme} {_moment(when)}", [*counts, ("face", money(totals.face, currency)), *places])]
    pools = [
        (period, pool, total(sums.appropriated, currency), total(sums.committed, currency))
        for (period, pool), sums in sorted(totals.pools.items())
    ]
    spent = [
        (code, *(total(amount, currency) for amount in sums.values()))
        for code, sums in sorted(totals.categories.items())
    ]
    if pools:
        parts += [table(f"Budget in {currency}", ["period", "pool", "appropriated#", "committed#"], pools)]
    if spent:
        parts += [
            table(f"Categories in {currency}", ["category", "reserved#", "claimed#", "paid#", "clawed back#"], spent)
        ]
    return parts


def _late(amount: int, currency: str) -> list[tuple[str, str]]:
    """What expired by its date while no event says so yet, where there is any."""
    return [("expired, not on record yet", money(amount, currency))] if amount else []


def _moment(when: dict[str, Any]) -> str:
    day = f"on {when['as_of']}" if when["as_of"] else ""
    known = f"as known at position {when['position']:,}" if when["position"] is not None else ""
    return " ".join(filter(None, (day, known)))
