"""How an entitlement stands now."""

from dataclasses import dataclass
from typing import assert_never

from vouchers.entitlement import events as entitlement


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The latest decision; a grant is final for its period."""

    decision: entitlement.Granted | entitlement.Denied | None = None

    @property
    def is_granted(self) -> bool:
        """Whether vouchers were granted for this period."""
        return isinstance(self.decision, entitlement.Granted)


def evolve(_state: Entitlement, event: entitlement.Event) -> Entitlement:
    """Apply one event: the latest decision stands."""
    match event:
        case entitlement.Granted() | entitlement.Denied():
            return Entitlement(event)
    assert_never(event)
