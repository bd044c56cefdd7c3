"""Catalogues: what providers publish, and what it says of the price of an order."""

from collections.abc import Mapping
from typing import Any

from vouchers.catalogue import decisions as catalogues
from vouchers.facts import Fact
from vouchers.kinds import CATALOGUE, PROVIDER
from vouchers.ledger import Unit
from vouchers.money import exponent_of
from vouchers.provider import decisions as providers

Answer = dict[str, Any]


def publish_product(unit: Unit, command: catalogues.PublishProduct) -> Answer:
    """Publish a service product with its fee."""
    exponent_of(command.currency, "/currency")
    providers.admitted(unit.load(PROVIDER, command.provider_id))
    state = unit.load(CATALOGUE, command.provider_id)
    unit.append(CATALOGUE, command.provider_id, catalogues.publish(state, command))
    return _answer(unit, command.provider_id, command.product_id)


def change_fee(unit: Unit, command: catalogues.ChangeFee) -> Answer:
    """Publish another fee from today or a later day on; orders keep the fee of their day."""
    state = unit.load(CATALOGUE, command.provider_id)
    unit.append(CATALOGUE, command.provider_id, catalogues.change_fee(state, command, unit.on))
    return _answer(unit, command.provider_id, command.product_id)


def withdraw_product(unit: Unit, command: catalogues.WithdrawProduct) -> Answer:
    """Offer a product no longer."""
    state = unit.load(CATALOGUE, command.provider_id)
    unit.append(CATALOGUE, command.provider_id, catalogues.withdraw(state, command))
    return _answer(unit, command.provider_id, command.product_id)


def benchmark(unit: Unit, provider_id: str, attributes: Mapping[str, Fact], on: str, currency: str = "") -> int | None:
    """What an order costs by the provider's published fee of a day, in minor units; nothing where it names no product.

    The fee counts for each unit: `quantity` of the order's attributes, else its `hours`, else one. With a currency, a
    fee that is published in another one is no benchmark.
    """
    if "product_id" not in attributes:
        return None
    state = unit.load(CATALOGUE, provider_id)
    product = state.products.get(str(attributes["product_id"]))
    if product is None or (currency and product.published.currency != currency):
        return None
    return catalogues.quoted(state, attributes, on)


def _answer(unit: Unit, provider_id: str, product_id: str) -> Answer:
    product = unit.load(CATALOGUE, provider_id).products[product_id]
    return {
        "provider_id": provider_id,
        "product_id": product_id,
        "category": product.published.category,
        "fee": product.fee_on(unit.on),
        "currency": product.published.currency,
        "unit": product.published.unit,
        "withdrawn_on": product.withdrawn_on,
    }
