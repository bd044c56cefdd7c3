"""What is known of the counter about an order now."""

from vouchers.counter import events as counter
from vouchers.values import Value


class Counter(Value):
    """The digests of the codes that were accepted, each of which is used up."""

    used: tuple[str, ...] = ()


def evolve(state: Counter, event: counter.Event) -> Counter:
    """Apply one event; the past is never refused."""
    return Counter((*state.used, event.code_digest))
