"""The outbox: every event of every webhook is sent at least once, those of one stream in their order."""

import logging
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from service import clock
from service.desk import Desk
from service.leasing import LeaseLost
from service.outward import cloudevents
from service.outward.audience import FIRMS, Audience, audience_of
from service.outward.cloudevents import CloudEvent
from service.outward.feed import Feed, PlaceBeyondLog
from service.outward.reaching import Outcome, post, target_of
from service.outward.settings import Webhooks as Options
from service.outward.signing import Signer
from service.outward.subscriptions import (
    ACTIVE,
    DEAD,
    DISABLED,
    LETTERS,
    WAITING,
    WEBHOOKS,
    generations_of,
    owner_of,
)
from vouchers.kinds import ENTERPRISE
from vouchers.ledger import Ledger
from vouchers.refusals import Refused

BATCH: Final = 20  # events between two notes of how far a webhook is
TURN: Final = 200  # deliveries before other webhooks have their turn
NOTED: Final = 500  # entries that say nothing to a webhook before it is noted that it is past them
SUSPECT: Final = 3  # failures in a row after which a receiver is left in peace for a while
MOST_DEAD: Final = 1_000
GONE: Final = 410
_FASTER: Final = 4

_log: Final = logging.getLogger("vouchers.webhooks")


@dataclass(frozen=True, slots=True)
class Guard:
    """Whether this process may still act: asked before each delivery, and of the desk in each transaction."""

    holds: Callable[[], bool] = lambda: True
    confirm: Callable[[Connection], None] = lambda _: None


@dataclass(slots=True)
class Turn:
    """What one webhook's turn has come to so far."""

    row: Mapping[str, Any]
    generations: Sequence[int]
    failures: int
    left: int = TURN
    waiting: int = 0
    blocked: set[str] = field(default_factory=set)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def webhook_id(self) -> str:
        """Which webhook."""
        return str(self.row["webhook_id"])

    @property
    def over(self) -> bool:
        """Whether the receiver is to be left in peace, or others are to have their turn."""
        return self.left <= 0 or "retry_at" in self.values or "status" in self.values


