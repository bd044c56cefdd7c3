"""One installation put together: the ledger, the views, the sampling seed, and how commands reach the ledger."""

import hashlib
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from service import clock
from service.audit.checkpoints import Checkpoints
from service.desk import KEY_FILE, Desk
from service.outward.feed import Feed
from service.outward.signing import Signer
from service.outward.webhooks import Webhooks
from service.projections import Views
from service.settings import SEED, Settings, write_once
from vouchers import application
from vouchers.application.running import Outcome, Seen, name_of
from vouchers.booklet.decisions import UseCoupon
from vouchers.kinds import BOOKLET, ORDER
from vouchers.ledger import MAX_GROUP, Ledger, Meta, Ticket, open_recorder
from vouchers.refusals import Conflict, IdempotencyKeyReused, Malformed, NotAllowed, NotFound, Refused, Unavailable

# Refused requests for money that an auditor will ask about; everything else leaves no trace but its answer.
ON_RECORD = frozenset(
    {
        application.register_order,
        application.request_redemption,
        application.redeem_at_counter,
        application.use_coupon,
        application.join_round,
    }
)


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts: the actor's reference and role."""

    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A command somebody asks for: on which day it takes effect, its idempotency key, and when it happened.

    `filled` are the fields of the command that the service filled in.
    """

    use_case: Callable[..., application.Answer]
    command: Any
    who: Who
    on: str
    key: str = ""
    occurred_at: str | None = None
    seen: Seen | None = None
    filled: Collection[str] = ()

    @property
    def meta(self) -> Meta:
        """What the log is told of it."""
        return Meta(self.who.actor, self.who.role, self.on, self.occurred_at)


class Watch(Protocol):
    """Whoever counts commands."""

    def told(self, command: str, outcome: str, seconds: float) -> None:
        """One more: done, refused, unavailable, or a fault of ours."""


class Unwatched:
    """Nobody counts."""

    def told(self, command: str, outcome: str, seconds: float) -> None:
        """Forget it."""


class Service:
    """An open installation. Use as a context manager."""

    def __init__(self, settings: Settings, *, now: Callable[[], str] = clock.now) -> None:
        """Open the log and the views; the views' tables are made where they are missing."""
        self.settings = settings
        self.watch: Watch = Unwatched()
        self.seed = _seed(settings.data / SEED)
        self.ledger = Ledger(open_recorder(settings.log_url), now)
        self.views = Views(settings.views_url)
        self.desk = Desk(settings.desk_url, settings.data / (settings.audit.vault_key or KEY_FILE))
        self.checkpoints = Checkpoints(self.ledger, self.desk, settings, now)
        self.feed = Feed(self.ledger, settings.views_url, settings.feed, settings.threads)
        self.webhooks = Webhooks(self.desk, self.ledger, self.feed, Signer(settings.data), settings.webhooks)

    def __enter__(self) -> Self:
        """The service itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @property
    def sampling_commitment(self) -> str:
        """What is published of the seed before it is used: its SHA-256."""
        return hashlib.sha256(self.seed).hexdigest()

    def today(self) -> str:
        """The present local day."""
        return clock.today(self.settings.timezone)

    def execute(
        self,
        use_case: Callable[..., application.Answer],
        command: Any,
        who: Who,
        *,
        on: str = "",
        key: str = "",
        occurred_at: str | None = None,
        seen: Seen | None = None,
        filled: Collection[str] = (),
    ) -> Outcome:
        """Run a command for somebody; a refused request for money is put on record, and refused all the same."""
        asked = Asked(use_case, command, who, on or self.today(), key, occurred_at, seen, filled)
        with self._watched(asked), self._on_record(asked):
            return application.outcome_of(self._submit(asked))

    def execute_all(self, asked: Iterable[Asked]) -> list[Outcome | Refused]:
        """Run commands in order, many to a group, each by itself: the outcome or the refusal of each."""
        outcomes: list[Outcome | Refused] = []
        waiting = iter(asked)
        while some := list(islice(waiting, MAX_GROUP)):
            outcomes += [self._finish(each, ticket) for each, ticket in [(each, self._try(each)) for each in some]]
        return outcomes

    def begin(self, asked: Asked) -> Callable[[], Outcome | Refused]:
        """Ask for a command without waiting; what is returned waits, once, for its outcome or its refusal."""
        return partial(self._finish, asked, self._try(asked))

    def catch_up(self) -> int:
        """Bring the views forward to the end of the log; the position they are at."""
        return self.views.catch_up(self.ledger)

    def close(self) -> None:
        """Finish what waits and close everything."""
        self.ledger.close()
        self.views.close()
        self.feed.close()
        self.desk.close()

    def _submit(self, asked: Asked) -> Ticket[tuple[application.Answer, bool]]:
        use_case = asked.use_case
        if _plain(use_case) in application.SEEDED:
            use_case = partial(use_case, seed=self.seed)
        return application.submit(
            self.ledger, use_case, asked.command, asked.meta, key=asked.key, seen=asked.seen, filled=asked.filled
        )

    def _try(self, asked: Asked) -> Ticket[tuple[application.Answer, bool]] | Refused:
        try:
            return self._submit(asked)
        except Refused as refused:
            return refused

    def _finish(self, asked: Asked, ticket: Ticket[tuple[application.Answer, bool]] | Refused) -> Outcome | Refused:
        try:
            with self._watched(asked), self._on_record(asked):
                if isinstance(ticket, Refused):
                    raise ticket
                return application.outcome_of(ticket)
        except Refused as refused:
            return refused

    @contextmanager
    def _watched(self, asked: Asked) -> Iterator[None]:
        """Tell whoever counts what became of a command."""
        began, outcome = time.perf_counter(), "fault"
        try:
            yield
            outcome = "done"
        except Refused as refused:
            outcome = "unavailable" if isinstance(refused, Unavailable) else "refused"
            raise
        finally:
            self.watch.told(name_of(_plain(asked.use_case)), outcome, time.perf_counter() - began)

    @contextmanager
    def _on_record(self, asked: Asked) -> Iterator[None]:
        """Put a refusal by the rules on record, where it is one that an auditor will ask about."""
        try:
            yield
        except (Conflict, IdempotencyKeyReused, Malformed, NotAllowed, NotFound, Unavailable):
            raise
        except Refused as refused:
            if _plain(asked.use_case) in ON_RECORD:
                self._record(asked, refused)
            raise

    def _record(self, asked: Asked, refused: Refused) -> None:
        command = asked.command
        enterprise_id = getattr(command, "enterprise_id", "")
        if not enterprise_id:
            coupon = isinstance(command, UseCoupon)
            about = (BOOKLET, command.booklet_id) if coupon else (ORDER, command.order_id)
            state: Any = self.ledger.state(*about)
            named = state.issued if coupon else state.registered
            enterprise_id = named.enterprise_id if named else ""
        if enterprise_id:
            name = name_of(asked.use_case)
            application.record_refusal(self.ledger, name, command, enterprise_id, refused, asked.meta)


def _plain(use_case: Callable[..., application.Answer]) -> Callable[..., application.Answer]:
    """A command's function, also where arguments were bound to it."""
    plain: Callable[..., application.Answer] = getattr(use_case, "func", use_case)
    return plain


def _seed(path: Path) -> bytes:
    """The secret seed of the sampling, made once per installation and readable by its owner only."""
    if not path.exists():
        write_once(path, secrets.token_bytes(32))
    return path.read_bytes()
