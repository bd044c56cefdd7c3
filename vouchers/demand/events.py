"""What can have happened to a demand; names and fields are the stored format."""

from vouchers.values import Value


class Posted(Value):
    """An enterprise needs a service: in a few words, up to a budget in minor units, with offers until a day."""

    enterprise_id: str
    category: str
    summary: str
    digest: str
    budget: int
    currency: str
    until_on: str


class Offered(Value):
    """A provider would do it for a fee in minor units, between these days."""

    offer_id: str
    provider_id: str
    product_id: str
    fee: int
    starts_on: str
    ends_on: str


class OfferWithdrawn(Value):
    """The provider takes its offer back."""

    offer_id: str


class OfferAccepted(Value):
    """The enterprise takes this offer; its order is registered with these figures."""

    offer_id: str


class Ordered(Value):
    """The accepted offer became this order."""

    offer_id: str
    order_id: str


class Withdrawn(Value):
    """The enterprise needs the service no longer."""

    reason: str


Event = Posted | Offered | OfferWithdrawn | OfferAccepted | Ordered | Withdrawn
