"""One way to tell who a request comes from, whatever it carries: an API key, a token, or the cookie of a session."""

from pathlib import Path

from service.identity.callers import Caller, Unauthenticated
from service.identity.keys import Keyring


class Authenticator:
    """Whoever proves who they are to an installation."""

    def __init__(self, data: Path) -> None:
        """Take the keys of a data folder; nothing is read before it is needed."""
        self.keys = Keyring(data)

    def authenticate(self, authorization: str) -> Caller:
        """The caller of an Authorization header, or Unauthenticated."""
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Unauthenticated(pointer="/headers/authorization")
        return self.keys.authenticate(text.strip())
