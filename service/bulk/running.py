"""A batch on its way: its lines are read ahead of the disk, decided in their order, and answered in it."""

import json
import logging
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, Final

from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from schemas.problems import fault, problem
from schemas.strict import read_json
from service.bulk.items import Answer, Item, Kind, LineNoObject
from service.bulk.lines import Line, Lines, LineTooLong
from service.wiring import Service
from vouchers.application import Outcome
from vouchers.kinds import REQUEST
from vouchers.ledger import MAX_GROUP
from vouchers.refusals import IdempotencyKeyReused, Malformed, Refused, StoreUnavailable

_log: Final = logging.getLogger("vouchers.http")
AHEAD: Final = 2  # groups that wait for the disk: one there, one in the making
_SHOWN_KEY: Final = 64  # characters
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


class BatchTooLarge(Refused):
    """The batch is larger than may be sent at once; the lines before this one were done."""

    status = 413
    remedy = "Send it in several batches."


class BatchBroken(Malformed):
    """The batch ended before it was complete; the lines before this one were done."""

    remedy = "Send all of it again with the same keys."


@dataclass(slots=True)
class Pending:
    """A line that was read: its number and key, what it asks for or why not, and how to wait for what becomes of it."""

    number: int
    key: str
    item: Item | Refused
    wait: Callable[[], Outcome | Refused] | None = None


@dataclass(slots=True)
class Batch:
    """One batch of one kind of line; `path` and `trace_id` stand in its problems."""

    service: Service
    kind: Kind
    path: str
    trace_id: str

    def results(self, stream: IO[bytes]) -> Iterator[bytes]:
        """The answers, a group of lines at a time; whoever stops listening stops nothing that was handed on."""
        options = self.service.settings.bulk
        lines = Lines(stream, options.lines, options.seconds)
        pending = self._pending(lines)
        waiting: deque[list[Pending]] = deque()
        try:
            # A group that is read as a whole is decided as a whole: one wait for the disk, and threads seldom swap.
            while group := list(islice(pending, MAX_GROUP)):
                waiting.append([self._begun(each) for each in group])
                if len(waiting) == AHEAD:
                    yield self._told(waiting.popleft())
            while waiting:
                yield self._told(waiting.popleft())
            yield from self._end(lines.number + 1)
        finally:
            for group in waiting:
                self._told(group)

    def _pending(self, lines: Lines) -> Iterator[Pending]:
        """Every line; last of all why the batch broke off, if it did."""
        try:
            for line in lines:
                yield self._read(line)
        except (Refused, HTTPException, OSError) as error:
            yield Pending(lines.number + 1, "", _reason_of(error))

    def _read(self, line: Line) -> Pending:
        key = ""
        try:
            if not line.whole:
                raise LineTooLong
            document = read_json(line.raw)
            if not isinstance(document, dict):
                raise LineNoObject
            key = _shown_key(document)
            return Pending(line.number, key, self.kind.read(document, line.raw))
        except Refused as refused:
            return Pending(line.number, key, refused)

    def _begun(self, pending: Pending) -> Pending:
        if isinstance(pending.item, Item):
            pending.wait = self.service.begin(pending.item.asked)
        return pending

    def _told(self, group: list[Pending]) -> bytes:
        return b"".join([self._line(each) for each in group])

    def _line(self, pending: Pending) -> bytes:
        try:
            said = self._outcome(pending)
        except Exception as error:  # noqa: BLE001 - told as the line's own problem.
            said = self._fault(pending.number, error)
        return _written(pending.number, pending.key, said)

    def _outcome(self, pending: Pending) -> Answer:
        item = pending.item
        outcome = pending.wait() if pending.wait else item
        if isinstance(outcome, Refused):
            return self._refused(outcome)
        assert isinstance(outcome, Outcome)
        assert isinstance(item, Item), "what has an outcome was asked for"
        said = {"status": self.kind.status, "answer": item.show(outcome.answer), "position": outcome.position}
        if outcome.replayed:
            # The request's own entry is the last that it appended: the position then is the position now.
            before = self.service.ledger.history(REQUEST.stream(f"{item.asked.who.actor}/{item.asked.key}"))[-1]
            said |= {"position": before.seq + 1, "replayed": True}
        return said

    def _refused(self, refused: Refused) -> Answer:
        if isinstance(refused, IdempotencyKeyReused):
            refused.pointer = "/key"
        return {"status": refused.status, "problem": problem(refused, self.path) | {"trace_id": self.trace_id}}

    def _fault(self, number: int, error: Exception) -> Answer:
        """A fault of ours: it must neither show its inside nor take the lines along that come after."""
        _log.error("line %d of a batch to %s failed", number, self.path, exc_info=error)
        if isinstance(error, PersistenceError | SQLAlchemyError):
            return self._refused(StoreUnavailable())
        return {"status": 500, "problem": fault(self.path) | {"trace_id": self.trace_id}}

    def _end(self, number: int) -> Iterator[bytes]:
        """What is done after the last line; where it fails, that is told as of a further line."""
        try:
            self.kind.end()
        except Refused as refused:
            yield _written(number, "", self._refused(refused))
        except Exception as error:  # noqa: BLE001 - told, so that the batch is sent again.
            yield _written(number, "", self._fault(number, error))


def _written(number: int, key: str, said: Answer) -> bytes:
    named = {"line": number} | ({"key": key} if key else {})
    return _encode(named | said).encode() + b"\n"


def _shown_key(document: dict[str, Any]) -> str:
    """The key that a line has, so that its answer can be told by it even where the line is refused."""
    key = document.get("key")
    return key if isinstance(key, str) and len(key) <= _SHOWN_KEY else ""


def _reason_of(error: Exception) -> Refused:
    """Why no further line is read."""
    if isinstance(error, Refused):
        return error
    return BatchTooLarge() if isinstance(error, RequestEntityTooLarge) else BatchBroken()
