"""What can have happened to the keys of a party; names and fields are the stored format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyRegistered:
    """A party signs with this key from now on: the public half of Ed25519, named by its thumbprint (RFC 7638)."""

    key_id: str
    public_key: str


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """A party signs with this key no more; what was issued on it before stays as it is."""

    key_id: str
    reason: str


Event = KeyRegistered | KeyRevoked
