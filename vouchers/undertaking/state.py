"""Who was ever seen in an undertaking; who belongs to it today, today's facts say."""

from vouchers.undertaking import events as undertaking
from vouchers.values import Value


class Undertaking(Value):
    """The enterprises, in the order in which they were seen."""

    members: tuple[str, ...] = ()


def evolve(state: Undertaking, event: undertaking.Event) -> Undertaking:
    """Apply one event; the past is never refused."""
    return Undertaking((*state.members, event.enterprise_id))
