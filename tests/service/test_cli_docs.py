"""docs/cli.md tells every command and every option, and none that does not exist."""

import re

import click

from service.cli import COMMANDS, program
from service.cli.problems import DIFFERENT, FAULTY_INPUT, INTERRUPTED, REFUSED, UNAVAILABLE, USAGE
from tests.service.console import ROOT
from tests.service.problem_pages import refusals

PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
COMMON = {"--data", "--json", "--help"}


def sections():
    """What the page says of each command, by its name without arguments."""
    reference = PAGE.partition("\n## Commands\n")[2]
    parts = re.split(r"^`vouchers ([a-z -]+?)(?: [A-Z{\[][^`]*)?`:", reference, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def leaves(command, path=()):
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from leaves(command.get_command(context, name), (*path, name))
    else:
        yield " ".join(path), command


def test_every_command_is_told_and_no_other():
    assert set(sections()) == {path for path, _ in leaves(program)}
    assert re.findall(r"^### (\S+)$", PAGE, flags=re.MULTILINE) == list(COMMANDS)


def test_every_option_of_every_command_is_told_and_no_other():
    told = sections()
    for path, command in leaves(program):
        found = [name for each in command.params if isinstance(each, click.Option) for name in each.opts]
        options = {name for name in found if name.startswith("--")}  # A short form is told beside its long one.
        assert set(re.findall(r"^- `(--[a-z-]+)", told[path], flags=re.MULTILINE)) == options - COMMON, path


def test_every_command_that_a_refusal_names_is_there():
    for refusal in refusals():
        for said in re.findall(r"`vouchers ([a-z]+(?: [a-z-]+)*)", f"{refusal.remedy} {refusal.__doc__}"):
            command: click.Command | None = program
            for word in said.split():
                if isinstance(command, click.Group):
                    command = command.get_command(click.Context(command), word)
            assert command is not None, f"{refusal.__name__}: vouchers {said}"


def test_every_exit_code_is_told():
    codes = re.findall(r"^\| (\d+) \|", PAGE, flags=re.MULTILINE)
    expected = [0, REFUSED, USAGE, FAULTY_INPUT, DIFFERENT, UNAVAILABLE, INTERRUPTED]
    assert list(map(int, codes)) == expected
