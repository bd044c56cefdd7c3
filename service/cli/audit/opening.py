"""How a command that reads a log is told which: a data folder's, or that of a bundle, which needs no data folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from service.audit.replaying import sources
from service.audit.replaying.sources import LogNotReadable, Source
from service.cli.problems import FAULTY_INPUT, tell_refusal
from service.settings import load_settings


def address_of(data: str, log: Path | str | None) -> str:
    """Where the log is: a bundle, packed or not, or its events.jsonl; where none is named, that of the data folder."""
    return str(log) if log else load_settings(data, os.environ).log_url


@contextmanager
def opened(data: str, log: Path | str | None) -> Iterator[Source]:
    """The log that is named, closed at the end; one that cannot be read ends the command with its exit code."""
    with readable(), sources.opened(address_of(data, log)) as source:
        yield source


@contextmanager
def readable() -> Iterator[None]:
    """End the command with the code of faulty input where a log cannot be read."""
    try:
        yield
    except LogNotReadable as fault:
        ctx = click.get_current_context()
        tell_refusal(fault, as_json=bool(ctx.meta.get("vouchers.json")))
        ctx.exit(FAULTY_INPUT)
