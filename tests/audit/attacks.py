"""The attacks of the drill as data: what somebody does to an installation, how far he goes, and what has to find it.

`tests/audit/drilling.py` carries them out; a history is its entries as dicts.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.examples import YUAN
from vouchers.wire import canonical, leaf_hash

History = list[dict[str, Any]]

# How far an attacker goes. All of them have the database to themselves, and take its guards away first.
ROWS: Final = "rows"  # changes rows of the log
TREE: Final = "tree"  # also numbers the log anew and makes the whole tree fit
KEY: Final = "key"  # also has the log's key and the data folder, forgets all checkpoints there, and signs
FILES: Final = "files"  # puts files in the place of others, or changes the views
DEPTHS: Final = (ROWS, TREE, KEY, FILES)

DOCTOR, GATE, REPLAY, VIEWS = "doctor", "gate", "replay", "views"
WITNESS, VERIFY, QUORUM, PINNED, COPY = "witness", "verify", "quorum", "pinned", "copy"
CONTROLS: Final = (DOCTOR, GATE, WITNESS, VERIFY, QUORUM, PINNED, COPY, REPLAY, VIEWS)  # as the page has them


@dataclass(frozen=True)
class Attack:
    """What is done and how far it goes; controls that have to notice it, and those that have to name the entry."""

    name: str
    told: str
    depth: str
    change: Callable[[Any], Any]  # of a history; of an installation where it is about files
    noticed: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """How tests and the page call it."""
        return f"{self.name}, {self.depth}"


def place_of(history: History, event: str, *, last: bool = False) -> int:
    """The place of the first or last event of a name."""
    places = [place for place, entry in enumerate(history) if entry["type"] == event]
    return places[-1 if last else 0]


def edit(history: History) -> History:
    """Make a grant twice as high."""
    history[place_of(history, "entitlement.Granted")]["data"]["vouchers"][0]["face"] *= 2
    return history


def delete(history: History) -> History:
    """Take the order of a claw-back out."""
    del history[place_of(history, "order.ClawbackOrdered")]
    return history


def insert(history: History) -> History:
    """Appropriate money once more."""
    place, model = place_of(history, "order.Cancelled"), history[place_of(history, "budget.Appropriated")]
    more = {"data": model["data"] | {"amount": 5_000_000 * YUAN}, "rec": history[place - 1]["rec"]}
    history.insert(place, model | more)
    return history


def swap(history: History) -> History:
    """Let an invoice come before its delivery."""
    place = place_of(history, "invoice.Filed")
    history[place - 1], history[place] = history[place], history[place - 1]
    return history


def back_date(history: History) -> History:
    """Let an order be half a year older."""
    entry = history[place_of(history, "order.Registered", last=True)]
    entry["eff"], entry["rec"] = "2025-12-01", "2025-12-01T09:00:00.000000Z"
    return history


def drop_the_tail(history: History) -> History:
    """Let the log end before an order."""
    return history[: place_of(history, "order.Registered", last=True)]


def edit_a_policy(history: History) -> History:
    """Write another text into the adopted policy."""
    adopted = history[place_of(history, "programme.PolicyAdopted")]["data"]
    adopted["document"] = adopted["document"].replace('"remedy":"Correct staff', '"remedy":"Forget staff', 1)
    return history


def edit_what_nobody_saw(history: History) -> History:
    """Change what a registry stated after the last cosignature."""
    history[place_of(history, "enterprise.FactsRecorded", last=True)]["data"]["facts"]["staff"] = 7
    return history


def edit_as_if_redacted(history: History) -> History:
    """Make a grant twice as high, and let the entry say that its leaf was another, as a redacted one does."""
    entry = history[place_of(history, "entitlement.Granted")]
    leaf = base64.b64encode(leaf_hash(canonical(entry))).decode()
    edit(history)
    entry["redacted"] = leaf
    return history


ON_THE_LOG: Final = (
    ("edit", "a grant is twice as high", edit),
    ("delete", "a claw-back was never ordered", delete),
    ("insert", "money is appropriated once more", insert),
    ("swap", "an invoice comes before its delivery", swap),
    ("back-date", "an order is half a year older", back_date),
    ("drop the tail", "the log ends before an order", drop_the_tail),
    ("edit a policy", "the adopted policy has another text", edit_a_policy),
)
NOTICED: Final = {
    ROWS: (DOCTOR, GATE),
    TREE: (DOCTOR, GATE, WITNESS, VERIFY),
    KEY: (GATE, WITNESS, QUORUM, PINNED),
}
NAMED: Final = {ROWS: (DOCTOR, GATE, VERIFY, COPY), TREE: (COPY,), KEY: (COPY,)}
ON_FILES: Final = (
    Attack(
        "restore an old log", "the log's file", FILES, lambda home: home.restore_log(), (DOCTOR, WITNESS), (GATE,)
    ),
    Attack("restore it all", "the data folder", FILES, lambda home: home.restore_all(), (WITNESS,), (GATE,)),
    Attack("edit a view", "a pool has twice the money", FILES, lambda home: home.edit_view(), (VIEWS,)),
    Attack("edit a policy's row", "its view has another version", FILES, lambda home: home.edit_policy_row(), (VIEWS,)),
    Attack(
        "put another key", "a grant is twice as high, signed with a key of his own", FILES,
        lambda home: home.replace_key(edit), (GATE, WITNESS, VERIFY), (COPY,),
    ),
)  # fmt: skip
# What no control can notice, because nobody outside knew of it yet.
UNNOTICED: Final = (
    Attack("edit what nobody saw", "facts stated since the last cosignature", KEY, edit_what_nobody_saw),
)
ATTACKS: Final = (
    *(
        Attack(name, told, depth, change, NOTICED[depth], NAMED[depth])
        for name, told, change in ON_THE_LOG
        for depth in (ROWS, TREE, KEY)
    ),
    Attack(
        "edit as if redacted", "a grant is twice as high, in an entry that tells its own leaf", ROWS,
        edit_as_if_redacted, (DOCTOR, GATE, VERIFY), (DOCTOR, GATE, VERIFY, COPY),
    ),
    *ON_FILES,
    *UNNOTICED,
)  # fmt: skip
