"""The commands `vouchers supervise`: scan for signals, raise one, lift a hold, look at ties again."""

import click

from service.cli.output import table
from service.cli.session import Session, acting, paging, reading
from service.cli.values import DAY, NUMBER, PROGRAMME_CODE
from service.projections.reviews import signals
from service.projections.supervision import held
from vouchers import application
from vouchers.application.scanning import Finding, scan
from vouchers.application.signalling import LiftHold, RaiseSignal, RecheckTies
from vouchers.kinds import PROGRAMME
from vouchers.programme.decisions import policy_in_force
from vouchers.refusals import Refused

COLUMNS = ["order", "redemption", "signal", "text"]


@click.group()
def supervise() -> None:
    """Signals and holds: scan, list, raise, let go."""


@supervise.command("scan")
@acting("officer")
@click.argument("programme", type=PROGRAMME_CODE)
@click.option("--since", type=DAY, metavar="DAY", help="Only claims from this day on (default: the year's first).")
@click.option("--dry-run", is_flag=True, help="Tell what would be raised, and raise nothing.")
def scan_log(session: Session, programme: str, since: str | None, dry_run: bool) -> None:
    """Look for signals that show over many claims, and raise them; none is a verdict."""
    ledger = session.service.ledger
    policy = application.compiled(policy_in_force(ledger.state(PROGRAMME, programme), session.on))
    rules = policy.supervision.signals if policy.supervision else None
    since_on = since or f"{session.on[:4]}-01-01"
    found = scan(ledger.entries(), programme, policy.timezone, rules, since_on) if rules else []
    raised = [] if dry_run else [each for each in found if _raise(session, each)]
    data = {"programme": programme, "since_on": since_on, "found": [each._asdict() for each in found]}
    rows = [(each.order_id, each.redemption_id, each.signal, each.text) for each in found]
    shown = table("Signals", COLUMNS, rows) if rows else "No signals."
    session.out.answer({**data, "raised": len(raised)}, shown)


@supervise.command("signals")
@reading
@paging
def list_signals(session: Session, after: int, limit: int) -> None:
    """Every signal that was raised, the oldest first."""
    with session.service.views.session() as views:
        found = [each.as_dict() for each in signals(views, after=after, limit=limit)]
    rows = [(each["order_id"], each["redemption_id"], each["signal"], each["text"]) for each in found]
    session.out.answer({"signals": found}, table("Signals", COLUMNS, rows) if rows else "No signals.")
    session.out.more(len(found), limit, found[-1]["seq"] if found else 0)


@supervise.command("signal")
@acting("officer", "reviewer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.argument("name", type=NUMBER)
@click.option("--text", required=True, help="What was seen.")
@click.option("--redemption", default="", metavar="NUMBER", help="Which one, where the order has several.")
def raise_signal(session: Session, number: str, name: str, text: str, redemption: str) -> None:
    """Raise a signal about a redemption of an order; money that is approved waits for an officer."""
    session.tell(application.raise_signal, RaiseSignal(number, name, text, redemption), "Signalled")


@supervise.command("held")
@reading
@click.option(
    "--limit", type=click.IntRange(1, 1_000), metavar="N", default=50, show_default=True, help="Lines at most."
)
def list_held(session: Session, limit: int) -> None:
    """Redemptions whose money waits for an officer."""
    with session.service.views.session() as views:
        found = [each.as_dict() for each in held(views, limit=limit)]
    rows = [(each["order_id"], each["redemption_id"], each["hold"]) for each in found]
    session.out.answer({"held": found}, table("Held", ["order", "redemption", "what"], rows) if rows else "Nothing.")


@supervise.command("lift")
@acting("officer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--reason", required=True, help="Why the money may go.")
@click.option("--redemption", default="", metavar="NUMBER", help="Which one, where the order has several.")
def lift_hold(session: Session, number: str, reason: str, redemption: str) -> None:
    """Lift the hold on the money of an order."""
    session.tell(application.lift_hold, LiftHold(number, reason, redemption), "Hold lifted")


@supervise.command("ties")
@acting("officer")
@click.argument("number", type=NUMBER, metavar="ORDER")
def look_at_ties(session: Session, number: str) -> None:
    """Look at the ties of a paid order's parties again, up to the policy's months after payment."""
    session.tell(application.recheck_ties, RecheckTies(number), "Ties")


def _raise(session: Session, finding: Finding) -> bool:
    command = RaiseSignal(finding.order_id, finding.signal, finding.text, finding.redemption_id)
    try:
        session.execute(application.raise_signal, command)
    except Refused as refused:
        session.out.note(f"{finding.redemption_id}: {refused.detail}")
        return False
    return True
