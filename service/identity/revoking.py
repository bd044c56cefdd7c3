"""Tokens that were ended before their time: kept at the desk, and looked at with every request that brings a token."""

from typing import Final, NamedTuple

from sqlalchemy import Column, Index, Table, Text, select, text

from service.desk import TABLES, Desk
from vouchers.refusals import Malformed

LONGEST_ID: Final = 200  # characters
MOST: Final = 200
_TOKENS: Final = Table(
    "revoked_tokens",
    TABLES,
    Column("jti", Text, primary_key=True),
    Column("revoked_at", Text, nullable=False),
    Column("revoked_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
Index("revoked_tokens_by_time", _TOKENS.c.revoked_at, _TOKENS.c.jti)
_ENDED: Final = text(
    "INSERT INTO revoked_tokens (jti, revoked_at, revoked_by, reason)"
    " VALUES (:jti, :revoked_at, :revoked_by, :reason) ON CONFLICT (jti) DO NOTHING"
)


class TokenIdMalformed(Malformed):
    """The id of a token (jti) has 1 to 200 printable characters."""

    remedy = "Take it from the claim jti of the token."


class Revoked(NamedTuple):
    """A token that was ended, by its id: when, by whom, and why."""

    jti: str
    revoked_at: str
    revoked_by: str
    reason: str


class Revocations:
    """The tokens of an installation that hold no longer, whoever issued them."""

    def __init__(self, desk: Desk) -> None:
        """Keep them at a desk."""
        self._desk = desk

    def revoke(self, jti: str, now: str, *, by: str, reason: str = "") -> Revoked:
        """End a token for ever; ending it again changes nothing."""
        if not 0 < len(jti) <= LONGEST_ID or not jti.isprintable():
            raise TokenIdMalformed(pointer="/jti")
        with self._desk.writing() as desk:
            desk.execute(_ENDED, Revoked(jti, now, by, reason)._asdict())
            return Revoked(*desk.execute(select(_TOKENS).where(_TOKENS.c.jti == jti)).one())

    def holds(self, jti: str) -> bool:
        """Whether nobody has ended a token."""
        return self._desk.look_up("SELECT 1 FROM revoked_tokens WHERE jti = ?", jti) is None

    def list(self, limit: int = MOST) -> list[Revoked]:
        """The tokens that were ended last, the latest first."""
        query = select(_TOKENS).order_by(_TOKENS.c.revoked_at.desc(), _TOKENS.c.jti).limit(min(limit, MOST))
        with self._desk.reading() as desk:
            return [Revoked(*row) for row in desk.execute(query)]
