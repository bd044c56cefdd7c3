"""The table of commands: nothing is missing in it, and a request says exactly what its command holds."""

import re
from dataclasses import fields, is_dataclass
from inspect import isfunction, signature
from pathlib import Path
from typing import get_type_hints

import pytest

from schemas.faults import read as read_body
from service.api.acting import Act
from service.api.commands import ROWS
from service.identity import FIRMS
from service.permissions import RULES
from tests.service.posting import body_of
from tests.vouchers.every_command import COMMANDS
from vouchers import application

SERVICE = Path(__file__).parents[2] / "service"
# What is no way in for requests: the console, the demonstration, and the list of commands that need the secret seed.
NO_WAY_IN = {"cli", "demo", "wiring.py"}
AT_THE_CONSOLE = {"propose_correction"}  # It plays the whole log, which takes longer than a request may.


def use_cases():
    """Every function of the application that takes a command."""
    for name in application.__all__:
        found = getattr(application, name)
        takes = set(signature(found).parameters) if isfunction(found) else set()
        if {"unit", "command"} <= takes and is_dataclass(get_type_hints(found)["command"]):
            yield name


def elsewhere():
    """The commands that routes of their own run, or what these call."""
    paths = [path for path in SERVICE.rglob("*.py") if path.relative_to(SERVICE).parts[0] not in NO_WAY_IN]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    return set(re.findall(r"\bapplication\.([a-z_]+)\b", text))


def test_every_command_is_reachable_over_http():
    table = {row.name for row in ROWS}
    assert len(table) == len(ROWS)
    assert [name for name in use_cases() if name not in table | elsewhere()] == sorted(AT_THE_CONSOLE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_a_firm_may_do_names_what_has_to_be_its_own(row: Act):
    firms = RULES[f"commands.{row.name}"].roles & set(FIRMS)
    open_to_all = row.name == "object_to_admission"
    assert bool(row.whose) == (bool(firms) and not open_to_all)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_requests_body_and_address_hold_every_field_that_is_not_made(row: Act):
    command = COMMANDS[row.use_case]
    body = body_of(row, command)
    schema = row.schema
    assert set(read_body(schema, body)) == set(body)
    assert {each.name for each in fields(command)} == set(schema.fields) | row.given
