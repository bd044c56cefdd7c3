"""What the doctor says of one thing it looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

State = Literal["ok", "warn", "fail"]
ORDER: Final = ("ok", "warn", "fail")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, why, and what helps."""

    check: str
    state: State
    what: str
    remedy: str = ""


def ok(check: str, what: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", what)


def warn(check: str, what: str, remedy: str) -> Finding:
    """It works, and may not for long or not for everybody."""
    return Finding(check, "warn", what, remedy)


def fail(check: str, what: str, remedy: str) -> Finding:
    """A promise is not kept."""
    return Finding(check, "fail", what, remedy)


def worst(findings: Iterable[Finding]) -> State:
    """The state of the whole."""
    return max((each.state for each in findings), key=ORDER.index, default="ok")
