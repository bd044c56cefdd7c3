"""Salted commitments in the form of RFC 9901 disclosures: base64url of ["<salt>","<name>",<value>], and its SHA-256."""

import base64
import hashlib
import json
import secrets
from typing import Any, Final, NamedTuple

from vouchers.refusals import Malformed

SALT_BYTES: Final = 16  # 128 bits, as section 9.3 of RFC 9901 asks for
LONGEST: Final = 65_535


class DisclosureMalformed(Malformed):
    """This is no disclosure of RFC 9901: base64url of a list of a salt, a name and a value."""

    remedy = "Copy it whole, as it was handed out."


class Disclosed(NamedTuple):
    """What a disclosure says: its salt, the name of the value, and the value."""

    salt: str
    name: str
    value: Any


def disclosure_of(name: str, value: Any, salt: str = "") -> str:
    """The disclosure of a value under a name, with a fresh salt unless one is given (RFC 9901, section 4.2.1)."""
    parts = [salt or encoded(secrets.token_bytes(SALT_BYTES)), name, value]
    return encoded(json.dumps(parts, ensure_ascii=False).encode())


def digest_of(disclosure: str) -> str:
    """What commits to a disclosure: base64url of the SHA-256 of its characters (RFC 9901, section 4.2.3)."""
    return encoded(hashlib.sha256(disclosure.encode("ascii")).digest())


def disclosed(disclosure: str) -> Disclosed:
    """What a disclosure says, or DisclosureMalformed."""
    if len(disclosure) > LONGEST:
        raise DisclosureMalformed(pointer="/disclosure")
    try:
        parts = json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
        salt, name, value = parts
    except (ValueError, TypeError, RecursionError) as fault:
        raise DisclosureMalformed(pointer="/disclosure") from fault
    if not (isinstance(parts, list) and isinstance(salt, str) and isinstance(name, str)):
        raise DisclosureMalformed(pointer="/disclosure")
    return Disclosed(salt, name, value)


def encoded(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
