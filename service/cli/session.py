"""One command at the console: the open installation, who acts, on which day, and where answers go."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from service.cli.output import Output, pairs
from service.cli.values import DAY, NUMBER, PERSON
from service.settings import load_settings
from service.wiring import Service, Who
from vouchers.application import Answer, Outcome, compiled
from vouchers.application.running import fingerprint_of
from vouchers.days import add_days
from vouchers.kinds import PROGRAMME
from vouchers.programme.decisions import announced
from vouchers.refusals import Malformed, NotAllowed

Command = Callable[..., None]

PATIENCE = 50_000  # entries that nobody waits long for
AHEAD = 366  # days: a mistyped year would keep a voucher from everything earlier for ever


class RoleNotFitting(NotAllowed):
    """This step is taken by people of another role."""


class DayTooFarAhead(Malformed):
    """A command may take effect at most a year ahead."""


@dataclass(frozen=True, slots=True)
class Session:
    """What every command is given."""

    service: Service
    out: Output
    who: Who
    on: str
    key: str | None = None

    def execute(self, use_case: Callable[..., Answer], command: Any, *, key: str = "") -> Outcome:
        """Run a command in the name of the acting person."""
        return self.service.execute(use_case, command, self.who, on=self.on, key=key)

    def tell(self, use_case: Callable[..., Answer], command: Any, title: str) -> None:
        """Run a command and show all that it answers under a title."""
        outcome = self.execute(use_case, command)
        facts = {**outcome.answer, "position": outcome.position}
        self.out.answer(facts, pairs(title, [*facts.items()]))

    def note_category(self, category: str) -> None:
        """Say so where no policy that was adopted here has a category of this code: it may be mistyped."""
        ledger = self.service.ledger
        states = [ledger.state(PROGRAMME, name.partition("/")[2]) for name in ledger.names("programme/")]
        known = {code for state in states for each in state.policies for code in compiled(each).categories}
        if known and category not in known:
            self.out.note(f"No policy that was adopted here has a category {category}: {', '.join(sorted(known))}.")

    def execute_once(self, use_case: Callable[..., Answer], command: Any, *, turn: str = "", part: str = "") -> Outcome:
        """Run a money command under an idempotency key: the given one, or one derived from the command.

        `turn` tells a later occasion of the same words apart, such as the second claim of an order; `part` tells the
        steps of one command apart.
        """
        key = self.key or "-".join(filter(None, ["cli", fingerprint_of(use_case, command)[:32], turn]))
        outcome = self.execute(use_case, command, key=f"{key}/{part}" if part else key)
        if outcome.replayed:
            self.out.note("This was already done; nothing changed. For a second one, give it a --key of its own.")
        return outcome


def data_option(command: Command) -> Command:
    """The option that names the data folder."""
    return click.option(
        "--data", envvar="VOUCHERS_DATA", default="vouchers-data", show_default=True, help="Data folder."
    )(command)


def json_option(command: Command) -> Command:
    """The option that asks for JSON."""

    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
        ctx.meta["vouchers.json"] = value
        return value

    return click.option("--json", "as_json", is_flag=True, callback=remember, help="One JSON document on stdout.")(
        command
    )


def reading(command: Command) -> Command:
    """A command that only reads: the views are brought to the end of the log before it runs."""
    return _reader(command, catch_up=True)


def looking(command: Command) -> Command:
    """A command about the views or the log themselves, which leaves the views as they are until it runs."""
    return _reader(command, catch_up=False)


def _reader(command: Command, *, catch_up: bool) -> Command:
    @data_option
    @json_option
    @wraps(command)
    def run(data: str, as_json: bool, **given: Any) -> None:
        with Service(load_settings(data, os.environ)) as service:
            out = Output(as_json=as_json)
            if catch_up:
                behind = service.ledger.size() - service.views.position()
                if behind > PATIENCE:
                    out.note(f"Bringing the views forward by {behind:,} entries ...")
                service.catch_up()
            if given.get("programme"):
                # A mistyped code would look like a programme in which nothing has happened.
                announced(service.ledger.state(PROGRAMME, given["programme"]))
            command(Session(service, out, Who("regulator:desk", "regulator"), service.today()), **given)

    return run


def acting(*roles: str, once: bool = False) -> Callable[[Command], Command]:
    """A command that a person of one of these roles gives, the first by default; `once` adds --key."""

    def decorate(command: Command) -> Command:
        @data_option
        @json_option
        @click.option(
            "--as",
            "person",
            envvar="VOUCHERS_AS",
            type=PERSON,
            metavar="ROLE:NAME",
            default=f"{roles[0]}:desk",
            show_default=True,
            help=f"Who acts; role {' or '.join(roles)}.",
        )
        @click.option("--on", type=DAY, metavar="DAY", help="Day on which it takes effect (default: today).")
        @wraps(command)
        def run(data: str, as_json: bool, person: str, on: str | None, key: str | None = None, **given: Any) -> None:
            role = person.partition(":")[0]
            if role not in roles:
                remedy = f"Act as {' or '.join(f'{each}:NAME' for each in roles)}."
                raise RoleNotFitting(pointer="/as", remedy=remedy)
            with Service(load_settings(data, os.environ)) as service:
                out, today = Output(as_json=as_json), service.today()
                day = on or today
                if day > add_days(today, AHEAD):
                    raise DayTooFarAhead(pointer="/on", remedy=f"Check the year; {add_days(today, AHEAD)} is the last.")
                if day > today:
                    out.note(f"This takes effect in the future, on {day}; nothing earlier can follow it.")
                command(Session(service, out, Who(person, role), day, key), **given)

        if once:
            return click.option("--key", type=NUMBER, help="Idempotency key (default: from the command).")(run)
        return run

    return decorate


def paging(command: Command) -> Command:
    """The options of a list that comes in pages."""
    limit = click.option(
        "--limit", type=click.IntRange(1, 1_000), metavar="N", default=50, show_default=True, help="Lines at most."
    )
    after = click.option("--after", type=int, default=-1, metavar="SEQ", help="Go on after this log number.")
    return after(limit(command))
