"""The key of the log changed, or its name with it: recorded in the log with a signed statement, then put in force."""

from service.audit.checkpoints import Signed
from service.audit.gate import LogRewritten, LogRolledBack, check_continues, known_of
from service.audit.outside import View
from service.audit.signing import NoteSignatureInvalid, Verifier
from service.wiring import Service, Who
from vouchers import application
from vouchers.audit import Note, Signature, from_base64, parse_vkey
from vouchers.ledger import Tree
from vouchers.logkey.decisions import reopening, statement
from vouchers.logkey.events import KeyRotated, LogReopened
from vouchers.refusals import Conflict

_KEY_ID = 4  # bytes


class OriginSet(Conflict):
    """The settings name the log, and would contradict it as soon as it has another name."""

    remedy = "Take audit.origin out of the settings, and put the new name there afterwards."


class LogContinues(Conflict):
    """The log continues everything that it signed, and needs no other name."""

    remedy = "Start it. To change only the key: `vouchers audit rotate`. For a copy of an installation: --copy."


def rotate_key(service: Service, occasion: str, who: Who, on: str) -> Signed:
    """Sign with a new key from now on; the checkpoint that it signed first. Its public half goes to all who verify.

    The old key signs what was appended before it goes. Whoever is killed on the way does it again: a key that was
    recorded comes into force, one that was not is forgotten.
    """
    checkpoints = service.checkpoints
    checkpoints.sign_if_grown()
    with checkpoints.rotating() as keys:
        service.execute(application.rotate_key, keys.prepare(occasion), who, on=on)
    signed = checkpoints.sign_if_grown() or checkpoints.latest()
    assert signed is not None  # The event made the log grow.
    return signed


def reopen_log(service: Service, origin: str, who: Who, on: str, *, copy: bool = False) -> Signed:
    """Let a log go on under another name that does not continue what it signed; the checkpoint that it signed first.

    What it had signed last is quoted in the log. Raises OriginSet, and LogContinues where nothing was lost, unless this
    is a copy: it has the key of the original, and must not sign under its name.
    """
    if service.settings.audit.origin:
        raise OriginSet(pointer="/origin")
    checkpoints, tree = service.checkpoints, service.ledger.tree
    lost = [view.checkpoint for view in known_of(service) if copy or not _continues(tree, view)]
    if not lost:
        raise LogContinues(pointer="/origin")
    largest = max(lost, key=lambda checkpoint: checkpoint.size)
    with checkpoints.rotating() as keys:
        command = keys.prepare_reopening(origin, largest, tree.size())
        service.execute(application.reopen_log, command, who, on=on)
    signed = checkpoints.sign_if_grown()
    assert signed is not None  # Nothing was signed under this name before.
    return signed


def _continues(tree: Tree, view: View) -> bool:
    try:
        check_continues(tree, view)
    except (LogRolledBack, LogRewritten):
        return False
    return True


def statement_of(event: KeyRotated | LogReopened) -> Note:
    """The note that was signed: by both keys, of a reopened log by the new one. Raises NoteSignatureInvalid."""
    if isinstance(event, LogReopened):
        facts = event.origin, event.vkey, event.old_origin, event.old_size, event.old_root, event.size
        text, made = reopening(*facts), [(event.vkey, event.signature)]
    else:
        text = statement(event.origin, event.old_vkey, event.new_vkey)
        made = [(event.old_vkey, event.old_signature), (event.new_vkey, event.new_signature)]
    signatures = []
    for vkey, signature in made:
        key, content = parse_vkey(vkey), from_base64(signature)
        signatures.append(Signature(key.name, content[:_KEY_ID], content[_KEY_ID:]))
        if key.name != event.origin:
            raise NoteSignatureInvalid(f"The key {vkey} is not one of {event.origin}.")
        Verifier(key).verify(text, signatures[-1])
    return Note(text, tuple(signatures))
