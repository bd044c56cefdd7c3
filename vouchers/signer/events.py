"""What can have happened to the keys of a party; names and fields are the stored format."""

from vouchers.values import Value


class KeyRegistered(Value):
    """A party signs with this key from now on: the public half of Ed25519, named by its thumbprint (RFC 7638)."""

    key_id: str
    public_key: str


class KeyRevoked(Value):
    """A party signs with this key no more; what was issued on it before stays as it is."""

    key_id: str
    reason: str


Event = KeyRegistered | KeyRevoked
