"""Lists of the views in pages: those in the order of the log, and those in the order of names."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from service.api.answering import Answer, decode_cursor, number_after, page, reading

Show = Callable[[Any], Answer]


def in_order(values: Answer, look: Callable[[Session, int, int], Sequence[Any]], show: Show) -> Response:
    """One page of what has a number of the log: rows above the cursor's, at most so many."""
    limit, after = values["limit"], number_after(values.get("cursor"), start=-1)
    with reading(values.get("after")) as (session, position):
        rows = look(session, after, limit)
        items = [show(row) for row in rows]
    return page(items, rows[-1].seq if len(rows) == limit else None, position)


def by_name(
    values: Answer, look: Callable[[Session, str, int], Sequence[Any]], show: Show, name: Callable[[Any], str]
) -> Response:
    """One page of what is sorted by name: rows above the cursor's, at most so many."""
    limit, after = values["limit"], decode_cursor(values["cursor"]) if "cursor" in values else ""
    with reading(values.get("after")) as (session, position):
        rows = look(session, after, limit)
        items = [show(row) for row in rows]
    return page(items, name(rows[-1]) if len(rows) == limit else None, position)


def without(row: Answer, *names: str) -> Answer:
    """A row without the columns that only the views need."""
    return {name: value for name, value in row.items() if name not in names}
