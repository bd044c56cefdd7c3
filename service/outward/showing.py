"""Webhooks and dead letters as their owners see them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from service.outward.subscriptions import owner_of

Shown = dict[str, Any]


def shown(row: Mapping[str, Any]) -> Shown:
    """A webhook as its owner sees it."""
    names = ("webhook_id", "url", "description", "status", "reason", "next", "waiting", "dead", "failures")
    return {
        **{name: row[name] for name in names},
        "owner": owner_of(row).actor,
        "types": row["types"].split(),
        "last_failure": row["last_failure"],
        "last_success_at": row["last_success_at"],
        "created_at": row["created_at"],
        "secrets": [{"generation": each["generation"], "until": instant(each["until"])} for each in row["secrets"]],
    }


def letter(row: Mapping[str, Any]) -> Shown:
    """A dead letter as its owner sees it."""
    return {"number": row["seq"], **{name: row[name] for name in ("stream", "attempts", "failure", "failed_at")}}


def instant(milliseconds: int) -> str:
    """A moment as text, or nothing where there is none."""
    if not milliseconds:
        return ""
    return datetime.fromtimestamp(milliseconds / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
