"""How one line of a bank stands now."""

from typing import assert_never

from vouchers.bankline import events as bankline
from vouchers.values import Value, replace


class BankLine(Value):
    """`status` is nothing, heard, matched, open, proposed, resolved or set aside."""

    heard: bankline.Heard | None = None
    status: str = ""
    stated_in: str = ""
    cause: str = ""
    proposal: bankline.ResolutionProposed | None = None
    outcome: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether nobody has to do anything about it any more."""
        return self.status in ("matched", "resolved", "set_aside")


def evolve(state: BankLine, event: bankline.Event) -> BankLine:
    """Apply one event; the past is never refused."""
    match event:
        case bankline.Heard(source=source, statement_id=statement_id):
            return BankLine(event, "heard", statement_id if source == "statement" else "")
        case bankline.Stated(statement_id=statement_id):
            return replace(state, stated_in=statement_id)
        case bankline.Matched(outcome=outcome):
            return replace(state, status="matched", outcome=outcome, cause="")
        case bankline.LeftOpen(cause=cause):
            return replace(state, status="open", cause=cause)
        case bankline.ResolutionProposed():
            return replace(state, status="proposed", proposal=event)
        case bankline.ResolutionDeclined():
            return replace(state, status="open", proposal=None)
        case bankline.Resolved(outcome=outcome):
            return replace(state, status="resolved", outcome=outcome, cause="")
        case bankline.SetAside():
            return replace(state, status="set_aside", proposal=None)
    assert_never(event)
