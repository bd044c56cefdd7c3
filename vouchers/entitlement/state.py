"""How an entitlement stands now."""

from typing import assert_never

from vouchers.entitlement import events as entitlement
from vouchers.values import Value, replace


class Entitlement(Value):
    """The latest decision, which is final for its period once it is a grant, and what was found since.

    `doubt` and `reassessed` are open findings, `last` is the latest reassessment, open or not. `held` says that an
    officer must clear the findings before claims are paid; `failed` is a step that still has to be looked into.
    """

    decision: entitlement.Granted | entitlement.Denied | None = None
    passed: entitlement.Passed | None = None
    pending: entitlement.Pending | None = None
    doubt: entitlement.Doubted | None = None
    reassessed: entitlement.Reassessed | None = None
    last: entitlement.Reassessed | None = None
    failed: entitlement.Failed | None = None
    held: bool = False

    @property
    def is_granted(self) -> bool:
        """Whether vouchers were granted for this period, to the enterprise itself or to one whose place it takes."""
        return self.passed is not None or isinstance(self.decision, entitlement.Granted)

    @property
    def vouchers(self) -> tuple[entitlement.Allotment, ...]:
        """The vouchers that the enterprise has of this period, those of predecessors first."""
        own = self.decision.vouchers if isinstance(self.decision, entitlement.Granted) else ()
        return (*self.passed.vouchers, *own) if self.passed else own

    @property
    def findings(self) -> tuple[str, ...]:
        """The kinds of findings that are open."""
        open_ones = (("doubt", self.doubt), ("reassessment", self.reassessed), ("failure", self.failed))
        return tuple([kind for kind, found in open_ones if found is not None])


def evolve(state: Entitlement, event: entitlement.Event) -> Entitlement:
    """Apply one event: the latest decision stands."""
    match event:
        case entitlement.Granted() | entitlement.Denied():
            if state == _NOTHING:  # Most entitlements are decided once.
                return Entitlement(event)
            return replace(state, decision=event, pending=None, failed=None)
        case entitlement.Passed():
            return replace(state, passed=event, pending=None, failed=None)
        case entitlement.Pending():
            return replace(state, pending=event, failed=None)
        case entitlement.Doubted():
            return replace(state, doubt=event)
        case entitlement.Reassessed(grounds=grounds, held=held):
            found = event if grounds else state.reassessed
            return replace(state, reassessed=found, last=event, held=state.held or held, failed=None)
        case entitlement.Cleared():
            return replace(state, doubt=None, reassessed=None, failed=None, held=False)
        case entitlement.Failed():
            return replace(state, failed=event)
    assert_never(event)


_NOTHING = Entitlement()
