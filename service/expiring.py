"""What is past its last day lapses, in units of work that can be run again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from service.projections.balances import Voucher
from service.projections.booklets import Booklet
from service.projections.orders import Order
from service.projections.statement import Line
from service.wiring import Service, Who
from vouchers import application
from vouchers.application import Answer
from vouchers.application.ordering import LapseOrder
from vouchers.application.vouchering import ExpireVoucher
from vouchers.booklet.decisions import CloseBooklet
from vouchers.kinds import BOOKLET, ORDER, VOUCHER
from vouchers.ledger import Meta, Unit
from vouchers.refusals import Refused, Unavailable

CHUNK: Final = 200

Stuck = list[tuple[str, Refused]]


@dataclass(frozen=True, slots=True)
class Expired:
    """How many booklets were closed, orders lapsed and vouchers expired, and what refused to, with its refusal."""

    orders: int
    vouchers: int
    refused: Stuck
    booklets: int = 0


def expire(service: Service, who: Who, on: str, still: Callable[[], bool] = lambda: True) -> Expired:
    """Let everything lapse that is due on a day, as long as this process may go on."""
    run = _Run(service, Meta(who.actor, who.role, on), on, still)
    service.catch_up()
    closed, open_still = run.each(run.due_booklets(), BOOKLET.name, _close)
    service.catch_up()
    lapsed, stuck = run.each(run.due_orders(), ORDER.name, _lapse)
    service.catch_up()
    expired, held = run.each(run.due_vouchers(), VOUCHER.name, _expire)
    return Expired(lapsed, expired, open_still + stuck + held, closed)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: whose, on which day, and whether it may go on."""

    service: Service
    meta: Meta
    on: str
    still: Callable[[], bool]

    def due_booklets(self) -> Iterator[list[str]]:
        """Booklets past the last day on which their coupons come in, in chunks."""
        query = select(Booklet.booklet_id).where(Booklet.closed == 0, Booklet.sync_by_on < self.on)
        return self._pages(query, Booklet.booklet_id)

    def due_orders(self) -> Iterator[list[str]]:
        """Open orders past the redeem-by day of the first of their vouchers, in chunks."""
        query = (
            select(Order.order_id)
            .join(Line, Line.order_id == Order.order_id)
            .join(Voucher, Voucher.voucher_id == Line.voucher_id)
            .where(Voucher.reserved > 0, Voucher.redeem_by_on < self.on, Order.reserved > 0, Line.event == "Reserved")
            .distinct()
        )
        return self._pages(query, Order.order_id)

    def due_vouchers(self) -> Iterator[list[str]]:
        """Vouchers past their use-by day with something left, in chunks."""
        query = select(Voucher.voucher_id).where(Voucher.available > 0, Voucher.use_by_on < self.on)
        return self._pages(query, Voucher.voucher_id)

    def each(self, chunks: Iterator[list[str]], kind: str, step: Callable[[Unit, str], Answer]) -> tuple[int, Stuck]:
        """Take the step for every key, a chunk as one unit of work; a chunk that is refused goes one by one."""
        done, refused = 0, []
        for chunk in chunks:
            try:
                self._commit(kind, chunk, step)
                done += len(chunk)
            except Unavailable:
                raise
            except Refused:
                for key in chunk:
                    try:
                        self._commit(kind, [key], step)
                        done += 1
                    except Refused as refusal:
                        refused.append((key, refusal))
        return done, refused

    def _pages(self, query: Any, key: Any) -> Iterator[list[str]]:
        after = ""
        while self.still():
            with self.service.views.session() as views:
                page = list(views.scalars(query.where(key > after).order_by(key).limit(CHUNK)))
            if not page:
                return
            yield page
            after = page[-1]

    def _commit(self, kind: str, keys: list[str], step: Callable[[Unit, str], Answer]) -> None:
        def work(unit: Unit) -> None:
            for key in keys:
                unit.begin()
                step(unit, key)

        self.service.ledger.execute(work, self.meta, [f"{kind}/{key}" for key in keys])


def _close(unit: Unit, booklet_id: str) -> Answer:
    return application.close_booklet(unit, CloseBooklet(booklet_id, "its last day is over"))


def _lapse(unit: Unit, order_id: str) -> Answer:
    return application.lapse_order(unit, LapseOrder(order_id))


def _expire(unit: Unit, voucher_id: str) -> Answer:
    return application.expire_voucher(unit, ExpireVoucher(voucher_id))
