"""What policies say to the audit tests: the sums at which more is asked of an order, and the hours of the office."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from service.audit.suite.settings import Numbers, Threshold
from vouchers.wire import parse


class Adopted(NamedTuple):
    """A policy as it was adopted: whose, which version, and the whole document."""

    programme: str
    version: str
    digest: str
    document: Mapping[str, Any]


def adopted(entry: Mapping[str, Any]) -> Adopted:
    """The policy of an entry programme.PolicyAdopted."""
    data = entry["data"]
    return Adopted(data["programme"], data["version"], data["digest"], parse(data["document"]))


def thresholds(policies: Iterable[Adopted], numbers: Numbers) -> Iterator[Threshold]:
    """Every threshold of every policy, and those of the auditor's file under each policy of their programme."""
    for policy in policies:
        whose = (policy.programme, policy.version, policy.digest)
        for name, measure, category, amount, hard in _stated(policy.document):
            yield Threshold(*whose, name, measure, category, amount, hard)
        for each in numbers.thresholds:
            if each["programme"] == policy.programme:
                yield Threshold(*whose, each["name"], each["measure"], each.get("category", ""), each["amount"], 0)


def _stated(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str, int, int]]:
    """The thresholds of one document: name, measure, category, amount, and whether nothing above it is allowed."""
    for rule in document.get("quotes", ()):
        if rule["above"]:
            name = f"{rule['count']} offers"
            # Offers are asked for above the sum, so that the first sum that needs them is a minor unit more.
            yield name, "gross", rule.get("category", ""), rule["above"] + 1, 0
    for rule in document.get("supervision", {}).get("approvals", ()):
        yield f"{rule['approvals']} approvals", "subsidy", "", rule["from_amount"], 0
    for code, category in document.get("category", {}).items():
        if category.get("max_per_order"):
            yield f"most per order of {code}", "subsidy", code, category["max_per_order"] + 1, 1


def in_force(policies: Iterable[Adopted], numbers: Numbers) -> Numbers:
    """The numbers of a run, with the office hours and the zone of the latest policy that states them."""
    said: dict[str, int] = {}
    for policy in policies:
        signals = policy.document.get("supervision", {}).get("signals", {})
        said |= {name: signals[name] for name in ("first_hour", "last_hour") if name in signals}
        zone = policy.document.get("programme", {}).get("timezone")
        if zone:
            said["utc_offset_minutes"] = _offset(zone, policy.document["programme"].get("effective_on", "2026-01-01"))
    return numbers.but(**said)


def _offset(zone: str, day: str) -> int:
    """Minutes east of UTC on a day at noon."""
    offset = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0
