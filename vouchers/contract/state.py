"""Who pays for a contract now."""

from collections.abc import Iterable
from typing import assert_never

from vouchers.contract import events as contract
from vouchers.values import Value


class Contract(Value):
    """The orders that hold public money for the contract, in the order of their registration."""

    supports: tuple[contract.Support, ...] = ()

    @property
    def total(self) -> int:
        """The public money of all programmes in minor units."""
        return sum(each.amount for each in self.supports)

    def of(self, order_id: str) -> contract.Support | None:
        """What one order holds."""
        return next((each for each in self.supports if each.order_id == order_id), None)

    def cost(self) -> int:
        """What the contract costs: the least that any of its programmes was told."""
        told: dict[str, int] = {}
        for each in self.supports:
            told[each.programme] = told.get(each.programme, 0) + each.gross
        return min(told.values(), default=0)

    def others(self, programme: str) -> tuple[str, ...]:
        """The other programmes that pay."""
        return _once(each.programme for each in self.supports if each.programme != programme)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def evolve(_state: Contract, event: contract.Event) -> Contract:
    """Apply one event; the supports it carries are the state, so the last event alone tells it."""
    match event:
        case contract.Supported(supports=supports) | contract.Unsupported(supports=supports):
            return Contract(supports)
    assert_never(event)
