"""What is asked and answered about a stream at a point of the log, and about the difference between two points."""

from typing import Final

from schemas.answers import answer, said, several, shown
from schemas.faults import Body
from schemas.shapes import TEXT, count
from schemas.values import Checked, day, text, told, whole
from vouchers.days import check_instant
from vouchers.money import MAX_AMOUNT

LONGEST_POINT: Final = 100
LONGEST_STREAM: Final = 240
_ANY: Final = {"description": "A text, a whole number, true or false; nothing where the cell is not there."}
_POINT: Final = {**TEXT, "description": "The point as it is written, such as size:700000,on:2026-06-30."}
_SEQS: Final = {**count(), "description": "The number of an entry."}


class StateQuery(Body):
    """Which point: so many entries or an instant, and a day; without any the whole log."""

    size = whole(0, MAX_AMOUNT, **told("Only the first so many entries."))
    recorded = Checked(check_instant, "Instant", **told("Only what was recorded by this instant."))
    on = day(**told("Only what had taken effect by the end of this day."))


class DiffQuery(Body):
    """Which stream, and which two points."""

    stream = text(longest=LONGEST_STREAM, required=True, **told("The stream, as kind/key."))
    before = text(
        longest=LONGEST_POINT,
        required=True,
        data_key="from",
        **told("The one point: size:N, recorded:INSTANT, on:DAY, now, or several with commas between them."),
    )
    after = text(longest=LONGEST_POINT, load_default="now", data_key="to", **told("The other point."))


STATE: Final = shown(
    "StreamState",
    "How a stream stood at a point of the log.",
    "stream",
    point=said(_POINT),
    size=said({**count(), "description": "The number of entries that had been recorded."}),
    on=said({**TEXT, "description": "The day by whose end they had taken effect; empty where none was asked for."}),
    entries=said({**count(), "description": "How many entries of the stream count."}),
    last_seq=said({"type": "integer", "minimum": -1, "description": "The last of them; -1 where there is none."}),
    state=said({"type": "object", "description": "The state, member by member as its kind has it."}),
)
DIFF: Final = shown(
    "StreamDiff",
    "What of a stream differs between two points, cell by cell, with the entries that made the difference.",
    "stream",
    **{"from": said(_POINT), "to": said(_POINT)},
    more=said({"type": "boolean", "description": "Whether there are more cells than are shown."}),
    changes=several(
        answer(
            "ChangedCell",
            "One cell that differs; without entries the calendar alone did it.",
            "",
            cell=said({**TEXT, "description": "The cell, such as held.O-1.reserved."}),
            before=said(_ANY),
            after=said(_ANY),
            seqs=several(said(_SEQS)),
        )
    ),
)
