"""Duties: what the service does by itself on a day, done in the other course for what only that course still holds."""

from collections.abc import Iterator

from service.audit.whatif.other import Other, Played, play
from vouchers import application as app
from vouchers.application.ordering import LapseOrder
from vouchers.application.vouchering import ExpireVoucher
from vouchers.ledger import Meta
from vouchers.order.decisions import is_open
from vouchers.recalling import Call

DUTIES = frozenset({"expire_voucher", "lapse_order"})
SYSTEM = "system:expiry"


def due(other: Other, on: str) -> Iterator[tuple[str, Played]]:
    """Orders that lapse and vouchers that expire on a day and are not as in the history, one after the other."""
    meta = Meta(SYSTEM, "system", on)
    for stream in sorted(other.slots):
        kind, _, key = stream.partition("/")
        if kind == "order" and other.slot(stream).state.held and is_open(other.slot(stream).state):
            yield "lapse_order", play(other, Call(app.lapse_order, LapseOrder(key)), meta)
    for stream in sorted(other.slots):
        kind, _, key = stream.partition("/")
        if kind == "voucher" and other.slot(stream).state.terms and other.slot(stream).state.unrecorded(on):
            yield "expire_voucher", play(other, Call(app.expire_voucher, ExpireVoucher(key)), meta)
