"""What may happen to an auditor's sample next."""

import hashlib
from dataclasses import replace
from typing import Final

from vouchers.draw import events as draw
from vouchers.draw.state import Draw
from vouchers.refusals import Conflict, Malformed, NotAllowed, NotFound, Refused

METHODS: Final = ("mus", "stratified")
POPULATIONS: Final = ("payments", "claims", "orders", "vouchers", "entitlements", "refusals")
MOST_ITEMS: Final = 10_000
NONCE_DIGITS: Final = 64
_SEED: Final = b"sample/v1"


class DrawMethodUnknown(Refused):
    """A sample is drawn by monetary units (mus), or by the strata of a column (stratified)."""

    remedy = "Use mus, or stratified with the column of the strata."


class PopulationUnknown(Malformed):
    """There is no population of this name."""

    remedy = f"Draw from one of {', '.join(POPULATIONS)}."


class DrawItemsOutOfRange(Malformed):
    """A sample has 1 to 10,000 items."""

    remedy = "Give a number from 1 to 10,000."


class NonceMalformed(Malformed):
    """A nonce is 32 random bytes, written as 64 of the characters 0-9 and a-f."""

    remedy = "Make one with: openssl rand -hex 32."


class DrawCommittedAlready(Conflict):
    """A sample of this name is committed already; what it draws cannot be changed any more."""

    remedy = "Keep to what was committed, or give the new sample a name of its own."


class DrawUnknown(NotFound):
    """There is no sample of this name."""

    remedy = "Look at the list of samples; a new one is committed first."


class NonceNotAsCommitted(NotAllowed):
    """This is not the nonce whose SHA-256 was committed."""

    remedy = "Use the nonce that the commitment was made with; another one could steer the sample."


class DrawRevealedTooEarly(Refused):
    """No signed checkpoint covers the commitment yet, so that the log could still be changed with the nonce known."""

    remedy = "Wait for the next signed checkpoint, which comes within a minute, and then reveal the nonce."


def commit(state: Draw, asked: draw.Committed) -> list[draw.Event]:
    """Fix what is drawn; the same commitment again changes nothing, another one is refused."""
    if asked.method not in METHODS or (asked.method == "stratified") != bool(asked.strata):
        raise DrawMethodUnknown(pointer="/method")
    if asked.population not in POPULATIONS:
        raise PopulationUnknown(pointer="/population")
    if not 1 <= asked.items <= MOST_ITEMS:
        raise DrawItemsOutOfRange(pointer="/items")
    if state.committed is None:
        return [asked]
    if replace(asked, salt=state.committed.salt) == state.committed:
        return []
    raise DrawCommittedAlready(pointer="/draw_id")


def reveal(state: Draw, nonce: str, *, size: int, root: str, note_size: int, note_digest: str) -> list[draw.Event]:
    """Publish the nonce once a signed checkpoint covers the commitment; again changes nothing."""
    committed = known(state)
    if commitment_of(nonce) != committed.commitment:
        raise NonceNotAsCommitted(pointer="/nonce")
    if state.revealed is not None:
        return []
    if note_size < size:
        raise DrawRevealedTooEarly(pointer="/note_size", size=size, note_size=note_size)
    seed = seed_of(bytes.fromhex(root), bytes.fromhex(nonce)).hex()
    return [draw.Revealed(nonce, size, root, seed, note_size, note_digest)]


def known(state: Draw) -> draw.Committed:
    """What was committed of a sample; one that never was is unknown."""
    if state.committed is None:
        raise DrawUnknown(pointer="/draw_id")
    return state.committed


def commitment_of(nonce: str) -> str:
    """What is published of a nonce that is still secret."""
    return hashlib.sha256(nonce_bytes(nonce)).hexdigest()


def nonce_bytes(nonce: str) -> bytes:
    """The bytes of a nonce as it is written, or a refusal."""
    if len(nonce) != NONCE_DIGITS or set(nonce) - set("0123456789abcdef"):
        raise NonceMalformed(pointer="/nonce")
    return bytes.fromhex(nonce)


def seed_of(root: bytes, nonce: bytes) -> bytes:
    """The seed of a sample: the root was not foreseeable when the nonce was committed, nor the nonce for the house."""
    return hashlib.sha256(_SEED + root + nonce).digest()
