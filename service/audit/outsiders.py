"""How those who vouch for the log are doing, kept at the desk: when each was asked, and what it said last."""

from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, Table, Text, insert, select, update

from service import clock
from service.desk import TABLES, Desk
from service.settings import Settings

OUTSIDERS: Final = Table(
    "audit_outsiders",
    TABLES,
    Column("url", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("answered_at", BigInteger, nullable=False),
    Column("failing_since", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("failure", Text, nullable=False),
)
RETRY: Final = 60_000  # milliseconds after which one that failed is asked again


class Outsider(NamedTuple):
    """A witness or an authority: the size that it vouched for last, and since when and why it does not; times in ms."""

    url: str
    size: int = 0
    asked_at: int = 0
    answered_at: int = 0
    failing_since: int = 0
    code: str = ""
    failure: str = ""

    def due(self, every: int) -> bool:
        """Whether it is to be asked: so many milliseconds after it answered, or soon after it failed."""
        at, pause = (self.asked_at, min(RETRY, every)) if self.failing_since else (self.answered_at, every)
        # A clock that was set back must not keep it from being asked until it has come as far again.
        return not 0 <= clock.milliseconds() - at < pause


class Outsiders:
    """All of one log, by their addresses."""

    def __init__(self, desk: Desk) -> None:
        """Keep them at this desk."""
        self._desk = desk

    def of(self, url: str) -> Outsider:
        """How one is doing; one that was never asked has vouched for nothing."""
        with self._desk.reading() as connection:
            row = connection.execute(select(OUTSIDERS).where(OUTSIDERS.c.url == url)).first()
        return Outsider(*row) if row else Outsider(url)

    def asked(self, settings: Settings) -> list[Outsider]:
        """How everybody is doing whom the settings name, the time stamping authority last."""
        urls = [*(each.url for each in settings.witness), settings.anchoring.tsa_url]
        return [self.of(url) for url in urls if url]

    def answered(self, url: str, size: int) -> None:
        """One vouched for the log at this size."""
        now = clock.milliseconds()
        self._keep(Outsider(url, size, now, now))

    def failed(self, url: str, code: str, failure: str) -> None:
        """One did not, and why."""
        now, known = clock.milliseconds(), self.of(url)
        since = known.failing_since or now
        self._keep(known._replace(asked_at=now, failing_since=since, code=code, failure=failure))

    def _keep(self, outsider: Outsider) -> None:
        values = outsider._asdict()
        with self._desk.writing() as connection:
            query = update(OUTSIDERS).where(OUTSIDERS.c.url == outsider.url).values(**values)
            if not connection.execute(query).rowcount:
                connection.execute(insert(OUTSIDERS).values(**values))
