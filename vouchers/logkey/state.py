"""Which keys the log has signed with."""

from typing import assert_never

from vouchers.logkey import events as logkey
from vouchers.values import Value


class LogKey(Value):
    """The keys of the log, the oldest first; none before the first change. And the names that it had before."""

    vkeys: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()

    @property
    def current(self) -> str:
        """The key that the log named last, or nothing."""
        return self.vkeys[-1] if self.vkeys else ""


def evolve(state: LogKey, event: logkey.Event) -> LogKey:
    """Apply one event; the past is never refused."""
    before = state.vkeys or (event.old_vkey,)
    match event:
        case logkey.KeyRotated():
            return LogKey((*before, event.new_vkey), state.closed)
        case logkey.LogReopened():
            return LogKey((*before, event.vkey), (*state.closed, event.old_origin))
    assert_never(event)
