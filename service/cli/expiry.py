"""The command `vouchers expire`: what is past its last day lapses, in units of work that can be run again."""

from collections.abc import Callable, Iterator
from typing import Any

import click
from sqlalchemy import select

from service.cli.output import pairs, table
from service.cli.session import Session, acting
from service.projections.balances import Voucher
from service.projections.orders import Order
from service.projections.statement import Line
from vouchers import application
from vouchers.application import Answer
from vouchers.application.ordering import LapseOrder
from vouchers.application.vouchering import ExpireVoucher
from vouchers.kinds import ORDER, VOUCHER
from vouchers.ledger import Meta, Unit
from vouchers.refusals import Refused, Unavailable

CHUNK = 200


@click.command()
@acting("system", "officer")
def expire(session: Session) -> None:
    """Let orders lapse whose redeem-by day is over, and vouchers expire whose use-by day is over."""
    session.service.catch_up()
    lapsed, stuck = _run(session, _due_orders(session), ORDER.name, _lapse)
    session.service.catch_up()
    expired, held = _run(session, _due_vouchers(session), VOUCHER.name, _expire)
    refused = stuck + held
    data = {
        "on": session.on,
        "orders_lapsed": lapsed,
        "vouchers_expired": expired,
        "refused": [{"id": key, "code": each.code, "detail": each.detail} for key, each in refused],
        "position": session.service.ledger.size(),
    }
    facts = [("orders lapsed", f"{lapsed:,}"), ("vouchers expired", f"{expired:,}"), ("position", data["position"])]
    rows = [(key, each.code, each.detail, each.remedy) for key, each in refused]
    columns = ["what", "code", "reason", "remedy"]
    session.out.answer(data, pairs(f"Due on {session.on}", facts), *([table("Refused", columns, rows)] if rows else []))


def _due_orders(session: Session) -> Iterator[list[str]]:
    """Open orders past the redeem-by day of the first of their vouchers, in chunks."""
    query = (
        select(Order.order_id)
        .join(Line, Line.order_id == Order.order_id)
        .join(Voucher, Voucher.voucher_id == Line.voucher_id)
        .where(Voucher.reserved > 0, Voucher.redeem_by_on < session.on, Order.reserved > 0, Line.event == "Reserved")
        .distinct()
    )
    return _pages(session, query, Order.order_id)


def _due_vouchers(session: Session) -> Iterator[list[str]]:
    """Vouchers past their use-by day with something left, in chunks."""
    query = select(Voucher.voucher_id).where(Voucher.available > 0, Voucher.use_by_on < session.on)
    return _pages(session, query, Voucher.voucher_id)


def _pages(session: Session, query: Any, key: Any) -> Iterator[list[str]]:
    after = ""
    while True:
        with session.service.views.session() as views:
            page = list(views.scalars(query.where(key > after).order_by(key).limit(CHUNK)))
        if not page:
            return
        yield page
        after = page[-1]


def _run(
    session: Session, chunks: Iterator[list[str]], kind: str, step: Callable[[Unit, str], Answer]
) -> tuple[int, list[tuple[str, Refused]]]:
    """Take the step for every key, a chunk as one unit of work; a chunk that is refused goes one by one."""
    meta = Meta(session.who.actor, session.who.role, session.on)
    done, refused = 0, []
    for chunk in chunks:
        try:
            _commit(session, meta, kind, chunk, step)
            done += len(chunk)
        except Unavailable:
            raise
        except Refused:
            for key in chunk:
                try:
                    _commit(session, meta, kind, [key], step)
                    done += 1
                except Refused as refusal:
                    refused.append((key, refusal))
    return done, refused


def _commit(session: Session, meta: Meta, kind: str, keys: list[str], step: Callable[[Unit, str], Answer]) -> None:
    def work(unit: Unit) -> None:
        for key in keys:
            unit.begin()
            step(unit, key)

    session.service.ledger.execute(work, meta, [f"{kind}/{key}" for key in keys])


def _lapse(unit: Unit, order_id: str) -> Answer:
    return application.lapse_order(unit, LapseOrder(order_id))


def _expire(unit: Unit, voucher_id: str) -> Answer:
    return application.expire_voucher(unit, ExpireVoucher(voucher_id))
