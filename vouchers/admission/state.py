"""How far a provider's admission has come."""

from collections.abc import Mapping
from typing import assert_never

from vouchers.admission import events as admission
from vouchers.values import Value, field, replace


class Objection(Value):
    """Who objected, and how it was decided: open, upheld or dismissed."""

    by: str
    reason: str
    outcome: str = "open"


class Admission(Value):
    """The latest application.

    `status` is "", evaluated, failed, verified, noticed, stopped, joined or withdrawn.
    """

    status: str = ""
    evaluated: admission.SelfEvaluated | None = None
    verified: admission.Verified | None = None
    first_on: str = ""
    last_on: str = ""
    objections: Mapping[int, Objection] = field(default_factory=dict)
    reasons: tuple[admission.Why, ...] = ()  # Of a verification that failed.

    @property
    def open_objections(self) -> tuple[int, ...]:
        """The numbers of the objections that nobody has decided."""
        return tuple(number for number, each in self.objections.items() if each.outcome == "open")


def evolve(state: Admission, event: admission.Event) -> Admission:
    """Apply one event; the past is never refused."""
    match event:
        case admission.SelfEvaluated():
            return Admission("evaluated", event)
        case admission.Verified():
            return replace(state, status="verified", verified=event)
        case admission.VerificationFailed(reasons=reasons):
            return replace(state, status="failed", reasons=reasons)
        case admission.NoticeOpened(first_on, last_on):
            return replace(state, status="noticed", first_on=first_on, last_on=last_on)
        case admission.Objected(number, by, reason):
            return replace(state, objections={**state.objections, number: Objection(by, reason)})
        case admission.ObjectionUpheld(number=number):
            return replace(_decided(state, number, "upheld"), status="stopped")
        case admission.ObjectionDismissed(number=number):
            return _decided(state, number, "dismissed")
        case admission.JoinedAfterNotice():
            return replace(state, status="joined")
        case admission.Withdrawn():
            return replace(state, status="withdrawn")
    assert_never(event)


def _decided(state: Admission, number: int, outcome: str) -> Admission:
    objection = replace(state.objections.get(number, Objection("", "")), outcome=outcome)
    return replace(state, objections={**state.objections, number: objection})
