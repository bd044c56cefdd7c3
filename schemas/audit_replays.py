"""What is asked and answered about replays: every decision of the first entries of a log decided again."""

from typing import Any, Final

from schemas.answers import answer, said, several, shown
from schemas.faults import Body
from schemas.shapes import TEXT, TRUTH, count
from schemas.values import Checked, NumberOutOfRange, told

MOST_ENTRIES: Final = 500_000
DEEPEST: Final = 3


def _between(least: int, most: int) -> Any:
    def check(value: object) -> int:
        if type(value) is int and least <= value <= most:
            return value
        raise NumberOutOfRange(remedy=f"Give a whole number from {least:,} to {most:,}.")

    return check


class ReplayBody(Body):
    """Over how many entries, and how deep."""

    size = Checked(
        _between(1, MOST_ENTRIES), count(1, MOST_ENTRIES), required=True, **told("The first so many entries.")
    )
    level = Checked(
        _between(1, DEEPEST),
        count(1, DEEPEST),
        load_default=DEEPEST,
        **told("1 the outcome from its own record, 2 also from the log before it, 3 also the policy in force."),
    )


_FINDING: Final = answer(
    "ReplayFinding",
    "An entry that comes out otherwise.",
    "",
    seq=said({**count(), "description": "The number of the entry."}),
    level=said({**count(1, DEEPEST), "description": "At which level."}),
    sentence=said({**TEXT, "description": "What is otherwise."}),
)
REPLAY: Final = shown(
    "Replay",
    "A replay that runs or was run.",
    "",
    replay_id=said({**TEXT, "description": "Its name: the size and the level."}),
    status=said({"type": "string", "enum": ["running", "done"], "description": "Whether there is an answer."}),
    size=said({**count(), "description": "Over how many entries; a decision that would be cut in two is left out."}),
    level=said({**count(1, DEEPEST), "description": "How deep."}),
    decisions=said({**count(), "description": "How many decisions were decided again."}, required=False),
    agreeing=said({**count(), "description": "How many entries came out the same."}, required=False),
    differing=said({**count(), "description": "How many came out otherwise."}, required=False),
    stated=said({**count(), "description": "How many no rule computes."}, required=False),
    redacted=said({**count(), "description": "How many were redacted."}, required=False),
    transcript_sha256=said({**TEXT, "description": "SHA-256 over the lines of all entries."}, required=False),
    findings=several(_FINDING, required=False),
    complete=said({**TRUTH, "description": "Whether all findings are listed."}, required=False),
)
