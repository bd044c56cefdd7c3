"""What can have happened to a seed; names and fields are the stored format."""

from vouchers.values import Value


class SeedCommitted(Value):
    """The SHA-256 of the period's secret seed, published before anything is drawn with it."""

    commitment: str
    last_on: str


class SeedRevealed(Value):
    """The seed itself, after the period's last day; everybody can now draw again."""

    seed_hex: str


Event = SeedCommitted | SeedRevealed
