"""Duties: what the service does by itself on a day, done in the other course for what only that course still holds."""

from collections.abc import Iterator

from service.audit.whatif.worlds import Call, Played, World
from vouchers import application as app
from vouchers.application.ordering import LapseOrder
from vouchers.application.vouchering import ExpireVoucher
from vouchers.ledger import Meta
from vouchers.order.decisions import is_open

DUTIES = frozenset({"expire_voucher", "lapse_order"})
SYSTEM = "system:expiry"


def due(world: World, on: str) -> Iterator[tuple[str, Played]]:
    """Orders that lapse and vouchers that expire on a day and are not as in the history, one after the other."""
    meta = Meta(SYSTEM, "system", on)
    for stream in sorted(world.slots):
        kind, _, key = stream.partition("/")
        if kind == "order" and world.slot(stream).state.held and is_open(world.slot(stream).state):
            yield "lapse_order", world.play(Call(app.lapse_order, LapseOrder(key)), meta)
    for stream in sorted(world.slots):
        kind, _, key = stream.partition("/")
        if kind == "voucher" and world.slot(stream).state.terms and world.slot(stream).state.unrecorded(on):
            yield "expire_voucher", world.play(Call(app.expire_voucher, ExpireVoucher(key)), meta)
