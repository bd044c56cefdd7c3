"""What is answered about one decision: its receipt, and its explanation."""

from typing import Any, Final

from schemas.answers import answer, said, several, shown
from schemas.requests import PlainQuery
from schemas.shapes import TEXT, count
from schemas.values import name, told

_SEQ: Final = {**count(), "description": "The number of an entry of the log."}
_HASH: Final = {**TEXT, "pattern": "^[A-Za-z0-9+/]{43}=$", "description": "A SHA-256 in base64."}
_INSTANT: Final = {**TEXT, "description": "An instant in UTC, or empty where nobody outside has vouched for one yet."}


class ReceiptQuery(PlainQuery):
    """The receipt of which decision: of the last one that is meant by the number of a thing."""

    about = name(required=True, **told("An order, claim, voucher, enterprise or provider, by its number or code."))


def _words(description: str) -> Any:
    return said({**TEXT, "description": description})


_DECISION: Final = said(
    {
        "type": "object",
        "description": "What the entries say in plain words: kind, sentence, policy, clauses, facts, reasoning, amount"
        " in minor units, effects, and the balances of vouchers after it.",
    }
)
RECEIPT: Final = answer(
    "Receipt",
    "A decision with its reasons, its entries in their exact bytes, and their proof; checked offline by anybody.",
    "",
    format=_words("The form of the file."),
    decision=_DECISION,
    entries=several(
        answer(
            "ProvenEntry",
            "An entry of the log, and the hashes from its leaf to the root.",
            "",
            seq=said(_SEQ),
            entry=_words("The entry in its exact bytes."),
            path=several(said(_HASH)),
        )
    ),
    proof=_words("The proof of the first entry as a file (C2SP tlog-proof)."),
)
EXPLANATION: Final = shown(
    "Explanation",
    "How a decision came about, between which outside times it was recorded, and how it is proven.",
    "",
    decision=_DECISION,
    not_before=said(_INSTANT),
    not_after=said(_INSTANT),
    fault=_words("What speaks against the recorded time, or nothing."),
    proof=said(
        {
            "type": "object",
            "description": "The first checkpoint that covers it: size (0: none yet), when signed, who cosigned it.",
        }
    ),
    redacted=several(_words("A place at which a text was taken out of the entry.")),
)
