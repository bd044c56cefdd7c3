"""What can have happened to a voucher; names and fields are the stored format."""

from vouchers.values import Value


class Issued(Value):
    """An entitlement became spendable value; amounts of this stream are minor units of `currency`."""

    programme: str
    period: str
    enterprise_id: str
    kind: str
    currency: str
    face: int
    categories: tuple[str, ...]
    issued_on: str
    use_by_on: str
    redeem_by_on: str


class Reserved(Value):
    """Value was set aside for an order: from available to reserved."""

    programme: str
    period: str
    category: str
    order_id: str
    amount: int


class Released(Value):
    """Value set aside was not needed: from reserved to available."""

    programme: str
    period: str
    category: str
    order_id: str
    amount: int
    reason: str


class Claimed(Value):
    """A provider asked to be paid: from reserved to claimed."""

    programme: str
    period: str
    category: str
    order_id: str
    redemption_id: str
    amount: int


class ClaimReversed(Value):
    """A claim was taken back or rejected before payment: from claimed to reserved."""

    programme: str
    period: str
    category: str
    order_id: str
    redemption_id: str
    amount: int
    reason: str


class Paid(Value):
    """The bank confirmed the payment of a claim: from claimed to paid."""

    programme: str
    period: str
    category: str
    order_id: str
    redemption_id: str
    amount: int


class PaymentReturned(Value):
    """The money of a payment came back from the payee's bank: from paid to claimed."""

    programme: str
    period: str
    category: str
    order_id: str
    redemption_id: str
    amount: int
    reason: str


class ClawedBack(Value):
    """Money already paid is demanded back: from paid to clawed_back."""

    programme: str
    period: str
    category: str
    order_id: str
    redemption_id: str
    amount: int
    reason: str


class Expired(Value):
    """Unused value lapsed at the end of the use-by day: from available to expired."""

    programme: str
    period: str
    amount: int


class Returned(Value):
    """The enterprise gave unused value back: from available to returned."""

    programme: str
    period: str
    amount: int
    reason: str


class Restored(Value):
    """The enterprise took value again that it had given back: from returned to available."""

    programme: str
    period: str
    amount: int
    reason: str


class Revoked(Value):
    """The programme took unused value back: from available to revoked."""

    programme: str
    period: str
    amount: int
    reason: str


class Extended(Value):
    """The two last days were moved; no value moves."""

    use_by_on: str
    redeem_by_on: str
    reason: str


class Pledged(Value):
    """The holder lets another firm's order draw on this voucher until a day; no value moves before it does."""

    order_id: str
    enterprise_id: str
    amount: int
    until_on: str


class PledgeWithdrawn(Value):
    """The holder took its pledge to an order back; no value moves."""

    order_id: str
    reason: str


class CarriedOver(Value):
    """A part of the expired rest goes on as another voucher of the next period; no value of this one moves."""

    voucher_id: str
    period: str
    amount: int


class CarriedFrom(Value):
    """This voucher is what was carried over from the expired rest of another; no value moves."""

    voucher_id: str
    period: str


Movement = (
    Reserved
    | Released
    | Claimed
    | ClaimReversed
    | Paid
    | PaymentReturned
    | ClawedBack
    | Expired
    | Returned
    | Restored
    | Revoked
)
Event = Issued | Movement | Extended | Pledged | PledgeWithdrawn | CarriedOver | CarriedFrom

PLACES = (
    "available",
    "reserved",
    "claimed",
    "paid",
    "expired",
    "returned",
    "revoked",
    "clawed_back",
)

# The one table of where each movement takes an amount from and puts it.
MOVES: dict[type[Movement], tuple[str, str]] = {
    Reserved: ("available", "reserved"),
    Released: ("reserved", "available"),
    Claimed: ("reserved", "claimed"),
    ClaimReversed: ("claimed", "reserved"),
    Paid: ("claimed", "paid"),
    PaymentReturned: ("paid", "claimed"),
    ClawedBack: ("paid", "clawed_back"),
    Expired: ("available", "expired"),
    Returned: ("available", "returned"),
    Restored: ("returned", "available"),
    Revoked: ("available", "revoked"),
}
