"""What may happen to a period's seed next."""

import hashlib
from functools import lru_cache

from vouchers.refusals import Conflict, NotAllowed, Refused
from vouchers.sample import events as sample
from vouchers.sample.state import Sample


class SeedCommittedAlready(Conflict):
    """The period's seed is committed, and may have been drawn with; another one is too late."""


class SeedNotCommitted(Conflict):
    """No seed was committed for this period, so there is none to reveal."""

    remedy = "Nothing was drawn with a seed of this period."


class SeedNotAsCommitted(NotAllowed):
    """This is not the seed that was committed."""

    remedy = "Use the installation that made the commitment, with its seed file."


class PeriodNotOver(Refused):
    """The seed stays secret while something may still be drawn with it."""


def commit(state: Sample, seed: bytes, last_on: str) -> list[sample.Event]:
    """Publish the commitment to a seed; the same one again changes nothing."""
    commitment = _commitment(seed)
    if state.commitment == commitment:
        return []
    if state.commitment:
        raise SeedCommittedAlready(pointer="/period", remedy="Keep to the committed seed.")
    return [sample.SeedCommitted(commitment, last_on)]


def reveal(state: Sample, seed: bytes, on: str) -> list[sample.Event]:
    """Publish the seed once the period is over; again changes nothing, another seed is refused."""
    if not state.commitment:
        raise SeedNotCommitted(pointer="/period")
    if _commitment(seed) != state.commitment:
        raise SeedNotAsCommitted(pointer="/period")
    if state.seed_hex:
        return []
    if on <= state.last_on:
        remedy = f"Reveal it from the day after {state.last_on} on."
        raise PeriodNotOver(pointer="/on", remedy=remedy, last_on=state.last_on)
    return [sample.SeedRevealed(seed.hex())]


@lru_cache(maxsize=64)
def _commitment(seed: bytes) -> str:
    """What is published of a seed that is still secret; every draw of a period asks for it."""
    return hashlib.sha256(seed).hexdigest()
