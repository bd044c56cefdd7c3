"""Webhooks as they stand at the desk: who wants which events sent where, with which secrets, and how far it is."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    RowMapping,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from service import clock
from service.desk import TABLES, Desk
from service.identity import Caller
from service.outward.reaching import target_of
from service.outward.settings import Webhooks as Options
from service.outward.signing import Signer
from vouchers.identifiers import make_code
from vouchers.refusals import Conflict, IdempotencyKeyReused, NotFound

ACTIVE, PAUSED, DISABLED = "active", "paused", "disabled"
WAITING, DEAD = "waiting", "dead"
MOST_SECRETS: Final = 4

WEBHOOKS: Final = Table(
    "webhooks",
    TABLES,
    Column("webhook_id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("programmes", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("types", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("next", BigInteger, nullable=False),
    Column("failures", BigInteger, nullable=False, default=0),
    Column("failing_since", BigInteger, nullable=False, default=0),
    Column("retry_at", BigInteger, nullable=False, default=0),
    Column("last_failure", Text, nullable=False, default=""),
    Column("last_success_at", Text, nullable=False, default=""),
    Column("created_at", Text, nullable=False),
    Index("webhooks_by_owner", "role", "subject"),
)
SECRETS: Final = Table(
    "webhook_secrets",
    TABLES,
    Column("webhook_id", Text, primary_key=True),
    Column("generation", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, nullable=False),
)
LETTERS: Final = Table(
    "webhook_letters",
    TABLES,
    Column("webhook_id", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("failure", Text, nullable=False),
    Column("failed_at", Text, nullable=False),
)


class WebhookUnknown(NotFound):
    """There is no webhook with this number."""

    remedy = "List your webhooks to see their numbers."


class TooManyWebhooks(Conflict):
    """There are as many webhooks as one caller may have."""

    remedy = "Remove one that is not needed."


class TooManySecrets(Conflict):
    """As many secrets of this webhook count as may count at once."""

    remedy = "Wait until an older secret has ended."


class LetterUnknown(NotFound):
    """There is no dead letter of this webhook with this number."""

    remedy = "List the dead letters to see their numbers."


class Subscriptions:
    """The webhooks of one installation. A caller sees its own; `None` is the operator, who sees all."""

    def __init__(self, desk: Desk, signer: Signer, options: Options) -> None:
        """Use this desk and these secrets."""
        self._desk = desk
        self._signer = signer
        self._options = options

    def create(
        self, owner: Caller, url: str, types: Sequence[str], start: int, *, description: str = "", key: str = ""
    ) -> tuple[RowMapping, str]:
        """A new webhook and its secret, which is told this once; the same key again tells none."""
        target_of(url, self._options.allowed_hosts, "/url")
        webhook_id = make_code("W", owner.actor, key or secrets.token_hex(16))
        row = {
            **_owner(owner),
            "webhook_id": webhook_id,
            "url": url,
            "types": " ".join(types),
            "description": description,
            "status": ACTIVE,
            "reason": "",
            "next": start,
            "created_at": clock.now(),
        }
        with self._desk.writing() as connection:
            known = _row(connection, webhook_id)
            if known is not None:
                if (known["url"], known["types"]) != (url, row["types"]):
                    raise IdempotencyKeyReused(pointer="/headers/idempotency-key", remedy="Use a fresh key.")
                return known, ""
            owned = select(func.count()).where(WEBHOOKS.c.role == owner.role, WEBHOOKS.c.subject == owner.subject)
            if (connection.scalar(owned) or 0) >= self._options.each:
                raise TooManyWebhooks
            connection.execute(insert(WEBHOOKS), row)
            return self._found(connection, webhook_id, owner), self._renewed(connection, webhook_id, 0)

    def one(self, webhook_id: str, caller: Caller | None) -> dict[str, Any]:
        """A webhook with its secrets' days and what waits of it."""
        with self._desk.reading() as connection:
            return _whole(connection, self._found(connection, webhook_id, caller))

    def every(self, caller: Caller | None, after: str = "", limit: int = 200) -> list[dict[str, Any]]:
        """Webhooks in the order of their numbers."""
        query = select(WEBHOOKS).where(WEBHOOKS.c.webhook_id > after).order_by(WEBHOOKS.c.webhook_id).limit(limit)
        if caller is not None and caller.role != "administrator":
            query = query.where(*[WEBHOOKS.c[name] == value for name, value in _owner(caller).items()])
        with self._desk.reading() as connection:
            return [_whole(connection, row) for row in connection.execute(query).mappings()]

    def pause(self, webhook_id: str, caller: Caller | None) -> dict[str, Any]:
        """Send nothing more until it is resumed; nothing is lost meanwhile."""
        return self._change(webhook_id, caller, status=PAUSED, reason="paused by its owner")

    def resume(self, webhook_id: str, caller: Caller | None) -> dict[str, Any]:
        """Go on where it stopped, at once."""
        fresh = {"failures": 0, "failing_since": 0, "retry_at": 0}
        return self._change(webhook_id, caller, status=ACTIVE, reason="", **fresh)

    def replay(self, webhook_id: str, caller: Caller | None, start: int) -> dict[str, Any]:
        """Send everything again from a log number on; what waited or was dead comes again with it."""
        with self._desk.writing() as connection:
            self._found(connection, webhook_id, caller)
            connection.execute(delete(LETTERS).where(LETTERS.c.webhook_id == webhook_id, LETTERS.c.seq >= start))
            connection.execute(_update(webhook_id).values(next=start, retry_at=0))
            return _whole(connection, self._found(connection, webhook_id, caller))

    def remove(self, webhook_id: str, caller: Caller | None) -> dict[str, Any]:
        """Forget a webhook, its secrets and its letters."""
        with self._desk.writing() as connection:
            whole = _whole(connection, self._found(connection, webhook_id, caller))
            for table in (LETTERS, SECRETS, WEBHOOKS):
                connection.execute(delete(table).where(table.c.webhook_id == webhook_id))
            return whole | {"status": "removed"}

    def rotate(self, webhook_id: str, caller: Caller | None, overlap: int | None = None) -> tuple[dict[str, Any], str]:
        """A new secret, told this once; the ones before sign beside it for a while."""
        now = clock.milliseconds()
        until = now + (self._options.overlap if overlap is None else overlap) * 1_000
        with self._desk.writing() as connection:
            self._found(connection, webhook_id, caller)
            ended = delete(SECRETS).where(SECRETS.c.webhook_id == webhook_id, SECRETS.c.until > 0)
            generations = generations_of(connection, webhook_id, now)
            if len(generations) >= MOST_SECRETS:
                raise TooManySecrets
            connection.execute(ended.where(SECRETS.c.until <= now))
            lasting = update(SECRETS).where(SECRETS.c.webhook_id == webhook_id, SECRETS.c.until == 0)
            connection.execute(lasting.values(until=until))
            secret = self._renewed(connection, webhook_id, max(generations))
            return _whole(connection, self._found(connection, webhook_id, caller)), secret

    def backlog(self, size: int) -> dict[str, int]:
        """What active webhooks have yet to deliver of a log of some size: waiting, dead, and entries not looked at."""
        active = select(WEBHOOKS.c.webhook_id).where(WEBHOOKS.c.status == ACTIVE)
        letters = select(LETTERS.c.state, func.count()).where(LETTERS.c.webhook_id.in_(active))
        first = select(func.min(WEBHOOKS.c.next)).where(WEBHOOKS.c.status == ACTIVE)
        with self._desk.reading() as connection:
            found = {row[0]: int(row[1]) for row in connection.execute(letters.group_by(LETTERS.c.state))}
            behind = connection.scalar(first)
        return {WAITING: 0, DEAD: 0} | found | {"behind": 0 if behind is None else max(0, size - behind)}

    def dead(self, webhook_id: str, caller: Caller | None, after: int = -1, limit: int = 200) -> list[dict[str, Any]]:
        """Events that were given up, in the order of the log."""
        query = select(LETTERS).where(LETTERS.c.webhook_id == webhook_id, LETTERS.c.state == DEAD)
        with self._desk.reading() as connection:
            self._found(connection, webhook_id, caller)
            rows = connection.execute(query.where(LETTERS.c.seq > after).order_by(LETTERS.c.seq).limit(limit))
            return [dict(row) for row in rows.mappings()]

    def revive(self, webhook_id: str, caller: Caller | None, seq: int | None = None) -> int:
        """Try a dead letter again, or all of them; how many there were."""
        query = update(LETTERS).where(LETTERS.c.webhook_id == webhook_id, LETTERS.c.state == DEAD)
        if seq is not None:
            query = query.where(LETTERS.c.seq == seq)
        with self._desk.writing() as connection:
            self._found(connection, webhook_id, caller)
            count: int = connection.execute(query.values(state=WAITING, attempts=0, due_at=0)).rowcount
            if seq is not None and not count:
                raise LetterUnknown(pointer="/path/number")
            return count

    def _renewed(self, connection: Connection, webhook_id: str, before: int) -> str:
        """A secret of a generation that no webhook of this number ever had: the moment."""
        generation = max(clock.milliseconds(), before + 1)
        connection.execute(insert(SECRETS), {"webhook_id": webhook_id, "generation": generation, "until": 0})
        return self._signer.shown(webhook_id, generation)

    def _change(self, webhook_id: str, caller: Caller | None, **values: Any) -> dict[str, Any]:
        with self._desk.writing() as connection:
            self._found(connection, webhook_id, caller)
            connection.execute(_update(webhook_id).values(**values))
            return _whole(connection, self._found(connection, webhook_id, caller))

    @staticmethod
    def _found(connection: Connection, webhook_id: str, caller: Caller | None) -> RowMapping:
        row = _row(connection, webhook_id)
        if row is None or not (caller is None or caller.role == "administrator" or _owns(caller, row)):
            raise WebhookUnknown(pointer="/path/webhook_id")
        return row


