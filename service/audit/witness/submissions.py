"""What a log sends to a witness: the size it was cosigned at, a consistency proof, and its checkpoint."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from vouchers.audit import from_base64, to_base64
from vouchers.audit.encoding import from_decimal
from vouchers.audit.notes import LARGEST_NOTE
from vouchers.merkle import HASH_SIZE
from vouchers.refusals import Malformed

LONGEST_PROOF: Final = 63  # lines: the way to the root of the largest tree
LARGEST: Final = LARGEST_NOTE + 4_096  # bytes of a body
_OLD: Final = "old "


class SubmissionMalformed(Malformed):
    """A submission is a line with the old size, the lines of a consistency proof, an empty line, and a checkpoint."""

    remedy = "Send it as C2SP tlog-witness writes it, each line with a newline at its end."


class Submission(NamedTuple):
    """A checkpoint as a note, not looked at yet, and the proof that leads to it from an older size."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    @property
    def content(self) -> bytes:
        """The body of a request."""
        head = [f"{_OLD}{self.old}", *map(to_base64, self.proof), "", ""]
        return "\n".join(head).encode() + self.note


def parse_submission(body: bytes) -> Submission:
    """The submission of a request's body; raises SubmissionMalformed."""
    if len(body) > LARGEST:
        raise SubmissionMalformed(f"A submission has at most {LARGEST:,} bytes, and this one has {len(body):,}.")
    head, blank, note = body.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        if not blank or not first.startswith(_OLD):
            raise SubmissionMalformed
        proof = _proof(lines)
        return Submission(from_decimal(first.removeprefix(_OLD)), proof, note)
    except (ValueError, IndexError) as fault:
        raise SubmissionMalformed(f"The submission cannot be read: {fault}.") from fault


def _proof(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > LONGEST_PROOF:
        raise SubmissionMalformed(f"A proof has at most {LONGEST_PROOF} lines, and this one has {len(lines)}.")
    proof = tuple([from_base64(line) for line in lines])
    if any(len(each) != HASH_SIZE for each in proof):
        raise SubmissionMalformed(f"Every line of a proof is {HASH_SIZE} bytes in base64.")
    return proof
