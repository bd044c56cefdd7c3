"""Copies of the files made for banks, in the vault: a later version of the service might write them otherwise."""

import base64
from typing import Final

from service.audit.vault import ValueUnknown, Vault, VaultKeyWrong
from service.desk import Desk

FIELD: Final = "content"


def keep(desk: Desk, digest: str, content: bytes) -> None:
    """Keep the bytes under their digest."""
    with desk.writing() as connection:
        Vault(desk).keep(connection, _subject(digest), FIELD, base64.b64encode(content).decode())


def copy_of(desk: Desk, digest: str) -> bytes:
    """The bytes that were kept under a digest, or nothing where they are gone or were changed."""
    with desk.reading() as connection:
        try:
            return base64.b64decode(Vault(desk).find(connection, _subject(digest), FIELD).value)
        except (ValueUnknown, VaultKeyWrong):
            return b""


def _subject(digest: str) -> str:
    return f"bank-file:{digest}"
