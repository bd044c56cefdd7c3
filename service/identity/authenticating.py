"""One way to tell who a request comes from, whatever it carries: an API key, or a token of this or another issuer."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from service import clock
from service.desk import Desk
from service.identity.callers import Caller, Unauthenticated
from service.identity.issuing import LocalIssuer
from service.identity.keys import Keyring
from service.identity.providers import Provider
from service.identity.revoking import Revocations
from service.identity.settings import Issuer, check_issuers
from service.identity.verifying import Keys, TokenExpired, TokenRefused, Verified, claimed_issuer, verify

MOST_REMEMBERED: Final = 4_096
_POINTER: Final = "/headers/authorization"


class TokenRevoked(TokenRefused):
    """The token was revoked."""


class Authenticator:
    """Whoever proves who they are to an installation."""

    def __init__(
        self, data: Path, desk: Desk, issuers: tuple[Issuer, ...] = (), now: Callable[[], int] = clock.seconds
    ) -> None:
        """Take the keys of a data folder, the desk's revocations and the issuers of the settings; read nothing yet.

        Raises SettingInvalid for issuers that cannot be told apart.
        """
        check_issuers(issuers)
        self.keys = Keyring(data)
        self.own = LocalIssuer(data)
        self.providers = {issuer.url: Provider(issuer) for issuer in issuers}
        self.revocations = Revocations(desk)
        self._now = now
        self._gate = threading.Lock()
        self._remembered: OrderedDict[bytes, Verified] = OrderedDict()

    def authenticate(self, authorization: str) -> Caller:
        """The caller of an Authorization header, or Unauthenticated."""
        scheme, _, text = authorization.partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text:
            raise Unauthenticated(pointer=_POINTER)
        return self.keys.authenticate(text) if text.startswith("vk_") else self._token(text)

    def _token(self, text: str) -> Caller:
        """The caller of a token; a check that was made once holds until the token, its key or its issuer ends."""
        digest = hashlib.sha256(text.encode()).digest()
        with self._gate:
            known = self._remembered.get(digest)
        verified = known or self._verify(text)
        if not self._now() < verified.until:
            raise TokenExpired(pointer=_POINTER)
        if known and self._source(known.issuer)[1].key(known.kid) is None:
            raise TokenRefused("The key that signed the token was withdrawn.", pointer=_POINTER)
        if not self.revocations.holds(verified.caller.credential):
            raise TokenRevoked(pointer=_POINTER)
        self._remember(digest, verified)
        return verified.caller

    def _verify(self, text: str) -> Verified:
        issuer, keys = self._source(claimed_issuer(text))
        return verify(text, issuer, keys, self._now())

    def _source(self, name: str) -> tuple[Issuer, Keys]:
        """An issuer of this name and its keys; anybody else is nobody here."""
        if provider := self.providers.get(name):
            return provider.issuer, provider
        local = self.own.issuer
        if name != local.url:
            raise TokenRefused("The token is of an issuer that is unknown here.", pointer=_POINTER)
        return local, self.own

    def _remember(self, digest: bytes, verified: Verified) -> None:
        with self._gate:
            self._remembered[digest] = verified
            self._remembered.move_to_end(digest)
            while len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
