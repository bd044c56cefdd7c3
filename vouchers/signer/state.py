"""Which keys a party signs with now."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from vouchers.signer import events as signer
from vouchers.values import Value, replace

_NO_KEYS: Mapping[str, str] = MappingProxyType({})


class Signer(Value):
    """The public keys of a party by their thumbprints, and those that it revoked."""

    keys: Mapping[str, str] = _NO_KEYS
    revoked: tuple[str, ...] = ()

    def current(self, key_id: str) -> str:
        """A public key that is in use, or nothing."""
        return "" if key_id in self.revoked else self.keys.get(key_id, "")


def evolve(state: Signer, event: signer.Event) -> Signer:
    """Apply one event; the past is never refused."""
    match event:
        case signer.KeyRegistered(key_id, public_key):
            return replace(state, keys={**state.keys, key_id: public_key})
        case signer.KeyRevoked(key_id):
            return replace(state, revoked=(*state.revoked, key_id))
    assert_never(event)
