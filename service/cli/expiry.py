"""The command `vouchers expire`: what is past its last day lapses."""

import click

from service import expiring
from service.cli.output import pairs, table
from service.cli.session import Session, acting


@click.command()
@acting("system", "officer")
def expire(session: Session) -> None:
    """Let orders lapse whose redeem-by day is over, and vouchers expire whose use-by day is over."""
    found = expiring.expire(session.service, session.who, session.on)
    data = {
        "on": session.on,
        "orders_lapsed": found.orders,
        "vouchers_expired": found.vouchers,
        "refused": [{"id": key, "code": each.code, "detail": each.detail} for key, each in found.refused],
        "position": session.service.ledger.size(),
    }
    facts = [
        ("orders lapsed", f"{found.orders:,}"),
        ("vouchers expired", f"{found.vouchers:,}"),
        ("position", data["position"]),
    ]
    rows = [(key, each.code, each.detail, each.remedy) for key, each in found.refused]
    columns = ["what", "code", "reason", "remedy"]
    session.out.answer(data, pairs(f"Due on {session.on}", facts), *([table("Refused", columns, rows)] if rows else []))
