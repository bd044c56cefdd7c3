"""Groups of commands whose modules are imported only when one of them is asked for."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

# Command -> the module that has it, and its line in the overview.
Table = Mapping[str, tuple[str, str]]


class Lazy(click.Group):
    """A group that finds its commands in tables, without importing them all."""

    def __init__(self, *names: Any, sections: Mapping[str, Table], package: str, **options: Any) -> None:
        """The commands of tables under their headings, whose modules are in a package."""
        super().__init__(*names, **options)
        self._sections, self._package = sections, package
        self._table = {name: found for table in sections.values() for name, found in table.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands in the order of the tables."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of a name, its module imported now."""
        if cmd_name not in self._table:
            return None
        module = import_module(f"{self._package}.{self._table[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The overview, from the tables."""
        for heading, table in self._sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name, line) for name, (_, line) in table.items()])