class Outbox:
    """Delivers what the webhooks of one installation wait for."""

    def __init__(self, desk: Desk, ledger: Ledger, feed: Feed, signer: Signer, options: Options) -> None:
        """Nothing is sent before it is told to run."""
        self._desk = desk
        self._ledger = ledger
        self._feed = feed
        self._signer = signer
        self._options = options

    def run(self, guard: Guard | None = None) -> int:
        """Give each webhook whose time has come one turn; how many deliveries were tried."""
        guard = guard or Guard()
        now = clock.milliseconds()
        letters = select(LETTERS.c.webhook_id).where(LETTERS.c.state == WAITING, LETTERS.c.due_at <= now)
        new = (WEBHOOKS.c.next != self._feed.size()) | WEBHOOKS.c.webhook_id.in_(letters)
        due = select(WEBHOOKS.c.webhook_id).where(WEBHOOKS.c.status == ACTIVE, WEBHOOKS.c.retry_at <= now, new)
        with self._desk.reading() as connection:
            numbers = list(connection.scalars(due.order_by(WEBHOOKS.c.webhook_id)))
        if not numbers:
            return 0
        with ThreadPoolExecutor(min(self._options.threads, len(numbers)), "webhook") as pool:
            return sum(pool.map(lambda number: self._serve(number, guard), numbers))

    def _serve(self, webhook_id: str, guard: Guard) -> int:
        turn = self._begin(webhook_id)
        if turn is None:
            return 0
        try:
            self._retry(turn, guard)
            while (
                guard.holds() and not turn.over and turn.waiting < self._options.waiting and self._advance(turn, guard)
            ):
                pass
        except PlaceBeyondLog:
            self._give_up(turn, guard)
        except LeaseLost:
            _log.warning("webhook %s is served by another process now", webhook_id)
        except Exception:  # noqa: BLE001 - one webhook's fault must not keep the others waiting.
            _log.exception("webhook %s could not be served", webhook_id)
        return TURN - turn.left

    def _begin(self, webhook_id: str) -> Turn | None:
        with self._desk.reading() as connection:
            row = connection.execute(select(WEBHOOKS).where(WEBHOOKS.c.webhook_id == webhook_id)).mappings().first()
            if row is None or row["status"] != ACTIVE:
                return None
            generations = generations_of(connection, webhook_id, clock.milliseconds())
            dead = select(func.count()).where(LETTERS.c.webhook_id == webhook_id, LETTERS.c.state == DEAD)
            turn = Turn(dict(row), generations, row["failures"])
            if (connection.scalar(dead) or 0) < MOST_DEAD:
                return turn
        turn.values = {"status": DISABLED, "reason": f"there are {MOST_DEAD:,} dead letters"}
        with self._desk.writing() as connection:
            self._keep(connection, turn)
        return None

    def _give_up(self, turn: Turn, guard: Guard) -> None:
        """Disable a webhook that is further than the log, which was brought back to an older state."""
        turn.values |= {"status": DISABLED, "reason": "it is further than the log: send again from a place in it"}
        with self._desk.writing() as connection:
            guard.confirm(connection)
            self._keep(connection, turn)

    def _retry(self, turn: Turn, guard: Guard) -> None:
        """Try what waits and is due, the first of each stream only."""
        waits = LETTERS.c.webhook_id == turn.webhook_id, LETTERS.c.state == WAITING
        with self._desk.reading() as connection:
            letters = list(connection.execute(select(LETTERS).where(*waits).order_by(LETTERS.c.seq)).mappings())
        turn.waiting = len(letters)
        reader = self._reader(turn.row)
        for letter in letters:
            if letter["stream"] in turn.blocked:
                continue
            if turn.over or not guard.holds() or letter["due_at"] > clock.milliseconds():
                turn.blocked.add(letter["stream"])
                continue
            event = self._feed.event(reader, letter["seq"])
            # What its reader must not know any more goes to nobody.
            outcome = self._send(turn, event) if event is not None else Outcome(204)
            self._note(turn, guard, letter, outcome)

    def _note(self, turn: Turn, guard: Guard, letter: RowMapping, outcome: Outcome) -> None:
        """Keep what came of a letter that was tried again."""
        mine = LETTERS.c.webhook_id == turn.webhook_id, LETTERS.c.seq == letter["seq"]
        with self._desk.writing() as connection:
            guard.confirm(connection)
            if outcome.delivered:
                connection.execute(delete(LETTERS).where(*mine))
            elif outcome.status != GONE:
                values = self._failed(letter["attempts"] + 1, outcome)
                connection.execute(update(LETTERS).where(*mine, LETTERS.c.state == WAITING).values(**values))
                if values["state"] == WAITING:
                    turn.blocked.add(letter["stream"])
            self._keep(connection, turn)
        turn.waiting -= letter["stream"] not in turn.blocked

    def _advance(self, turn: Turn, guard: Guard) -> bool:
        """Send the next few events; whether there may be more."""
        start = turn.row["next"] if "next" not in turn.values else turn.values["next"]
        page = self._feed.page(self._reader(turn.row), start, BATCH, turn.row["types"].split())
        following, letters = start, []
        for event in page.events:
            seq, stream = int(event["id"]), event["subject"]
            if turn.over or not guard.holds():
                break
            if stream in turn.blocked:
                letters.append(self._letter(turn, seq, stream, 0, Outcome(0, "an earlier event of its stream waits")))
            else:
                outcome = self._send(turn, event)
                if outcome.status == GONE:
                    break
                if not outcome.delivered:
                    letters.append(self._letter(turn, seq, stream, 1, outcome))
                    turn.blocked.add(stream)
            following = seq + 1
        else:
            following = page.following
        moved = self._move(turn, guard, start, following, letters)
        return moved and following < page.position

    def _letter(self, turn: Turn, seq: int, stream: str, attempts: int, outcome: Outcome) -> dict[str, Any]:
        values = self._failed(attempts, outcome) if attempts else {"state": WAITING, "attempts": 0, "due_at": 0}
        told = {"failure": outcome.failure, "failed_at": clock.now()}
        return {"webhook_id": turn.webhook_id, "seq": seq, "stream": stream, **told, **values}

    def _move(self, turn: Turn, guard: Guard, start: int, following: int, letters: list[dict[str, Any]]) -> bool:
        """Note how far a webhook is, unless its owner has sent it elsewhere meanwhile; then this turn ends."""
        if not turn.values and not letters and following - start < NOTED:
            return False
        turn.values["next"] = following
        with self._desk.writing() as connection:
            guard.confirm(connection)
            if not self._keep(connection, turn, start):
                return False
            if letters:
                connection.execute(insert(LETTERS), letters)
        turn.waiting += len(letters)
        return turn.waiting < self._options.waiting

    @staticmethod
    def _keep(connection: Connection, turn: Turn, start: int | None = None) -> bool:
        """Keep how the receiver is doing; with `start`, only while nobody has moved the webhook."""
        if not turn.values:
            return True
        query = update(WEBHOOKS).where(WEBHOOKS.c.webhook_id == turn.webhook_id, WEBHOOKS.c.status == ACTIVE)
        if start is not None:
            query = query.where(WEBHOOKS.c.next == start)
        moved: int = connection.execute(query.values(**turn.values)).rowcount
        return moved > 0

    def _send(self, turn: Turn, event: CloudEvent) -> Outcome:
        """Deliver one event, and learn from what came of it."""
        turn.left -= 1
        outcome = deliver(self._signer, self._options, turn.row, turn.generations, thin(event))
        if outcome.delivered:
            turn.failures = 0
            turn.values |= {"failures": 0, "failing_since": 0, "last_success_at": clock.now()}
            return outcome
        _log.info("webhook %s, event %s: %s", turn.webhook_id, event["id"], outcome.failure)
        self._learn(turn, outcome)
        return outcome

    def _learn(self, turn: Turn, outcome: Outcome) -> None:
        now = clock.milliseconds()
        turn.failures += 1
        since = turn.values.get("failing_since", turn.row["failing_since"]) or now
        failed = {"failures": turn.failures, "failing_since": since, "last_failure": outcome.failure}
        turn.values |= failed
        if outcome.status == GONE:
            turn.values |= {"status": DISABLED, "reason": "the receiver said that it is gone"}
        elif now - since > self._options.give_up * 1_000:
            turn.values |= {"status": DISABLED, "reason": "nothing was delivered for too long"}
        elif turn.failures >= SUSPECT:
            turn.values["retry_at"] = now + self._pause(turn.failures - SUSPECT + 1, outcome.retry_after)

    def _failed(self, attempts: int, outcome: Outcome) -> dict[str, Any]:
        """What a letter is after so many attempts in vain."""
        state = DEAD if attempts >= self._options.attempts else WAITING
        due_at = clock.milliseconds() + self._pause(attempts, outcome.retry_after)
        told = {"failure": outcome.failure, "failed_at": clock.now()}
        return {"state": state, "attempts": attempts, "due_at": due_at, **told}

    def _pause(self, attempts: int, asked: int) -> int:
        """Milliseconds until the next attempt: four times as long each time, never all at the same moment."""
        longest = self._options.longest_pause * 1_000
        pause: int = min(self._options.first_pause * 1_000 * _FASTER ** min(attempts - 1, 20), longest)
        scattered = pause * random.randint(75, 125) // 100  # noqa: S311 - it keeps no secret
        return max(scattered, min(asked * 1_000, longest))

    def _reader(self, row: Mapping[str, Any]) -> Audience:
        owner = owner_of(row)
        before: Collection[str] = ()
        if owner.role == FIRMS[0]:
            before = self._ledger.state(ENTERPRISE, owner.subject).predecessors
        return audience_of(owner, before)


def thin(event: CloudEvent) -> CloudEvent:
    """What a webhook carries: that it happened, and where its reader can ask what."""
    kept = {name: value for name, value in event.items() if name not in ("entry", "leafhash")}
    return kept | {"data": {"href": f"/v1/feed/{event['id']}"}}


def deliver(
    signer: Signer, options: Options, row: Mapping[str, Any], generations: Sequence[int], event: CloudEvent
) -> Outcome:
    """Send one event to a webhook's receiver."""
    try:
        target = target_of(row["url"], options.allowed_hosts)
    except Refused as refused:
        return Outcome(0, refused.detail)
    body = cloudevents.line_of(event)
    message_id = f"msg_{row['webhook_id']}_{event['id']}"
    signed = signer.headers(row["webhook_id"], generations, message_id, clock.seconds(), body)
    return post(target, {"Content-Type": cloudevents.MEDIA_TYPE, **signed}, body, options.timeout)
