"""The commands `vouchers admission`: how a provider joins by self-evaluation, verification and public notice."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from service.cli.output import pairs, table
from service.cli.session import Session, acting, reading
from service.cli.values import (
    CREDIT_CODE,
    DAY,
    DIGEST,
    EXISTING_FILE,
    PROGRAMME_CODE,
    REFERENCE,
    digest_of,
    provider_fact_of,
)
from service.projections.providers import applications
from vouchers import application
from vouchers.admission.decisions import (
    DismissObjection,
    JoinAfterNotice,
    ObjectToAdmission,
    SelfEvaluate,
    UpholdObjection,
    Verify,
    WithdrawApplication,
)
from vouchers.divisions import check_division
from vouchers.facts import Fact
from vouchers.kinds import ADMISSION

STATUSES = ("evaluated", "verified", "failed", "noticed", "stopped", "joined", "withdrawn")


@click.group()
def admission() -> None:
    """How providers join: apply, verify, object, uphold, dismiss, join, withdraw, list, show."""


@admission.command()
@acting("provider", "officer")
@click.argument("code", type=CREDIT_CODE)
@click.option("--programme", type=PROGRAMME_CODE, required=True, help="Programme whose conditions are answered.")
@click.option("--name", required=True, help="The provider's published name.")
@click.option("--answer", "answers", multiple=True, metavar="NAME=VALUE", help="What it says of itself; repeat.")
@click.option("--upload", type=EXISTING_FILE, metavar="FILE", help="What it uploads; only its SHA-256 is kept.")
@click.option("--upload-digest", type=DIGEST, metavar="HEX", help="SHA-256 of what it uploads.")
@click.option("--account", type=REFERENCE, default="", metavar="REF", help="Reference to its first account.")
def apply(
    session: Session,
    code: str,
    programme: str,
    name: str,
    answers: tuple[str, ...],
    upload: Path | None,
    upload_digest: str | None,
    account: str,
) -> None:
    """Apply with a self-evaluation; what is not verified yet may be corrected."""
    digest = digest_of(upload, upload_digest, "upload")
    command = SelfEvaluate(code, programme, name, digest, _facts(answers), account)
    _tell(session, "Self-evaluated", session.execute(application.self_evaluate, command))


@admission.command()
@acting("officer", "system")
@click.argument("code", type=CREDIT_CODE)
@click.option("--source", required=True, help="Which registers were asked.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="What they say; repeat.")
@click.option("--extract", type=EXISTING_FILE, metavar="FILE", help="The extract; only its SHA-256 is kept.")
@click.option("--extract-digest", type=DIGEST, metavar="HEX", help="SHA-256 of the extract.")
def verify(
    session: Session,
    code: str,
    source: str,
    facts: tuple[str, ...],
    extract: Path | None,
    extract_digest: str | None,
) -> None:
    """Verify against the registers and the policy; where nothing speaks against it, the public notice opens today."""
    digest = digest_of(extract, extract_digest, "extract")
    command = Verify(code, source, digest, _facts(facts))
    outcome = session.execute(application.verify_provider, command)
    _tell(session, "Not verified" if outcome.answer["status"] == "failed" else "Verified", outcome)
    for reason in outcome.answer["reasons"]:
        session.out.note(reason)


@admission.command("object")
@acting("officer", "enterprise", "provider", "regulator")
@click.argument("code", type=CREDIT_CODE)
@click.option("--reason", required=True, help="What speaks against the provider.")
def object_to(session: Session, code: str, reason: str) -> None:
    """Object while the public notice runs, its last day included."""
    _tell(session, "Objected", session.execute(application.object_to_admission, ObjectToAdmission(code, reason)))


@admission.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
@click.argument("number", type=click.IntRange(1), metavar="N")
@click.option("--reason", required=True, help="Why the objection is right.")
def uphold(session: Session, code: str, number: int, reason: str) -> None:
    """Uphold an objection, which stops the admission; not by whoever objected."""
    outcome = session.execute(application.uphold_objection, UpholdObjection(code, number, reason))
    _tell(session, "Objection upheld", outcome)


@admission.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
@click.argument("number", type=click.IntRange(1), metavar="N")
@click.option("--reason", required=True, help="Why the objection does not stand.")
def dismiss(session: Session, code: str, number: int, reason: str) -> None:
    """Dismiss an objection; not by whoever objected."""
    outcome = session.execute(application.dismiss_objection, DismissObjection(code, number, reason))
    _tell(session, "Objection dismissed", outcome)


@admission.command()
@acting("officer", "system")
@click.argument("code", type=CREDIT_CODE)
def join(session: Session, code: str) -> None:
    """Let a provider join from the day after its notice on, every objection dismissed."""
    _tell(session, "Joined", session.execute(application.join_after_notice, JoinAfterNotice(code)))


@admission.command()
@acting("provider", "officer")
@click.argument("code", type=CREDIT_CODE)
@click.option("--reason", required=True, help="Why it is given up.")
def withdraw(session: Session, code: str, reason: str) -> None:
    """Give an application up before the provider has joined."""
    outcome = session.execute(application.withdraw_application, WithdrawApplication(code, reason))
    _tell(session, "Application withdrawn", outcome)


@admission.command("list")
@reading
@click.option("--status", type=click.Choice(STATUSES), help="Only at this step.")
@click.option("--on", "day", type=DAY, default="", metavar="DAY", help="Only those whose notice runs on this day.")
@click.option("--after", default="", metavar="CODE", help="Go on after this credit code.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), metavar="N", default=50, show_default=True, help="Lines at most."
)
def list_applications(session: Session, status: str | None, day: str, after: str, limit: int) -> None:
    """Applications, and the public notices that run on a day."""
    with session.service.views.session() as views:
        found = [row.as_dict() for row in applications(views, status=status or "", on=day, after=after, limit=limit)]
    rows = [
        (
            each["provider_id"],
            each["name"],
            each["programme"],
            each["status"],
            each["status_on"],
            f"{each['notice_first_on']} to {each['notice_last_on']}" if each["notice_last_on"] else "",
            str(each["objections"] or ""),
        )
        for each in found
    ]
    columns = ["provider", "name", "programme", "status", "since", "notice", "objections#"]
    session.out.answer({"applications": found}, table("Applications", columns, rows) if rows else "No applications.")
    if len(found) == limit:
        session.out.note(f"There may be more: add --after {found[-1]['provider_id']}.")


@admission.command()
@reading
@click.argument("code", type=CREDIT_CODE)
def show(session: Session, code: str) -> None:
    """A provider's latest application with its notice and its objections."""
    state = session.service.ledger.state(ADMISSION, code)
    made = [
        {"number": number, "by": each.by, "outcome": each.outcome, "reason": each.reason}
        for number, each in state.objections.items()
    ]
    data = {
        "provider_id": code,
        "status": state.status,
        "programme": state.evaluated.programme if state.evaluated else "",
        "notice_first_on": state.first_on,
        "notice_last_on": state.last_on,
        "reasons": [asdict(each) for each in state.reasons],
    }
    against = [(each.code, each.text, each.clause, each.remedy) for each in state.reasons]
    rows = [(str(each["number"]), each["by"], each["outcome"], each["reason"]) for each in made]
    objections = table("Objections", ["number#", "by", "outcome", "reason"], rows) if rows else ""
    shown = [(name, value) for name, value in data.items() if name != "reasons"]
    title = pairs("Application", shown) if state.status else "This provider has not applied."
    why = table("What speaks against it", ["code", "reason", "clause", "remedy"], against) if against else ""
    session.out.answer({**data, "objections": made}, title, why, objections)


def _facts(typed: tuple[str, ...]) -> dict[str, Fact]:
    """Facts of a provider: those that a registry file has a column for are read as its cells, all others as typed."""
    facts = dict(map(provider_fact_of, typed))
    if facts.get("country", "CN") == "CN" and "region" in facts:
        check_division(str(facts["region"]), "/facts/region")
    return facts


def _tell(session: Session, title: str, outcome: Any) -> None:
    facts = {**outcome.answer, "position": outcome.position}
    shown = {name: value for name, value in facts.items() if name != "reasons"}
    shown["open_objections"] = ", ".join(map(str, facts["open_objections"]))
    session.out.answer(facts, pairs(title, [*shown.items()]), _following(facts))


def _following(facts: dict[str, Any]) -> str:
    """What comes next at a step."""
    if facts["open_objections"]:
        return "Next: another officer decides on the objection (vouchers admission dismiss, uphold)"
    return {
        "evaluated": "Next: an officer verifies (vouchers admission verify)",
        "noticed": f"Next: vouchers admission join, after {facts.get('notice_last_on')}",
        "joined": "Next: vouchers provider accredit, for each category",
    }.get(facts["status"], "")
