"""What a bank writes beside a line, in the vault while a person has to look: texts and names are not for the log."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from service.audit.vault import Vault
from service.banking.documents import Line
from service.desk import Desk
from vouchers.application.reconciling import BookLine
from vouchers.texts import clip

LONGEST: Final = 500
FIELD: Final = "note"


def keep(desk: Desk, lines: Iterable[tuple[BookLine, Line]], outcomes: Sequence[Any]) -> None:
    """Keep what was written beside lines that wait for a person."""
    waiting = [
        (command, {"text": line.text, "party": line.party, "names": " ".join(line.names)})
        for (command, line), outcome in zip(lines, outcomes, strict=True)
        if getattr(outcome, "answer", {}).get("status") == "open"
    ]
    if waiting:
        vault = Vault(desk)
        with desk.writing() as connection:
            for command, note in waiting:
                subject = _subject(command.bank_account, command.line_id)
                vault.keep(connection, subject, FIELD, {name: clip(told, LONGEST) for name, told in note.items()})


def notes_of(desk: Desk, bank_account: str, line_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """What was written beside some lines."""
    subjects = {_subject(bank_account, line_id): line_id for line_id in line_ids}
    with desk.reading() as connection:
        kept = Vault(desk).of(connection, subjects, FIELD)
    return {subjects[subject]: each.value for subject, each in kept.items()}


def forget(desk: Desk, bank_account: str, line_id: str) -> None:
    """Drop what was written beside a line, once it is known what it is."""
    with desk.writing() as connection:
        Vault(desk).erase(connection, _subject(bank_account, line_id))


def _subject(bank_account: str, line_id: str) -> str:
    return f"bank-line:{bank_account}/{line_id}"
