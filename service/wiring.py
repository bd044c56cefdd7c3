"""One installation put together: the ledger, the views, the sampling seed, and how commands reach the ledger."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from service import clock
from service.projections import Views
from service.settings import SEED, Settings, write_once
from vouchers import application
from vouchers.application.running import Outcome, name_of
from vouchers.kinds import ORDER
from vouchers.ledger import Ledger, Meta, open_recorder
from vouchers.refusals import Conflict, Malformed, NotAllowed, NotFound, Refused, Unavailable

# Refused requests for money that an auditor will ask about; everything else leaves no trace but its answer.
ON_RECORD = frozenset({"register_order", "request_redemption"})


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts: the actor's reference and role."""

    actor: str
    role: str


class Service:
    """An open installation. Use as a context manager."""

    def __init__(self, settings: Settings, *, now: Callable[[], str] = clock.now) -> None:
        """Open the log and the views; the views' tables are made where they are missing."""
        self.settings = settings
        self.seed = _seed(settings.data / SEED)
        self.ledger = Ledger(open_recorder(settings.log_url), now)
        self.views = Views(settings.views_url)

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
    ) -> Outcome:
        """Run a command for somebody; a refused request for money is put on record, and refused all the same."""
        meta = Meta(who.actor, who.role, on or self.today(), occurred_at)
        if use_case is application.request_redemption:
            use_case = partial(use_case, seed=self.seed)
        try:
            return application.run(self.ledger, use_case, command, meta, key=key)
        except (Conflict, Malformed, NotAllowed, NotFound, Unavailable):
            raise
        except Refused as refused:
            self._record(name_of(use_case), command, refused, meta)
            raise

    def catch_up(self) -> int:
        """Bring the views forward to the end of the log; the position they are at."""
        return self.views.catch_up(self.ledger)

    def close(self) -> None:
        """Finish what waits and close everything."""
        self.ledger.close()
        self.views.close()

    def _record(self, name: str, command: Any, refused: Refused, meta: Meta) -> None:
        if name not in ON_RECORD:
            return
        enterprise_id = getattr(command, "enterprise_id", "")
        if not enterprise_id:
            registered = self.ledger.state(ORDER, command.order_id).registered
            enterprise_id = registered.enterprise_id if registered else ""
        if enterprise_id:
            application.record_refusal(self.ledger, name, command, enterprise_id, refused, meta)


def _seed(path: Path) -> bytes:
    """The secret seed of the sampling, made once per installation and readable by its owner only."""
    if not path.exists():
        write_once(path, secrets.token_bytes(32))
    return path.read_bytes()
