"""Who is on the list now."""

from collections.abc import Iterable

from vouchers.values import Value
from vouchers.watch import events as watch


class Watch(Value):
    """The listed parties, in sets of falling size, so that adding one is cheap however many there are."""

    parts: tuple[frozenset[str], ...] = ()

    def __bool__(self) -> bool:
        """Whether anybody is listed."""
        return bool(self.parts)

    def __contains__(self, party: str) -> bool:
        """Whether a party is listed."""
        return not self.isdisjoint((party,))

    def isdisjoint(self, parties: Iterable[str]) -> bool:
        """Whether none of these parties is listed."""
        return not self.parts or all(part.isdisjoint(parties) for part in self.parts)


def evolve(state: Watch, event: watch.Event) -> Watch:
    """Apply one event; a set that is not larger than the next one is merged with it."""
    parts = [*state.parts, frozenset((event.party,))]
    while len(parts) > 1 and len(parts[-2]) <= len(parts[-1]):
        last = parts.pop()
        parts[-1] |= last
    return Watch(tuple(parts))
