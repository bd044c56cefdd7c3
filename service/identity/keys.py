"""API keys: only digests are kept, in the data folder's key file."""

import hashlib
import hmac
import re
import secrets
import threading
import tomllib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from service.identity import files
from service.identity.callers import Caller, Unauthenticated, a_caller
from vouchers.refusals import NotFound, Unavailable

_KEY: Final = re.compile(r"vk_([0-9a-f]{12})_[0-9a-f]{64}")
_NO_DIGEST: Final = "0" * 64


class KeyUnknown(NotFound):
    """There is no API key with this id."""

    remedy = "List the keys to see their ids."


class KeyFileBroken(Unavailable):
    """The file of API keys cannot be read."""


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as it is kept: its id, whom it stands for, its digest, who made it and when it was revoked."""

    key_id: str
    role: str
    subject: str
    sha256: str
    created_at: str
    revoked_at: str = ""
    site: str = ""
    created_by: str = ""
    revoked_by: str = ""

    @property
    def caller(self) -> Caller:
        """Whoever holds the key."""
        return Caller(self.role, self.subject, self.site, credential=self.key_id)

    def shown(self) -> dict[str, str]:
        """All of it that may be told."""
        return {name: value for name, value in asdict(self).items() if name != "sha256"}


def create_key(data: Path, role: str, subject: str, now: str, *, site: str = "", by: str = "") -> tuple[str, Key]:
    """Make a key for a role and subject; its text is shown this once. Raises what is malformed of a caller."""
    caller = a_caller(role, subject, site)
    key_id = secrets.token_hex(6)
    text = f"vk_{key_id}_{secrets.token_hex(32)}"
    key = Key(key_id, role, caller.subject, _digest(text), now, site=site, created_by=by)
    with files.locked(data / files.KEYS):
        _write(data, {**_read(data), key_id: key})
    return text, key


def list_keys(data: Path) -> list[Key]:
    """All keys, revoked ones too, oldest first."""
    return sorted(_read(data).values(), key=lambda key: (key.created_at, key.key_id))


def revoke_key(data: Path, key_id: str, now: str, *, by: str = "") -> Key:
    """End a key for ever; revoking again changes nothing. Raises KeyUnknown."""
    with files.locked(data / files.KEYS):
        keys = _read(data)
        if key_id not in keys:
            raise KeyUnknown(pointer="/key_id")
        if not keys[key_id].revoked_at:
            keys[key_id] = replace(keys[key_id], revoked_at=now, revoked_by=by)
            _write(data, keys)
        return keys[key_id]


class Keyring:
    """The keys of an installation; a changed key file is noticed at the next request."""

    def __init__(self, data: Path) -> None:
        """Begin with nothing read."""
        self._data = data
        self._gate = threading.Lock()
        self._seen: files.Mark | None = None
        self._keys: dict[str, Key] = {}

    def authenticate(self, text: str) -> Caller:
        """Whoever holds a key, or Unauthenticated; the comparison takes constant time."""
        found = _KEY.fullmatch(text)
        if found is None:
            raise Unauthenticated("This is no API key.", remedy="Send the whole key; it begins with vk_.")
        key = self._current().get(found[1])
        holds = hmac.compare_digest(_digest(text), key.sha256 if key else _NO_DIGEST)
        if key is None or not holds or key.revoked_at:
            remedy = "Ask an administrator for a new key."
            raise Unauthenticated("This API key is unknown or was revoked.", remedy=remedy)
        return key.caller

    def _current(self) -> dict[str, Key]:
        mark = files.mark_of(self._data / files.KEYS)
        if mark is None:
            return {}
        with self._gate:
            if mark != self._seen:
                self._keys, self._seen = _read(self._data), mark
            return self._keys


def _digest(text: str) -> str:
    # Thirty-two random bytes cannot be guessed, so that a slow hash would protect nothing.
    return hashlib.sha256(text.encode()).hexdigest()


def _read(data: Path) -> dict[str, Key]:
    path = data / files.KEYS
    if not path.exists():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {key_id: Key(key_id, **values) for key_id, values in tables.items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as fault:
        detail = f"The file {files.KEYS} cannot be read: {fault}."
        raise KeyFileBroken(detail, remedy="Restore it from a copy; every key in it keeps working.") from fault


def _write(data: Path, keys: dict[str, Key]) -> None:
    # Every value was checked to be plain, so that quotes are all that TOML needs here.
    lines = ["# API keys: digests only. Revoke a key rather than deleting it, so that its id stays explained."]
    for key in keys.values():
        values = {name: value for name, value in asdict(key).items() if name != "key_id"}
        lines += ["", f'["{key.key_id}"]', *(f'{name} = "{value}"' for name, value in values.items())]
    files.replace(data / files.KEYS, "\n".join([*lines, ""]))
