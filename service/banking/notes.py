"""What a bank writes beside a line, at the desk while a person has to look: texts and names are not for the log."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Column, Table, Text, delete, insert, select

from service.banking.documents import Line
from service.desk import TABLES, Desk
from vouchers.application.reconciling import BookLine
from vouchers.texts import clip

LONGEST: Final = 500

_NOTES: Final = Table(
    "bank_notes",
    TABLES,
    Column("bank_account", Text, primary_key=True),
    Column("line_id", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("names", Text, nullable=False),
)


def keep(desk: Desk, lines: Iterable[tuple[BookLine, Line]], outcomes: Sequence[Any]) -> None:
    """Keep what was written beside lines that wait for a person."""
    waiting = [
        {
            "bank_account": command.bank_account,
            "line_id": command.line_id,
            "text": clip(line.text, LONGEST),
            "party": clip(line.party, LONGEST),
            "names": clip(" ".join(line.names), LONGEST),
        }
        for (command, line), outcome in zip(lines, outcomes, strict=True)
        if getattr(outcome, "answer", {}).get("status") == "open"
    ]
    if waiting:
        with desk.writing() as connection:
            for each in waiting:
                connection.execute(delete(_NOTES).where(*_is(each["bank_account"], each["line_id"])))
            connection.execute(insert(_NOTES), waiting)


def notes_of(desk: Desk, bank_account: str, line_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """What was written beside some lines."""
    wanted = sorted(set(line_ids))
    query = select(_NOTES).where(_NOTES.c.bank_account == bank_account, _NOTES.c.line_id.in_(wanted))
    with desk.reading() as connection:
        rows = connection.execute(query).mappings()
        return {row["line_id"]: {name: row[name] for name in ("text", "party", "names")} for row in rows}


def forget(desk: Desk, bank_account: str, line_id: str) -> None:
    """Drop what was written beside a line, once it is known what it is."""
    with desk.writing() as connection:
        connection.execute(delete(_NOTES).where(*_is(bank_account, line_id)))


def _is(bank_account: str, line_id: str) -> tuple[Any, Any]:
    return _NOTES.c.bank_account == bank_account, _NOTES.c.line_id == line_id
