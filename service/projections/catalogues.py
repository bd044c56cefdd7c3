"""What providers publish: products with their fees from day to day."""

from dataclasses import dataclass

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session

from service.projections.tables import Key, Number, Ops, Row, View, Word, key_of
from vouchers.catalogue import events as catalogue
from vouchers.wire import Outline

MAX_PRODUCTS = 1_000


class Product(Row):
    """A service product of a provider; `fee` in minor units is the one it was published with."""

    __tablename__ = "products"
    __table_args__ = (Index("products_by_category", "category", "provider_id"),)
    provider_id: Mapped[Key]
    product_id: Mapped[Key]
    category: Mapped[Word]
    content: Mapped[Word]
    standard: Mapped[Word]
    fee: Mapped[Number]
    unit: Mapped[Word]
    currency: Mapped[Word]
    instrument_id: Mapped[Word]
    published_on: Mapped[Word]
    withdrawn_on: Mapped[Word]
    seq: Mapped[Number]


class Fee(Row):
    """Another fee of a product from a day on; those before log entry `seq` of its publication are history."""

    __tablename__ = "product_fees"
    provider_id: Mapped[Key]
    product_id: Mapped[Key]
    from_on: Mapped[Key]
    fee: Mapped[Number]
    seq: Mapped[Number]


def _published(ops: Ops, entry: Outline[catalogue.Published]) -> None:
    event = entry.data
    ops[Product].fields[key_of(entry), event.product_id] |= {
        "category": event.category,
        "content": event.content,
        "standard": event.standard,
        "fee": event.fee,
        "unit": event.unit,
        "currency": event.currency,
        "instrument_id": event.instrument_id,
        "published_on": entry.eff,
        "withdrawn_on": "",
        "seq": entry.seq,
    }


def _fee_changed(ops: Ops, entry: Outline[catalogue.FeeChanged]) -> None:
    event = entry.data
    ops[Fee].fields[key_of(entry), event.product_id, event.from_on] |= {"fee": event.fee, "seq": entry.seq}


def _withdrawn(ops: Ops, entry: Outline[catalogue.Withdrawn]) -> None:
    ops[Product].fields[key_of(entry), entry.data.product_id]["withdrawn_on"] = entry.data.from_on


VIEW = View(
    "catalogues",
    1,
    (Product, Fee),
    {
        catalogue.Published: _published,
        catalogue.FeeChanged: _fee_changed,
        catalogue.Withdrawn: _withdrawn,
    },
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A product with its fee of a day, and every fee it had: (first day, fee)."""

    product: Product
    fee: int
    fees: tuple[tuple[str, int], ...]


def products(
    session: Session,
    *,
    provider_id: str = "",
    category: str = "",
    on: str,
    after: str = "",
    after_product: str = "",
    limit: int = 100,
) -> list[Listed]:
    """Products that are offered on a day, by provider and code; `after` is a provider's code to go on from.

    With `after_product` as well the list goes on with that provider's next product.
    """
    query = select(Product).where((Product.withdrawn_on == "") | (Product.withdrawn_on > on))
    if provider_id:
        query = query.where(Product.provider_id == provider_id)
    if category:
        query = query.where(Product.category == category)
    beyond = Product.provider_id > after
    if after_product:
        beyond |= (Product.provider_id == after) & (Product.product_id > after_product)
    query = query.where(beyond).order_by(Product.provider_id, Product.product_id)
    found = list(session.scalars(query.limit(min(limit, MAX_PRODUCTS))))
    changed = select(Fee).where(Fee.provider_id.in_({row.provider_id for row in found})).order_by(Fee.from_on)
    history: dict[tuple[str, str], list[Fee]] = {}
    for fee in session.scalars(changed):
        history.setdefault((fee.provider_id, fee.product_id), []).append(fee)
    return [_listed(row, history.get((row.provider_id, row.product_id), []), on) for row in found]


def _listed(row: Product, history: list[Fee], on: str) -> Listed:
    fees = [(row.published_on, row.fee), *((each.from_on, each.fee) for each in history if each.seq > row.seq)]
    in_force = [fee for from_on, fee in fees if from_on <= on]
    return Listed(row, in_force[-1] if in_force else row.fee, tuple(fees))
