"""The commands `vouchers conduct`: tiers, sanctions, appeals and repair of a firm, a provider or a controller."""

import click

from service.cli.output import table
from service.cli.session import Session, acting, paging, reading
from service.cli.values import DAY, NUMBER, PARTY, PROGRAMME_CODE
from service.projections.supervision import acts
from vouchers import application
from vouchers.application.supervising import MoveTier, RepairCredit, RewardClean
from vouchers.conduct.decisions import EFFECTS, LADDER, Appeal, DecideAppeal, LiftSanction, Sanction
from vouchers.texts import TIERS

ACT = click.IntRange(min=1)


@click.group()
def conduct() -> None:
    """Standing: list, tier, sanction, lift, appeal, decide, repair, reward."""


@conduct.command("list")
@reading
@click.option("--subject", type=PARTY, default="", help="Only acts against this party.")
@click.option("--appealed", is_flag=True, help="Only acts with an open appeal.")
@paging
def list_acts(session: Session, subject: str, appealed: bool, after: int, limit: int) -> None:
    """What was decided about parties, the oldest first; the number is what an appeal names."""
    with session.service.views.session() as views:
        found = acts(views, subject=subject, open_only=appealed, after=after, limit=limit)
        data = [each.as_dict() for each in found]
    names = ("subject", "act", "what", "level", "from_on", "until_on", "ended_on", "effect", "appeal", "reason")
    rows = [tuple(each[name] for name in names) for each in data]
    columns = ["party", "number", "kind", "level", "from", "until", "ended", "effect", "appeal", "reason"]
    session.out.answer({"acts": data}, table("Acts", columns, rows) if rows else "Nothing was decided.")
    session.out.more(len(data), limit, data[-1]["seq"] if data else 0)


@conduct.command()
@acting("officer")
@click.argument("subject", type=PARTY)
@click.option("--to", "tier", type=click.Choice(TIERS), required=True, help="The new tier.")
@click.option("--reason", required=True, help="Why it moves.")
@click.option("--clause", default="", help="The rule that says so.")
def tier(session: Session, subject: str, tier: str, reason: str, clause: str) -> None:
    """Move a firm or a provider to another credit tier."""
    session.tell(application.move_tier, MoveTier(subject, tier, reason, clause), "Moved")


@conduct.command()
@acting("officer")
@click.argument("subject", type=PARTY)
@click.option("--level", type=click.Choice(tuple(LADDER)), required=True, help="The step of the ladder.")
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day (default: effective day).")
@click.option("--until", type=DAY, default="", metavar="DAY", help="Last day; a bar needs one.")
@click.option("--effect", type=click.Choice(EFFECTS), default="finish", show_default=True, help="On open orders.")
@click.option("--reason", required=True, help="What was found.")
@click.option("--clause", default="", help="The rule that says so.")
@click.option("--with-controller", is_flag=True, help="Against all firms of its controller too.")
def sanction(
    session: Session,
    subject: str,
    level: str,
    first: str | None,
    until: str,
    effect: str,
    reason: str,
    clause: str,
    with_controller: bool,
) -> None:
    """Take a step of the ladder: warned, rectify, payments, removed, barred."""
    command = Sanction(subject, level, first or session.on, until, effect, reason, clause, with_controller)
    session.tell(application.sanction, command, "Sanctioned")


@conduct.command()
@acting("officer")
@click.argument("subject", type=PARTY)
@click.argument("act", type=ACT)
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day without it (default: effective day).")
@click.option("--reason", required=True, help="Why it ends.")
def lift(session: Session, subject: str, act: int, first: str | None, reason: str) -> None:
    """End a sanction."""
    session.tell(application.lift_sanction, LiftSanction(subject, act, first or session.on, reason), "Lifted")


@conduct.command()
@acting("enterprise", "provider", "officer")
@click.argument("subject", type=PARTY)
@click.argument("act", type=ACT)
@click.option("--grounds", required=True, help="Why the act is wrong.")
def appeal(session: Session, subject: str, act: int, grounds: str) -> None:
    """Appeal against an act; it stands until somebody else decides."""
    session.tell(application.appeal, Appeal(subject, act, grounds), "Appealed")


@conduct.command()
@acting("officer")
@click.argument("subject", type=PARTY)
@click.argument("act", type=ACT)
@click.option("--uphold/--dismiss", "upheld", required=True, help="Take the act back, or leave it.")
@click.option("--reason", required=True, help="Why.")
def decide(session: Session, subject: str, act: int, upheld: bool, reason: str) -> None:
    """Decide an appeal as somebody else than who decided the act."""
    session.tell(application.decide_appeal, DecideAppeal(subject, act, upheld, reason), "Decided")


@conduct.command()
@acting("officer")
@click.argument("subject", type=PARTY)
@click.option("--programme", type=PROGRAMME_CODE, required=True, help="Whose policy sets the time.")
def repair(session: Session, subject: str, programme: str) -> None:
    """Give a tier back after months without fault."""
    session.tell(application.repair_credit, RepairCredit(subject, programme), "Repaired")


@conduct.command()
@acting("officer")
@click.argument("subject", type=PARTY)
@click.argument("numbers", type=NUMBER, nargs=-1, required=True, metavar="ORDERS...")
@click.option("--programme", type=PROGRAMME_CODE, required=True, help="Whose policy sets the number.")
def reward(session: Session, subject: str, numbers: tuple[str, ...], programme: str) -> None:
    """Move a tier up for paid orders without fault, each counted once."""
    session.tell(application.reward_clean, RewardClean(subject, programme, numbers), "Rewarded")
