"""What the commands about keys, tokens, users and reads have in common."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import click

from service.cli.values import Checked
from service.desk import Desk
from service.identity.house import Identity
from service.settings import load_settings
from vouchers.texts import check_id

LONGEST_LINE: Final = 1_000  # characters
BY: Final = "administrator:desk"
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 24 * 3_600}
_SPAN: Final = re.compile(r"([1-9][0-9]{0,6})([smhd])")


class Span(click.ParamType[int]):
    """A span of time in seconds, typed as 90s, 30m, 8h or 7d."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of seconds."""
        found = _SPAN.fullmatch(str(value))
        if found is None:
            self.fail("Write a span such as 30m, 8h or 7d.", param, ctx)
        return int(found[1]) * _UNITS[found[2]]


SITE: Final = Checked("site", check_id)


@contextmanager
def identity_of(data: str) -> Iterator[Identity]:
    """Everything that an installation knows of who asks, without opening its log."""
    settings = load_settings(data, os.environ)
    desk = Desk(settings.desk_url)
    try:
        yield Identity(settings, desk)
    finally:
        desk.close()


def typed_password(given: str) -> str:
    """A password from the standard input where `-` asks for that, else typed twice at the terminal, and not shown."""
    if given == "-":
        return sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed
