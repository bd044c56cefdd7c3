"""The public keys of an OpenID provider: discovered, kept for a while, fetched again when a token names a new one."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from service.identity.fetching import ProviderUnavailable, fetch
from service.identity.settings import Issuer

FRESH: Final = 600  # seconds until the keys are looked at again
STALE: Final = 3_600  # seconds that they still serve while the provider does not answer
COOL_DOWN: Final = 30  # seconds between two looks, whatever tokens name
LONGEST_WAIT: Final = 2  # seconds for a look that another request makes
MOST_KEYS: Final = 50
SHORTEST_RSA: Final = 342  # base64url characters of a modulus of 2,048 bits
_log: Final = logging.getLogger("vouchers.identity")
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_USED: Final = ("issuer", "jwks_uri", "authorization_endpoint", "token_endpoint", "end_session_endpoint")


class Provider:
    """What is known of one OpenID provider."""

    def __init__(self, issuer: Issuer, now: Callable[[], float] = time.monotonic) -> None:
        """Ask nothing yet."""
        self.issuer = issuer
        self._now = now
        self._gate = threading.Lock()
        self._document: dict[str, str] = {}
        self._keys: dict[str, Key] = {}
        self._looked_at = self._answered_at = float("-inf")

    def key(self, kid: str) -> Key | None:
        """The key of an id; raises ProviderUnavailable where the keys are not known."""
        if self._is_due(kid):
            known = kid in self._keys
            # Whoever's key is known goes on with it; of the others one looks, and nobody waits for long.
            if self._gate.acquire(timeout=0 if known else LONGEST_WAIT):
                try:
                    self._look(kid)
                finally:
                    self._gate.release()
            elif not known:
                raise ProviderUnavailable(f"The keys of the provider {self.issuer.name} are being fetched.")
        if self._now() - self._answered_at > STALE:
            raise ProviderUnavailable(f"The keys of the provider {self.issuer.name} are not known.")
        return self._keys.get(kid)

    def endpoint(self, name: str) -> str:
        """An address of the provider's discovery document, or ProviderUnavailable."""
        with self._gate:
            if not self._document:
                self._document = self._discover()
        if not self._document.get(name):
            raise ProviderUnavailable(f"The provider {self.issuer.name} has no {name}.")
        return self._document[name]

    def _is_due(self, kid: str) -> bool:
        """Whether to look: the keys are old or lack this one, and an invented id costs one look per cool-down."""
        now = self._now()
        wanted = now - self._answered_at > FRESH or kid not in self._keys
        return wanted and now - self._looked_at >= COOL_DOWN

    def _look(self, kid: str) -> None:
        if not self._is_due(kid):
            return  # Somebody else has looked meanwhile.
        self._looked_at = self._now()
        try:
            document = self._discover()
            self._keys = self._fetch_keys(document)
        except ProviderUnavailable as fault:
            _log.warning("%s", fault.detail)
            return
        self._document, self._answered_at = document, self._looked_at

    def _discover(self) -> dict[str, str]:
        document = fetch(self.issuer.url.rstrip("/") + _WELL_KNOWN)
        if document.get("issuer") != self.issuer.url:
            raise ProviderUnavailable(f"The provider at {self.issuer.url} says that it is another one.")
        return {name: str(document[name]) for name in _USED if document.get(name)}

    def _fetch_keys(self, document: dict[str, str]) -> dict[str, Key]:
        found = fetch(document.get("jwks_uri", "")).get("keys")
        if not isinstance(found, list):
            raise ProviderUnavailable(f"The provider {self.issuer.name} has no set of keys.")
        return {str(each["kid"]): key for each in found[:MOST_KEYS] if (key := _signing_key(each)) is not None}


def _signing_key(described: Any) -> Key | None:
    """A public key for signatures that names itself; secret, encrypting, short and strange ones are left out."""
    if not isinstance(described, dict) or not described.get("kid") or described.get("use", "sig") != "sig":
        return None
    if described.get("kty") not in ("RSA", "EC", "OKP") or "d" in described:
        return None
    if described["kty"] == "RSA" and len(str(described.get("n"))) < SHORTEST_RSA:
        return None
    try:
        return JWKRegistry.import_key(described)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
