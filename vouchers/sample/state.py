"""What is published of a period's seed now."""

from typing import assert_never

from vouchers.sample import events as sample
from vouchers.values import Value, replace


class Sample(Value):
    """The commitment, the period's last day, and the seed once it is revealed."""

    commitment: str = ""
    last_on: str = ""
    seed_hex: str = ""


def evolve(state: Sample, event: sample.Event) -> Sample:
    """Apply one event."""
    match event:
        case sample.SeedCommitted(commitment, last_on):
            return Sample(commitment, last_on)
        case sample.SeedRevealed(seed_hex):
            return replace(state, seed_hex=seed_hex)
    assert_never(event)
