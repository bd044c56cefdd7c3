"""Which orders an invoice pays for now, and what is left of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, assert_never

from vouchers.invoice import events as invoice
from vouchers.values import Value, replace


class Part(NamedTuple):
    """What one order has of an invoice, in minor units, after what red-letter invoices took back."""

    gross: int
    net: int


class Beside(Value):
    """What an order of a programme that stacks has of the same part as the order that it stands beside."""

    order_id: str
    part: Part


_NO_PARTS: Mapping[str, Part] = MappingProxyType({})
_NO_BESIDES: Mapping[str, Beside] = MappingProxyType({})


class Invoice(Value):
    """The invoice as it was filed first, the part of each order, and the red-letter invoices against it.

    `filed` names the whole invoice's figures; `red_for` is set where this is itself the red letter of another one.
    `besides` are orders of further programmes for the same parts, which take none of the invoice for themselves.
    """

    filed: invoice.Filed | None = None
    parts: Mapping[str, Part] = _NO_PARTS
    reds: tuple[invoice.Reversed, ...] = ()
    red_for: invoice.RedLetter | None = None
    besides: Mapping[str, Beside] = _NO_BESIDES

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
        case invoice.FiledBeside(order_id, beside, gross, net):
            return replace(state, besides={**state.besides, order_id: Beside(beside, Part(gross, net))})
        case invoice.Withdrawn(order_id=order_id):
            return _without(state, order_id)
        case invoice.Reversed(cuts=cuts):
            for cut in cuts:
                state = _cut(state, cut)
            return replace(state, reds=(*state.reds, event))
        case invoice.RedLetter():
            return replace(state, red_for=event)
    assert_never(event)


def _with_part(state: Invoice, whole: invoice.Filed, order_id: str, part: Part) -> Invoice:
    return replace(state, filed=whole if not state.parts else state.filed, parts={**state.parts, order_id: part})


def _cut(state: Invoice, cut: invoice.Cut) -> Invoice:
    if cut.order_id in state.besides:
        beside = state.besides[cut.order_id]
        rest = Part(beside.part.gross - cut.gross, beside.part.net - cut.net)
        return replace(state, besides={**state.besides, cut.order_id: replace(beside, part=rest)})
    part = state.parts.get(cut.order_id, Part(0, 0))
    rest = Part(part.gross - cut.gross, part.net - cut.net)
    return replace(state, parts={**state.parts, cut.order_id: rest})


def _without(state: Invoice, order_id: str) -> Invoice:
    """An order leaves; where others stand beside it, the first of them takes its part over."""
    besides = {key: each for key, each in state.besides.items() if key != order_id}
    parts = {key: part for key, part in state.parts.items() if key != order_id}
    heirs = [key for key, each in besides.items() if each.order_id == order_id]
    if heirs and order_id in state.parts:
        parts[heirs[0]] = besides.pop(heirs[0]).part
        for key in heirs[1:]:
            besides[key] = replace(besides[key], order_id=heirs[0])
    # An invoice that was reversed keeps its figures, so that it cannot come back larger than it is.
    return replace(state, filed=state.filed if parts or state.reds else None, parts=parts, besides=besides)
