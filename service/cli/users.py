"""The commands `vouchers user` and `vouchers access`: who logs in at a browser, and what regulators looked at."""

import click

from service import clock
from service.cli.identity import BY, SITE, identity_of, typed_password
from service.cli.output import Output, pairs, table
from service.cli.problems import DIFFERENT
from service.cli.session import data_option, json_option, paging
from service.identity import ROLES

COLUMNS = ["name", "role", "subject", "site", "created", "by", "disabled"]


@click.group()
def user() -> None:
    """People who log in at a browser with a password: add, list, another password, disable."""


@user.command()
@data_option
@json_option
@click.argument("role", type=click.Choice(ROLES))
@click.argument("name")
@click.option("--firm", metavar="CODE", default="", help="Credit code of the firm that an enterprise or provider is.")
@click.option("--site", type=SITE, metavar="ID", default="", help="One site of a provider.")
@click.option("--password", metavar="-", type=click.Choice(["-"]), default=None, help="Read it from standard input.")
def add(data: str, as_json: bool, role: str, name: str, firm: str, site: str, password: str | None) -> None:
    """Somebody who may log in; the password is typed, and never part of the command."""
    text = typed_password(password or "")
    with identity_of(data) as identity:
        facts = identity.users.add(role, name, text, clock.now(), firm=firm, site=site, by=BY)._asdict()
    Output(as_json=as_json).answer(facts, pairs("A new user", [*facts.items()]))


@user.command("list")
@data_option
@json_option
def list_all(data: str, as_json: bool) -> None:
    """Everybody who may log in with a password, or could."""
    with identity_of(data) as identity:
        found = identity.users.list()
    shown = table("Users", COLUMNS, found) if found else "There are no users yet."
    Output(as_json=as_json).answer({"users": [each._asdict() for each in found]}, shown)


@user.command()
@data_option
@json_option
@click.argument("name")
@click.option("--password", "given", metavar="-", type=click.Choice(["-"]), default=None, help="From standard input.")
def password(data: str, as_json: bool, name: str, given: str | None) -> None:
    """Another password for somebody, whose sessions end."""
    text = typed_password(given or "")
    with identity_of(data) as identity:
        facts = identity.set_password(name, text)._asdict()
    Output(as_json=as_json).answer(facts, pairs("Another password", [*facts.items()]))


@user.command()
@data_option
@json_option
@click.argument("name")
def disable(data: str, as_json: bool, name: str) -> None:
    """Let somebody log in no longer, and end the sessions that are open."""
    with identity_of(data) as identity:
        facts = identity.disable(name, clock.now())._asdict()
    Output(as_json=as_json).answer(facts, pairs("Disabled", [*facts.items()]))


@user.command()
@data_option
@json_option
def sessions(data: str, as_json: bool) -> None:
    """Who is logged in now, also by an OpenID provider."""
    with identity_of(data) as identity:
        shown = [each.shown() for each in identity.sessions.list(clock.seconds())]
    rows = [[*each.values()] for each in shown]
    columns = ["name", "role", "subject", "session", "began#", "until#"]
    told = table("Sessions", columns, rows) if rows else "Nobody is logged in."
    Output(as_json=as_json).answer({"sessions": shown}, told)


@user.command()
@data_option
@json_option
@click.argument("name")
def logout(data: str, as_json: bool, name: str) -> None:
    """End every session of a name."""
    with identity_of(data) as identity:
        facts = {"name": name, "ended": identity.sessions.end_all(name)}
    Output(as_json=as_json).answer(facts, pairs("Logged out", [*facts.items()]))


@click.group()
def access() -> None:
    """What regulators looked at over HTTP: list, verify."""


@access.command("list")
@data_option
@json_option
@paging
@click.option("--actor", metavar="ROLE:NAME", default="", help="One regulator's.")
def list_accesses(data: str, as_json: bool, limit: int, after: int, actor: str) -> None:
    """Each read: when, who, what, how it was answered, on how long a log."""
    with identity_of(data) as identity:
        lines = identity.accesses.list(after=max(after, 0), limit=limit, actor=actor)
    rows = [(line.seq, line.access.at, line.access.actor, line.access.path, line.access.status) for line in lines]
    shown = table("Reads", ["seq", "at", "who", "what", "status"], rows) if rows else "No regulator has read anything."
    out = Output(as_json=as_json)
    out.answer({"accesses": [line.shown() for line in lines]}, shown)
    out.more(len(lines), limit, lines[-1].seq if lines else 0)


@access.command()
@data_option
@json_option
@click.pass_context
def verify(ctx: click.Context, data: str, as_json: bool) -> None:
    """Check that no line of the record was changed, moved or taken out of it."""
    with identity_of(data) as identity:
        count, broken = identity.accesses.verify()
    facts = {"lines": count, "broken_at": broken}
    told = "The record is whole." if broken is None else f"Line {broken} is not what was written."
    Output(as_json=as_json).answer(facts, pairs("The record of reads", [*facts.items()]), told)
    if broken is not None:
        ctx.exit(DIFFERENT)
