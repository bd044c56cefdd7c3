"""What a provider offers, and at which fee on which day."""

from collections.abc import Mapping
from typing import assert_never

from vouchers.catalogue import events as catalogue
from vouchers.values import Value, field, replace


class Product(Value):
    """A published product: its fees from day to day, the latest last, and the first day without it."""

    published: catalogue.Published
    fees: tuple[tuple[str, int], ...] = ()
    withdrawn_on: str = ""

    def offered(self, on: str) -> bool:
        """Whether it is offered on a day."""
        return not self.withdrawn_on or on < self.withdrawn_on

    def fee_on(self, on: str) -> int:
        """The fee per unit that was published for a day."""
        changed = [fee for from_on, fee in self.fees if from_on <= on]
        return changed[-1] if changed else self.published.fee


class Catalogue(Value):
    """The products by code."""

    products: Mapping[str, Product] = field(default_factory=dict)


def evolve(state: Catalogue, event: catalogue.Event) -> Catalogue:
    """Apply one event; the past is never refused."""
    before = state.products.get(event.product_id)
    match event:
        case catalogue.Published():
            after = Product(event)
        case catalogue.FeeChanged(product_id, fee, from_on):
            product = before or Product(catalogue.Published(product_id, "", "", "", 0, "", "", ""))
            after = replace(product, fees=tuple(sorted({**dict(product.fees), from_on: fee}.items())))
        case catalogue.Withdrawn(product_id, from_on):
            product = before or Product(catalogue.Published(product_id, "", "", "", 0, "", "", ""))
            after = replace(product, withdrawn_on=from_on)
        case _:
            assert_never(event)
    return replace(state, products={**state.products, event.product_id: after})
