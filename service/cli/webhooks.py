"""The commands `vouchers webhook`: events sent to somebody's address as they happen."""

from typing import Any

import click

from schemas.feed import check_types
from service.cli.output import pairs, table
from service.cli.session import Session, looking
from service.cli.values import NUMBER
from service.identity import a_caller
from service.outward.audience import READERS
from service.outward.showing import letter, shown
from vouchers.refusals import Malformed

_WEBHOOK = click.argument("webhook_id", type=NUMBER, metavar="WEBHOOK")


class OwnerMalformed(Malformed):
    """A webhook is for one reader of events, named as ROLE:SUBJECT."""

    remedy = f"Use one of {', '.join(READERS)}, a colon, and a credit code or a short name."


@click.group()
def webhook() -> None:
    """Webhooks: events sent to an address as they happen; add, list, test, and what could not be delivered."""


@webhook.command()
@looking
@click.argument("url")
@click.option("--for", "owner", required=True, metavar="ROLE:SUBJECT", help="Whose events; only these are sent.")
@click.option("--types", default="", metavar="NAMES", help="Only these, such as order.Paid,voucher.* (default: all).")
@click.option("--from", "start", type=click.IntRange(0), metavar="SEQ", help="Log number to begin at (default: now).")
@click.option("--description", default="", help="What it is for.")
def add(session: Session, url: str, owner: str, types: str, start: int | None, description: str) -> None:
    """Send events to an address; the secret that signs them is shown this once."""
    role, _, subject = owner.partition(":")
    if role not in READERS or not subject:
        raise OwnerMalformed(pointer="/for")
    made, secret = session.service.webhooks.subscriptions.create(
        a_caller(role, subject),
        url,
        check_types(types, "/types") if types else (),
        session.service.ledger.size() if start is None else start,
        description=description,
    )
    facts = {"webhook_id": made["webhook_id"], "url": url, "owner": owner, "next": made["next"], "secret": secret}
    session.out.answer(facts, pairs("A new webhook", [*facts.items()]), "Keep the secret now: it is not shown again.")


@webhook.command("list")
@looking
@click.option("--after", default="", metavar="WEBHOOK", help="Go on after this number.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), metavar="N", default=50, show_default=True, help="Lines at most."
)
def list_all(session: Session, after: str, limit: int) -> None:
    """Every webhook: how far it is, and how its receiver is doing."""
    found = [shown(row) for row in session.service.webhooks.subscriptions.every(None, after, limit)]
    names = ("webhook_id", "owner", "status", "next", "waiting", "dead", "last_failure", "url")
    rows = [tuple(each[name] for name in names) for each in found]
    columns = ["webhook", "owner", "status", "next#", "waiting#", "dead#", "last failure", "address"]
    session.out.answer({"webhooks": found}, table("Webhooks", columns, rows) if rows else "There are none.")


@webhook.command()
@looking
@_WEBHOOK
def show(session: Session, webhook_id: str) -> None:
    """One webhook with its secrets' last days."""
    _tell(session, "Webhook", session.service.webhooks.subscriptions.one(webhook_id, None))


@webhook.command()
@looking
@_WEBHOOK
def pause(session: Session, webhook_id: str) -> None:
    """Send nothing more until it is resumed; nothing is lost."""
    _tell(session, "Paused", session.service.webhooks.subscriptions.pause(webhook_id, None))


@webhook.command()
@looking
@_WEBHOOK
def resume(session: Session, webhook_id: str) -> None:
    """Go on where it stopped, whoever stopped it."""
    _tell(session, "Resumed", session.service.webhooks.subscriptions.resume(webhook_id, None))


@webhook.command()
@looking
@_WEBHOOK
def remove(session: Session, webhook_id: str) -> None:
    """Forget a webhook, its secrets and its dead letters."""
    _tell(session, "Removed", session.service.webhooks.subscriptions.remove(webhook_id, None))


@webhook.command()
@looking
@_WEBHOOK
@click.option("--overlap", type=click.IntRange(0), metavar="SECONDS", help="How long the old one signs too.")
def rotate(session: Session, webhook_id: str, overlap: int | None) -> None:
    """A new secret, shown this once; the ones before sign beside it for a while."""
    row, secret = session.service.webhooks.subscriptions.rotate(webhook_id, None, overlap)
    _tell(session, "A new secret", row, secret=secret)


@webhook.command()
@looking
@_WEBHOOK
def test(session: Session, webhook_id: str) -> None:
    """Send a message that says nothing, now, and tell what came of it."""
    tried = session.service.webhooks.test(webhook_id, None)
    outcome = tried.outcome
    facts = {"delivered": outcome.delivered, "status": outcome.status, "failure": outcome.failure}
    session.out.answer(facts, pairs("Delivered" if outcome.delivered else "Not delivered", [*facts.items()]))


@webhook.command()
@looking
@_WEBHOOK
@click.option("--from", "start", type=click.IntRange(0), required=True, metavar="SEQ", help="Log number to begin at.")
def replay(session: Session, webhook_id: str, start: int) -> None:
    """Send everything again from a log number on."""
    _tell(session, "Sent again", session.service.webhooks.subscriptions.replay(webhook_id, None, start))


@webhook.command()
@looking
@_WEBHOOK
@click.option("--after", type=int, default=-1, metavar="SEQ", help="Go on after this log number.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), metavar="N", default=50, show_default=True, help="Lines at most."
)
def dead(session: Session, webhook_id: str, after: int, limit: int) -> None:
    """Events that were given up after their last attempt."""
    found = [letter(row) for row in session.service.webhooks.subscriptions.dead(webhook_id, None, after, limit)]
    rows = [tuple(each.values()) for each in found]
    columns = ["number#", "stream", "attempts#", "failure", "failed at"]
    session.out.answer({"dead": found}, table("Dead letters", columns, rows) if rows else "There are none.")
    if found:
        session.out.more(len(found), limit, found[-1]["number"])


@webhook.command()
@looking
@_WEBHOOK
@click.option("--number", type=click.IntRange(0), metavar="SEQ", help="Only the one with this log number.")
def retry(session: Session, webhook_id: str, number: int | None) -> None:
    """Try dead letters again; the worker sends them."""
    facts = {"revived": session.service.webhooks.subscriptions.revive(webhook_id, None, number)}
    session.out.answer(facts, pairs("To be tried again", [*facts.items()]))


def _tell(session: Session, title: str, row: dict[str, Any], **more: str) -> None:
    facts = {**shown(row), **more}
    told = {**facts, "types": " ".join(facts["types"]), "secrets": len(facts["secrets"])}
    session.out.answer(facts, pairs(title, [*told.items()]))
