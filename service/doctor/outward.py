"""What the doctor looks at of what goes outward: the worker, receivers of webhooks, and who vouches for the log."""

from collections.abc import Iterator
from typing import Final

from service.audit.outsiders import Outsiders
from service.audit.witness.client import WitnessAhead, WitnessDisagrees
from service.doctor.findings import Finding, fail, ok, warn
from service.leasing import holder_of
from service.outward.subscriptions import ACTIVE, DISABLED
from service.wiring import Service
from service.worker import LEASE
from vouchers.days import instant_of

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


def look_at_outsiders(service: Service) -> Iterator[Finding]:
    """Who outside vouches for the log, and whether one of them knows another history."""
    found = Outsiders(service.desk).asked(service.settings)
    if not found:
        yield ok("outsiders", "None is asked: nobody outside would notice that the log was rewritten.")
        return
    for each in found:
        since = instant_of(each.failing_since * 1_000)
        if each.code in (WitnessAhead.code, WitnessDisagrees.code):
            yield fail("outsiders", each.failure, WitnessDisagrees.remedy)
        elif each.failing_since:
            told = f"{each.url} has not vouched for the log since {since}: {each.failure}"
            yield warn("outsiders", told, "Call its operator; `vouchers audit anchor now` asks it again.")
        elif not each.asked_at:
            yield warn("outsiders", f"{each.url} was never asked.", "Start `vouchers worker`, or run it from a timer.")
    if vouching := [each for each in found if each.asked_at and not each.failing_since]:
        size = max(each.size for each in vouching)
        yield ok("outsiders", f"{len(vouching):,} of {len(found):,} vouch for the log, up to {size:,} entries.")
