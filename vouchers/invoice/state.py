"""Which orders an invoice pays for now, and what is left of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, assert_never

from vouchers.invoice import events as invoice


class Part(NamedTuple):
    """What one order has of an invoice, in minor units, after what red-letter invoices took back."""

    gross: int
    net: int


_NO_PARTS: Mapping[str, Part] = MappingProxyType({})


class Invoice(NamedTuple):
    """The invoice as it was filed first, the part of each order, and the red-letter invoices against it.

    `filed` names the whole invoice's figures; `red_for` is set where this is itself the red letter of another one.
    """

    filed: invoice.Filed | None = None
    parts: Mapping[str, Part] = _NO_PARTS
    reds: tuple[invoice.Reversed, ...] = ()
    red_for: invoice.RedLetter | None = None

    @property
    def left(self) -> Part:
        """What red-letter invoices have left of the whole invoice."""
        if self.filed is None:
            return Part(0, 0)
        gross, net = sum(red.gross for red in self.reds), sum(red.net for red in self.reds)
        return Part(self.filed.gross - gross, self.filed.net - net)

    @property
    def used(self) -> Part:
        """What the orders have of it together."""
        return Part(sum(part.gross for part in self.parts.values()), sum(part.net for part in self.parts.values()))


def evolve(state: Invoice, event: invoice.Event) -> Invoice:
    """Apply one event; the past is never refused."""
    match event:
        case invoice.Filed(order_id=order_id, gross=gross, net=net):
            return _with_part(state, event, order_id, Part(gross, net))
        case invoice.PartFiled(order_id=order_id, part_gross=gross, part_net=net):
            whole = invoice.Filed(
                order_id,
                event.enterprise_id,
                event.provider_id,
                event.issued_on,
                event.gross,
                event.net,
                event.currency,
            )
            return _with_part(state, whole, order_id, Part(gross, net))
        case invoice.Withdrawn(order_id=order_id):
            parts = {key: part for key, part in state.parts.items() if key != order_id}
            # An invoice that was reversed keeps its figures, so that it cannot come back larger than it is.
            return state._replace(filed=state.filed if parts or state.reds else None, parts=parts)
        case invoice.Reversed(cuts=cuts):
            parts = dict(state.parts)
            for cut in cuts:
                part = parts.get(cut.order_id, Part(0, 0))
                parts[cut.order_id] = Part(part.gross - cut.gross, part.net - cut.net)
            return state._replace(parts=parts, reds=(*state.reds, event))
        case invoice.RedLetter():
            return state._replace(red_for=event)
    assert_never(event)


def _with_part(state: Invoice, whole: invoice.Filed, order_id: str, part: Part) -> Invoice:
    return state._replace(filed=whole if not state.parts else state.filed, parts={**state.parts, order_id: part})
