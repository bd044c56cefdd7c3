"""The local issuer: tokens of this installation, signed with a key of the data folder."""

import json
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key

from service.identity import files
from service.identity.callers import ROLES, Caller
from service.identity.settings import Issuer
from vouchers.refusals import Malformed, Unavailable

LONGEST: Final = 30 * 24 * 3_600  # seconds that a token may be valid
MOST_KEYS: Final = 20
TYPE: Final = "at+jwt"
ALGORITHM: Final = "ES256"


class LifetimeTooLong(Malformed):
    """A token is valid for one second to thirty days."""

    remedy = "Use an API key for a program that runs for longer."


class TooManySigningKeys(Malformed):
    """The local issuer keeps at most twenty keys that older tokens still need."""

    remedy = "Wait until tokens have ended, or drop the old keys at once."


class IssuerFileBroken(Unavailable):
    """The keys of the local issuer cannot be read."""

    remedy = f"Restore {files.ISSUER} from a copy, or remove it: then all local tokens end."


@dataclass(frozen=True, slots=True)
class Signing:
    """The local issuer as it is kept: its name and its private keys, the newest last, each with its end."""

    name: str
    keys: tuple[tuple[ECKey, int], ...]


class LocalIssuer:
    """The issuer of a data folder; a rotation by another process is noticed at the next request."""

    def __init__(self, data: Path) -> None:
        """Begin with nothing read; the first look makes the file where it is missing."""
        self._path = data / files.ISSUER
        self._gate = threading.Lock()
        self._seen: files.Mark | None = None
        self._signing = Signing("", ())

    @property
    def issuer(self) -> Issuer:
        """What its tokens must be, in the words of any other issuer."""
        name = self._current().name
        return Issuer("local", name, name, algorithms=(ALGORITHM,), accept_typ=(TYPE,), roles=ROLES)

    def key(self, kid: str) -> Key | None:
        """The key of an id, or nothing."""
        return next((key for key, _ in self._current().keys if key.kid == kid), None)

    def public_keys(self) -> dict[str, Any]:
        """The set of public keys (RFC 7517), with which anybody may check our tokens."""
        return {"keys": [key.as_dict(private=False) for key, _ in self._current().keys]}

    def issue(self, caller: Caller, seconds: int, now: int) -> tuple[str, dict[str, Any]]:
        """A token for a caller and its claims (RFC 9068); raises LifetimeTooLong."""
        if not 0 < seconds <= LONGEST:
            raise LifetimeTooLong(pointer="/expires")
        claims: dict[str, Any] = {
            "aud": self._current().name,
            "sub": caller.subject,
            "client_id": "vouchers",
            "jti": secrets.token_hex(16),
            "roles": [caller.role],
        }
        claims |= {"site": caller.site} if caller.site else {}
        claims |= {"programmes": list(caller.programmes)} if caller.programmes else {}
        return self.sign(claims, TYPE, seconds, now)

    def sign(self, claims: dict[str, Any], kind: str, seconds: int, now: int) -> tuple[str, dict[str, Any]]:
        """What is claimed for so many seconds from now on, as a token of a kind, and all its claims."""
        signing = self._current()
        key, _ = signing.keys[-1]
        claims = {**claims, "iss": signing.name, "iat": now, "exp": now + seconds}
        header = {"alg": ALGORITHM, "typ": kind, "kid": key.kid}
        return jwt.encode(header, claims, key, [ALGORITHM]), claims

    def rotate(self, now: int, *, at_once: bool = False) -> tuple[str, int]:
        """Sign with a new key from now on; old ones stay until their tokens have ended, unless they end at once.

        Answers the id of the new key and the number of old ones that are kept.
        """
        with files.locked(self._path):
            signing = _read(self._path) or _new()
            kept = tuple((key, until or now + LONGEST) for key, until in signing.keys if not until or until > now)
            kept = () if at_once else kept
            if len(kept) >= MOST_KEYS:
                raise TooManySigningKeys
            fresh = _new_key()
            _write(self._path, Signing(signing.name, (*kept, (fresh, 0))))
        return str(fresh.kid), len(kept)

    def _current(self) -> Signing:
        with self._gate:
            mark = files.mark_of(self._path)
            if mark is None or mark != self._seen:
                self._signing, self._seen = self._opened(), files.mark_of(self._path)
            return self._signing

    def _opened(self) -> Signing:
        if signing := _read(self._path):
            return signing
        with files.locked(self._path):
            signing = _read(self._path)
            if signing is None:
                signing = _new()
                _write(self._path, signing)
        return signing


def _new() -> Signing:
    return Signing(f"urn:uuid:{uuid4()}", ((_new_key(), 0),))


def _new_key() -> ECKey:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM})
    return ECKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint()})


def _read(path: Path) -> Signing | None:
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        keys = tuple((ECKey.import_key(each["key"]), int(each["until"])) for each in told["keys"])
        return Signing(str(told["issuer"]), (*keys[:-1], keys[-1]))
    except (ValueError, LookupError, TypeError, JoseError) as fault:
        raise IssuerFileBroken(f"The file {files.ISSUER} cannot be read: {type(fault).__name__}.") from fault


def _write(path: Path, signing: Signing) -> None:
    keys = [{"key": key.as_dict(private=True), "until": until} for key, until in signing.keys]
    files.replace(path, json.dumps({"issuer": signing.name, "keys": keys}, indent=1) + "\n")
