"""Whether a request was answered."""

from dataclasses import dataclass

from vouchers.request import events as request


@dataclass(frozen=True, slots=True)
class Request:
    """The answer given under a key, if any."""

    answered: request.Answered | None = None


def evolve(_state: Request, event: request.Event) -> Request:
    """Apply one event."""
    return Request(event)
