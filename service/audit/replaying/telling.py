"""What a replay found, for programs: one document, and its findings as lines of CSV."""

import csv
from pathlib import Path
from typing import Any

from service.audit.replaying.parts import Replayed
from vouchers.redeciding import Finding


def as_data(found: Replayed) -> dict[str, Any]:
    """What a replay found, for a program."""
    return {
        "size": found.size,
        "level": found.level,
        "decisions": found.turns,
        "entries": found.entries,
        "agreeing": found.agreeing,
        "differing": found.differing,
        "stated": sum(found.stated.values()),
        "redacted": found.redacted,
        "checked_by_event": dict(sorted(found.checked.items())),
        "stated_by_event": dict(sorted(found.stated.items())),
        "findings": [each.as_dict() for each in found.findings],
        "transcript_sha256": found.transcript,
    }


def write_findings(found: Replayed, path: Path) -> None:
    """Every finding that was kept, as a line of CSV (RFC 4180, UTF-8)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*Finding._fields, "sentence"])
        writer.writeheader()
        writer.writerows(each.as_dict() for each in found.findings)
