"""Every "no" of the system: a stable code, a sentence, the place of the fault and the remedy."""

import re
from typing import ClassVar

from vouchers.values import Value

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class Refused(Exception):
    """The rules do not allow this request."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    remedy: str = ""  # What helps whenever a kind of refusal has one remedy.

    def __init_subclass__(cls, **options: object) -> None:
        """Derive the stable code from the class name: ReservationExceeded is reservation-exceeded."""
        super().__init_subclass__(**options)
        cls.code = _WORD.sub("-", cls.__name__).lower()

    def __init__(self, detail: str = "", *, pointer: str = "", remedy: str = "", **facts: object) -> None:
        """Say what is wrong, where (JSON pointer) and what helps; a class has a sentence and may have a remedy."""
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.pointer = pointer
        self.remedy = remedy or type(self).remedy
        self.facts = facts
        super().__init__(self.detail)


class Malformed(Refused):
    """The request cannot be read."""

    status = 400


class NotFound(Refused):
    """There is no such thing, or it is not yours to see."""

    status = 404


class NotAllowed(Refused):
    """This actor may not do this."""

    status = 403


class Conflict(Refused):
    """The request contradicts what has already happened."""

    status = 409


class Unavailable(Refused):
    """The service cannot answer now; nothing was lost and the request may be repeated with the same key."""

    status = 503


class Cause(Value):
    """One of several reasons of a refusal or a denial; one that is about a member of the request has its pointer."""

    code: str
    clause: str
    text: str
    remedy: str
    pointer: str = ""


class Ineligible(Refused):
    """The policy does not allow this; every reason is listed."""

    remedy = "Follow the remedy of each reason."

    def __init__(self, causes: tuple[Cause, ...]) -> None:
        """Carry all reasons at once, the first one as the sentence."""
        self.causes = causes
        first = causes[0]
        super().__init__(first.text, remedy=first.remedy, clause=first.clause)


class IdempotencyKeyReused(Refused):
    """This idempotency key was already used for a different request."""


class EntryTooLarge(Refused):
    """One event of this request would be larger than the 65,535 bytes that a log entry may have."""

    status = 413
    remedy = "Split the request, or keep its long texts in a document."


class OutcomeUnknown(Unavailable):
    """The store failed while it was committing; repeat the request with the same key to learn what happened."""


class StoreUnavailable(Unavailable):
    """The store did not accept the write; nothing was recorded."""

    remedy = "Repeat the request in a moment, with the same key."
