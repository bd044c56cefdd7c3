"""What the doctor looks at in what the log signs: its key, its checkpoints, and whether the log continues them."""

import stat
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from service import clock
from service.audit.checkpoints import Signed
from service.audit.gate import check_continues
from service.audit.keys import LogKeyMissing
from service.audit.rotating import statement_of
from service.doctor.findings import Finding, fail, ok, warn
from service.wiring import Service
from vouchers.kinds import LOGKEY
from vouchers.logkey.decisions import KEY
from vouchers.refusals import Refused

LATE: Final = 10  # turns after which a log that has grown should have been signed
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def look_at_checkpoints(service: Service) -> Iterator[Finding]:
    """Whether the log continues every checkpoint that is known, and whether it was signed lately."""
    checkpoints, latest = service.checkpoints, service.checkpoints.latest()
    if latest is None:
        yield ok("checkpoints", "The log was never signed; the service signs it once it runs.")
        return
    try:
        views = checkpoints.latest_outside()
        for view in views:
            check_continues(service.ledger.tree, view)
    except Refused as refused:
        yield fail("checkpoints", refused.detail, refused.remedy)
        return
    sources = ", ".join(view.source for view in views)
    since = _late(service, latest)
    if since:
        told = f"The log has grown since {latest.signed_at}, and was not signed for {since // 60:,} minutes."
        yield warn("checkpoints", told, "Start `vouchers serve` or `vouchers worker`; their logs say what forbids it.")
    else:
        yield ok("checkpoints", f"The log continues that of {latest.checkpoint.size:,} entries ({sources}).")


def look_at_key(service: Service) -> Iterator[Finding]:
    """Whether the key of the log is there, for its owner only, and the one that the log names."""
    path = service.checkpoints.keys_file
    if not path.exists():
        if service.checkpoints.latest():
            yield fail("log key", LogKeyMissing().detail, LogKeyMissing.remedy)
        return
    if path.stat().st_mode & _OTHERS:
        yield fail("log key", "Others may read it, and so sign as the log.", f"chmod 600 {path}; vouchers audit rotate")
        return
    keys = service.checkpoints.keys
    named = service.ledger.state(LOGKEY, KEY).current
    changes = [entry.data for entry in service.ledger.history(LOGKEY.stream(KEY))]
    for change in changes:
        statement_of(change)
    if named and named != keys.current.vkey:
        told = "The key in the data folder is not the one that the log names."
        yield fail("log key", told, "Restore the key from a backup, or find out who put this one there.")
    else:
        yield ok("log key", f"{keys.origin}; keys so far: {len(changes) + 1:,}.")


def _late(service: Service, latest: Signed) -> int:
    """For how many seconds a log that has grown has not been signed, where that is too long."""
    if service.ledger.tree.size() == latest.checkpoint.size:
        return 0
    passed = datetime.fromisoformat(clock.now()) - datetime.fromisoformat(latest.signed_at)
    seconds = int(passed.total_seconds())
    return seconds if seconds > LATE * service.settings.audit.every else 0
