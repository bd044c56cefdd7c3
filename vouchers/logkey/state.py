"""Which keys the log has signed with."""

from typing import NamedTuple

from vouchers.logkey import events as logkey


class LogKey(NamedTuple):
    """The keys of the log, the oldest first; none before the first change."""

    vkeys: tuple[str, ...] = ()

    @property
    def current(self) -> str:
        """The key that the log named last, or nothing."""
        return self.vkeys[-1] if self.vkeys else ""


def evolve(state: LogKey, event: logkey.Event) -> LogKey:
    """Apply one event; the past is never refused."""
    return LogKey((*(state.vkeys or (event.old_vkey,)), event.new_vkey))
