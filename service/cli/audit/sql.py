"""The command `vouchers audit sql`: a question of one's own to the derived tables, which are only read."""

import csv
import json
import sys
from pathlib import Path
from typing import Any, Final

import click

from service.audit.suite import helping
from service.audit.suite.engines import NAMES
from service.audit.suite.engines import opened as engine_of
from service.audit.suite.logs import log_of
from service.audit.suite.settings import shipped
from service.audit.suite.stocking import fill
from service.audit.tables import TABLES
from service.cli.audit.opening import opened
from service.cli.audit.testing import progress
from service.cli.output import Output, table
from service.cli.session import data_option, json_option
from vouchers.refusals import Malformed

PATIENCE: Final = 60.0  # seconds that one question may take
LONGEST: Final = 20_000  # characters
_PATH: Final = click.Path(path_type=Path)


class QueryMissing(Malformed):
    """There is no question."""

    remedy = "Give one SELECT; --tables tells what there is to ask."


@click.command("sql")
@data_option
@json_option
@click.argument("query", required=False, default="", metavar="[QUERY]")
@click.option("--log", type=_PATH, metavar="LOG", help="A bundle or its events.jsonl.")
@click.option("--engine", type=click.Choice(NAMES), default="sqlite", show_default=True, help="What answers the SQL.")
@click.option("--size", type=click.IntRange(0), metavar="N", help="Only the first so many entries.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=1_000, show_default=True, help="Rows at most.")
@click.option("--csv", "as_csv", is_flag=True, help="Rows as CSV (RFC 4180).")
@click.option("--tables", "listing", is_flag=True, help="Tell every table and column, and ask nothing.")
def sql(
    data: str,
    as_json: bool,
    query: str,
    log: Path | None,
    engine: str,
    size: int | None,
    limit: int,
    as_csv: bool,
    listing: bool,
) -> None:
    """Ask the derived tables with one SELECT: every row of them names its entry of the log in seq."""
    out = Output(as_json=as_json)
    if listing:
        _tell_tables(out)
        return
    if not query.strip() or len(query) > LONGEST:
        raise QueryMissing(pointer="/query")
    with opened(data, log) as source, engine_of(engine) as database, progress(out) as told:
        read = log_of(source, size)
        fill(database, read.entries, [query], shipped(), pruned=False, told=lambda done: told("reading", done))
        names, rows = database.query(query, limit + 1, PATIENCE)
    more = len(rows) > limit
    rows = rows[:limit]
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerows([names, *rows])
    else:
        told_all = {"size": read.size, "columns": names, "rows": [list(row) for row in rows], "complete": not more}
        _answer(out, told_all, names, rows)
    if more:
        out.note(f"There are more than {limit:,} rows: add --limit, or narrow the question.")


def _answer(out: Output, data: dict[str, Any], names: list[str], rows: list[tuple[Any, ...]]) -> None:
    if out.as_json:
        click.echo(json.dumps(data, ensure_ascii=False, default=str))
        return
    numeric = [all(isinstance(row[place], int) for row in rows) for place in range(len(names))]
    columns = [f"{name}#" if whole else name for name, whole in zip(names, numeric, strict=True)]
    out.answer(data, table(f"Over {data['size']:,} entries", columns, rows) if rows else "No rows.")


def _tell_tables(out: Output) -> None:
    own = [(each.name, each.text, ", ".join(each.names)) for each in TABLES]
    small = [(name, "Made for the tests.", ", ".join(each for each, _ in of)) for name, of in helping.TABLES.items()]
    data = [{"table": name, "text": text, "columns": columns.split(", ")} for name, text, columns in own + small]
    out.answer(data, table("Tables", ["table", "text", "columns"], own + small))
