"""What the doctor looks at of what goes outward: the worker, and how the receivers of webhooks are doing."""

from collections.abc import Iterator
from typing import Final

from service.doctor.findings import Finding, ok, warn
from service.leasing import holder_of
from service.outward.subscriptions import ACTIVE, DISABLED
from service.wiring import Service
from service.worker import LEASE

LOOKED_AT: Final = 1_000
NAMED: Final = 5


def look_at_worker(service: Service) -> Iterator[Finding]:
    """Whether a worker leads, where something waits for one."""
    leads = bool(holder_of(service.desk, LEASE))
    if leads:
        yield ok("worker", "One leads.")
    elif any(each["status"] == ACTIVE for each in service.webhooks.subscriptions.every(None, limit=LOOKED_AT)):
        yield warn(
            "worker", "None runs, so that no webhook is sent.", "Start `vouchers worker`, or run it from a timer."
        )
    else:
        yield ok("worker", "None runs; no webhook waits for one.")


def look_at_webhooks(service: Service) -> Iterator[Finding]:
    """Webhooks that were given up, and events that were."""
    found = service.webhooks.subscriptions.every(None, limit=LOOKED_AT)
    disabled = [each["webhook_id"] for each in found if each["status"] == DISABLED]
    dead = [each["webhook_id"] for each in found if each["dead"]]
    if disabled:
        told = f"{len(disabled):,} disabled: {', '.join(disabled[:NAMED])}."
        yield warn("webhooks", told, "Ask their owners, then: vouchers webhook resume, or remove.")
    if dead:
        told = f"{len(dead):,} with dead letters: {', '.join(dead[:NAMED])}."
        yield warn("dead letters", told, "Look with `vouchers webhook dead`, then: vouchers webhook retry.")
    if not disabled and not dead:
        yield ok("webhooks", f"{len(found):,}, none of them disabled or with dead letters.")
