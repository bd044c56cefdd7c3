"""What can have happened to a booklet of coupons; names and fields are the stored format."""

from vouchers.values import Value


class Place(Value):
    """Where the coupons of a booklet are good: an order with its provider."""

    order_id: str
    provider_id: str


class Issued(Value):
    """An enterprise set value aside in orders of its own: so many coupons, each good for up to `amount`.

    It signs each use with the key named. A coupon is good for services until the use-by day at one of the places, and
    is handed in until the sync-by day.
    """

    enterprise_id: str
    key_id: str
    public_key: str
    currency: str
    places: tuple[Place, ...]
    coupons: int
    amount: int
    use_by_on: str
    sync_by_on: str


class CouponUsed(Value):
    """A provider handed a coupon in, which the enterprise had signed for it; the claim was made at once.

    The digests are of what the enterprise signed, and of the provider's receipt for it.
    """

    number: int
    order_id: str
    provider_id: str
    redemption_id: str
    presentation_digest: str
    receipt_digest: str
    delivered_on: str
    amount: int


class DoubleUseFound(Value):
    """`party_id` signed twice for one coupon, which was handed in again; nothing is paid for the second.

    The digests are of what was signed first and second: by the enterprise its uses, by a provider its receipts.
    """

    number: int
    party: str
    party_id: str
    provider_id: str
    first_digest: str
    second_digest: str


class Closed(Value):
    """The booklet is over; what its unused coupons held is set aside no longer."""

    reason: str
    unused: int


Event = Issued | CouponUsed | DoubleUseFound | Closed
