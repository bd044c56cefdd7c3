"""What regulators looked at: a record at the desk that is only ever added to, each line bound to the one before it."""

import hashlib
import json
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, Connection, Table, Text, func, select, text

from service.desk import TABLES, Desk

MOST: Final = 200
LONGEST_PATH: Final = 500  # characters
BEGINNING: Final = "0" * 64
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.accesses'))")
_PAGE: Final = 1_000
_ACCESSES: Final = Table(
    "accesses",
    TABLES,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, Text, nullable=False) for name in ("at", "actor", "credential", "route", "path", "trace_id")),
    Column("status", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("chain", Text, nullable=False),
)


class Access(NamedTuple):
    """One read: when, by whom with which key or token, what was asked, how it was answered, and on which log."""

    at: str
    actor: str
    credential: str
    route: str
    path: str
    status: int
    position: int
    trace_id: str


class Line(NamedTuple):
    """A read with its number and the hash that binds it to all before it."""

    seq: int
    access: Access
    chain: str

    def shown(self) -> dict[str, object]:
        """The line as one object."""
        return {"seq": self.seq, **self.access._asdict(), "chain": self.chain}


class Accesses:
    """The record of an installation."""

    def __init__(self, desk: Desk) -> None:
        """Keep it at a desk."""
        self._desk = desk

    def add(self, access: Access) -> Line:
        """Add one read to the end; it is durable when this returns."""
        access = access._replace(path=access.path[:LONGEST_PATH])
        with self._desk.writing() as desk:
            if desk.dialect.name == "postgresql":
                desk.execute(_LOCK)
            last = desk.execute(select(_ACCESSES.c.seq, _ACCESSES.c.chain).order_by(_ACCESSES.c.seq.desc()).limit(1))
            seq, chain = last.one_or_none() or (0, BEGINNING)
            line = Line(seq + 1, access, _bound(chain, seq + 1, access))
            desk.execute(_ACCESSES.insert().values(line.shown()))
        return line

    def list(self, *, after: int = 0, limit: int = MOST, actor: str = "") -> list[Line]:
        """The reads after a number, of one actor or of all, in their order."""
        query = select(_ACCESSES).where(_ACCESSES.c.seq > after).order_by(_ACCESSES.c.seq).limit(min(limit, _PAGE))
        if actor:
            query = query.where(_ACCESSES.c.actor == actor)
        with self._desk.reading() as desk:
            return [_line(row._mapping) for row in desk.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name

    def verify(self) -> tuple[int, int | None]:
        """How many reads are on record, and the number of the first that was changed, moved or lost before the end."""
        seq, chain = 0, BEGINNING
        with self._desk.reading() as desk:
            count = _count(desk)
        while page := self.list(after=seq, limit=_PAGE):
            for line in page:
                if line.seq != seq + 1 or line.chain != _bound(chain, line.seq, line.access):
                    return count, line.seq
                seq, chain = line.seq, line.chain
        return count, None


def _bound(chain: str, seq: int, access: Access) -> str:
    return hashlib.sha256(json.dumps([chain, seq, *access]).encode()).hexdigest()


def _line(row: object) -> Line:
    values = dict(row)  # type: ignore[call-overload]
    return Line(values["seq"], Access(*(values[name] for name in Access._fields)), values["chain"])


def _count(desk: Connection) -> int:
    return int(desk.execute(select(func.count()).select_from(_ACCESSES)).scalar_one())
