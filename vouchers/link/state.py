"""The links of a party as they are known now."""

from typing import assert_never

from vouchers.link import events as link
from vouchers.values import Value, replace


class Links(Value):
    """Every link that became known, ended ones too: what counts is the day that is asked about."""

    recorded: tuple[link.LinkRecorded, ...] = ()

    def between(self, first: str, last: str) -> tuple[link.LinkRecorded, ...]:
        """The links that held on at least one of the days first..last."""
        return tuple(
            each for each in self.recorded if each.from_on <= last and (not each.until_on or each.until_on >= first)
        )


def evolve(state: Links, event: link.Event) -> Links:
    """Apply one event; an end is the end of the newest link of its kind to that party."""
    match event:
        case link.LinkRecorded():
            return Links((*state.recorded, event))
        case link.LinkEnded(other=other, kind=kind, until_on=until_on):
            known = list(state.recorded)
            for place in range(len(known) - 1, -1, -1):
                if (known[place].other, known[place].kind) == (other, kind):
                    known[place] = replace(known[place], until_on=until_on)
                    break
            return Links(tuple(known))
    assert_never(event)
