"""Copies of the files made for banks, at the desk: a later version of the service might write them otherwise."""

from typing import Final

from sqlalchemy import Column, LargeBinary, Table, Text, delete, insert, select

from service.desk import TABLES, Desk

_COPIES: Final = Table(
    "bank_copies",
    TABLES,
    Column("digest", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)


def keep(desk: Desk, digest: str, content: bytes) -> None:
    """Keep the bytes under their digest."""
    with desk.writing() as connection:
        connection.execute(delete(_COPIES).where(_COPIES.c.digest == digest))
        connection.execute(insert(_COPIES).values(digest=digest, content=content))


def copy_of(desk: Desk, digest: str) -> bytes:
    """The bytes that were kept under a digest, or nothing; whoever asks compares them."""
    with desk.reading() as connection:
        found = connection.execute(select(_COPIES.c.content).where(_COPIES.c.digest == digest)).scalar()
    return bytes(found) if found is not None else b""
