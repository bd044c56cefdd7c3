"""How one line of a bank stands now."""

from typing import NamedTuple, assert_never

from vouchers.bankline import events as bankline


class BankLine(NamedTuple):
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
            return state._replace(stated_in=statement_id)
        case bankline.Matched(outcome=outcome):
            return state._replace(status="matched", outcome=outcome, cause="")
        case bankline.LeftOpen(cause=cause):
            return state._replace(status="open", cause=cause)
        case bankline.ResolutionProposed():
            return state._replace(status="proposed", proposal=event)
        case bankline.ResolutionDeclined():
            return state._replace(status="open", proposal=None)
        case bankline.Resolved(outcome=outcome):
            return state._replace(status="resolved", outcome=outcome, cause="")
        case bankline.SetAside():
            return state._replace(status="set_aside", proposal=None)
    assert_never(event)
