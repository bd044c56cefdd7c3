"""What may happen to an admission next."""

from collections.abc import Mapping

from vouchers.admission import events as admission
from vouchers.admission.state import Admission
from vouchers.days import add_days
from vouchers.facts import Fact
from vouchers.refusals import Conflict, NotAllowed, NotFound, Refused
from vouchers.texts import same_person
from vouchers.values import Value, field

MOST_OBJECTIONS = 50


class AdmissionUnknown(NotFound):
    """This provider has not applied."""

    remedy = "Begin with the provider's self-evaluation."


class AdmissionNotAtStep(Conflict):
    """The application is not at the step that this command needs."""

    remedy = "Look at the application for the step it is at."


class NoticeNotOpen(Refused):
    """The public notice does not run on this day."""

    remedy = "Objections count on the days of the notice only; write to the authority instead."


class NoticeStillRuns(Refused):
    """The provider joins on the day after its notice at the earliest."""


class ObjectionOpen(Conflict):
    """An objection has not been decided."""

    remedy = "Let an officer uphold or dismiss it first."


class ObjectionUnknown(NotFound):
    """There is no open objection with this number."""

    remedy = "Look at the application for its objections."


class ObjectionDeciderNotIndependent(NotAllowed):
    """Whoever objected, or evaluated the provider, cannot decide the objection."""

    remedy = "Let another officer decide."


class TooManyObjections(Refused):
    """No more objections can be taken to one application."""

    remedy = "The objections on record must be decided first."


class SelfEvaluate(Value):
    """The provider answers the conditions of a programme itself; the digest is of what it uploads."""

    provider_id: str
    programme: str
    name: str
    digest: str
    answers: Mapping[str, Fact] = field(default_factory=dict)
    account_ref: str = ""


class Verify(Value):
    """Compare the self-evaluation with what the registers say of the provider, and ask the policy."""

    provider_id: str
    source: str
    digest: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


class ObjectToAdmission(Value):
    """Object to a provider while its public notice runs."""

    provider_id: str
    reason: str


class UpholdObjection(Value):
    """Find an objection right, which stops the admission."""

    provider_id: str
    number: int
    reason: str


class DismissObjection(Value):
    """Find that an objection is no reason against the provider."""

    provider_id: str
    number: int
    reason: str


class JoinAfterNotice(Value):
    """Let the provider join the directory once its notice is over."""

    provider_id: str


class WithdrawApplication(Value):
    """Give an application up before the provider has joined."""

    provider_id: str
    reason: str


def self_evaluate(state: Admission, command: SelfEvaluate, by: str) -> list[admission.Event]:
    """Apply, or correct what was not verified yet; the same answers again change nothing."""
    if state.status in ("verified", "noticed"):
        raise AdmissionNotAtStep("The application is verified and its answers stand.", pointer="/provider_id")
    evaluated = admission.SelfEvaluated(
        command.programme, command.name, dict(command.answers), command.digest, command.account_ref, by
    )
    return [] if state.status == "evaluated" and state.evaluated == evaluated else [evaluated]


def differing(state: Admission, facts: Mapping[str, Fact]) -> list[admission.Why]:
    """Every answer of the self-evaluation that the registers contradict."""
    answers = state.evaluated.answers if state.evaluated else {}
    return [
        admission.Why(
            "answer-differs",
            "",
            f"The self-evaluation says another {name} than the register.",
            "Correct the self-evaluation, or have the register corrected.",
        )
        for name, answer in answers.items()
        if name in facts and facts[name] != answer
    ]


def verify(
    state: Admission, found: admission.Verified | admission.VerificationFailed, notice_days: int, on: str
) -> list[admission.Event]:
    """Record what the verification found; the notice opens the same day and counts it as its first."""
    at_step(state, "evaluated")
    if isinstance(found, admission.VerificationFailed) or not notice_days:
        return [found]
    return [found, admission.NoticeOpened(on, add_days(on, notice_days - 1))]


def object_to(state: Admission, command: ObjectToAdmission, by: str, on: str) -> list[admission.Event]:
    """Object from the first to the last day of the notice, both included; the same objection again changes nothing."""
    at_step(state, "noticed")
    if not state.first_on <= on <= state.last_on:
        detail = f"The notice runs from {state.first_on} to {state.last_on}; today is {on}."
        raise NoticeNotOpen(detail, pointer="/on")
    if any((each.by, each.reason) == (by, command.reason) for each in state.objections.values()):
        return []
    if len(state.objections) >= MOST_OBJECTIONS:
        raise TooManyObjections(pointer="/provider_id")
    return [admission.Objected(len(state.objections) + 1, by, command.reason)]


def uphold(state: Admission, command: UpholdObjection, by: str) -> list[admission.Event]:
    """Stop the admission for an objection, by somebody who did not make it."""
    _deciding(state, command.number, by)
    return [admission.ObjectionUpheld(command.number, by, command.reason)]


def dismiss(state: Admission, command: DismissObjection, by: str) -> list[admission.Event]:
    """Dismiss an objection, by somebody who did not make it."""
    _deciding(state, command.number, by)
    return [admission.ObjectionDismissed(command.number, by, command.reason)]


def join(state: Admission, on: str) -> list[admission.Event]:
    """Join on the day after the notice at the earliest, every objection dismissed; joined again changes nothing."""
    if state.status == "joined":
        return []
    at_step(state, "verified", "noticed")
    assert state.evaluated is not None, "what is verified was evaluated"
    if state.last_on and on <= state.last_on:
        remedy = f"Let it join from {add_days(state.last_on, 1)} on."
        raise NoticeStillRuns(f"The notice runs until {state.last_on}.", pointer="/on", remedy=remedy)
    if state.open_objections:
        raise ObjectionOpen(f"Objection {state.open_objections[0]} has not been decided.", pointer="/provider_id")
    return [admission.JoinedAfterNotice(state.evaluated.programme, state.last_on, len(state.objections))]


def withdraw(state: Admission, command: WithdrawApplication) -> list[admission.Event]:
    """Give the application up; given up again changes nothing."""
    if state.status == "withdrawn":
        return []
    at_step(state, "evaluated", "verified", "noticed")
    return [admission.Withdrawn(command.reason)]


def at_step(state: Admission, *steps: str) -> None:
    """Refuse where nobody applied, or where the application is at another step."""
    if not state.status:
        raise AdmissionUnknown(pointer="/provider_id")
    if state.status not in steps:
        raise AdmissionNotAtStep(f"The application is {state.status}.", pointer="/provider_id")


def _deciding(state: Admission, number: int, by: str) -> None:
    """Refuse where the objection is not open, or where one decides for oneself."""
    at_step(state, "noticed")
    objection = state.objections.get(number)
    if objection is None or objection.outcome != "open":
        raise ObjectionUnknown(pointer="/number")
    evaluator = state.evaluated.evaluated_by if state.evaluated else objection.by
    if same_person(by, objection.by) or same_person(by, evaluator):
        raise ObjectionDeciderNotIndependent(pointer="/actor")
