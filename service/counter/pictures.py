"""A text as a QR code: a picture for a screen or for paper, or blocks for a terminal."""

import io
from typing import Final

import segno

_LONGEST: Final = 2_900  # what the largest QR code holds in bytes, with a little room
_SCALE: Final = 4
_BORDER: Final = 4  # the quiet zone that readers need


def picture(text: str, form: str = "svg") -> bytes:
    """The QR code of a text as `svg` or `png`."""
    out = io.BytesIO()
    _made(text).save(out, kind=form, scale=_SCALE, border=_BORDER)
    return out.getvalue()


def data_uri(text: str, form: str = "svg") -> str:
    """The QR code of a text as an address that holds the picture itself."""
    made = _made(text)
    if form == "svg":
        return str(made.svg_data_uri(scale=_SCALE, border=_BORDER))
    return str(made.png_data_uri(scale=_SCALE, border=_BORDER))


def blocks(text: str) -> str:
    """The QR code of a text as lines of a terminal."""
    out = io.StringIO()
    _made(text).terminal(out, compact=True, border=2)
    return out.getvalue()


def _made(text: str) -> segno.QRCode:
    if len(text.encode()) > _LONGEST:
        raise ValueError("the text is longer than a QR code holds")
    return segno.make(text, error="m" if len(text) < 400 else "l", micro=False)  # noqa: PLR2004 - a short text has room
