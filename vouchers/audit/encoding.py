"""Base64 (RFC 4648 section 4) and decimal numbers with one spelling for each value: a flipped bit never goes unseen."""

from base64 import b64decode, b64encode
from binascii import Error
from typing import Final

LARGEST: Final = 2**63 - 1
_DIGITS: Final = 19  # of the largest number


def to_base64(content: bytes) -> str:
    """Bytes as text, padded."""
    return b64encode(content).decode()


def from_base64(text: str) -> bytes:
    """The bytes of a text; raises ValueError for any other spelling of them than `to_base64` gives."""
    try:
        content = b64decode(text, validate=True)
    except Error as fault:
        raise ValueError(str(fault)) from fault
    if to_base64(content) != text:
        raise ValueError("this is not the canonical spelling")
    return content


def from_decimal(text: str) -> int:
    """A whole number up to 2^63-1 without sign, spaces or leading zeros; raises ValueError for anything else."""
    if not (text.isascii() and text.isdecimal()) or len(text) > _DIGITS or (text[0] == "0" and text != "0"):
        raise ValueError("this is no decimal number")
    number = int(text)
    if number > LARGEST:
        raise ValueError("this number is too large")
    return number
