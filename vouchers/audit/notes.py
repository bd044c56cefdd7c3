"""Signed notes: a text and the lines of those who signed it (C2SP signed-note, "Format" and "Signatures")."""

from typing import Final, NamedTuple

from vouchers.audit.encoding import from_base64, to_base64
from vouchers.audit.keys import is_name
from vouchers.refusals import Malformed

LARGEST_NOTE: Final = 512 * 1024  # bytes
MOST_SIGNATURES: Final = 64  # 16 have to be accepted
_DASH: Final = "\N{EM DASH} "
_KEY_ID: Final = 4  # bytes


class NoteMalformed(Malformed):
    """This is no signed note."""

    remedy = "Take the file as it was sent: an editor may have changed its line ends or its last line."


class Signature(NamedTuple):
    """One line below a note: whose, the four bytes that name the key, and what the key made."""

    name: str
    key_id: bytes
    content: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note."""
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.content)}\n"


class Note(NamedTuple):
    """A text, which ends in a newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def content(self) -> bytes:
        """The note as a file."""
        return "".join([self.text, "\n", *(each.line for each in self.signatures)]).encode()

    def with_signatures(self, *more: Signature) -> "Note":
        """The note with further signatures; a later one of the same key takes the place of the earlier one."""
        merged = {(each.name, each.key_id): each for each in (*self.signatures, *more)}
        return Note(self.text, tuple(merged.values()))


def parse_note(content: bytes) -> Note:
    """The note of a file; its signatures are not verified. Raises NoteMalformed."""
    if len(content) > LARGEST_NOTE:
        raise NoteMalformed(f"A note has at most {LARGEST_NOTE:,} bytes, and this one has {len(content):,}.")
    try:
        whole = content.decode()
    except UnicodeDecodeError as fault:
        raise NoteMalformed("The note is no UTF-8.") from fault
    if any(each < " " and each != "\n" for each in whole):
        raise NoteMalformed("The note has a control character other than the newline.")
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise NoteMalformed("A note is a text, an empty line and signatures, each with a newline at its end.")
    signed = lines[:-1].split("\n")
    if len(signed) > MOST_SIGNATURES:
        raise NoteMalformed(f"A note has at most {MOST_SIGNATURES} signatures.")
    return Note(f"{text}\n", tuple([_signature(line) for line in signed]))


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not is_name(name):
        raise NoteMalformed("A line below the note is no signature.")
    try:
        made = from_base64(encoded)
    except ValueError as fault:
        raise NoteMalformed(f"The signature of {name} cannot be read: {fault}.") from fault
    if len(made) <= _KEY_ID:
        raise NoteMalformed(f"The signature of {name} is empty.")
    return Signature(name, made[:_KEY_ID], made[_KEY_ID:])
