"""API keys: who a request comes from. Only digests are kept, in the data folder's key file."""

import fcntl
import hashlib
import hmac
import os
import re
import secrets
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from service.settings import KEYS
from vouchers.identifiers import check_credit_code
from vouchers.refusals import Malformed, NotFound, Refused, Unavailable

ROLES: Final = ("enterprise", "provider", "officer", "reviewer", "finance", "regulator")
FIRMS: Final = ("enterprise", "provider")
_KEY: Final = re.compile(r"vk_([0-9a-f]{12})_[0-9a-f]{64}")
_PERSON: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_NO_DIGEST: Final = "0" * 64


class Unauthenticated(Refused):
    """The request has no valid API key."""

    status = 401


class RoleUnknown(Malformed):
    """An API key has one of the six roles."""


class SubjectMalformed(Malformed):
    """A person is named by 1 to 40 small letters, digits, full stops, low lines and hyphens."""


class KeyUnknown(NotFound):
    """There is no API key with this id."""


class KeyFileBroken(Unavailable):
    """The file of API keys cannot be read."""


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as it is kept: its id, role, subject (a credit code or a person), digest and revocation."""

    key_id: str
    role: str
    subject: str
    sha256: str
    created_at: str
    revoked_at: str = ""

    @property
    def actor(self) -> str:
        """The reference of whoever holds the key, as it stands in the log."""
        return f"{self.role}:{self.subject}"


def create_key(data: Path, role: str, subject: str, now: str) -> tuple[str, Key]:
    """Make a key for a role and subject; its text is shown this once. Raises RoleUnknown and SubjectMalformed."""
    subject = _check_subject(role, subject)
    key_id = secrets.token_hex(6)
    text = f"vk_{key_id}_{secrets.token_hex(32)}"
    key = Key(key_id, role, subject, _digest(text), now)
    with _locked(data):
        _write(data, {**_read(data), key_id: key})
    return text, key


def list_keys(data: Path) -> list[Key]:
    """All keys, revoked ones too, oldest first."""
    return sorted(_read(data).values(), key=lambda key: (key.created_at, key.key_id))


def revoke_key(data: Path, key_id: str, now: str) -> Key:
    """End a key for ever; revoking again changes nothing. Raises KeyUnknown."""
    with _locked(data):
        keys = _read(data)
        if key_id not in keys:
            raise KeyUnknown(pointer="/key_id", remedy="List the keys to see their ids.")
        if not keys[key_id].revoked_at:
            keys[key_id] = Key(**{**asdict(keys[key_id]), "revoked_at": now})
            _write(data, keys)
        return keys[key_id]


class Keyring:
    """The keys of an installation; a changed key file is noticed at the next request."""

    def __init__(self, data: Path) -> None:
        """Begin with nothing read."""
        self._data = data
        self._gate = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    def authenticate(self, authorization: str) -> Key:
        """The key of an Authorization header, or Unauthenticated; the comparison takes constant time."""
        scheme, _, text = authorization.partition(" ")
        text = text.strip()
        found = _KEY.fullmatch(text) if scheme.lower() == "bearer" else None
        if found is None:
            raise Unauthenticated(remedy="Send the header `Authorization: Bearer vk_...` with your API key.")
        key = self._current().get(found[1])
        holds = hmac.compare_digest(_digest(text), key.sha256 if key else _NO_DIGEST)
        if key is None or not holds or key.revoked_at:
            raise Unauthenticated("This API key is unknown or was revoked.", remedy="Ask an officer for a new key.")
        return key

    def _current(self) -> dict[str, Key]:
        try:
            state = (self._data / KEYS).stat()
        except FileNotFoundError:
            return {}
        mark = (state.st_ino, state.st_mtime_ns, state.st_size)
        with self._gate:
            if mark != self._seen:
                self._keys, self._seen = _read(self._data), mark
            return self._keys


def _check_subject(role: str, subject: str) -> str:
    if role not in ROLES:
        raise RoleUnknown(pointer="/role", remedy=f"Use one of {', '.join(ROLES)}.")
    if role in FIRMS:
        return check_credit_code(subject, "/subject")
    if not _PERSON.fullmatch(subject):
        raise SubjectMalformed(pointer="/subject", remedy="Use a short name such as li or j.doe.")
    return subject


def _digest(text: str) -> str:
    # Thirty-two random bytes cannot be guessed, so that a slow hash would protect nothing.
    return hashlib.sha256(text.encode()).hexdigest()


def _read(data: Path) -> dict[str, Key]:
    path = data / KEYS
    if not path.exists():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {key_id: Key(key_id, **values) for key_id, values in tables.items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as fault:
        detail = f"The file {KEYS} cannot be read: {fault}."
        raise KeyFileBroken(detail, remedy="Restore it from a copy; every key in it keeps working.") from fault


def _write(data: Path, keys: dict[str, Key]) -> None:
    # Every value was checked to be plain, so that quotes are all that TOML needs here.
    lines = ["# API keys: digests only. Revoke a key rather than deleting it, so that its id stays explained."]
    for key in keys.values():
        values = {name: value for name, value in asdict(key).items() if name != "key_id"}
        lines += ["", f'["{key.key_id}"]', *(f'{name} = "{value}"' for name, value in values.items())]
    fresh = data / f"{KEYS}.new"
    fresh.touch(mode=0o600)
    with fresh.open("w", encoding="utf-8") as file:
        file.write("\n".join([*lines, ""]))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(data / KEYS)


@contextmanager
def _locked(data: Path) -> Iterator[None]:
    """Let one process at a time change the key file."""
    path = data / f"{KEYS}.lock"
    path.touch(mode=0o600)
    with path.open("r") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
