"""The proof that one entry is in the log, in one file that stands for itself (C2SP tlog-proof)."""

from typing import Final

from vouchers.audit.checkpoints import ROOT_SIZE, Checkpoint, parse_checkpoint
from vouchers.audit.encoding import from_base64, from_decimal, to_base64
from vouchers.audit.notes import LARGEST_NOTE, Note, parse_note
from vouchers.merkle import verify_inclusion
from vouchers.refusals import Malformed
from vouchers.values import Value

HEAD: Final = "c2sp.org/tlog-proof@v1"
LARGEST_PROOF: Final = 2 * LARGEST_NOTE  # bytes
_LONGEST_PATH: Final = 63  # hashes: the way to the root of the largest tree


class TlogProofMalformed(Malformed):
    """This is no proof that an entry is in a log."""

    remedy = "Take the .tlog-proof file as the service gave it."


class TlogProof(Value):
    """Which entry, the way from its leaf to the root, and the checkpoint with that root; extra is not authenticated."""

    index: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return parse_checkpoint(self.note.text)

    @property
    def content(self) -> bytes:
        """The proof as a file."""
        extra = [] if self.extra is None else [f"extra {to_base64(self.extra)}"]
        lines = [HEAD, *extra, f"index {self.index}", *map(to_base64, self.path), "", ""]
        return "\n".join(lines).encode() + self.note.content

    def check(self, leaf: bytes) -> None:
        """Check that this leaf is under the checkpoint's root, whoever signed that; raises ProofRefused."""
        checkpoint = self.checkpoint
        verify_inclusion(self.index, checkpoint.size, leaf, self.path, checkpoint.root)


def parse_proof(content: bytes) -> TlogProof:
    """The proof of a file; nothing is verified. Raises TlogProofMalformed, NoteMalformed, CheckpointMalformed."""
    if len(content) > LARGEST_PROOF:
        raise TlogProofMalformed(f"A proof has at most {LARGEST_PROOF:,} bytes.")
    head, blank, note = content.partition(b"\n\n")
    try:
        lines = head.decode().split("\n")
        if not blank or lines.pop(0) != HEAD:
            raise TlogProofMalformed(f"A proof begins with the line {HEAD}, and a checkpoint follows an empty line.")
        extra = from_base64(lines.pop(0)[len("extra ") :]) if lines[0].startswith("extra ") else None
        word, _, index = lines.pop(0).partition(" ")
        path = tuple([from_base64(line) for line in lines])
        place = from_decimal(index) if word == "index" else -1
    except (ValueError, IndexError) as fault:
        raise TlogProofMalformed from fault
    if place < 0 or len(path) > _LONGEST_PATH or any(len(each) != ROOT_SIZE for each in path):
        raise TlogProofMalformed
    proof = TlogProof(place, path, parse_note(note), extra)
    parse_checkpoint(proof.note.text)
    return proof
