"""The commands `vouchers audit correct`: what a late fact or another rule takes back or gives, agreed to by two."""

from collections.abc import Callable
from typing import Any

import click

from service.audit.replaying.sources import Opened
from service.audit.whatif.asking import played, read_log
from service.audit.whatif.correcting import proposals
from service.cli.audit.changing import changes_of, otherwise, programme_of, progress
from service.cli.output import money, pairs, table
from service.cli.session import Session, acting, looking
from service.cli.values import NUMBER
from vouchers import application
from vouchers.application.correcting import correction_told
from vouchers.correction.decisions import ApproveCorrection, RejectCorrection, known
from vouchers.kinds import CORRECTION

SHOWN = 50  # findings on the screen


@click.group()
def correct() -> None:
    """Put right what rested on wrong facts or another rule: propose, list, show, approve, reject."""


@correct.command("propose")
@acting("officer")
@click.argument("correction", type=NUMBER)
@otherwise
@click.option("--reason", required=True, help="Why it is put right, as those concerned will read it.")
@click.option("--dry-run", is_flag=True, help="Only show the findings.")
def propose_one(session: Session, correction: str, reason: str, dry_run: bool, **typed: Any) -> None:
    """Find out what would have been otherwise, and propose what follows from it; nothing moves until two agree."""
    log = read_log(Opened(session.service.ledger), session.service.seed)
    title, asked = changes_of(log, **typed)
    programme = programme_of(log, typed["code"])
    with progress(session.out) as told:
        found, basis = played(log, asked, told)
    commands = proposals(session.service.ledger, found, basis, asked, correction, programme, reason)
    findings = [_plain(each) for command in commands for each in command.findings]
    shown = _findings(findings, found.history.programmes[programme].currency)
    if dry_run:
        session.out.answer({"correction_id": correction, "findings": findings}, title, *shown)
        return
    made = [session.execute(application.propose_correction, command) for command in commands]
    data = [{**each.answer, "position": each.position} for each in made]
    titles = [_facts("Proposed", each) for each in data]
    session.out.answer({"proposed": data, "finding_list": findings}, *titles, *shown)


@correct.command("list")
@looking
def list_corrections(session: Session) -> None:
    """Every correction and how it stands."""
    ledger = session.service.ledger
    found = [
        correction_told(key, ledger.state(CORRECTION, key))
        for key in (name.partition("/")[2] for name in ledger.names(CORRECTION.stream("")))
    ]
    rows = [
        (
            each["correction_id"],
            each["programme"],
            each["status"],
            each["findings"],
            money(each["total"], each["currency"]),
        )
        for each in found
    ]
    columns = ["correction", "programme", "status", "findings#", "total#"]
    session.out.answer({"corrections": found}, table("Corrections", columns, rows) if rows else "There is none.")


@correct.command("show")
@looking
@click.argument("correction", type=NUMBER)
def show_correction(session: Session, correction: str) -> None:
    """One correction with its findings, who agreed, and what could not be carried out."""
    state = session.service.ledger.state(CORRECTION, correction)
    proposed = known(state)
    data = correction_told(correction, state)
    about: dict[str, Any] = {"change": proposed.change, "reason": proposed.reason, "proposed_by": proposed.proposed_by}
    about |= {"size": proposed.size, "root": proposed.root}
    findings = [_plain(each) for each in state.findings]
    failed = [(each.number, each.measure, each.text) for each in state.failed]
    session.out.answer(
        {**data, **about, "finding_list": findings},
        _facts(f"Correction {correction}", {**data, **about}),
        *_findings(findings, proposed.currency),
        table("Not carried out", ["finding#", "measure", "reason"], failed) if failed else "",
    )


@correct.command("approve")
@acting("officer", "finance")
@click.argument("correction", type=NUMBER)
def approve_one(session: Session, correction: str) -> None:
    """Agree to a correction; with the second one who does it is carried out."""
    _tell(session, application.approve_correction, ApproveCorrection(correction), "Approved")


@correct.command("reject")
@acting("officer", "finance")
@click.argument("correction", type=NUMBER)
@click.option("--reason", required=True, help="Why everything stays as it is.")
def reject_one(session: Session, correction: str, reason: str) -> None:
    """Do not agree to a correction; everything stays as it is."""
    _tell(session, application.reject_correction, RejectCorrection(correction, reason), "Rejected")


def _tell(session: Session, use_case: Callable[..., application.Answer], command: Any, title: str) -> None:
    outcome = session.execute(use_case, command)
    facts = {**outcome.answer, "position": outcome.position}
    session.out.answer(facts, _facts(title, facts))


def _facts(title: str, facts: dict[str, Any]) -> Any:
    """A correction in names and values: its total as money, lists in words."""
    shown = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in facts.items()}
    return pairs(title, [*{**shown, "total": money(facts["total"], facts["currency"]), "currency": ""}.items()])


def _plain(finding: Any) -> dict[str, Any]:
    names = [name for name in finding.__dataclass_fields__ if name != "number"]
    return {name: getattr(finding, name) for name in names}


def _findings(found: list[dict[str, Any]], currency: str) -> list[Any]:
    """The findings on the screen: how many of each measure, and the first of them."""
    sums: dict[str, tuple[int, int]] = {}
    for each in found:
        count, amount = sums.get(each["measure"], (0, 0))
        sums[each["measure"]] = count + 1, amount + each["amount"]
    totals = [(name, f"{count:,}", money(amount, currency)) for name, (count, amount) in sums.items()]
    rows = [
        (
            each["measure"],
            each["enterprise_id"],
            each["redemption_id"] or each["voucher_id"],
            money(each["amount"], currency),
        )
        for each in found[:SHOWN]
    ]
    return [
        table("What follows", ["measure", "findings#", "amount#"], totals),
        table(f"The first {len(rows)}", ["measure", "enterprise", "about", "amount#"], rows),
    ]
