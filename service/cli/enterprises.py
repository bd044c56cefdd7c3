"""The commands `vouchers enterprise`: what registries say of a firm, and its credit tier."""

import click

from service.cli.output import money, pairs, table
from service.cli.session import Session, acting, reading
from service.cli.values import CREDIT_CODE
from service.projections.entitlements import entitlements
from vouchers import application
from vouchers.enterprise.decisions import TIERS, ChangeCreditTier, known
from vouchers.facts import Fact
from vouchers.kinds import ENTERPRISE

MONEY_FACTS = frozenset({"revenue", "revenue_previous", "assets", "registered_capital", "aid_five_years"})


@click.group()
def enterprise() -> None:
    """What registries say of an enterprise, what was decided for it, and its credit tier."""


@enterprise.command()
@reading
@click.argument("code", type=CREDIT_CODE)
def show(session: Session, code: str) -> None:
    """The facts on record with their source and day, and every entitlement decision."""
    state = session.service.ledger.state(ENTERPRISE, code)
    known(state)
    with session.service.views.session() as views:
        decided = [row.as_dict() for row in entitlements(views, enterprise_id=code, limit=1_000)]
    data = {
        "enterprise_id": code,
        "as_of_on": state.as_of_on,
        "source": state.source,
        "digest": state.digest,
        "credit_tier": state.credit_tier,
        "facts": dict(state.facts),
    }
    origin = [("as of", state.as_of_on), ("source", state.source), ("credit tier", state.credit_tier)]
    shown = [
        (name, _written(name, value))
        for name, value in state.facts.items()
        if name not in ("credit_code", "credit_tier")
    ]
    rows = [
        (row["programme"], row["period"], row["outcome"], row["decided_on"], row["policy_version"]) for row in decided
    ]
    columns = ["programme", "period", "outcome", "decided", "policy"]
    parts = [pairs(f"Enterprise {code}", [*origin, *shown]), ""]
    session.out.answer(
        {**data, "decisions": decided}, *parts, table("Decisions", columns, rows) if rows else "Not decided yet."
    )


@enterprise.command()
@acting("officer")
@click.argument("code", type=CREDIT_CODE)
@click.argument("tier", type=click.Choice(TIERS))
@click.option("--cause", required=True, help="Why the tier changes.")
def tier(session: Session, code: str, tier: str, cause: str) -> None:
    """Move an enterprise to another credit tier: it decides how its redemptions are checked."""
    outcome = session.execute(application.change_credit_tier, ChangeCreditTier(code, tier, cause))
    facts = {**outcome.answer, "position": outcome.position}
    session.out.answer(facts, pairs("Credit tier changed", [*facts.items()]))


def _written(name: str, value: Fact) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in MONEY_FACTS and isinstance(value, int):
        return money(value)
    return ", ".join(value) if isinstance(value, tuple) else str(value)
