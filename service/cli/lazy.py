"""Groups of commands whose modules are imported only when one of them is asked for."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

# Command -> the module that has it, and its line in the overview.
Table = Mapping[str, tuple[str, str]]


class Lazy(click.Group):
    """A group that finds its commands in a table, without importing them all."""

    def __init__(self, *names: Any, table: Table, package: str, **options: Any) -> None:
        """The commands of a table, whose modules are in a package."""
        super().__init__(*names, **options)
        self._table, self._package = table, package

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands in the order of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of a name, its module imported now."""
        if cmd_name not in self._table:
            return None
        module = import_module(f"{self._package}.{self._table[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The overview, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._table.items()])
