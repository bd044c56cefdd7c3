"""People who log in with a password: kept at the desk, each with one role, and slowed down after failures."""

import hashlib
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Column, Connection, Table, Text, delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from service.desk import TABLES, Desk
from service.identity.callers import FIRMS, Caller, SubjectMalformed, a_caller
from service.identity.passwords import Passwords
from vouchers.refusals import Conflict, NotFound, Refused

MOST: Final = 1_000
FREE_FAILURES: Final = 5  # for a name, before each further one makes the next wait longer
FREE_FROM_ADDRESS: Final = 50  # for an address, which many people may share
FIRST_WAIT: Final = 2  # seconds
LONGEST_WAIT: Final = 900
MOST_FAILURES: Final = 10_000  # names and addresses that are remembered
FORGOTTEN_AFTER: Final = 24 * 3_600  # seconds
_USERS: Final = Table(
    "users",
    TABLES,
    Column("name", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("role", "subject", "site", "hashed")),
    *(Column(name, Text, nullable=False) for name in ("created_at", "created_by", "disabled_at")),
)
_FAILURES: Final = Table(
    "failed_logins",
    TABLES,
    Column("digest", Text, primary_key=True),
    Column("failures", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)

_COUNTED: Final = text(
    "INSERT INTO failed_logins (digest, failures, last) VALUES (:digest, 1, :now)"
    " ON CONFLICT (digest) DO UPDATE SET failures = failed_logins.failures + 1, last = excluded.last"
)


class UserExists(Conflict):
    """Somebody has this name already."""

    remedy = "Choose another name, or change the password of this one."


class UserUnknown(NotFound):
    """There is no user of this name."""

    remedy = "List the users to see their names."


class TooManyUsers(Conflict):
    """The desk keeps at most 1,000 users."""

    remedy = "Let people log in by an OpenID provider."


class LoginFailed(Refused):
    """The name and the password do not belong together, or the user is disabled."""

    status = 401
    remedy = "Type both again; an administrator can set a new password."


class TooManyLogins(Refused):
    """Too many attempts to log in failed."""

    status = 429
    remedy = "Wait before the next attempt."


class User(NamedTuple):
    """Somebody who may log in: name, role, whom they act for, and since when."""

    name: str
    role: str
    subject: str
    site: str
    created_at: str
    created_by: str
    disabled_at: str

    @property
    def caller(self) -> Caller:
        """Whom requests of this user come from."""
        return Caller(self.role, self.subject, self.site, via="session", credential=f"user:{self.name}")


class Users:
    """The users of an installation."""

    def __init__(self, desk: Desk, passwords: Passwords) -> None:
        """Keep them at a desk."""
        self._desk = desk
        self._passwords = passwords

    def add(self, role: str, name: str, password: str, now: str, *, firm: str = "", site: str = "", by: str) -> User:
        """Add somebody; who acts for a firm has its credit code. Raises UserExists and what is malformed."""
        try:
            subject = a_caller("officer", name).subject
        except SubjectMalformed as refused:
            refused.pointer = "/name"
            raise
        if (role in FIRMS) is not bool(firm):
            raise SubjectMalformed(
                "Who acts for a firm has its credit code; nobody else has one.", pointer="/firm", remedy="Correct it."
            )
        try:
            caller = a_caller(role, firm or subject, site)
        except Refused as refused:
            refused.pointer = "/firm" if refused.pointer == "/subject" else refused.pointer
            raise
        hashed = self._passwords.hash(password, name)
        user = User(name, role, caller.subject, site, now, by, "")
        try:
            with self._desk.writing() as desk:
                if desk.execute(select(func.count()).select_from(_USERS)).scalar_one() >= MOST:
                    raise TooManyUsers
                desk.execute(_USERS.insert().values(**user._asdict(), hashed=hashed))
        except IntegrityError as fault:
            raise UserExists(pointer="/name") from fault
        return user

    def list(self) -> list[User]:
        """Everybody, by name."""
        with self._desk.reading() as desk:
            return [_user(row) for row in desk.execute(select(_USERS).order_by(_USERS.c.name))]

    def set_password(self, name: str, password: str) -> User:
        """Give somebody another password; failures so far are forgotten."""
        hashed = self._passwords.hash(password, name)
        with self._desk.writing() as desk:
            row = _known(desk, name)
            desk.execute(update(_USERS).where(_USERS.c.name == name).values(hashed=hashed))
            desk.execute(delete(_FAILURES).where(_FAILURES.c.digest == _digest("name", name)))
        return _user(row)

    def disable(self, name: str, now: str) -> User:
        """Let somebody log in no longer; doing it again changes nothing."""
        with self._desk.writing() as desk:
            user = _user(_known(desk, name))
            if not user.disabled_at:
                user = user._replace(disabled_at=now)
                desk.execute(update(_USERS).where(_USERS.c.name == name).values(disabled_at=now))
        return user

    def log_in(self, name: str, password: str, address: str, now: int) -> User:
        """Whoever has this name and password; raises LoginFailed or TooManyLogins.

        Unknown names are slowed down, checked and answered like known ones, so that nobody learns which there are.
        """
        name_digest, address_digest = _digest("name", name), _digest("address", address)
        with self._desk.writing() as desk:
            for digest, free in ((name_digest, FREE_FAILURES), (address_digest, FREE_FROM_ADDRESS)):
                # Counted before it is known to fail: many attempts at once would all pass otherwise.
                _check_wait(desk, digest, free, now)
                _count_failure(desk, digest, now)
            # What nobody can be called is not asked for: not every store can be asked for every character.
            row = _found(desk, name) if name.isascii() and name.isprintable() else None
        holds = self._passwords.holds(row.hashed if row else None, password)
        if not holds or row is None or row.disabled_at:
            raise LoginFailed(pointer="/password")
        with self._desk.writing() as desk:
            desk.execute(delete(_FAILURES).where(_FAILURES.c.digest == name_digest))
            one_less = update(_FAILURES).where(_FAILURES.c.digest == address_digest, _FAILURES.c.failures > 0)
            desk.execute(one_less.values(failures=_FAILURES.c.failures - 1))
        if self._passwords.is_outdated(row.hashed):
            self._rehash(name, row.hashed, password)
        return _user(row)

    def _rehash(self, name: str, old: str, password: str) -> None:
        """Keep the hash that the settings now ask for, unless the password was changed meanwhile."""
        fresh = self._passwords.hash_again(password)
        with self._desk.writing() as desk:
            desk.execute(update(_USERS).where(_USERS.c.name == name, _USERS.c.hashed == old).values(hashed=fresh))


def _found(desk: Connection, name: str) -> Any:
    return desk.execute(select(_USERS).where(_USERS.c.name == name)).one_or_none()


def _known(desk: Connection, name: str) -> Any:
    row = _found(desk, name)
    if row is None:
        raise UserUnknown(pointer="/name")
    return row


def _user(row: Any) -> User:
    return User(*(getattr(row, name) for name in User._fields))


def _digest(kind: str, value: str) -> str:
    # What people type by mistake into the field of the name may be a password.
    return hashlib.sha256(f"{kind}:{value}".encode("utf-8", "replace")).hexdigest()


def _check_wait(desk: Connection, digest: str, free: int, now: int) -> None:
    row = desk.execute(select(_FAILURES).where(_FAILURES.c.digest == digest)).one_or_none()
    if row is None or row.failures < free:
        return
    left = row.last + min(FIRST_WAIT << min(row.failures - free, 20), LONGEST_WAIT) - now
    if left > 0:
        raise TooManyLogins(f"The next attempt is possible in {left} seconds.", retry_after=left)


def _count_failure(desk: Connection, digest: str, now: int) -> None:
    desk.execute(delete(_FAILURES).where(_FAILURES.c.last < now - FORGOTTEN_AFTER))
    desk.execute(_COUNTED, {"digest": digest, "now": now})
    if desk.execute(select(func.count()).select_from(_FAILURES)).scalar_one() > MOST_FAILURES:
        oldest = select(_FAILURES.c.digest).order_by(_FAILURES.c.last, _FAILURES.c.digest).limit(1).scalar_subquery()
        desk.execute(delete(_FAILURES).where(_FAILURES.c.digest == oldest))
