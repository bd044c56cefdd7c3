"""Exposure: what a programme's period may still cost, with entitled, reserved, committed and paid told apart."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.projections.balances import Voucher
from service.projections.spending import SpendingLine, spending


@dataclass(frozen=True, slots=True)
class Exposure:
    """Sums in minor units at a position of the log.

    `unused` is entitled value that can still be ordered with; `open` what may still have to be paid: unused, reserved
    and claimed. Expired value is apart from both from the day after its last, also where no event says so yet.
    `over_entitled` is what was granted beyond the budget, which is normal where many never use theirs.
    """

    programme: str
    period: str
    currency: str
    on: str
    appropriated: int
    entitled: int
    over_entitled: int
    unused: int
    reserved: int
    claimed: int
    committed: int
    paid: int
    free: int
    open: int
    lapsed: int
    expired: int
    returned: int
    revoked: int
    clawed_back: int
    categories: tuple[SpendingLine, ...]


def exposure(session: Session, programme: str, period: str, on: str) -> Exposure:
    """What a programme's period has promised and may still have to pay on a day."""
    found = spending(session, programme, period)
    total = found.total
    overdue = _sum_of_available(session, programme, period, before=on)
    unused = _sum_of_available(session, programme, period) - overdue
    committed = sum(pool.committed for pool in found.pools)
    return Exposure(
        programme=programme,
        period=period,
        currency=found.currency,
        on=on,
        appropriated=found.appropriated,
        entitled=total.entitled,
        over_entitled=max(0, total.entitled - found.appropriated),
        unused=unused,
        reserved=total.reserved,
        claimed=total.claimed,
        committed=committed,
        paid=total.paid,
        free=found.appropriated - committed,
        open=unused + total.reserved + total.claimed,
        lapsed=total.lapsed,
        expired=total.expired + overdue,
        returned=total.returned,
        revoked=total.revoked,
        clawed_back=total.clawed_back,
        categories=found.categories,
    )


def _sum_of_available(session: Session, programme: str, period: str, before: str = "") -> int:
    """What vouchers of a period have left, or those of them whose last day lies before a day."""
    query = select(func.coalesce(func.sum(Voucher.available), 0))
    query = query.where(Voucher.programme == programme, Voucher.period == period)
    if before:
        query = query.where(Voucher.use_by_on < before)
    return int(session.scalar(query) or 0)
