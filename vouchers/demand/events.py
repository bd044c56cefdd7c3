"""What can have happened to a demand; names and fields are the stored format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Posted:
    """An enterprise needs a service: in a few words, up to a budget in minor units, with offers until a day."""

    enterprise_id: str
    category: str
    summary: str
    digest: str
    budget: int
    currency: str
    until_on: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A provider would do it for a fee in minor units, between these days."""

    offer_id: str
    provider_id: str
    product_id: str
    fee: int
    starts_on: str
    ends_on: str


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """The provider takes its offer back."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """The enterprise takes this offer; its order is registered with these figures."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """The accepted offer became this order."""

    offer_id: str
    order_id: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The enterprise needs the service no longer."""

    reason: str


Event = Posted | Offered | OfferWithdrawn | OfferAccepted | Ordered | Withdrawn
