"""Sessions of people at a browser: a random secret in a cookie, its digest and everything else at the desk."""

import hashlib
import hmac
import secrets
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, Table, Text, delete, select, update

from service.desk import TABLES, Desk
from service.identity.callers import Caller, Unauthenticated
from service.identity.settings import Login
from vouchers.refusals import NotAllowed

MOST: Final = 200
MOST_PER_USER: Final = 10
NOTED_EVERY: Final = 60  # seconds between two notes that a session is in use
LONGEST_SECRET: Final = 100  # characters
_SESSIONS: Final = Table(
    "sessions",
    TABLES,
    Column("digest", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("name", "role", "subject", "site", "programmes")),
    *(Column(name, BigInteger, nullable=False) for name in ("began", "seen", "until")),
)

_PARTS: Final = ("digest", "name", "role", "subject", "site", "programmes", "began", "until")
_BY_DIGEST: Final = "SELECT name, role, subject, site, programmes, began, until, seen FROM sessions WHERE digest = ?"


class SessionEnded(Unauthenticated):
    """The session has ended."""

    remedy = "Log in again at /login."


class ForgeryRefused(NotAllowed):
    """The request may have been made by another site in your name."""

    remedy = "Send the token of your session's page as X-CSRF-Token, from a page of this service."


class Session(NamedTuple):
    """Whoever is logged in: the caller, the name that logged in, and from when until when at the latest."""

    caller: Caller
    name: str
    began: int
    until: int

    def shown(self) -> dict[str, object]:
        """All of it that may be told."""
        who = self.caller
        named = {"name": self.name, "role": who.role, "subject": who.subject, "credential": who.credential}
        return {**named, "began": self.began, "until": self.until}


class Sessions:
    """The sessions of an installation."""

    def __init__(self, desk: Desk, login: Login) -> None:
        """Keep them at a desk, for as long as the settings let them last."""
        self._desk = desk
        self._idle, self._longest = login.idle_minutes * 60, login.longest_hours * 3_600

    def begin(self, caller: Caller, name: str, now: int) -> str:
        """A new session and its secret, which only the cookie has; the oldest of too many ends."""
        secret = secrets.token_urlsafe(32)
        row = {
            "digest": _digest(secret),
            "name": name,
            "role": caller.role,
            "subject": caller.subject,
            "site": caller.site,
            "programmes": " ".join(caller.programmes),
            "began": now,
            "seen": now,
            "until": now + self._longest,
        }
        own = select(_SESSIONS.c.digest).where(_SESSIONS.c.name == name).order_by(_SESSIONS.c.began.desc())
        with self._desk.writing() as desk:
            desk.execute(delete(_SESSIONS).where((_SESSIONS.c.until <= now) | (_SESSIONS.c.seen <= now - self._idle)))
            too_many = [digest for (digest,) in desk.execute(own)][MOST_PER_USER - 1 :]
            desk.execute(delete(_SESSIONS).where(_SESSIONS.c.digest.in_(too_many)))
            desk.execute(_SESSIONS.insert().values(row))
        return secret

    def find(self, secret: str, now: int) -> Session:
        """The session of a cookie; raises SessionEnded."""
        digest = _digest(secret[:LONGEST_SECRET])
        row = self._desk.look_up(_BY_DIGEST, digest)
        session, seen = (_session(digest, *row[:-1]), row[-1]) if row else (None, 0)
        if session is None or session.until <= now or seen <= now - self._idle:
            raise SessionEnded(pointer="/headers/cookie")
        if seen <= now - NOTED_EVERY:
            with self._desk.writing() as desk:
                desk.execute(update(_SESSIONS).where(_SESSIONS.c.digest == digest).values(seen=now))
        return session

    def end(self, secret: str) -> None:
        """Log out."""
        with self._desk.writing() as desk:
            desk.execute(delete(_SESSIONS).where(_SESSIONS.c.digest == _digest(secret[:LONGEST_SECRET])))

    def list(self, now: int, limit: int = MOST) -> "list[Session]":
        """The sessions that have not ended, the latest first."""
        open_now = (_SESSIONS.c.until > now) & (_SESSIONS.c.seen > now - self._idle)
        query = select(*(_SESSIONS.c[name] for name in _PARTS)).where(open_now)
        query = query.order_by(_SESSIONS.c.began.desc(), _SESSIONS.c.digest).limit(min(limit, MOST))
        with self._desk.reading() as desk:
            return [_session(*row) for row in desk.execute(query)]

    def end_all(self, name: str) -> int:
        """End every session of a name; how many there were."""
        with self._desk.writing() as desk:
            return desk.execute(delete(_SESSIONS).where(_SESSIONS.c.name == name)).rowcount


def forgery_token(secret: str) -> str:
    """What a page of ours knows of its session and another site does not."""
    return hmac.digest(secret.encode(), b"writes", "sha256").hex()


def check_forgery(secret: str, token: str) -> None:
    """Refuse a request that does not know what only our own pages know."""
    # Without a secret the token would be one that everybody can compute.
    if not secret or not hmac.compare_digest(forgery_token(secret), token.encode("ascii", "replace").decode()):
        raise ForgeryRefused(pointer="/headers/x-csrf-token")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _session(
    digest: str, name: str, role: str, subject: str, site: str, programmes: str, began: int, until: int
) -> Session:
    caller = Caller(role, subject, site, tuple(programmes.split()), "session", f"session:{digest[:12]}")
    return Session(caller, name, began, until)
