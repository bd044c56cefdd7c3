"""The key of the log changed: recorded in the log with a statement that both keys signed, then put in force."""

from service.audit.checkpoints import Signed
from service.audit.signing import NoteSignatureInvalid, Verifier
from service.wiring import Service, Who
from vouchers import application
from vouchers.audit import Note, Signature, from_base64, parse_vkey
from vouchers.logkey.decisions import statement
from vouchers.logkey.events import KeyRotated

_KEY_ID = 4  # bytes


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


def statement_of(event: KeyRotated) -> Note:
    """The note that both keys signed; raises NoteSignatureInvalid where one of them did not."""
    text = statement(event.origin, event.old_vkey, event.new_vkey)
    signatures = []
    for vkey, signature in ((event.old_vkey, event.old_signature), (event.new_vkey, event.new_signature)):
        key, content = parse_vkey(vkey), from_base64(signature)
        signatures.append(Signature(key.name, content[:_KEY_ID], content[_KEY_ID:]))
        if key.name != event.origin:
            raise NoteSignatureInvalid(f"The key {vkey} is not one of {event.origin}.")
        Verifier(key).verify(text, signatures[-1])
    return Note(text, tuple(signatures))
