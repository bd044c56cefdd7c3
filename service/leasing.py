"""Leases at the desk: one process leads, and another takes its place soon after it is gone."""

import os
import secrets
import socket
import time
from functools import partial
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Table, Text, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.desk import TABLES, Desk
from vouchers.refusals import Conflict

LEASES: Final = Table(
    "leases",
    TABLES,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)
# The desk's own clock, in milliseconds: one for all who share a lease, so that theirs need not agree.
_NOW: Final = {
    "postgresql": literal_column("CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)", BigInteger()),
    "sqlite": literal_column("CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)", BigInteger()),
}
# A part of its lease that a holder does not use: what clocks may drift apart in so short a time, and much more.
_SPARED: Final = 5
# Goes on while the machine sleeps, where the system has such a clock.
_ticks: Final = partial(time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class LeaseLost(Conflict):
    """Another process leads now."""

    remedy = "Leave the work to it."


def holder_of(desk: Desk, name: str) -> str:
    """Who holds a lease now, or nothing."""
    with desk.reading() as connection:
        now = _NOW[connection.dialect.name]
        held = select(LEASES.c.holder).where(LEASES.c.name == name, LEASES.c.until >= now)
        return connection.scalar(held) or ""


class Lease:
    """A lease as one process sees it; its token rises with every holder, so that a late one is found out."""

    def __init__(self, desk: Desk, name: str, seconds: float) -> None:
        """Hold nothing yet."""
        self.holder = f"{socket.gethostname()[:100]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._desk = desk
        self._name = name
        self._seconds = seconds
        self._token = 0
        self._deadline = 0.0

    def take(self) -> bool:
        """Hold the lease, anew or for longer; False where another process holds it."""
        asked = _ticks()
        with self._desk.writing() as connection:
            now = _NOW[connection.dialect.name]
            until = now + int(self._seconds * 1_000)
            mine = update(LEASES).where(LEASES.c.name == self._name, LEASES.c.holder == self.holder)
            held = (
                self._token
                and connection.execute(mine.where(LEASES.c.token == self._token).values(until=until)).rowcount
            )
            if not held:
                held = self._take_over(connection, now, until)
        self._deadline = asked + self._seconds * (1 - 1 / _SPARED) if held else 0.0
        return bool(held)

    def holds(self) -> bool:
        """Whether this process may act: it knows so without asking, and gives up before anybody takes over."""
        return _ticks() < self._deadline

    def confirm(self, connection: Connection) -> None:
        """Raise LeaseLost unless the lease is still this process's, as of this transaction of the desk."""
        query = select(LEASES.c.token).where(LEASES.c.name == self._name, LEASES.c.holder == self.holder)
        if connection.dialect.name == "postgresql":
            query = query.with_for_update(read=True)
        if connection.scalar(query) != self._token:
            self._deadline = 0.0
            raise LeaseLost

    def give_back(self) -> None:
        """Let another process take the lease at once."""
        self._deadline = 0.0
        with self._desk.writing() as connection:
            mine = update(LEASES).where(LEASES.c.name == self._name, LEASES.c.holder == self.holder)
            connection.execute(mine.where(LEASES.c.token == self._token).values(until=0, holder=""))

    def _take_over(self, connection: Connection, now: object, until: object) -> int:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        first = insert(LEASES).values(name=self._name, holder="", token=0, until=0)
        connection.execute(first.on_conflict_do_nothing())
        free = update(LEASES).where(LEASES.c.name == self._name, LEASES.c.until < now)
        taken: int = connection.execute(free.values(holder=self.holder, token=LEASES.c.token + 1, until=until)).rowcount
        if taken:
            self._token = connection.scalar(select(LEASES.c.token).where(LEASES.c.name == self._name)) or 0
        return taken
