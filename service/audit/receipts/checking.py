"""A receipt checked offline: the trust file says whose signatures count, everything else is computed."""

from collections.abc import Mapping
from typing import NamedTuple

from service.audit.receipts.forms import Receipt
from service.audit.receipts.telling import NotADecision, statement_of
from service.audit.trust import check_note
from vouchers import wire
from vouchers.audit import Checkpoint, TrustPolicy
from vouchers.merkle import ProofRefused, leaf_hash, verify_inclusion
from vouchers.refusals import Refused


class ReceiptNotTrue(Refused):
    """The receipt says something else than the entries of the log that it proves."""

    remedy = "Rely on the entries, and ask whoever gave you the receipt who changed it."


class Confirmed(NamedTuple):
    """What a checked receipt rests on: the checkpoint, the log that signed it, and when each witness did."""

    checkpoint: Checkpoint
    log: str
    times: Mapping[str, int]
    entries: int


def check_receipt(receipt: Receipt, policy: TrustPolicy) -> Confirmed:
    """Check a receipt against a trust file.

    Raises NoteSignatureInvalid, LogNotTrusted, QuorumMissing, ProofRefused, ReceiptNotTrue.
    """
    checked = check_note(receipt.proof.note, policy)
    checkpoint, first = checked.checkpoint, receipt.entries[0]
    if (receipt.proof.index, receipt.proof.path) != (first.seq, first.path):
        raise ReceiptNotTrue("The proof is of another entry than the decision.", pointer="/proof")
    for place, each in enumerate(receipt.entries):
        try:
            verify_inclusion(each.seq, checkpoint.size, leaf_hash(each.entry), each.path, checkpoint.root)
        except ProofRefused as refused:
            refused.pointer = f"/entries/{place}"
            raise
    _check_words(receipt)
    return Confirmed(checkpoint, checked.log.name, checked.times, len(receipt.entries))


def _check_words(receipt: Receipt) -> None:
    """Every number and word of the decision is made again from the entries that were just proven."""
    try:
        places = [wire.place_of(each.entry).seq for each in receipt.entries]
        stated = statement_of([each.entry for each in receipt.entries])
    except (NotADecision, wire.NotCanonical, wire.UnknownEvent) as fault:
        raise ReceiptNotTrue(f"Its entries cannot be read: {fault}.", pointer="/entries") from fault
    if places != [each.seq for each in receipt.entries]:
        raise ReceiptNotTrue("An entry has another number than its proof.", pointer="/entries")
    for name in stated.keys() | receipt.decision.keys():
        if stated.get(name) != receipt.decision.get(name):
            raise ReceiptNotTrue(f"It says something else of {name} than its entries.", pointer=f"/decision/{name}")
