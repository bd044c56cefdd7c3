"""What may be recorded of the log's anchor next."""

from collections.abc import Mapping
from typing import Final

from vouchers.anchor import events as anchor
from vouchers.anchor.state import Anchor
from vouchers.refusals import Conflict, Malformed
from vouchers.values import Value

KEY: Final = "log"


class NobodyVouched(Malformed):
    """An anchor needs a cosignature of a witness or a token of a time stamping authority."""

    remedy = "Record what at least one outsider said."


class TokenIncomplete(Malformed):
    """A time stamp is recorded with the digest of its token and the time that it states, or not at all."""

    remedy = "Give both or neither."


class AnchorBehind(Conflict):
    """Outsiders have vouched for a longer log already; a shorter one is no news, or somebody rolled the log back."""

    remedy = "Ask the witness for its view: vouchers audit anchor compare."


class AnchorContradicted(Conflict):
    """Outsiders have vouched for another root of as many entries: one log cannot have both."""

    remedy = "Stop writing, keep both notes, and tell the audit office: this log, or its anchor, is not the real one."


class RecordAnchor(Value):
    """Record that outsiders vouched for the log's first entries: what they signed, by its digest, and when."""

    origin: str
    size: int
    root_hash: str
    note_sha256: str
    cosignature_times: Mapping[str, str]
    tsr_sha256: str = ""
    tsr_at: str = ""


def record(state: Anchor, command: RecordAnchor) -> list[anchor.Event]:
    """Record an anchor; the same one again changes nothing, and an anchor never goes back."""
    if not command.cosignature_times and not command.tsr_sha256:
        raise NobodyVouched(pointer="/cosignature_times")
    if bool(command.tsr_sha256) != bool(command.tsr_at):
        raise TokenIncomplete(pointer="/tsr_at")
    same_log = state.origin == command.origin
    if same_log and command.size < state.size:
        raise AnchorBehind(pointer="/size", size=state.size)
    if same_log and command.size == state.size and command.root_hash != state.root_hash:
        raise AnchorContradicted(pointer="/root_hash", size=state.size)
    event = anchor.AnchorRecorded(
        command.origin,
        command.size,
        command.root_hash,
        command.note_sha256,
        command.cosignature_times,
        command.tsr_sha256,
        command.tsr_at,
    )
    same = (state.origin, state.note_sha256, state.tsr_sha256) == (event.origin, event.note_sha256, event.tsr_sha256)
    return [] if same else [event]
