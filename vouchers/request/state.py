"""Whether a request was answered."""

from vouchers.request import events as request
from vouchers.values import Value


class Request(Value):
    """The answer given under a key, if any."""

    answered: request.Answered | None = None


def evolve(_state: Request, event: request.Event) -> Request:
    """Apply one event."""
    return Request(event)
