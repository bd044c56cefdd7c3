"""The commands `vouchers token`: tokens of the local issuer, and the end of any token before its time."""

import click

from service import clock
from service.cli.identity import BY, SITE, Span, identity_of
from service.cli.output import Output, pairs, table
from service.cli.session import data_option, json_option
from service.cli.values import PROGRAMME_CODE
from service.identity import ROLES, a_caller

DEFAULT_SPAN = "8h"


@click.group()
def token() -> None:
    """Tokens of this installation: issue, rotate the key that signs them, revoke."""


@token.command()
@data_option
@json_option
@click.argument("role", type=click.Choice(ROLES))
@click.argument("subject")
@click.option("--site", type=SITE, metavar="ID", default="", help="One site of a provider.")
@click.option(
    "--programme", "programmes", type=PROGRAMME_CODE, metavar="CODE", multiple=True, help="Only this one; repeat it."
)
@click.option("--expires", type=Span(), metavar="SPAN", default=DEFAULT_SPAN, show_default=True, help="30m, 8h, 7d.")
def issue(
    data: str, as_json: bool, role: str, subject: str, site: str, programmes: tuple[str, ...], expires: int
) -> None:
    """A token for a firm (by its code) or a person (by a short name); it is shown this once."""
    caller = a_caller(role, subject, site, programmes)
    with identity_of(data) as identity:
        text, claims = identity.authenticator.own.issue(caller, expires, clock.seconds())
    facts = {"jti": claims["jti"], "role": role, "subject": caller.subject, "expires": claims["exp"]}
    if not as_json:
        click.echo(text)  # In one line, as it has to be copied.
    out = Output(as_json=as_json)
    told = "It is kept nowhere; its jti ends it before its time."
    out.answer({"token": text, **facts}, pairs("A new token", [*facts.items()]), told)


@token.command()
@data_option
@json_option
@click.option("--at-once", is_flag=True, help="End all tokens signed so far, because a key has leaked.")
def rotate(data: str, as_json: bool, at_once: bool) -> None:
    """Sign with a new key from now on; old keys stay until their tokens have ended."""
    with identity_of(data) as identity:
        kid, kept = identity.authenticator.own.rotate(clock.seconds(), at_once=at_once)
    facts = {"kid": kid, "old_keys": kept}
    Output(as_json=as_json).answer(facts, pairs("A new signing key", [*facts.items()]))


@token.command()
@data_option
@json_option
@click.argument("jti")
@click.option("--reason", metavar="TEXT", default="", help="Why.")
def revoke(data: str, as_json: bool, jti: str, reason: str) -> None:
    """End a token for ever by its id (the claim jti), whoever issued it."""
    with identity_of(data) as identity:
        facts = identity.authenticator.revocations.revoke(jti, clock.now(), by=BY, reason=reason)._asdict()
    Output(as_json=as_json).answer(facts, pairs("Revoked", [*facts.items()]))


@token.command("list")
@data_option
@json_option
def list_revoked(data: str, as_json: bool) -> None:
    """The tokens that were revoked last."""
    with identity_of(data) as identity:
        found = identity.authenticator.revocations.list()
    shown = table("Revoked tokens", ["jti", "revoked", "by", "reason"], found) if found else "No token was revoked."
    Output(as_json=as_json).answer({"revoked": [each._asdict() for each in found]}, shown)
