"""What the desk knows of documents: their type and size, who brought each of them and when, and how much in a day."""

from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.desk import TABLES, Desk
from service.evidence.settings import Evidence
from vouchers.refusals import Refused

_MEGABYTE: Final = 1 << 20

DOCUMENTS: Final = Table(
    "evidence_documents",
    TABLES,
    Column("digest", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
)
UPLOADS: Final = Table(
    "evidence_uploads",
    TABLES,
    Column("digest", Text, primary_key=True),
    Column("actor", Text, primary_key=True),
    Column("uploaded_at", Text, nullable=False),
)
USE: Final = Table(
    "evidence_use",
    TABLES,
    Column("actor", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("documents", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
)


class DailyQuotaUsedUp(Refused):
    """As many documents, or as much of them, as one caller may bring in a day came today."""

    status = 429
    remedy = "Send the rest tomorrow, or ask the operator for a larger quota."


class Document(NamedTuple):
    """A document that was brought: its digest, its type and its size."""

    digest: str
    media_type: str
    size: int


class Upload(NamedTuple):
    """Who brought a document, and when first."""

    actor: str
    uploaded_at: str


class Register:
    """The register of documents at an installation's desk."""

    def __init__(self, desk: Desk, settings: Evidence) -> None:
        """Use the desk; the settings have the quota."""
        self._desk = desk
        self._settings = settings

    def document(self, digest: str) -> Document | None:
        """What is known of a document."""
        with self._desk.reading() as connection:
            row = connection.execute(select(DOCUMENTS).where(DOCUMENTS.c.digest == digest)).one_or_none()
        return Document(*row) if row else None

    def uploads(self, digest: str) -> list[Upload]:
        """Everybody who brought a document, the first one first."""
        query = select(UPLOADS.c.actor, UPLOADS.c.uploaded_at).where(UPLOADS.c.digest == digest)
        with self._desk.reading() as connection:
            return [Upload(*row) for row in connection.execute(query.order_by(UPLOADS.c.uploaded_at, UPLOADS.c.actor))]

    def documents(self, after: str = "", limit: int = 1_000) -> list[Document]:
        """Documents by digest, a page at a time."""
        query = select(DOCUMENTS).where(DOCUMENTS.c.digest > after).order_by(DOCUMENTS.c.digest).limit(limit)
        with self._desk.reading() as connection:
            return [Document(*row) for row in connection.execute(query)]

    def use(self, actor: str, day: str, size: int) -> None:
        """Count a document into what a caller may bring in a day; raises DailyQuotaUsedUp and counts nothing."""
        limits, row = self._settings, USE.c
        of_day = (row.actor == actor, row.day == day)
        room = (
            row.documents < limits.daily_documents,
            row.size <= limits.daily_megabytes * _MEGABYTE - size,
        )
        with self._desk.writing() as connection:
            connection.execute(delete(USE).where(row.actor == actor, row.day < day))
            _insert(connection, USE, actor=actor, day=day, documents=0, size=0)
            counted = update(USE).where(*of_day, *room).values(documents=row.documents + 1, size=row.size + size)
            if connection.execute(counted).rowcount == 0:
                raise DailyQuotaUsedUp

    def unuse(self, actor: str, day: str, size: int) -> None:
        """Take a document that was not kept after all out of what a caller brought that day."""
        row = USE.c
        less = update(USE).where(row.actor == actor, row.day == day)
        with self._desk.writing() as connection:
            connection.execute(less.values(documents=row.documents - 1, size=row.size - size))

    def enter(self, document: Document, upload: Upload) -> str:
        """Enter who brought a document; when they first did."""
        with self._desk.writing() as connection:
            _insert(connection, DOCUMENTS, **document._asdict())
            _insert(connection, UPLOADS, digest=document.digest, **upload._asdict())
            mine = (UPLOADS.c.digest == document.digest, UPLOADS.c.actor == upload.actor)
            found: str = connection.execute(select(UPLOADS.c.uploaded_at).where(*mine)).scalar_one()
        return found


def _insert(connection: Connection, table: Table, **values: Any) -> None:
    """Insert a row, unless it is there."""
    made = postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
    connection.execute(made.values(**values).on_conflict_do_nothing())
