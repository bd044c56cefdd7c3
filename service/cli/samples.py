"""The commands `vouchers sample`: commit and reveal seeds, draw everything again, second checks."""

import click

from service.cli.output import pairs, table
from service.cli.problems import DIFFERENT
from service.cli.session import Session, acting, looking, reading
from service.cli.values import DAY, NUMBER, PROGRAMME_CODE
from service.projections.supervision import to_recheck
from vouchers import application
from vouchers.application.sampling import CommitSeed, DrawRechecks, Recheck, RevealSeed, derive, paid_between
from vouchers.application.supervising import supervision_of
from vouchers.kinds import PROGRAMME
from vouchers.programme.decisions import policy_in_force
from vouchers.review.decisions import OUTCOMES


@click.group()
def sample() -> None:
    """The sample: commit and reveal seeds, draw again, second checks."""


@sample.command()
@acting("officer")
@click.argument("programme", type=PROGRAMME_CODE)
@click.option("--from", "first", type=DAY, metavar="DAY", help="A day of the period (default: effective day).")
def commit(session: Session, programme: str, first: str | None) -> None:
    """Publish the commitment to a period's seed before anything is drawn with it."""
    session.tell(application.commit_seed, CommitSeed(programme, first or session.on), "Committed")


@sample.command()
@acting("officer")
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("period")
def reveal(session: Session, programme: str, period: str) -> None:
    """Publish the seed of a period that is over."""
    session.tell(application.reveal_seed, RevealSeed(programme, period), "Revealed")


@sample.command("derive")
@looking
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("period")
@click.pass_context
def derive_draws(ctx: click.Context, session: Session, programme: str, period: str) -> None:
    """Draw everything of a period again from its revealed seed. Exit code 4 where a draw differs."""
    found = derive(session.service.ledger, programme, period)
    session.out.answer(found._asdict(), pairs("Drawn again", [*found._asdict().items()]))
    if found.first_difference:
        ctx.exit(DIFFERENT)


@sample.command("draw")
@acting("officer")
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("numbers", type=NUMBER, nargs=-1, metavar="[ORDERS...]")
@click.option("--from", "first", type=DAY, required=True, metavar="DAY", help="First day of the half-year.")
def draw_rechecks(session: Session, programme: str, numbers: tuple[str, ...], first: str) -> None:
    """Draw second checks among orders that were paid in the months from a day on; without numbers, among all."""
    ledger = session.service.ledger
    rules = supervision_of(application.compiled(policy_in_force(ledger.state(PROGRAMME, programme), session.on)))
    numbers = numbers or paid_between(ledger.entries(), programme, first, rules.recheck_every_months)
    session.tell(application.draw_rechecks, DrawRechecks(programme, first, numbers), "Second checks")


@sample.command("rechecks")
@reading
@click.option(
    "--limit", type=click.IntRange(1, 1_000), metavar="N", default=50, show_default=True, help="Lines at most."
)
def list_rechecks(session: Session, limit: int) -> None:
    """Paid redemptions that wait for their second check."""
    with session.service.views.session() as views:
        found = [each.as_dict() for each in to_recheck(views, limit=limit)]
    rows = [(each["order_id"], each["redemption_id"], each["programme"], each["recheck_from_on"]) for each in found]
    columns = ["order", "redemption", "programme", "half-year from"]
    session.out.answer({"rechecks": found}, table("Second checks", columns, rows) if rows else "Nothing waits.")


@sample.command()
@acting("reviewer")
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--outcome", type=click.Choice(OUTCOMES), required=True, help="What was found.")
@click.option("--note", default="", help="What was looked at.")
@click.option("--redemption", default="", metavar="NUMBER", help="Which one, where the order has several.")
def recheck(session: Session, number: str, outcome: str, note: str, redemption: str) -> None:
    """Close the second check of a paid order; who approved its claim cannot."""
    session.tell(application.recheck, Recheck(number, outcome, note, redemption), "Checked")
