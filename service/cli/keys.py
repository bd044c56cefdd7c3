"""The commands `vouchers key`: who may call the service over HTTP."""

import os

import click

from service import clock
from service.cli.identity import BY, SITE
from service.cli.output import Output, pairs, table
from service.cli.session import data_option, json_option
from service.identity import ROLES, create_key, list_keys, revoke_key
from service.settings import load_settings


@click.group()
def key() -> None:
    """The keys with which programs call the service: create, list, revoke."""


@key.command()
@data_option
@json_option
@click.argument("role", type=click.Choice(ROLES))
@click.argument("subject")
@click.option("--site", type=SITE, metavar="ID", default="", help="One site of a provider.")
def create(data: str, as_json: bool, role: str, subject: str, site: str) -> None:
    """Make a key for a firm (by its code) or a person (by a short name); its text is shown this once."""
    text, made = create_key(load_settings(data, os.environ).data, role, subject, clock.now(), site=site, by=BY)
    facts = {"key": text, "key_id": made.key_id, "role": made.role, "subject": made.subject}
    out = Output(as_json=as_json)
    out.answer(facts, pairs("A new key", [*facts.items()]), "Keep it now: only its digest is stored.")


@key.command("list")
@data_option
@json_option
def list_all(data: str, as_json: bool) -> None:
    """All keys, revoked ones too; never their text."""
    found = list_keys(load_settings(data, os.environ).data)
    rows = [(each.key_id, each.role, each.subject, each.site, each.created_at, each.revoked_at) for each in found]
    shown = [each.shown() for each in found]
    columns = ["id", "role", "subject", "site", "created", "revoked"]
    Output(as_json=as_json).answer({"keys": shown}, table("Keys", columns, rows) if rows else "There are no keys yet.")


@key.command()
@data_option
@json_option
@click.argument("key_id", metavar="ID")
def revoke(data: str, as_json: bool, key_id: str) -> None:
    """End a key for ever."""
    ended = revoke_key(load_settings(data, os.environ).data, key_id, clock.now(), by=BY)
    facts = {"key_id": ended.key_id, "subject": ended.subject, "revoked_at": ended.revoked_at}
    Output(as_json=as_json).answer(facts, pairs("Revoked", [*facts.items()]))
