"""The log's own keys in the data folder: the private one that signs now, and all public ones there have been."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from service.audit.signing import Signer, SigningKeyBroken
from service.identity import files
from vouchers.audit import Checkpoint, Key, Signature, VkeyMalformed, parse_vkey, to_base64
from vouchers.logkey.decisions import ReopenLog, RotateKey, reopening, statement
from vouchers.refusals import Conflict, Unavailable

FOLDER: Final = "audit"
PRIVATE: Final = "log.key"
NEXT: Final = "log.key.next"
PUBLIC: Final = "log.vkeys"  # the oldest first, the last one signs


class LogKeyMissing(Unavailable):
    """The key of the log is not in the data folder, though checkpoints were signed with it."""

    remedy = f"Restore the folder {FOLDER} from a backup; a new key would be another log."


class OriginDiffers(Conflict):
    """The settings name the log otherwise than its checkpoints do, and the name of a log never changes."""

    remedy = "Take the setting audit.origin back, or leave it out."


class LogKeys:
    """The keys of one log; the first is made where nothing was ever signed."""

    def __init__(self, folder: Path, origin: str = "") -> None:
        """Name the folder; nothing is read or made before it is needed."""
        self._folder = folder
        self._origin = origin
        self._known: tuple[files.Mark | None, Signer] | None = None

    @property
    def current(self) -> Signer:
        """The key that signs now; raises LogKeyMissing, SigningKeyBroken, OriginDiffers."""
        path = self._folder / PRIVATE
        mark = files.mark_of(path)
        if mark is None:
            raise LogKeyMissing
        # Another process may have put a new key in its place.
        if self._known is None or self._known[0] != mark:
            self._known = mark, _read(path)
        signer = self._known[1]
        if self._origin and signer.key.name != self._origin:
            raise OriginDiffers(f"The log is {signer.key.name}, and audit.origin says {self._origin}.")
        return signer

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.current.key.name

    @property
    def public(self) -> tuple[Key, ...]:
        """Every key that the log has signed with under its present name, the oldest first."""
        return tuple([key for key in self.all() if key.name == self.origin])

    def all(self) -> tuple[Key, ...]:
        """Every key that the log has signed with, also under names that it had before."""
        try:
            lines = (self._folder / PUBLIC).read_text(encoding="utf-8").splitlines()
            return tuple([parse_vkey(line) for line in lines])
        except (OSError, ValueError, VkeyMalformed) as fault:
            raise SigningKeyBroken(f"{PUBLIC} cannot be read: {fault}.") from fault

    def exist(self) -> bool:
        """Whether the log has a key."""
        return (self._folder / PRIVATE).exists()

    def make(self) -> None:
        """Make the first key; one that is there is left as it is."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with files.locked(self._folder / PRIVATE):
            if self.exist():
                return
            signer = Signer.new(self._origin or f"vouchers.invalid/log-{secrets.token_hex(8)}")
            # The public list comes first: a kill between the two leaves no key that is missing from it.
            files.replace(self._folder / PUBLIC, f"{signer.vkey}\n")
            files.replace(self._folder / PRIVATE, signer.text)

    def prepare(self, occasion: str) -> RotateKey:
        """A new key that does not sign yet, and the command that records it: both keys signed the statement."""
        old = self.current
        fresh = Signer.new(old.key.name)
        files.replace(self._folder / NEXT, fresh.text)
        text = statement(old.key.name, old.vkey, fresh.vkey)
        signed = [_signature(signer.sign(text)) for signer in (old, fresh)]
        return RotateKey(old.key.name, old.vkey, fresh.vkey, occasion, *signed)

    def prepare_reopening(self, origin: str, old: Checkpoint, size: int) -> ReopenLog:
        """A key under another name that does not sign yet, and the command that records it; it signed the statement."""
        before, fresh = _read(self._folder / PRIVATE), Signer.new(origin)
        files.replace(self._folder / NEXT, fresh.text)
        facts = old.origin, old.size, to_base64(old.root)
        signed = _signature(fresh.sign(reopening(origin, fresh.vkey, *facts, size)))
        return ReopenLog(origin, fresh.vkey, old.origin, before.vkey, *facts[1:], size, signed)

    def settle(self, recorded: Callable[[], str], close: Callable[[], object]) -> bool:
        """Put a prepared key in force where the log recorded it; whether the key changed.

        `recorded` tells the key that the log names last; `close` puts aside what was signed under another name. Who
        was killed between recording and this comes here again; a prepared key that was never recorded stays where it
        is, and the next one takes its place.
        """
        prepared = self._folder / NEXT
        if not prepared.exists():
            return False
        with files.locked(self._folder / PRIVATE):
            if not prepared.exists() or (fresh := _read(prepared)).vkey != recorded():
                return False
            if fresh.key.name != _read(self._folder / PRIVATE).key.name:
                close()
            if fresh.key not in self.all():
                lines = [*self.all(), fresh.key]
                files.replace(self._folder / PUBLIC, "".join(f"{key.vkey}\n" for key in lines))
            prepared.replace(self._folder / PRIVATE)
        return True


def _signature(signature: Signature) -> str:
    """What stands behind the name in a signature line."""
    return to_base64(signature.key_id + signature.content)


def _read(path: Path) -> Signer:
    try:
        return Signer.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise SigningKeyBroken(f"{path.name} cannot be read: {fault}.") from fault
