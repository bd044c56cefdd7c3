"""What a programme is now: its policies by effective day, and whether it is closed."""

from typing import assert_never

from vouchers.programme import events as programme
from vouchers.values import Value, replace


class Programme(Value):
    """The announced facts and every adopted policy, oldest first."""

    announced: programme.Announced | None = None
    policies: tuple[programme.PolicyAdopted, ...] = ()
    closed_on: str = ""
    filings: tuple[programme.PolicyFiled, ...] = ()

    def policy_on(self, day: str) -> programme.PolicyAdopted | None:
        """The policy in force on a day: the latest adopted among those effective on it."""
        for adopted in reversed(self.policies):
            if adopted.effective_on <= day and (not adopted.ends_on or day <= adopted.ends_on):
                return adopted
        return None

    def policy(self, version: str) -> programme.PolicyAdopted | None:
        """The adopted policy of this version."""
        for adopted in self.policies:
            if adopted.version == version:
                return adopted
        return None


def evolve(state: Programme, event: programme.Event) -> Programme:
    """Apply one event; the past is never refused."""
    match event:
        case programme.Announced():
            return replace(state, announced=event)
        case programme.PolicyAdopted():
            return replace(state, policies=(*state.policies, event))
        case programme.PolicyFiled():
            return replace(state, filings=(*state.filings, event))
        case programme.Closed(closed_on=closed_on):
            return replace(state, closed_on=closed_on)
    assert_never(event)
