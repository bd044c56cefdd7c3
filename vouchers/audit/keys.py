"""Public keys of those who sign notes: C2SP signed-note, "Verifier keys", and tlog-cosignature, "Format"."""

import re
from hashlib import sha256
from typing import Final, NamedTuple

from vouchers.audit.encoding import from_base64, to_base64
from vouchers.refusals import Malformed

ED25519: Final = 0x01  # over the note's text, as logs sign
COSIGNATURE: Final = 0x04  # Ed25519 with a time, as witnesses sign
ML_DSA_44: Final = 0x06  # FIPS 204 with a time: logs and witnesses
PUBLIC_SIZES: Final = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}
LONGEST_NAME: Final = 255  # bytes: an ML-DSA cosignature has one byte for its length
_VKEY: Final = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{1,2000})")


class VkeyMalformed(Malformed):
    """A verifier key is written as NAME+HEX+BASE64, and its parts belong together."""

    remedy = "Copy it again, whole, from the paper on which you were given it."


class Key(NamedTuple):
    """A public key, whose it is, and for which kind of signature it is used."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature line names its key."""
        return key_id(self.name, self.kind, self.public)

    @property
    def vkey(self) -> str:
        """The key in one line, as trust files have it."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """SHA-256(name, newline, kind, public key), its first four bytes."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def is_name(name: str) -> bool:
    """Whether a key may have this name: not empty, without spaces, plus signs, control characters or bad UTF-8."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return False
    return 0 < size <= LONGEST_NAME and not any(each.isspace() or each == "+" or each < " " for each in name)


def parse_vkey(text: str) -> Key:
    """The key of a line; raises VkeyMalformed."""
    parts = _VKEY.fullmatch(text)
    if not parts or not is_name(parts[1]):
        raise VkeyMalformed
    try:
        kind, public = (material := from_base64(parts[3]))[0], material[1:]
    except (ValueError, IndexError) as fault:
        raise VkeyMalformed from fault
    if len(public) != PUBLIC_SIZES.get(kind, -1):
        known = "Ed25519 (1), Ed25519 cosignature (4), ML-DSA-44 (6)"
        raise VkeyMalformed(f"The key of {parts[1]} is none of the kinds known here: {known}.")
    key = Key(parts[1], kind, public)
    if key.key_id.hex() != parts[2]:
        raise VkeyMalformed(f"The key of {key.name} does not have the identifier {parts[2]}: a character is wrong.")
    return key
