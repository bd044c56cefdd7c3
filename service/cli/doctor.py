"""The command `vouchers doctor`."""

import os
from dataclasses import asdict

import click

from service.cli.output import Output, table
from service.cli.problems import DIFFERENT
from service.cli.session import data_option, json_option
from service.doctor import examine, worst


@click.command()
@data_option
@json_option
@click.option("--quick", is_flag=True, help="Leave out what reads the whole log.")
@click.option("--strict", is_flag=True, help="Exit code 4 for a warning too.")
@click.pass_context
def doctor(ctx: click.Context, data: str, as_json: bool, quick: bool, strict: bool) -> None:
    """Look at everything that promises rest on; each finding with its reason and remedy (exit code 4 for a fail)."""
    found = [*examine(data, os.environ, quick=quick)]
    state = worst(found)
    rows = [(each.state, each.check, each.what, each.remedy) for each in found]
    facts = {"state": state, "findings": [asdict(each) for each in found]}
    title = {"ok": "All is well", "warn": "It works, with warnings", "fail": "A promise is not kept"}[state]
    Output(as_json=as_json).answer(facts, table(title, ["state", "check", "what", "remedy"], rows))
    if state == "fail" or (strict and state == "warn"):
        ctx.exit(DIFFERENT)
