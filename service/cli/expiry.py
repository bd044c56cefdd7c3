"""The command `vouchers expire`: what is past its last day lapses."""

import click

from service import expiring
from service.cli.output import pairs, table
from service.cli.session import Session, acting


@click.command()
@acting("system", "officer")
def expire(session: Session) -> None:
    """Let booklets close, orders lapse and vouchers expire whose last day is over."""
    found = expiring.expire(session.service, session.who, session.on)
    data = {
        "on": session.on,
        "booklets_closed": found.booklets,
        "orders_lapsed": found.orders,
        "vouchers_expired": found.vouchers,
        "refused": [{"id": key, "code": each.code, "detail": each.detail} for key, each in found.refused],
        "position": session.service.ledger.size(),
    }
    facts = [
        ("booklets closed", f"{found.booklets:,}"),
        ("orders lapsed", f"{found.orders:,}"),
        ("vouchers expired", f"{found.vouchers:,}"),
        ("position", data["position"]),
    ]
    rows = [(key, each.code, each.detail, each.remedy) for key, each in found.refused]
    columns = ["what", "code", "reason", "remedy"]
    session.out.answer(data, pairs(f"Due on {session.on}", facts), *([table("Refused", columns, rows)] if rows else []))
