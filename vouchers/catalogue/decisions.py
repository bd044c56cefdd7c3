"""What may happen to a provider's catalogue next."""

from collections.abc import Mapping

from vouchers.catalogue import events as catalogue
from vouchers.catalogue.state import Catalogue, Product
from vouchers.facts import Fact
from vouchers.refusals import Conflict, NotFound, Refused
from vouchers.values import Value

MOST_PRODUCTS = 500


class ProductUnknown(NotFound):
    """The provider has published no such product."""

    remedy = "Look at the provider's published products."


class ProductExists(Conflict):
    """The provider has published another product under this code."""

    remedy = "Change its fee, or publish the product under a code of its own."


class TooManyProducts(Refused):
    """A catalogue is full."""

    remedy = "Withdrawn products keep their codes; publish fewer, broader products."


class FeeMissing(Refused):
    """A product is published with its fee."""

    remedy = "Give a fee above nothing."


class FeeNotRetroactive(Refused):
    """A published fee holds for the days that have passed."""

    remedy = "Let the new fee begin today or later."


class ProductNotOffered(Refused):
    """The provider does not offer this product on this day."""

    remedy = "Choose a product that the provider offers, or leave the product out."


class ProductOfAnotherCategory(Refused):
    """The product is of another category than the order."""

    remedy = "Choose a product of the order's category."


class InstrumentDiffers(Refused):
    """The order names another instrument than the product."""

    remedy = "Name the instrument of the product."


class CatalogueTooSmall(Refused):
    """The provider does not publish what the policy asks for."""

    remedy = "Choose a provider that publishes content, standard and fee of its services."


class PublishProduct(Value):
    """Publish a service product with its fee per unit; for instruments the instrument and its fee per hour."""

    provider_id: str
    product_id: str
    category: str
    content: str
    standard: str
    fee: int
    unit: str
    currency: str
    instrument_id: str = ""


class ChangeFee(Value):
    """Publish another fee of a product from a day on."""

    provider_id: str
    product_id: str
    fee: int
    from_on: str


class WithdrawProduct(Value):
    """Offer a product no longer: `from_on` is the first day without it."""

    provider_id: str
    product_id: str
    from_on: str
    reason: str


def publish(state: Catalogue, command: PublishProduct) -> list[catalogue.Event]:
    """Publish a product; the same again changes nothing, and a withdrawn one may be published anew."""
    if command.fee <= 0:
        raise FeeMissing(pointer="/fee")
    published = catalogue.Published(
        command.product_id,
        command.category,
        command.content,
        command.standard,
        command.fee,
        command.unit,
        command.currency,
        command.instrument_id,
    )
    before = state.products.get(command.product_id)
    if before is None and len(state.products) >= MOST_PRODUCTS:
        raise TooManyProducts(f"A catalogue has at most {MOST_PRODUCTS} products.", pointer="/product_id")
    if before is not None and not before.withdrawn_on:
        if before.published != published:
            raise ProductExists(pointer="/product_id")
        return []
    return [published]


def change_fee(state: Catalogue, command: ChangeFee, on: str) -> list[catalogue.Event]:
    """Change a fee from today or later on; the fee of that day again changes nothing."""
    product = _product(state, command.product_id)
    if command.fee <= 0:
        raise FeeMissing(pointer="/fee")
    if command.from_on < on:
        raise FeeNotRetroactive(pointer="/from_on")
    if product.fee_on(command.from_on) == command.fee:
        return []
    return [catalogue.FeeChanged(command.product_id, command.fee, command.from_on)]


def withdraw(state: Catalogue, command: WithdrawProduct) -> list[catalogue.Event]:
    """Withdraw a product; withdrawn from that day or before, it changes nothing."""
    product = _product(state, command.product_id)
    if not product.offered(command.from_on):
        return []
    return [catalogue.Withdrawn(command.product_id, command.from_on, command.reason)]


def quoted(state: Catalogue, attributes: Mapping[str, Fact], on: str) -> int | None:
    """What the product that an order names costs by its published fee; nothing where it names none."""
    product = state.products.get(str(attributes.get("product_id", "")))
    if product is None or not product.offered(on):
        return None
    return product.fee_on(on) * quantity_of(attributes)


def quantity_of(attributes: Mapping[str, Fact]) -> int:
    """How many units an order takes of a product: its quantity, else its hours, else one."""
    for name in ("quantity", "hours"):
        stated = attributes.get(name)
        if type(stated) is int and stated > 0:
            return stated
    return 1


def may_be_ordered(state: Catalogue, category: str, attributes: Mapping[str, Fact], on: str) -> None:
    """Refuse an order of a product that is not offered that day, not of its category, or of another instrument."""
    product = state.products.get(str(attributes.get("product_id", "")))
    if product is None or not product.offered(on):
        raise ProductNotOffered(pointer="/attributes/product_id")
    if product.published.category != category:
        raise ProductOfAnotherCategory(pointer="/attributes/product_id")
    instrument = product.published.instrument_id
    if instrument and attributes.get("instrument_id", instrument) != instrument:
        raise InstrumentDiffers(pointer="/attributes/instrument_id")


def publishes_enough(state: Catalogue, category: str, least: int, stated: tuple[str, ...], on: str) -> None:
    """Refuse an order with a provider that publishes fewer products of a category than the policy asks for."""
    count = sum(_states(product, stated) for product in state.products.values() if _serves(product, category, on))
    if count < least:
        detail = f"The provider publishes {count} products of {category}; the policy asks for {least}."
        raise CatalogueTooSmall(detail, pointer="/provider_id")


def _product(state: Catalogue, product_id: str) -> Product:
    product = state.products.get(product_id)
    if product is None:
        raise ProductUnknown(pointer="/product_id")
    return product


def _serves(product: Product, category: str, on: str) -> bool:
    return product.published.category == category and product.offered(on)


def _states(product: Product, names: tuple[str, ...]) -> bool:
    """Whether a product states everything that is asked for: content, standard, fee."""
    return all(getattr(product.published, name, "") for name in names)
