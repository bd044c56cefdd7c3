"""README.txt and README.html of a bundle: what it is, what it proves, and the commands that check it."""

from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

_TEXT: Final = Path(__file__).parents[2] / "templates" / "bundle.txt"
_STYLE: Final = "body{font:16px/1.5 sans-serif;max-width:48em;margin:2em auto;padding:0 1em}"
_WHOLE: Final = "pre{white-space:pre-wrap;overflow-wrap:anywhere}"  # digests are read on paper too
_HEAD: Final = f'<meta charset="utf-8"><title>Audit bundle</title><style>{_STYLE}{_WHOLE}</style>'
_INDENTED: Final = "    "


class Facts(NamedTuple):
    """What a reader is told of one bundle."""

    origin: str
    size: int
    root: str
    first_rec: str
    last_rec: str
    purpose: str
    recipient: str
    made_at: str
    formats: str
    verifier: str
    engine: str
    libraries: str
    disclosed: str


def as_text(facts: Facts) -> str:
    """README.txt."""
    return _TEXT.read_text(encoding="utf-8").format(**facts._asdict(), root8=facts.root[:8])


def as_html(facts: Facts) -> str:
    """README.html: the same words on one page, without anything from elsewhere."""
    body = []
    for filled, lines in groupby(as_text(facts).splitlines(), key=bool):
        if filled:
            body.append(_block([escape(line) for line in lines]))
    return f'<!doctype html>\n<html lang="en"><head>{_HEAD}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def _block(lines: list[str]) -> str:
    """A heading, lines to copy, or a paragraph."""
    marks, _, words = lines[0].partition(" ")
    if marks in ("#", "##"):
        return f"<h{len(marks)}>{words}</h{len(marks)}>"
    if lines[0].startswith(_INDENTED):
        return "<pre>" + "\n".join(line.removeprefix(_INDENTED) for line in lines) + "</pre>"
    return "<p>" + "\n".join(lines) + "</p>"
