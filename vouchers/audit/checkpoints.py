"""Checkpoints: what a log says of its size and root (C2SP tlog-checkpoint), and what cosigners sign of them
(tlog-cosignature).
"""

from typing import Final, NamedTuple

from vouchers.audit.encoding import from_base64, from_decimal, to_base64
from vouchers.refusals import Malformed

ROOT_SIZE: Final = 32
_LINES: Final = 3
_LABEL: Final = b"subtree/v1\n\0"
_TIME: Final = 8  # bytes


class CheckpointMalformed(Malformed):
    """A checkpoint is three lines: the origin of the log, its size, its root in base64."""

    remedy = "Take the note as the log published it."


class Checkpoint(NamedTuple):
    """The size and root of the log with this origin; extension lines are kept, and nothing here rests on them."""

    origin: str
    size: int
    root: bytes
    extension: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        head = checkpoint_text(self.origin, self.size, self.root)
        return head + "".join(f"{line}\n" for line in self.extension)


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The three lines of a checkpoint."""
    return f"{origin}\n{size}\n{to_base64(root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's text says; raises CheckpointMalformed."""
    lines = text.split("\n")
    if lines.pop() or len(lines) < _LINES or not all(lines):
        raise CheckpointMalformed
    try:
        size, root = from_decimal(lines[1]), from_base64(lines[2])
    except ValueError as fault:
        raise CheckpointMalformed(f"The size or the root cannot be read: {fault}.") from fault
    if len(root) != ROOT_SIZE:
        raise CheckpointMalformed(f"A root has {ROOT_SIZE} bytes, and this one has {len(root)}.")
    return Checkpoint(lines[0], size, root, tuple(lines[_LINES:]))


def cosigned_text(text: str, time: int) -> bytes:
    """What an Ed25519 cosigner signs: the whole text, extension lines too, and the time in seconds."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosigned_message(name: str, time: int, checkpoint: Checkpoint) -> bytes:
    """What an ML-DSA-44 cosigner signs: its own name, the time, the origin, and the tree from leaf 0 to its size.

    Raises CheckpointMalformed for an origin that this message has no room for.
    """
    return b"".join(
        (
            _LABEL,
            _short(name.encode()),
            time.to_bytes(_TIME, "big"),
            _short(checkpoint.origin.encode()),
            (0).to_bytes(_TIME, "big"),
            checkpoint.size.to_bytes(_TIME, "big"),
            checkpoint.root,
        )
    )


def _short(content: bytes) -> bytes:
    if not 0 < len(content) < 1 << 8:
        raise CheckpointMalformed("An ML-DSA cosignature has room for an origin of at most 255 bytes.")
    return bytes([len(content)]) + content
