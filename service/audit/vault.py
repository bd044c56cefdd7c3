"""The vault at the desk: values about a subject, sealed with a key of the subject that can be destroyed.

Each value is the AES-256-GCM ciphertext of its disclosure under the subject's own key; that key stands beside it,
sealed with the vault's key, which is a file outside of every database and every backup.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table, Text, delete, insert, select, update

from service.audit.disclosing import digest_of, disclosed, disclosure_of
from service.desk import KEY_FILE, TABLES, Desk
from service.settings import write_once
from vouchers import wire
from vouchers.refusals import NotFound, Unavailable

KEY_BYTES: Final = 32
UNBOUND: Final = -1  # The value has no commitment in the log (yet).
_NONCE: Final = 12

_KEYS: Final = Table(
    "vault_keys",
    TABLES,
    Column("subject", Text, primary_key=True),
    Column("kek", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)
_VALUES: Final = Table(
    "vault_values",
    TABLES,
    Column("subject", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)


class VaultKeyMissing(Unavailable):
    """The key of the vault is not where it should be, so that nothing in it can be read or added."""

    remedy = f"Put the file {KEY_FILE} back into the data folder; it is in no backup, but kept apart."


class VaultKeyWrong(Unavailable):
    """What is in the vault was sealed with another key, or was changed."""

    remedy = f"Put the file {KEY_FILE} in the data folder that belongs to this vault."


class ValueUnknown(NotFound):
    """The vault has no such value: it was never kept, or its subject was erased."""

    remedy = "List what is kept (vouchers audit vault), or look for an erasure of the subject."


@dataclass(frozen=True, slots=True)
class Kept:
    """A value in the vault: its disclosure, and the entry of the log that commits to it."""

    subject: str
    field: str
    seq: int
    disclosure: str

    @property
    def digest(self) -> str:
        """What commits to it."""
        return digest_of(self.disclosure)

    @property
    def value(self) -> Any:
        """The value itself."""
        return disclosed(self.disclosure).value


class Vault:
    """The vault of an installation; every call works inside of a transaction of the desk."""

    def __init__(self, desk: Desk) -> None:
        """The vault of a desk, whose key file is made when something is first kept."""
        self._file = desk.key_file

    def keep(self, desk: Connection, subject: str, field: str, value: Any, seq: int = UNBOUND) -> Kept:
        """Seal a value with a fresh salt, in the place of an earlier one."""
        return self.bind(desk, Kept(subject, field, seq, disclosure_of(field, value)), seq)

    def bind(self, desk: Connection, kept: Kept, seq: int) -> Kept:
        """Seal a value bound to the entry of the log that commits to it."""
        return self._seal(desk, replace(kept, seq=seq))

    def find(self, desk: Connection, subject: str, field: str) -> Kept:
        """A value, or ValueUnknown."""
        found = self.of(desk, [subject], field)
        if subject not in found:
            raise ValueUnknown(pointer="/subject")
        return found[subject]

    def of(self, desk: Connection, subjects: Iterable[str], field: str) -> dict[str, Kept]:
        """The values of one name of several subjects, as far as they are there."""
        query = select(_VALUES, _KEYS.c.wrapped, _KEYS.c.kek).join(_KEYS, _KEYS.c.subject == _VALUES.c.subject)
        wanted = _VALUES.c.subject.in_(sorted(set(subjects)))
        rows = desk.execute(query.where(wanted, _VALUES.c.field == field))
        return {row.subject: self._opened(row) for row in rows}

    def erase(self, desk: Connection, subject: str) -> list[str]:
        """Destroy the key and the disclosures of a subject; the names of what it had."""
        mine = _VALUES.c.subject == subject
        names = [str(name) for (name,) in desk.execute(select(_VALUES.c.field).where(mine).order_by(_VALUES.c.field))]
        desk.execute(delete(_VALUES).where(mine))
        desk.execute(delete(_KEYS).where(_KEYS.c.subject == subject))
        return names

    def change_key(self, desk: Connection, fresh: bytes) -> int:
        """Seal every subject's key with another key of the vault; how many. The file is the caller's to replace."""
        rows = desk.execute(select(_KEYS)).all()
        for row in rows:
            wrapped = _sealed(fresh, self._unwrapped(row), [row.subject])
            values = {"wrapped": wrapped, "kek": name_of(fresh)}
            desk.execute(update(_KEYS).where(_KEYS.c.subject == row.subject).values(**values))
        return len(rows)

    def _seal(self, desk: Connection, kept: Kept) -> Kept:
        key = self._key_of(desk, kept.subject)
        sealed = _sealed(key, kept.disclosure.encode(), [kept.subject, kept.field, kept.seq])
        desk.execute(delete(_VALUES).where(_VALUES.c.subject == kept.subject, _VALUES.c.field == kept.field))
        row = {"subject": kept.subject, "field": kept.field, "seq": kept.seq, "sealed": sealed}
        desk.execute(insert(_VALUES).values(**row))
        return kept

    def _key_of(self, desk: Connection, subject: str) -> bytes:
        """The key of a subject, made with its first value."""
        row = desk.execute(select(_KEYS).where(_KEYS.c.subject == subject)).first()
        if row is not None:
            return self._unwrapped(row)
        fresh, own = secrets.token_bytes(KEY_BYTES), self._own()
        values = {"subject": subject, "kek": name_of(own), "wrapped": _sealed(own, fresh, [subject])}
        desk.execute(insert(_KEYS).values(**values))
        return fresh

    def _opened(self, row: Any) -> Kept:
        key = self._unwrapped(row)
        return Kept(row.subject, row.field, row.seq, _open(key, row.sealed, [row.subject, row.field, row.seq]).decode())

    def _unwrapped(self, row: Any) -> bytes:
        """The key of a subject, opened with whichever key of the vault it was sealed with."""
        found = [key for key in self._known() if name_of(key) == row.kek]
        if not found:
            raise VaultKeyWrong(f"It was sealed with the key {row.kek}, which is not there.", pointer="/vault")
        return _open(found[0], row.wrapped, [row.subject])

    def _own(self) -> bytes:
        """The key that seals what is new, made now where there is none."""
        if self._file is None:
            raise VaultKeyMissing(pointer="/vault")
        if not (self._file.exists() or beside(self._file, "new").exists()):
            write_once(self._file, secrets.token_bytes(KEY_BYTES))
        return self._known()[0]

    def _known(self) -> list[bytes]:
        """The keys of the vault that are there, ours first; read each time, so that nothing but files remembers them.

        While the key is changed there are two, so that nothing is lost wherever that is interrupted.
        """
        paths = [self._file, beside(self._file, "new"), beside(self._file, "old")] if self._file else []
        found = [path.read_bytes() for path in paths if path.is_file()]
        if not found:
            raise VaultKeyMissing(pointer="/vault")
        if any(len(key) != KEY_BYTES for key in found):
            raise VaultKeyWrong(f"A key of the vault has {KEY_BYTES} bytes, and this file another length.")
        return found


def beside(path: Path, word: str) -> Path:
    """Where the coming and the former key are while the key is changed: vault.new.kek, vault.old.kek."""
    return path.with_suffix(f".{word}.kek")


def known_subjects(desk: Connection) -> list[tuple[str, str, int]]:
    """What is in the vault: subject, name of the value, and the entry that commits to it."""
    query = select(_VALUES.c.subject, _VALUES.c.field, _VALUES.c.seq).order_by(_VALUES.c.subject, _VALUES.c.field)
    return [(row.subject, row.field, row.seq) for row in desk.execute(query)]


def name_of(key: bytes) -> str:
    """By what a key is told from others; it says nothing of the key."""
    return hashlib.sha256(b"vault-key" + key).hexdigest()[:16]


def _sealed(key: bytes, content: bytes, bound: list[str | int]) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, wire.canonical(bound))


def _open(key: bytes, sealed: bytes, bound: list[str | int]) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], wire.canonical(bound))
    except (InvalidTag, ValueError) as fault:
        raise VaultKeyWrong(pointer="/vault") from fault
