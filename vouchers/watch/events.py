"""What can have happened to the list of watched parties; names and fields are the stored format."""

from vouchers.values import Value


class Listed(Value):
    """A link, a tier or a sanction of this party is on record from now on."""

    party: str


Event = Listed
