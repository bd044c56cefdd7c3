"""Exposure: what a programme's period may still cost, with entitled, reserved, committed and paid told apart."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Mapped, Session

from service.projections.balances import Voucher
from service.projections.spending import SpendingLine, spending


@dataclass(frozen=True, slots=True)
class Exposure:
    """Sums in minor units at a position of the log.

    `unused` is entitled value that can still be ordered with; `open` what may still have to be paid: unused, reserved
    and claimed. Expired value is apart from both from the day after its last, also where no event says so yet, and so
    is what orders held past their vouchers' redeem-by day (`lapsed`); a budget gets that back once it is recorded.
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
    available, reserved = Voucher.available, Voucher.reserved
    overdue = _sum(session, available, programme, period, Voucher.use_by_on < on)
    unused = _sum(session, available, programme, period) - overdue
    lapsed = _sum(session, reserved, programme, period, Voucher.redeem_by_on < on)
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
        reserved=total.reserved - lapsed,
        claimed=total.claimed,
        committed=committed,
        paid=total.paid,
        free=found.appropriated - committed,
        open=unused + total.reserved - lapsed + total.claimed,
        lapsed=total.lapsed + lapsed,
        expired=total.expired + overdue + lapsed,
        returned=total.returned,
        revoked=total.revoked,
        clawed_back=total.clawed_back,
        categories=found.categories,
    )


def _sum(session: Session, place: Mapped[int], programme: str, period: str, *overdue: ColumnElement[bool]) -> int:
    """What vouchers of a period have at a place, all of them or those that are overdue."""
    query = select(func.coalesce(func.sum(place), 0)).where(Voucher.programme == programme, Voucher.period == period)
    return int(session.scalar(query.where(*overdue)) or 0)
