"""How a failure is told at the console, and the exit code that it ends with."""

import errno
import json
import sqlite3
from typing import Any, Final

import click

from vouchers.refusals import Cause, Ineligible, Malformed, Refused, Unavailable

REFUSED: Final = 1
USAGE: Final = 2
FAULTY_INPUT: Final = 3
DIFFERENT: Final = 4
UNAVAILABLE: Final = 5
INTERRUPTED: Final = 130

LONGEST_NAME: Final = 80  # characters of a file's name that are shown

# Faults of a store come as these libraries' errors; the libraries themselves need not be loaded to tell.
_STORES: Final = frozenset({"eventsourcing", "psycopg", "psycopg_pool", "sqlalchemy"})


def report(error: Exception, *, as_json: bool) -> int:
    """Tell a failure, and return its exit code; 0 for one that is a bug."""
    if isinstance(error, Refused):
        tell_refusal(error, as_json=as_json)
        return code_of(error)
    if isinstance(error, sqlite3.Error) or _of_a_store(error):
        return _tell("store-unavailable", f"The store cannot be used: {_first_line(error)}.", UNAVAILABLE, as_json)
    if isinstance(error, UnicodeDecodeError):
        return _tell(
            "not-utf-8", f"The file is not UTF-8: {error.reason} at byte {error.start}.", FAULTY_INPUT, as_json
        )
    if isinstance(error, UnicodeEncodeError):
        return _tell("broken-characters", "What was typed has characters that cannot be kept.", USAGE, as_json)
    if isinstance(error, OSError):
        place = f"{str(error.filename)[:LONGEST_NAME]}: " if error.filename else ""
        exit_code = USAGE if error.errno == errno.ENAMETOOLONG else UNAVAILABLE
        return _tell("file-unusable", f"{place}{error.strerror or type(error).__name__}.", exit_code, as_json)
    return 0


def code_of(refused: Refused) -> int:
    """The exit code of a refusal: what cannot be read is wrong usage, what cannot be reached is unavailable."""
    if isinstance(refused, Unavailable):
        return UNAVAILABLE
    return USAGE if isinstance(refused, Malformed) else REFUSED


def causes_of(refused: Refused) -> tuple[Cause, ...]:
    """Every reason of a refusal."""
    if isinstance(refused, Ineligible):
        return refused.causes
    return (Cause(refused.code, str(refused.facts.get("clause", "")), refused.detail, refused.remedy),)


def tell_refusal(refused: Refused, *, as_json: bool) -> None:
    """Print a refusal: code, sentence, and every reason with its clause and remedy."""
    causes = causes_of(refused)
    if as_json:
        click.echo(json.dumps({"refused": problem(refused)}, ensure_ascii=False))
        return
    word = "Cannot be read" if isinstance(refused, Malformed) else "Not now" if _later(refused) else "Refused"
    click.secho(f"{word}: {refused.code}", fg="red", bold=True, err=True)
    # Where a value cannot be read, its place is told: there may be several amounts or days.
    place = f"{refused.pointer.strip('/')}: " if isinstance(refused, Malformed) and refused.pointer else ""
    for cause in causes:
        mark = f"{cause.code}: " if len(causes) > 1 else place
        clause = f" [{cause.clause}]" if cause.clause else ""
        click.echo(f"  {mark}{cause.text}{clause}", err=True)
        if cause.remedy:
            click.echo(f"    -> {cause.remedy}", err=True)


def problem(refused: Refused) -> dict[str, Any]:
    """A refusal for programs."""
    reasons = [
        {"code": cause.code, "clause": cause.clause, "text": cause.text, "remedy": cause.remedy}
        for cause in causes_of(refused)
    ]
    return {"code": refused.code, "detail": refused.detail, "pointer": refused.pointer, "reasons": reasons}


def _later(refused: Refused) -> bool:
    return isinstance(refused, Unavailable)


def _of_a_store(error: Exception) -> bool:
    return any(kind.__module__.partition(".")[0] in _STORES for kind in type(error).__mro__)


def _first_line(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    lines = str(original).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")


def _tell(code: str, sentence: str, exit_code: int, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({"refused": {"code": code, "detail": sentence, "pointer": "", "reasons": []}}))
    else:
        click.secho(f"{sentence} ({code})", fg="red", err=True)
    return exit_code
