"""What may happen to the keys of a party next."""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from vouchers.refusals import Conflict, Malformed, NotFound, Refused
from vouchers.signer import events as signer
from vouchers.signer.state import Signer
from vouchers.values import Value

MOST_KEYS: Final = 50
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class PublicKeyMalformed(Malformed):
    """A public key of Ed25519 is 32 bytes, written as 43 characters of base64url."""

    remedy = "Give the member x of the public key's JWK."


class SignerKeyUnknown(NotFound):
    """There is no such key in use."""

    remedy = "Register the public key first, or use one that was not revoked."


class SignerKeyRevoked(Conflict):
    """This key was revoked and is never used again."""

    remedy = "Make a new key."


class TooManySignerKeys(Refused):
    """A party has had too many keys."""

    remedy = "Ask the programme's office."


class RegisterSigner(Value):
    """Let a party sign with a key: the public half of Ed25519 in base64url."""

    party_id: str
    public_key: str


class RevokeSigner(Value):
    """Let a party sign with a key no more."""

    party_id: str
    key_id: str
    reason: str


def thumbprint(public_key: str) -> str:
    """The name of a public key of Ed25519: SHA-256 over its canonical JWK (RFC 7638), in base64url."""
    text = f'{{"crv":"Ed25519","kty":"OKP","x":"{public_key}"}}'
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def register(state: Signer, public_key: str) -> list[signer.Event]:
    """Register a key; one that is in use already changes nothing."""
    if not _KEY.fullmatch(public_key) or _again(public_key) != public_key:
        raise PublicKeyMalformed(pointer="/public_key")
    key_id = thumbprint(public_key)
    if key_id in state.revoked:
        raise SignerKeyRevoked(pointer="/public_key")
    if key_id in state.keys:
        return []
    if len(state.keys) >= MOST_KEYS:
        raise TooManySignerKeys(pointer="/public_key", limit=MOST_KEYS)
    return [signer.KeyRegistered(key_id, public_key)]


def revoke(state: Signer, key_id: str, reason: str) -> list[signer.Event]:
    """Revoke a key; once more changes nothing."""
    if key_id not in state.keys:
        raise SignerKeyUnknown(pointer="/key_id")
    return [] if key_id in state.revoked else [signer.KeyRevoked(key_id, reason)]


def in_use(state: Signer, key_id: str) -> str:
    """The public key of this name, or a refusal where it is not in use."""
    found = state.current(key_id)
    if not found:
        raise SignerKeyUnknown(pointer="/key_id")
    return found


def _again(public_key: str) -> str:
    """The one spelling of what a public key says: its last character has bits that mean nothing."""
    return urlsafe_b64encode(urlsafe_b64decode(public_key + "=")).decode().rstrip("=")
