"""What can have happened to the list of watched parties; names and fields are the stored format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listed:
    """A link, a tier or a sanction of this party is on record from now on."""

    party: str


Event = Listed
