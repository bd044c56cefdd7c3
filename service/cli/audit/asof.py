"""The commands `vouchers audit asof` and `vouchers audit diff`: what stood when, and what lies between two points."""

import csv
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from itertools import islice
from typing import Any

import click

from service.audit.asof.cells import Changed, cells, plain
from service.audit.asof.points import Point, parse_point, point_of
from service.audit.asof.streams import diff_stream, standing
from service.audit.asof.tables import TABLES, diff_table, key_columns, kpis_at, table_at
from service.audit.replaying.sources import Source
from service.cli.audit.opening import opened
from service.cli.output import Output, table
from service.cli.session import data_option, json_option
from service.cli.values import DAY
from vouchers.refusals import Malformed
from vouchers.replay import ProgrammeTotals, programme_as_of

SHOWN = 50
MOST_TOLD = 5
TOTAL = "total/"
KPIS = "kpis/"


class ConditionMalformed(Malformed):
    """A condition is written COLUMN=VALUE."""


class OnlyTablesHaveColumns(Malformed):
    """Conditions and CSV are for tables of the views; a stream or a total is one thing."""

    remedy = "Leave --where and --csv out, or name a table."


def _asking(command: Callable[..., None]) -> Callable[..., None]:
    """A command about one thing of a log: a data folder's, or that of a bundle named with --log."""

    @data_option
    @json_option
    @click.option("--log", metavar="PATH", help="A bundle or its events.jsonl (default: the data folder's log).")
    @click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Of a table, only rows with this value.")
    @click.option(
        "--limit", type=click.IntRange(1), default=SHOWN, show_default=True, metavar="N", help="Lines at most."
    )
    @wraps(command)
    def run(data: str, as_json: bool, log: str | None, where: tuple[str, ...], **given: Any) -> None:
        with opened(data, log) as source:
            command(source, Output(as_json=as_json), where=_conditions(where), **given)

    return run


def _conditions(where: Iterable[str]) -> dict[str, str]:
    found = {}
    for each in where:
        name, sign, value = each.partition("=")
        if not (name and sign):
            raise ConditionMalformed(f"{each[:80]} is no condition.", pointer="/where", remedy="Write status=paid.")
        found[name] = value
    return found


@click.command()
@click.argument("what", metavar="WHAT")
@click.option("--size", type=click.IntRange(0), metavar="N", help="As recorded in the first so many entries.")
@click.option("--recorded", default="", metavar="INSTANT", help="As recorded by this instant (UTC).")
@click.option("--on", type=DAY, default="", metavar="DAY", help="Only what had taken effect by the end of this day.")
@click.option("--csv", "as_csv", is_flag=True, help="A table as CSV, every line of it.")
@_asking
def asof(
    source: Source,
    out: Output,
    what: str,
    size: int | None,
    recorded: str,
    on: str,
    as_csv: bool,
    where: dict[str, str],
    limit: int,
) -> None:
    """Any state, total or table as it was recorded at a moment, and by a day; without either, as it is now.

    WHAT is a stream such as voucher/V-AXN9-03ZS-04EA-J, a programme's totals as total/SH-STIV, what evaluators ask as
    kpis/SH-STIV/2026, or a table of the views such as vouchers, orders, statement, budgets.
    """
    point = point_of(source, size=size, recorded=recorded, on=on)
    if "/" in what and (as_csv or where):
        raise OnlyTablesHaveColumns(pointer="/what")
    if what.startswith(TOTAL):
        _tell_total(out, source, what.removeprefix(TOTAL), point)
    elif what.startswith(KPIS):
        _tell_kpis(out, source, what, point)
    elif "/" in what:
        _tell_stream(out, source, what, point)
    else:
        _tell_table(out, source, what, point, where, limit, as_csv=as_csv)


def _tell_stream(out: Output, source: Source, what: str, point: Point) -> None:
    found = standing(source, what, point)
    data = {"what": what, **point._asdict(), "entries": found.entries, "last_seq": found.last_seq}
    last = f"{found.entries:,} entries, the last of them {found.last_seq:,}" if found.entries else "not begun"
    title = f"{what} {_moment(point)}: {last}"
    out.answer({**data, "state": plain(found.state)}, table(title, ["cell", "value"], cells(found.state).items()))


