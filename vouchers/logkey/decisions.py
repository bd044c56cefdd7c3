"""What may happen to the log's key next."""

from base64 import b64decode
from typing import Final

from vouchers.logkey import events as logkey
from vouchers.logkey.state import LogKey
from vouchers.refusals import Conflict, Malformed, Refused
from vouchers.values import Value

OCCASIONS: Final = ("routine", "suspicion")
MOST_KEYS: Final = 100
KEY: Final = "log"  # of the one stream


class KeyNotCurrent(Conflict):
    """The key that is to be replaced is not the one that the log names last."""

    remedy = "Look at the keys again; another change may have come first."


class KeyUsedBefore(Refused):
    """A key that the log has signed with is never taken again."""

    remedy = "Make a new key."


class LogKeyMalformed(Malformed):
    """A key of the log is named by the log's name and an identifier, and signs with that identifier."""

    remedy = "Let `vouchers audit rotate` state the change."


class OriginUsedBefore(Refused):
    """A log never takes a name again that it has signed under."""

    remedy = "Choose a new name, such as the old one with a number behind it."


class OccasionUnknown(Malformed):
    """A key is changed as a routine, or because of a suspicion that somebody else has it."""

    remedy = f"Say one of: {', '.join(OCCASIONS)}."


class TooManyLogKeys(Refused):
    """A log has had too many keys."""

    remedy = "Begin a new log, and let its first entry name this one."


class RotateKey(Value):
    """Let the log be signed with another key, as this note states."""

    origin: str
    old_vkey: str
    new_vkey: str
    occasion: str
    old_signature: str
    new_signature: str


class ReopenLog(Value):
    """Let the log go on under another name, because it may not sign under this one any more."""

    origin: str
    vkey: str
    old_origin: str
    old_vkey: str
    old_size: int
    old_root: str
    size: int
    signature: str


def statement(origin: str, old_vkey: str, new_vkey: str) -> str:
    """What both keys sign; its second line is no number, so that it can never be read as a checkpoint."""
    return f"{origin}\nvouchers key rotation v1\n{old_vkey}\n{new_vkey}\n"


def rotate(state: LogKey, command: RotateKey) -> list[logkey.Event]:
    """Change the key of a log; the signatures themselves are looked at by whoever verifies."""
    if command.occasion not in OCCASIONS:
        raise OccasionUnknown(pointer="/occasion")
    if state.vkeys and state.current != command.old_vkey:
        raise KeyNotCurrent(pointer="/old_vkey")
    if command.new_vkey in (command.old_vkey, *state.vkeys):
        raise KeyUsedBefore(pointer="/new_vkey")
    if len(state.vkeys) >= MOST_KEYS:
        raise TooManyLogKeys(limit=MOST_KEYS)
    _check(command.origin, command.old_vkey, command.old_signature, "old")
    _check(command.origin, command.new_vkey, command.new_signature, "new")
    parts = command.origin, command.old_vkey, command.new_vkey, command.occasion
    return [logkey.KeyRotated(*parts, command.old_signature, command.new_signature)]


def reopening(origin: str, vkey: str, old_origin: str, old_size: int, old_root: str, size: int) -> str:
    """What the new key signs of a log that goes on under another name; its second line is no number either."""
    return f"{origin}\nvouchers log reopened v1\n{vkey}\n{old_origin}\n{old_size}\n{old_root}\n{size}\n"


def reopen(state: LogKey, command: ReopenLog) -> list[logkey.Event]:
    """Change the name of a log with its key; that it has to be is looked at by whoever asks for it."""
    if command.origin in (command.old_origin, *state.closed):
        raise OriginUsedBefore(pointer="/origin")
    if state.vkeys and state.current != command.old_vkey:
        raise KeyNotCurrent(pointer="/old_vkey")
    if command.vkey in (command.old_vkey, *state.vkeys):
        raise KeyUsedBefore(pointer="/vkey")
    if len(state.vkeys) >= MOST_KEYS:
        raise TooManyLogKeys(limit=MOST_KEYS)
    _check(command.origin, command.vkey, command.signature, "new")
    old = command.old_origin, command.old_vkey, command.old_size, command.old_root
    return [logkey.LogReopened(command.origin, command.vkey, *old, command.size, command.signature)]


def _check(origin: str, vkey: str, signature: str, which: str) -> None:
    """A key is NAME+IDENTIFIER+MATERIAL, and what it signed begins with its identifier."""
    name, _, rest = vkey.partition("+")
    identifier = rest.partition("+")[0]
    try:
        signed = b64decode(signature, validate=True)[: len(identifier) // 2].hex()
    except ValueError as fault:
        raise LogKeyMalformed(pointer=f"/{which}_signature") from fault
    if name != origin:
        raise LogKeyMalformed(pointer=f"/{which}_vkey")
    if not identifier or signed != identifier:
        raise LogKeyMalformed(pointer=f"/{which}_signature")
