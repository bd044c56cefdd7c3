"""Who pays an order: for the whole and for each redemption, by voucher, by pool and by level of government."""

from typing import Any

from rich.console import RenderableType

from service.cli.output import table, total
from vouchers.order.decisions import known
from vouchers.order.events import LevelShare
from vouchers.order.state import Order


def lineage(state: Order) -> list[dict[str, Any]]:
    """The order as a whole, then each redemption that stands; amounts in minor units."""
    registered = known(state)
    whole = {share.voucher_id: share.amount for share in state.shares}
    lines = [_line("", "", registered.pool, registered.subsidy, whole, state.levels)]
    for claim in state.claims.values():
        shares = dict(claim.shares) or {registered.voucher_id: claim.amount}
        lines.append(_line(claim.redemption_id, claim.status, registered.pool, claim.amount, shares, claim.levels))
    return lines


def lineage_table(state: Order) -> RenderableType:
    """The same for people."""
    currency = known(state).currency
    rows = [
        (
            each["redemption_id"] or "the order",
            each["status"],
            each["pool"],
            total(each["amount"], currency),
            *(
                "; ".join(f"{name} {total(amount, currency)}" for name, amount in each[key].items())
                for key in ("vouchers", "levels")
            ),
        )
        for each in lineage(state)
    ]
    return table(f"Who pays, in {currency}", ["for", "status", "pool", "amount#", "vouchers", "levels"], rows)


def _line(
    redemption_id: str,
    status: str,
    pool: str,
    amount: int,
    vouchers: dict[str, int],
    levels: tuple[LevelShare, ...],
) -> dict[str, Any]:
    return {
        "redemption_id": redemption_id,
        "status": status,
        "pool": pool,
        "amount": amount,
        "vouchers": vouchers,
        "levels": {each.level: each.amount for each in levels},
    }
