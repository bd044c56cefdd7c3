"""A decision told in three steps: given what happened, when something is decided, then what happens, or who refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from vouchers.kinds import Kind
from vouchers.refusals import Refused


class Given:
    """A stream of one kind with a past."""

    def __init__(self, kind: Kind[Any, Any], events: tuple[Any, ...]) -> None:
        self.kind = kind
        self.state = kind.empty
        for event in events:
            self.state = kind.evolve(self.state, event)

    def when(self, decision: Callable[..., list[Any]], *arguments: Any, **named: Any) -> "When":
        """Decide something on that past."""
        return When(self, lambda: decision(self.state, *arguments, **named))


class When:
    """A decision about to be taken."""

    def __init__(self, given: Given, decide: Callable[[], list[Any]]) -> None:
        self.given = given
        self.decide = decide

    def then(self, *events: Any) -> Any:
        """Expect exactly these events; they are folded too, so that none is decided that cannot be read back."""
        assert self.decide() == list(events)
        state = self.given.state
        for event in events:
            state = self.given.kind.evolve(state, event)
        return state

    def refused(self, refusal: type[Refused], **facts: Any) -> Refused:
        """Expect exactly this refusal, with a sentence, and with these facts beside it."""
        with pytest.raises(refusal) as caught:
            self.decide()
        assert type(caught.value) is refusal
        assert caught.value.detail.endswith(".")
        assert {name: caught.value.facts.get(name) for name in facts} == facts
        return caught.value


def given(kind: Kind[Any, Any], *events: Any) -> Given:
    """Begin with what has happened to a stream."""
    return Given(kind, events)