def _owner(owner: Caller) -> dict[str, str]:
    return {
        "role": owner.role,
        "subject": owner.subject,
        "site": owner.site,
        "programmes": " ".join(sorted(owner.programmes)),
    }


def _owns(caller: Caller, row: RowMapping) -> bool:
    return all(row[name] == value for name, value in _owner(caller).items())


def owner_of(row: Mapping[str, Any]) -> Caller:
    """Whose a webhook is."""
    return Caller(row["role"], row["subject"], row["site"], tuple(row["programmes"].split()))


def generations_of(connection: Connection, webhook_id: str, now: int) -> list[int]:
    """The generations of a webhook's secrets that count at a moment."""
    counts = (SECRETS.c.until == 0) | (SECRETS.c.until > now)
    query = select(SECRETS.c.generation).where(SECRETS.c.webhook_id == webhook_id, counts)
    return list(connection.scalars(query.order_by(SECRETS.c.generation)))


def _row(connection: Connection, webhook_id: str) -> RowMapping | None:
    return connection.execute(select(WEBHOOKS).where(WEBHOOKS.c.webhook_id == webhook_id)).mappings().one_or_none()


def _update(webhook_id: str) -> Any:
    return update(WEBHOOKS).where(WEBHOOKS.c.webhook_id == webhook_id)


def _whole(connection: Connection, row: RowMapping) -> dict[str, Any]:
    """A webhook with what is kept of it in other tables."""
    of = LETTERS.c.webhook_id == row["webhook_id"]
    counted = select(LETTERS.c.state, func.count()).where(of).group_by(LETTERS.c.state)
    letters: dict[str, int] = {each[0]: each[1] for each in connection.execute(counted)}
    kept = select(SECRETS.c.generation, SECRETS.c.until).where(SECRETS.c.webhook_id == row["webhook_id"])
    secrets_kept = [dict(each) for each in connection.execute(kept.order_by(SECRETS.c.generation)).mappings()]
    return {**row, "waiting": letters.get(WAITING, 0), "dead": letters.get(DEAD, 0), "secrets": secrets_kept}
