"""Who signs notes and who checks them: Ed25519 (RFC 8032) of logs and cosigners, ML-DSA-44 (FIPS 204) of cosigners."""

from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from vouchers.audit import ED25519, ML_DSA_44, Key, Signature, cosigned_message, cosigned_text, parse_checkpoint
from vouchers.audit.encoding import LARGEST
from vouchers.audit.keys import is_name, parse_vkey
from vouchers.refusals import Malformed, Refused, Unavailable

Private = Ed25519PrivateKey | MLDSA44PrivateKey
_TIME: Final = 8  # bytes of the time before a cosignature
_BEGIN: Final = "-----BEGIN PRIVATE KEY-----"


class NoteSignatureInvalid(Refused):
    """A signature below the note is not by the key that it names, or the note was changed afterwards."""

    remedy = "Do not rely on the note; ask for it again where it was published, and keep this one as evidence."


class KeyNameMalformed(Malformed):
    """The name of a key has no spaces and no plus sign, and at most 255 bytes."""

    remedy = "Name it as a web address without https://, such as vouchers.example.gov/log/2026."


class SigningKeyBroken(Unavailable):
    """The file of a signing key cannot be read."""

    remedy = "Restore it from a copy; nothing can be signed without it."


class Signer:
    """A private key with its name, and the kind of signature that it is used for."""

    def __init__(self, name: str, kind: int, private: Private) -> None:
        """Hold a key; `new` makes one and `parse` reads one."""
        if not is_name(name):
            raise KeyNameMalformed(pointer="/name")
        self._private = private
        self.key = Key(name, kind, private.public_key().public_bytes_raw())

    @classmethod
    def new(cls, name: str, kind: int = ED25519) -> Self:
        """A fresh key."""
        made = MLDSA44PrivateKey.generate() if kind == ML_DSA_44 else Ed25519PrivateKey.generate()
        return cls(name, kind, made)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that `text` wrote; raises SigningKeyBroken."""
        vkey, _, pem = text.partition("\n")
        try:
            key = parse_vkey(vkey)
            private = load_pem_private_key(pem.encode(), None)
        except (Malformed, ValueError, TypeError) as fault:
            raise SigningKeyBroken(f"The file of a signing key cannot be read: {fault}.") from fault
        kind = MLDSA44PrivateKey if key.kind == ML_DSA_44 else Ed25519PrivateKey
        if not isinstance(private, kind) or (signer := cls(key.name, key.kind, private)).key != key:
            raise SigningKeyBroken("The file of a signing key names one key and holds another.")
        return signer

    @property
    def vkey(self) -> str:
        """The public half in one line, for trust files."""
        return self.key.vkey

    @property
    def text(self) -> str:
        """The key as its file has it: the public half, then PKCS #8 in PEM, which openssl reads too."""
        return f"{self.vkey}\n{self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()}"

    def sign(self, text: str, time: int = 0) -> Signature:
        """A signature below a note of this text; a cosigner's holds for a checkpoint and has a time in seconds."""
        made = self._private.sign(_message(self.key, text, time))
        return Signature(self.key.name, self.key.key_id, _stamp(self.key, time) + made)


class Verifier:
    """A public key that checks signatures below notes."""

    def __init__(self, key: Key) -> None:
        """Hold a key that a trust file named."""
        self.key = key
        kind = MLDSA44PublicKey if key.kind == ML_DSA_44 else Ed25519PublicKey
        self._public: MLDSA44PublicKey | Ed25519PublicKey = kind.from_public_bytes(key.public)

    def made(self, signature: Signature) -> bool:
        """Whether a signature says that it is this key's."""
        return (signature.name, signature.key_id) == (self.key.name, self.key.key_id)

    def verify(self, text: str, signature: Signature) -> int:
        """The time that a signature states, 0 for a log's own; raises NoteSignatureInvalid."""
        content, time = signature.content, 0
        if self.key.kind != ED25519:
            time, content = int.from_bytes(content[:_TIME], "big"), content[_TIME:]
        if time > LARGEST or not self.made(signature) or not self._fits(text, time, content):
            raise NoteSignatureInvalid(f"The signature of {signature.name} does not fit the note.")
        return time

    def _fits(self, text: str, time: int, content: bytes) -> bool:
        try:
            self._public.verify(content, _message(self.key, text, time))
        except InvalidSignature:
            return False
        return True


def _message(key: Key, text: str, time: int) -> bytes:
    """What a key of this kind signs."""
    if key.kind == ED25519:
        return text.encode()
    checkpoint = parse_checkpoint(text)
    if key.kind == ML_DSA_44:
        return cosigned_message(key.name, time, checkpoint)
    return cosigned_text(text, time)


def _stamp(key: Key, time: int) -> bytes:
    return b"" if key.kind == ED25519 else time.to_bytes(_TIME, "big")
