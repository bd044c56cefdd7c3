"""One-time codes at the desk: which are open, how many wrong ones were presented, and who has to pause for it.

A code is 60 random bits, kept as a digest that is keyed with a secret of the installation: who reads the desk alone
cannot try codes. That a code was used stands in the log, in the same append as the claim it paid for, so that of two
clerks who present it at once exactly one is served.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, delete, func, insert, select, text, update

from service.counter.settings import Counter as Settings
from service.desk import TABLES, Desk
from service.settings import write_once
from vouchers.days import instant_of, microseconds_of
from vouchers.identifiers import make_code
from vouchers.refusals import Refused

KEY_FILE: Final = "counter.secret"
PREFIX: Final = "K"
_SECOND: Final = 1_000_000
_KEPT: Final = 86_400  # seconds after which nobody repeats the request that a code was presented with
_MOST_CODES: Final = 100_000

CODES: Final = Table(
    "counter_codes",
    TABLES,
    Column("digest", Text, primary_key=True),
    Column("order_id", Text, nullable=False, index=True),
    Column("provider_id", Text, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("up_to", BigInteger, nullable=True),
)
GUESSES: Final = Table(
    "counter_guesses",
    TABLES,
    Column("subject", Text, primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("frozen_until", BigInteger, nullable=False),
)

# Two that guess for the first time at once count in one row.
_FIRST_GUESS: Final = text(
    "INSERT INTO counter_guesses (subject, wrong, since, frozen_until) VALUES (:subject, 0, :now, 0)"
    " ON CONFLICT (subject) DO NOTHING"
)


class CounterFrozen(Refused):
    """Too many wrong codes were presented, so that no code is taken for a while."""

    status = 429


class BillAboveCode(Refused):
    """The enterprise consented to a smaller bill than this with its code."""

    remedy = "Correct the bill, or ask the enterprise for a code that is good for it."


class TooManyOpenCodes(Refused):
    """So many codes are open that no further one is issued now."""

    status = 429
    remedy = "Try again in some minutes."


class Fresh(NamedTuple):
    """A code that was just issued: it is shown once, and good until an instant."""

    code: str
    expires_at: str


class Standing(NamedTuple):
    """How the counter of an order stands: whether a code is open and until when, wrong codes, and until when frozen."""

    open_until: str
    wrong_codes: int
    frozen_until: str


class Presented(NamedTuple):
    """What the desk knows of a code that was presented: its order, whether it is good for it, and for which bill."""

    order_id: str
    digest: str
    good: bool
    up_to: int | None = None


class Codes:
    """The one-time codes of an installation."""

    def __init__(self, desk: Desk, folder: Path, settings: Settings, now: Callable[[], str]) -> None:
        """Use the desk and the secret in the data folder; the secret is made where there is none."""
        self._desk = desk
        self._settings = settings
        self._now = now
        path = folder / KEY_FILE
        if not path.exists():
            write_once(path, secrets.token_bytes(32))
        self._secret = path.read_bytes()

    def issue(self, order_id: str, provider_id: str, up_to: int | None = None) -> Fresh:
        """A fresh code of an order, in the place of one that was open; refused while the order is frozen.

        `up_to` is the largest bill, in minor units, that the enterprise consents to with it.
        """
        now = self._seconds()
        code, expires_at = make_code(PREFIX, secrets.token_hex(16)), now + self._settings.code_minutes * 60
        row = {"digest": self._digest(code), "order_id": order_id, "provider_id": provider_id, "issued_at": now}
        with self._desk.writing() as connection:
            _refuse_frozen(connection, _of_order(order_id), now)
            connection.execute(delete(CODES).where(CODES.c.expires_at < now - _KEPT))
            open_codes = select(func.count()).select_from(CODES).where(CODES.c.expires_at > now)
            if (connection.execute(open_codes).scalar() or 0) >= _MOST_CODES:
                raise TooManyOpenCodes(limit=_MOST_CODES)
            _end(connection, order_id, now)
            connection.execute(insert(CODES).values(**row, expires_at=expires_at, up_to=up_to))
        return Fresh(code, _written(expires_at))

    def look_up(self, code: str, provider_id: str, order_id: str, *, own: bool) -> Presented:
        """What is known of a code that a provider presents; one that pauses is refused before anything is looked at.

        `own` tells whether the order that was named is one with this provider: somebody else's cannot be frozen, and
        whether it is frozen is not told.
        """
        now, digest = self._seconds(), self._digest(code)
        with self._desk.reading() as connection:
            _refuse_frozen(connection, _of_provider(provider_id), now)
            if own:
                _refuse_frozen(connection, _of_order(order_id), now)
            row = connection.execute(select(CODES).where(CODES.c.digest == digest)).one_or_none()
        mine = row is not None and row.provider_id == provider_id and order_id in ("", row.order_id)
        if row is None or not mine:
            return Presented(order_id, digest, good=False)
        return Presented(row.order_id, digest, now < row.expires_at, row.up_to)

    def missed(self, provider_id: str, order_id: str, *, own: bool) -> None:
        """Count a wrong code of a provider, and for the order where it is one with this provider."""
        now = self._seconds()
        with self._desk.writing() as connection:
            self._count(connection, _of_provider(provider_id), now)
            if own and self._count(connection, _of_order(order_id), now):
                _end(connection, order_id, now)

    def standing(self, order_id: str) -> Standing:
        """How the counter of an order stands now."""
        now = self._seconds()
        with self._desk.reading() as connection:
            newest = select(CODES.c.expires_at).where(CODES.c.order_id == order_id).order_by(CODES.c.expires_at.desc())
            open_until = connection.execute(newest.limit(1)).scalar() or 0
            row = connection.execute(select(GUESSES).where(GUESSES.c.subject == _of_order(order_id))).one_or_none()
        frozen_until = row.frozen_until if row else 0
        counts = row is not None and now < row.since + self._settings.window_minutes * 60
        return Standing(
            _written(open_until) if now < open_until else "",
            row.wrong if row is not None and counts else 0,
            _written(frozen_until) if now < frozen_until else "",
        )

    def lift(self, order_id: str) -> Standing:
        """End the freeze of an order, as the enterprise wants it; wrong codes are counted from nothing again."""
        with self._desk.writing() as connection:
            connection.execute(delete(GUESSES).where(GUESSES.c.subject == _of_order(order_id)))
        return self.standing(order_id)

    def _count(self, connection: Connection, subject: str, now: int) -> bool:
        """Count one wrong code, and freeze where it is one too many; whether it was."""
        connection.execute(_FIRST_GUESS, {"subject": subject, "now": now})
        row = connection.execute(select(GUESSES).where(GUESSES.c.subject == subject).with_for_update()).one()
        fresh = now >= row.since + self._settings.window_minutes * 60
        wrong = 1 if fresh else row.wrong + 1
        frozen = wrong >= self._settings.wrong_codes
        values = {
            "wrong": 0 if frozen else wrong,
            "since": now if fresh else row.since,
            "frozen_until": now + self._settings.freeze_minutes * 60 if frozen else row.frozen_until,
        }
        connection.execute(update(GUESSES).where(GUESSES.c.subject == subject).values(**values))
        return frozen

    def _digest(self, code: str) -> str:
        return hmac.new(self._secret, code.encode(), hashlib.sha256).hexdigest()

    def _seconds(self) -> int:
        return microseconds_of(self._now()) // _SECOND


def _of_provider(provider_id: str) -> str:
    return f"provider:{provider_id}"


def _of_order(order_id: str) -> str:
    return f"order:{order_id}"


def _end(connection: Connection, order_id: str, now: int) -> None:
    """Let the codes of an order that are open be good no longer."""
    opened = (CODES.c.order_id == order_id) & (CODES.c.expires_at > now)
    connection.execute(update(CODES).where(opened).values(expires_at=now))


def _refuse_frozen(connection: Connection, subject: str, now: int) -> None:
    until = connection.execute(select(GUESSES.c.frozen_until).where(GUESSES.c.subject == subject)).scalar() or 0
    if now < until:
        told = _written(until)
        remedy = f"Wait until {told}; for an order, the enterprise can lift it and issue a new code."
        raise CounterFrozen(pointer="/code", remedy=remedy, frozen_until=told, retry_after=until - now)


def _written(seconds: int) -> str:
    return instant_of(seconds * _SECOND)
