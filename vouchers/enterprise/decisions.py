"""What may become known of an enterprise next."""

from vouchers.enterprise import events as enterprise
from vouchers.enterprise.state import Enterprise
from vouchers.facts import Fact
from vouchers.refusals import Conflict, NotFound, Refused
from vouchers.texts import check_tier
from vouchers.values import Value

SUCCESSIONS = ("incorporation", "merger", "new-code")


class EnterpriseUnknown(NotFound):
    """No registry file has named this enterprise."""


class FactsNotYetTrue(Refused):
    """A registry cannot state facts of a day that has not come."""


class FactsNotOnRecord(NotFound):
    """No facts are on record as of this day, so there is nothing to correct."""


class NoSuchFinding(NotFound):
    """Nobody has found this ceiling passed, or the finding is closed."""

    remedy = "List the open findings."


class SuccessionUnknown(Refused):
    """An enterprise takes the place of another by incorporation, by merger, or under a new code."""


class SuccessionInACircle(Refused):
    """An enterprise cannot take the place of itself, or of one that has taken its place."""


class SucceededAlready(Conflict):
    """Another enterprise has taken the place of this one."""


class EnterpriseSucceeded(Refused):
    """Another enterprise has taken the place of this one, and what was granted is its own now."""


class RecordFacts(Value):
    """Record what a registry states of an enterprise as of a day."""

    enterprise_id: str
    as_of_on: str
    source: str
    digest: str
    facts: dict[str, Fact]


class CorrectFacts(Value):
    """Put facts in the place of wrong ones that are on record as of a day, with the reason."""

    enterprise_id: str
    as_of_on: str
    source: str
    digest: str
    facts: dict[str, Fact]
    reason: str


class ChangeCreditTier(Value):
    """Move an enterprise to another credit tier, with the cause."""

    enterprise_id: str
    tier: str
    cause: str


class CloseOverCap(Value):
    """Close the finding that a group passed a ceiling, with what came of it."""

    enterprise_id: str
    cap: str
    reason: str


class RecordSuccession(Value):
    """Record that an enterprise takes the place of another from a day on; the evidence by its digest.

    In the programmes that are named, what was granted to the predecessor passes to the successor at once.
    """

    predecessor_id: str
    successor_id: str
    succession: str
    from_on: str
    evidence_digest: str
    reason: str
    programmes: tuple[str, ...] = ()


def record_facts(state: Enterprise, command: RecordFacts, on: str, *, confirm: bool = False) -> list[enterprise.Event]:
    """Record facts that say something new, late ones among the earlier; what held already changes nothing.

    With `confirm`, it is put on record that the latest facts were stated again as of a later day.
    """
    _not_ahead(command.as_of_on, on)
    stated = (command.as_of_on, command.source, command.digest)
    if not state.is_known:
        return [enterprise.FactsRecorded(*stated, command.facts)]
    if command.as_of_on < state.as_of_on:
        before = state.known_on(command.as_of_on)
        if before is not None and before.facts == command.facts:
            return []
        return [enterprise.EarlierFactsRecorded(*stated, command.facts)]
    if state.facts != command.facts:
        return [enterprise.FactsRecorded(*stated, command.facts)]
    if confirm and command.as_of_on > state.stated_on:
        return [enterprise.FactsConfirmed(*stated)]
    return []


def correct_facts(state: Enterprise, command: CorrectFacts, on: str) -> list[enterprise.Event]:
    """Correct the facts of a day that is on record; the same correction again changes nothing."""
    known(state)
    _not_ahead(command.as_of_on, on)
    before = state.known_on(command.as_of_on)
    if before is None or before.as_of_on != command.as_of_on:
        remedy = f"Give one of {', '.join(each.as_of_on for each in state.known)}."
        raise FactsNotOnRecord(pointer="/as_of_on", remedy=remedy)
    if before.facts == command.facts:
        return []
    return [enterprise.FactsCorrected(command.as_of_on, command.source, command.digest, command.facts, command.reason)]


def change_credit_tier(state: Enterprise, command: ChangeCreditTier) -> list[enterprise.Event]:
    """Move to a tier; being there already changes nothing."""
    known(state)
    if state.tier == check_tier(command.tier):
        return []
    return [enterprise.CreditTierChanged(command.tier, command.cause)]


def find_over_cap(state: Enterprise, found: enterprise.OverCapFound) -> list[enterprise.Event]:
    """Record once that a ceiling was passed by so much."""
    return [] if found in (*state.over_caps, *state.looked_into) else [found]


def close_over_cap(state: Enterprise, command: CloseOverCap) -> list[enterprise.Event]:
    """Close an open finding."""
    known(state)
    found = next((each for each in state.over_caps if each.cap == command.cap), None)
    if found is None:
        raise NoSuchFinding(pointer="/cap")
    return [enterprise.OverCapClosed(found.programme, found.cap, command.reason)]


def be_succeeded(state: Enterprise, command: RecordSuccession, on: str) -> list[enterprise.Event]:
    """Let another enterprise take the place of this one, once."""
    known(state)
    if command.succession not in SUCCESSIONS:
        raise SuccessionUnknown(pointer="/succession", remedy=f"Use one of {', '.join(SUCCESSIONS)}.")
    _not_ahead(command.from_on, on, "/from_on")
    if command.successor_id == command.predecessor_id or command.successor_id in state.predecessors:
        raise SuccessionInACircle(pointer="/successor_id", remedy="Give the enterprise that came later.")
    if state.successor == command.successor_id:
        return []
    if state.successor:
        detail = f"{state.successor} has taken its place since {state.succeeded_on}."
        raise SucceededAlready(detail, pointer="/predecessor_id", remedy=f"Record what became of {state.successor}.")
    return [
        enterprise.SucceededBy(
            command.successor_id, command.succession, command.from_on, command.evidence_digest, command.reason
        )
    ]


def succeed(state: Enterprise, command: RecordSuccession, line: tuple[str, ...]) -> list[enterprise.Event]:
    """Take the place of an enterprise, and of all before it in the line; those known already change nothing."""
    known(state, "/successor_id")
    if set(line) <= set(state.predecessors):
        return []
    return [
        enterprise.Succeeded(
            command.predecessor_id,
            line,
            command.succession,
            command.from_on,
            command.evidence_digest,
            command.reason,
        )
    ]


def not_succeeded(state: Enterprise, on: str) -> None:
    """Refuse where another enterprise has taken its place: what was granted is the successor's now."""
    if state.is_succeeded(on):
        detail = f"{state.successor} has taken the place of this enterprise since {state.succeeded_on}."
        raise EnterpriseSucceeded(detail, pointer="/enterprise_id", remedy=f"Order in the name of {state.successor}.")


def known(state: Enterprise, pointer: str = "/enterprise_id") -> None:
    """Refuse where no registry has named the enterprise."""
    if not state.is_known:
        raise EnterpriseUnknown(
            pointer=pointer,
            remedy="Check the credit code, or import the registry file that names it.",
        )


def _not_ahead(day: str, on: str, pointer: str = "/as_of_on") -> None:
    if day > on:
        raise FactsNotYetTrue(pointer=pointer, remedy=f"Give a day up to {on}.")
