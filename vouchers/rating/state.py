"""How an order's provider was rated."""

from typing import NamedTuple

from vouchers.rating import events as rating


class Rating(NamedTuple):
    """The stars that were given; nothing yet where there are none."""

    stars: int = 0


def evolve(state: Rating, event: rating.Event) -> Rating:
    """Apply one event; the past is never refused."""
    return state._replace(stars=event.stars)
