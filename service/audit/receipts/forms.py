"""The receipt as a file: entries of the log in their exact bytes, their proofs, and what they say in plain words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vouchers.audit import TlogProof, from_base64, parse_proof, to_base64
from vouchers.refusals import Malformed
from vouchers.wire import MAX_ENTRY

FORMAT: Final = "vouchers-receipt/1"
LARGEST: Final = 8 * 1024 * 1024  # bytes
MOST_ENTRIES: Final = 1_000
_LONGEST_PATH: Final = 63
_MEMBERS: Final = {"format", "decision", "entries", "proof"}


class ReceiptMalformed(Malformed):
    """This is no receipt of a decision."""

    remedy = "Take the file as the service gave it."


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry of the log in its exact bytes, and the way from its leaf to the root."""

    seq: int
    entry: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A decision: its entry first, those it caused and those its balances are made of, and the proof of the first.

    `decision` is what the entries say, for a reader; whoever checks a receipt makes it again from them.
    """

    decision: Mapping[str, Any]
    entries: tuple[Proven, ...]
    proof: TlogProof

    @property
    def document(self) -> dict[str, Any]:
        """The receipt as plain JSON values."""
        entries = [
            {"seq": each.seq, "entry": each.entry.decode(), "path": [*map(to_base64, each.path)]}
            for each in self.entries
        ]
        proof = self.proof.content.decode()
        return {"format": FORMAT, "decision": dict(self.decision), "entries": entries, "proof": proof}

    @property
    def content(self) -> bytes:
        """The receipt as a file."""
        return json.dumps(self.document, ensure_ascii=False, indent=1).encode() + b"\n"


def parse_receipt(content: bytes) -> Receipt:
    """The receipt of a file; nothing is verified. Raises ReceiptMalformed, TlogProofMalformed, NoteMalformed."""
    if len(content) > LARGEST:
        raise ReceiptMalformed(f"A receipt has at most {LARGEST:,} bytes.")
    try:
        found = json.loads(content, object_pairs_hook=_unique)
        if not isinstance(found, dict) or found.keys() != _MEMBERS or found["format"] != FORMAT:
            raise ReceiptMalformed(f"A receipt has the members {', '.join(sorted(_MEMBERS))}; its format is {FORMAT}.")
        entries = tuple([_proven(each) for each in found["entries"]])
        proof, decision = parse_proof(found["proof"].encode()), found["decision"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
        raise ReceiptMalformed from fault
    if not 1 <= len(entries) <= MOST_ENTRIES or not isinstance(decision, dict):
        raise ReceiptMalformed(f"A receipt has 1 to {MOST_ENTRIES:,} entries, and says what was decided.")
    return Receipt(decision, entries, proof)


def _proven(given: Mapping[str, Any]) -> Proven:
    seq, entry, path = given["seq"], given["entry"].encode(), tuple([from_base64(each) for each in given["path"]])
    fitting = type(seq) is int and seq >= 0 and len(path) <= _LONGEST_PATH and len(entry) <= MAX_ENTRY
    if not fitting or given.keys() != {"seq", "entry", "path"}:
        raise ReceiptMalformed("An entry of a receipt has a number, its bytes and its way to the root.")
    return Proven(seq, entry, path)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ReceiptMalformed("A member of the receipt is there twice.")
    return found
