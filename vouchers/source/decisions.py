"""What may happen to a source of facts next."""

from vouchers.identifiers import CREDIT_CODE_ALPHABET, CREDIT_CODE_LENGTH, normalise
from vouchers.refusals import Malformed, Refused
from vouchers.source import events as source
from vouchers.source.state import Source
from vouchers.values import Value


class OutageDayInvalid(Refused):
    """An outage begins after the last one ended, and ends after it began."""


class CodeNotAllowable(Malformed):
    """Only a code of 18 characters that a credit code may have can be let through."""


class ReportOutage(Value):
    """Record from which day on a source cannot be relied on."""

    source_name: str
    from_on: str
    reason: str


class EndOutage(Value):
    """Record from which day on a source can be relied on again."""

    source_name: str
    from_on: str
    reason: str


class AllowCode(Value):
    """Let a credit code through although a check fails, with the reason and the digest of the evidence."""

    code: str
    reason: str
    evidence_digest: str


class BarCode(Value):
    """Let a credit code through no longer."""

    code: str
    reason: str


def go_down(state: Source, command: ReportOutage) -> list[source.Event]:
    """Begin an outage; where one is open already nothing changes."""
    if state.is_down:
        return []
    last = state.outages[-1].until_on if state.outages else ""
    if command.from_on < last:
        raise OutageDayInvalid(pointer="/from_on", remedy=f"Give a day from {last} on.")
    return [source.WentDown(command.from_on, command.reason)]


def come_up(state: Source, command: EndOutage) -> list[source.Event]:
    """End the open outage; where none is open nothing changes."""
    if not state.is_down:
        return []
    first = state.outages[-1].from_on
    if command.from_on < first:
        raise OutageDayInvalid(pointer="/from_on", remedy=f"Give a day from {first} on.")
    return [source.CameUp(command.from_on, command.reason)]


def allow(state: Source, command: AllowCode) -> list[source.Event]:
    """Let a code through; one that is let through already changes nothing."""
    code = normalise(command.code)
    if len(code) != CREDIT_CODE_LENGTH or not set(code) <= set(CREDIT_CODE_ALPHABET):
        raise CodeNotAllowable(pointer="/code", remedy="Copy the 18 characters from the business licence.")
    if code in state.allowed:
        return []
    return [source.CodeAllowed(code, command.reason, command.evidence_digest)]


def bar(state: Source, command: BarCode) -> list[source.Event]:
    """Let a code through no longer; one that is not let through changes nothing."""
    code = normalise(command.code)
    return [source.CodeBarred(code, command.reason)] if code in state.allowed else []