def _tell_total(out: Output, source: Source, code: str, point: Point) -> None:
    totals: ProgrammeTotals = programme_as_of(source.entries(0, point.size), code, point.on)
    pools = [{"period": period, "pool": pool, **plain(sums)} for (period, pool), sums in totals.pools.items()]
    data = {**plain(totals), "pools": pools}
    what = f"{TOTAL}{code}"
    shown = [(name, value) for name, value in cells(data).items() if value]
    out.answer(
        {"what": what, **point._asdict(), "state": data}, table(f"{what} {_moment(point)}", ["cell", "value"], shown)
    )


def _tell_kpis(out: Output, source: Source, what: str, point: Point) -> None:
    code, _, period = what.removeprefix(KPIS).partition("/")
    data = plain(kpis_at(source, code, period, point))
    shown = [(name, value) for name, value in cells(data).items() if value]
    out.answer(
        {"what": what, **point._asdict(), "state": data}, table(f"{what} {_moment(point)}", ["cell", "value"], shown)
    )


def _tell_table(
    out: Output, source: Source, what: str, point: Point, where: dict[str, str], limit: int, *, as_csv: bool
) -> None:
    rows = table_at(source, what, point, where, None if as_csv else limit)
    if as_csv:
        columns = [*rows[0]] if rows else []
        writer = csv.writer(sys.stdout, lineterminator="\r\n")
        writer.writerows([columns, *(list(row.values()) for row in rows)])
        return
    columns = [*rows[0]] if rows else []
    out.answer(
        {"what": what, **point._asdict(), "rows": rows},
        table(f"{what} {_moment(point)}", columns, [list(row.values()) for row in rows]),
    )
    if len(rows) == limit:
        out.note("There may be more: give a larger --limit, or --csv.")


@click.command()
@click.argument("what", metavar="WHAT")
@click.option("--from", "before", required=True, metavar="POINT", help="The one point, such as size:700000.")
@click.option("--to", "after", default="now", show_default=True, metavar="POINT", help="The other point.")
@_asking
def diff(source: Source, out: Output, what: str, before: str, after: str, where: dict[str, str], limit: int) -> None:
    """Every cell of a state or a table that differs between two points, with the entries that changed it.

    WHAT is a stream or a table as for `vouchers audit asof`. A POINT is size:N, recorded:INSTANT, on:DAY, now, or
    several with commas between them.
    """
    points = parse_point(source, before), parse_point(source, after)
    if "/" in what:
        if where:
            raise OnlyTablesHaveColumns(pointer="/what")
        keys: tuple[str, ...] = ("stream",)
        found: Iterable[Changed] = diff_stream(source, what, *points)
    else:
        keys = key_columns(TABLES[what][1]) if what in TABLES else ()
        found = diff_table(source, what, *points, where)
    some = list(islice(found, limit + 1))
    told = some[:limit]
    lines = [_line(keys, each) for each in told]
    rows = [(*each.key, each.cell, _said(each.before), _said(each.after), _entries(each.seqs)) for each in told]
    title = f"{what}: {_moment(points[0])}, and {_moment(points[1])}"
    ends = {"from": points[0]._asdict(), "to": points[1]._asdict()}
    out.answer(
        {"what": what, **ends, "changes": lines, "more": len(some) > limit},
        table(title, [*keys, "cell", "before", "after", "entries"], rows) if rows else f"{title}: no difference.",
    )
    if len(some) > limit:
        out.note("There is more: give a larger --limit.")


def _line(keys: tuple[str, ...], each: Changed) -> dict[str, Any]:
    key = dict(zip(keys, each.key, strict=True))
    return {"key": key, "cell": each.cell, "before": each.before, "after": each.after, "seqs": list(each.seqs)}


def _entries(seqs: tuple[int, ...]) -> str:
    """The entries that changed a cell, the first and the last of many."""
    if len(seqs) > MOST_TOLD:
        return f"{seqs[0]}, {seqs[1]}, ... {seqs[-1]} ({len(seqs)} in all)"
    return ", ".join(map(str, seqs)) or "the calendar"


def _said(value: object) -> str:
    return "" if value is None else str(value)


def _moment(point: Point) -> str:
    return f"as of entry {point.size:,}" + (f" and {point.on}" if point.on else "")
