"""The commands `vouchers redeem`, `vouchers reverse` and `vouchers review`."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from service.cli.output import money, pairs, table, total
from service.cli.session import Session, acting, paging, reading
from service.cli.values import NUMBER, PROGRAMME_CODE, digest_of
from service.projections.reviews import review_queue
from vouchers import application
from vouchers.application.reviewing import FAULTS, ApproveReview, RejectReview
from vouchers.kinds import ORDER
from vouchers.order.decisions import RequestRedemption, ReverseRedemption, known
from vouchers.order.state import Order
from vouchers.refusals import Malformed
from vouchers.texts import check_digest


class EvidenceMalformed(Malformed):
    """Evidence is written KIND=FILE, or KIND=HEX with the SHA-256 of the document."""


@click.command()
@acting("provider", "enterprise", "officer", once=True)
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--evidence", multiple=True, metavar="KIND=FILE|HEX", help="A document by kind; repeat for each.")
@click.option("--more-to-come", is_flag=True, help="Keep the rest of the reservation for later invoices.")
def redeem(session: Session, number: str, evidence: tuple[str, ...], more_to_come: bool) -> None:
    """Ask for the subsidy of what was invoiced so far; only the digests of the evidence are kept."""
    state = session.service.ledger.state(ORDER, number)
    known(state)
    # The same words are a new claim once there is an invoice that no claim covers, or not any more.
    turn = state.redemptions + bool(state.unclaimed)
    command = RequestRedemption(number, dict(map(document_typed, evidence)), more_to_come)
    outcome = session.execute_once(application.request_redemption, command, turn=str(turn))
    tell_claim(session, number, outcome, "Redemption requested")


@click.command()
@acting("provider", "officer", "finance", once=True)
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--reason", required=True, help="Why it is taken back.")
@click.option("--redemption", default="", metavar="NUMBER", help="Which one, where the order has several.")
def reverse(session: Session, number: str, reason: str, redemption: str) -> None:
    """Take a redemption back before a settlement takes it up; the value is reserved again."""
    state = session.service.ledger.state(ORDER, number)
    outcome = session.execute_once(
        application.reverse_redemption, ReverseRedemption(number, reason, redemption), turn=str(state.redemptions)
    )
    tell_claim(session, number, outcome, "Redemption reversed")


@click.group()
def review() -> None:
    """The review queue: list, approve, reject."""


@review.command("list")
@reading
@click.option("--programme", type=PROGRAMME_CODE, default="", help="Only of this programme.")
@paging
def list_reviews(session: Session, programme: str, after: int, limit: int) -> None:
    """Redemptions that a person must check before they are paid, the oldest first."""
    with session.service.views.session() as views:
        found = [asdict(each) for each in review_queue(views, programme=programme, after=after, limit=limit)]
    rows = [
        (
            each["order_id"],
            each["since_on"],
            each["programme"],
            each["currency"],
            total(each["amount"], each["currency"]),
            each["tier"],
            f"{len(each['approved_by'])} of {each['approvals_needed']}",
            each["requested_by"],
            " ".join(each["evidence"]),
            " ".join(each["signals"]),
        )
        for each in found
    ]
    columns = ["order", "since", "programme", "", "amount#", "tier", "approvals", "requested by", "what", "signals"]
    session.out.answer(
        {"reviews": found}, table("To be reviewed", columns, rows) if rows else "Nothing waits for review."
    )
    session.out.more(len(found), limit, found[-1]["seq"] if found else 0)


@review.command()
@acting("reviewer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--note", default="", help="What was looked at.")
@click.option("--redemption", default="", metavar="NUMBER", help="Which one, where the order has several.")
def approve(session: Session, number: str, note: str, redemption: str) -> None:
    """Find the redemption of an order in order; some tiers need two people."""
    outcome = session.execute(application.approve_review, ApproveReview(number, note, redemption))
    tell_claim(session, number, outcome, "Approved")


@review.command()
@acting("reviewer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--reason", required=True, help="Why it is rejected.")
@click.option("--fault", type=click.Choice(FAULTS[1:]), help="Whose fault it is, where it is one.")
@click.option("--redemption", default="", metavar="NUMBER", help="Which one, where the order has several.")
def reject(session: Session, number: str, reason: str, fault: str | None, redemption: str) -> None:
    """Reject the redemption of an order; the value is reserved again and may be claimed anew."""
    outcome = session.execute(application.reject_review, RejectReview(number, reason, redemption, fault or ""))
    tell_claim(session, number, outcome, "Rejected")


def document_typed(text: str) -> tuple[str, str]:
    """A document by kind and digest, typed as KIND=FILE or KIND=HEX."""
    kind, mark, value = text.partition("=")
    if not mark or not kind:
        raise EvidenceMalformed(pointer="/evidence", remedy="Example: --evidence test_report=report.pdf")
    if Path(value).is_file():
        return kind, digest_of(Path(value), None, kind)
    try:
        return kind, check_digest(value.lower())
    except Malformed as refused:
        remedy = "Name a file that exists, or give the 64 digits of its SHA-256."
        raise EvidenceMalformed(f"There is no file {value}.", pointer=f"/evidence/{kind}", remedy=remedy) from refused


def tell_claim(session: Session, number: str, outcome: Any, title: str) -> None:
    """The answer, with the order's status now: a repeated command may find it further on."""
    state = session.service.ledger.state(ORDER, number)
    facts = {**outcome.answer, "status": state.status, "replayed": outcome.replayed, "position": outcome.position}
    session.out.answer(facts, pairs(title, _lines(state, facts)), NEXT.get(state.status, ""))


def _lines(state: Order, facts: Mapping[str, Any]) -> list[tuple[str, object]]:
    currency = known(state).currency
    claim = state.claims.get(facts["redemption_id"])
    several = len(state.claims) > 1 and claim is not None
    return [
        ("order", facts["order_id"]),
        ("redemption", facts["redemption_id"]),
        ("status", state.status),
        ("of this redemption", money(claim.amount, currency) if claim and several else ""),
        ("claimed", money(state.claimed, currency) if state.claimed else ""),
        ("reserved", money(state.held, currency) if state.held else ""),
        ("position", facts["position"]),
    ]


NEXT: Mapping[str, str] = {
    "requested": "Next: a reviewer decides (vouchers review list)",
    "approved": "Next: vouchers settle propose (finance)",
    "invoiced": "The value is reserved again and may be claimed anew.",
}
