"""Booklets: the coupons that enterprises set aside in orders, how many came in, and what was claimed with them."""

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Key, Number, Ops, Row, Sum, View, Word, key_of, text_of
from vouchers.booklet import events as booklet
from vouchers.wire import Outline

MAX_BOOKLETS = 1_000


class Booklet(Row):
    """One booklet; amounts in minor units of `currency`, each coupon good for up to `amount`.

    `orders` and `providers` are lists, the places where it is good; `closed` is 1 after its end.
    """

    __tablename__ = "booklets"
    __table_args__ = (Index("booklets_by_enterprise", "enterprise_id", "seq"),)
    booklet_id: Mapped[Key]
    seq: Mapped[Number]
    enterprise_id: Mapped[Word]
    currency: Mapped[Word]
    orders: Mapped[Word]
    providers: Mapped[Word]
    coupons: Mapped[Number]
    amount: Mapped[Number]
    use_by_on: Mapped[Word]
    sync_by_on: Mapped[Word]
    closed: Mapped[Number]
    used: Mapped[Sum]
    claimed: Mapped[Sum]
    double_uses: Mapped[Sum]

    @property
    def greatest_loss(self) -> int:
        """What can be paid for coupons that are still out, at the most."""
        return 0 if self.closed else (self.coupons - self.used) * self.amount


_USED, _CLAIMED, _DOUBLE_USES = range(3)


def _issued(ops: Ops, entry: Outline[booklet.Issued]) -> None:
    event = entry.data
    ops[Booklet].fields[key_of(entry)] |= {
        "seq": entry.seq,
        "enterprise_id": event.enterprise_id,
        "currency": event.currency,
        "orders": text_of(tuple(place.order_id for place in event.places)),
        "providers": text_of(tuple(place.provider_id for place in event.places)),
        "coupons": event.coupons,
        "amount": event.amount,
        "use_by_on": event.use_by_on,
        "sync_by_on": event.sync_by_on,
    }


def _coupon_used(ops: Ops, entry: Outline[booklet.CouponUsed]) -> None:
    sums = ops[Booklet].sums[key_of(entry)]
    sums[_USED] += 1
    sums[_CLAIMED] += entry.data.amount


def _double_use_found(ops: Ops, entry: Outline[booklet.DoubleUseFound]) -> None:
    ops[Booklet].sums[key_of(entry)][_DOUBLE_USES] += 1


def _closed(ops: Ops, entry: Outline[booklet.Closed]) -> None:
    ops[Booklet].fields[key_of(entry)]["closed"] = 1


VIEW = View(
    "booklets",
    1,
    (Booklet,),
    {
        booklet.Issued: _issued,
        booklet.CouponUsed: _coupon_used,
        booklet.DoubleUseFound: _double_use_found,
        booklet.Closed: _closed,
    },
)


def booklets(
    session: Session,
    *,
    enterprise_ids: tuple[str, ...] = (),
    open_only: bool = False,
    after: int = -1,
    limit: int = 100,
) -> list[Booklet]:
    """Booklets in log order with seq above `after`, at most `limit` (1,000): those of some enterprises, or all."""
    query = select(Booklet).where(Booklet.seq > after)
    if enterprise_ids:
        query = query.where(Booklet.enterprise_id.in_(enterprise_ids))
    if open_only:
        query = query.where(Booklet.closed == 0)
    return list(session.scalars(query.order_by(Booklet.seq).limit(min(limit, MAX_BOOKLETS))))
