"""Days that follow from a grant: the period's name, the last days of use and of redemption, rolling windows."""

from functools import lru_cache

from vouchers.days import add_days, add_months, check_day, end_of_year
from vouchers.policy.model import Policy
from vouchers.refusals import Malformed

_ROLLING = "rolling-"
_CYCLE = 12  # months


def period_of(policy: Policy, on: str) -> str:
    """The name of the policy's period that contains a day: "2026", or "2025-02-03..2025-12-05"."""
    return _label(policy, on)


def days_of(policy: Policy, on: str) -> tuple[str, str]:
    """The first and the last day of the policy's period that contains a day."""
    return _bounds(policy, on)


def is_period(policy: Policy, name: str) -> bool:
    """Whether a period of the policy has this name."""
    first = f"{name}-01-01" if policy.period.kind == "calendar_year" else name[:10]
    try:
        return _label(policy, check_day(first)) == name
    except Malformed:
        return False


def use_by_of(policy: Policy, granted_on: str) -> str:
    """The last day of use of a voucher that was granted on a day."""
    return _use_by(policy, granted_on)


def redeem_by_of(policy: Policy, use_by_on: str) -> str:
    """The last day of redemption of a voucher with this last day of use."""
    return add_days(use_by_on, policy.deadlines.redeem_by_days)


def rolling_label(months: int) -> str:
    """The period name of a cap that looks back so many months: "rolling-24m"."""
    return f"{_ROLLING}{months}m"


def window_start(period: str, on: str) -> str:
    """The first day that still counts on a day against a rolling cap; nothing for any other period."""
    if not period.startswith(_ROLLING):
        return ""
    months = int(period.removeprefix(_ROLLING).removesuffix("m"))
    return add_days(add_months(on, -months), 1)


@lru_cache(maxsize=4_096)
def _label(policy: Policy, on: str) -> str:
    """The name of the period that contains a day."""
    if policy.period.kind == "calendar_year":
        return on[:4]
    return "..".join(_bounds(policy, on))


@lru_cache(maxsize=4_096)
def _bounds(policy: Policy, on: str) -> tuple[str, str]:
    """The first and the last day of the period that contains a day."""
    period, effective_on = policy.period, policy.effective_on
    if period.kind == "calendar_year":
        return f"{on[:4]}-01-01", end_of_year(on)
    if period.kind == "window":
        return period.first_on, period.last_on
    years = int(on[:4]) - int(effective_on[:4])
    cycles = years if add_months(effective_on, years * _CYCLE) <= on else years - 1
    start = add_months(effective_on, cycles * _CYCLE)
    return start, add_days(add_months(effective_on, (cycles + 1) * _CYCLE), -1)


@lru_cache(maxsize=4_096)
def _use_by(policy: Policy, granted_on: str) -> str:
    """The last day of use, by the rule of the policy."""
    deadlines = policy.deadlines
    if deadlines.use_by == "months_after_issue":
        return add_months(granted_on, deadlines.use_by_count)
    if deadlines.use_by == "days_after_issue":
        return add_days(granted_on, deadlines.use_by_count)
    return _bounds(policy, granted_on)[1]
