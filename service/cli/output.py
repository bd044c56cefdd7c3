"""Answers at the console: tables for people, one JSON document for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from vouchers.money import exponent_of, format_amount

WIDE = 180  # columns of a pipe or a file, which has no width of its own


class Output:
    """Where answers go: standard output; messages and progress go to standard error."""

    def __init__(self, *, as_json: bool) -> None:
        """Choose between people and programs."""
        self.as_json = as_json

    @cached_property
    def console(self) -> Console:
        """The terminal of a person; markup is off, because clauses come in [brackets]."""
        width = None if sys.stdout.isatty() else WIDE
        return Console(markup=False, highlight=False, emoji=False, width=width)

    @cached_property
    def messages(self) -> Console:
        """Standard error, for progress and notes."""
        return Console(stderr=True, markup=False, highlight=False, emoji=False)

    @property
    def shows_progress(self) -> bool:
        """Whether somebody watches standard error; a file or a program is left in peace."""
        return not self.as_json and self.messages.is_terminal

    def answer(self, data: Any, *parts: RenderableType) -> None:
        """Print the data for a program, or the parts for a person."""
        if self.as_json:
            click.echo(json.dumps(data, ensure_ascii=False))
            return
        for number, part in enumerate(filter(None, parts)):
            if number and not isinstance(part, str):
                self.console.print()
            self.console.print(part)

    def plain(self, data: Any, *lines: str) -> None:
        """Print the data for a program, or lines that are copied or scanned as they stand, however long."""
        for line in [json.dumps(data, ensure_ascii=False)] if self.as_json else lines:
            click.echo(line)

    def note(self, text: str) -> None:
        """Say something beside the answer."""
        click.echo(text, err=True)

    def more(self, shown: int, limit: int, last: int) -> None:
        """Say how to go on where a page is full."""
        if shown == limit:
            self.note(f"There may be more: add --after {last}.")


SENTENCES = frozenset(
    {"what", "text", "reason", "remedy", "name", "title", "rule", "clause", "what is wrong", "categories", "authority"}
    | {"columns"}
)
READABLE = 28  # columns below which a sentence is no pleasure to read
GAP = 3  # columns between two columns


class Listing:
    """Rows under headings where the terminal is wide enough, else one after the other: nothing is cut off."""

    def __init__(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A column whose name ends in "#" holds numbers and is set flush right."""
        self.columns = columns
        self.rows = [["" if cell is None else str(cell) for cell in row] for row in rows]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The form that fits."""
        wanted = [self._width(number, name.rstrip("#")) for number, name in enumerate(self.columns)]
        if sum(wanted) + GAP * (len(wanted) - 1) <= options.max_width:
            yield self._table()
            return
        for number, row in enumerate(self.rows):
            if number:
                yield ""
            names = [name.rstrip("#") or "currency" for name in self.columns]
            yield pairs("", zip(names, row, strict=True))

    def _width(self, number: int, name: str) -> int:
        """The columns that a column needs: codes, days and amounts are never broken; only sentences wrap."""
        longest = max((cell_len(line) for row in self.rows for line in row[number].splitlines()), default=0)
        needed = max(cell_len(name), longest)
        return min(needed, READABLE) if name in SENTENCES else needed

    def _table(self) -> Table:
        drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for name in self.columns:
            drawn.add_column(
                name.rstrip("#"),
                justify="right" if name.endswith("#") else "left",
                no_wrap=name.rstrip("#") not in SENTENCES,
                overflow="fold",
            )
        for row in self.rows:
            drawn.add_row(*row)
        return drawn


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> RenderableType:
    """Rows under headings; a column whose name ends in "#" holds numbers."""
    return _titled(title, Listing(columns, rows))


def pairs(title: str, facts: Iterable[tuple[str, object]]) -> RenderableType:
    """Names and values, one a line; empty values are left out."""
    drawn = Table(box=None, show_header=False, pad_edge=False)
    drawn.add_column(style="dim", no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, value in facts:
        if value not in ("", None):
            drawn.add_row(_label(name), ("no", "yes")[value] if isinstance(value, bool) else str(value))
    return _titled(title, drawn)


def _label(name: str) -> str:
    """A member's name as people say it: a period runs until a day, not until on it."""
    words = name.replace("_", " ")
    return words.removesuffix(" on") if words.endswith(("from on", "until on", "by on")) else words


def _titled(title: str, drawn: RenderableType) -> RenderableType:
    # A table's own title is as narrow as the table.
    return Group(Text(title, style="bold"), drawn) if title else drawn


def money(amount: int | None, currency: str = "") -> str:
    """Minor units as people write them; without a currency, as one with two decimals."""
    if amount is None:
        return ""
    return format_amount(amount, exponent_of(currency) if currency else 2, currency)


def total(amount: int, currency: str) -> str:
    """An amount of a column whose heading names the currency."""
    return format_amount(amount, exponent_of(currency))
