"""How an order's provider was rated."""

from vouchers.rating import events as rating
from vouchers.values import Value, replace


class Rating(Value):
    """The stars that were given; nothing yet where there are none."""

    stars: int = 0


def evolve(state: Rating, event: rating.Event) -> Rating:
    """Apply one event; the past is never refused."""
    return replace(state, stars=event.stars)
