"""What may not stand in a log: firms, keys, tokens and passwords, wherever in a text they come."""

import re
from functools import lru_cache
from typing import Any, Final

from service.configuring import masked

_HIDDEN: Final = (
    # A credit code is told apart from a number of ours by its eight leading places.
    (re.compile(r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])"), "[firm]"),
    (re.compile(r"\b(vk_[0-9a-f]{12})_[0-9a-f]+"), r"\1_[secret]"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=]+"), "[secret]"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*"), "[token]"),
    (re.compile(r"\b((?i:bearer|basic))\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 [secret]"),
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"), "[address]"),
)
# Nearly every text of a line has nothing to hide, and one search tells.
_ANY: Final = re.compile("|".join(["://", "password=", *(pattern.pattern for pattern, _ in _HIDDEN)]))
LONGEST: Final = 2_000  # characters of one text in a line
_SHORT: Final = 40  # characters; routes, roles and ids come again and again, and no secret is as short


@lru_cache(2_048)
def _is_plain(text: str) -> bool:
    return _ANY.search(text) is None


def redacted(value: Any) -> Any:
    """A value without what may not stand in a log; texts within lists and dictionaries too."""
    if isinstance(value, str):
        text = value[:LONGEST]
        if _is_plain(text) if len(text) <= _SHORT else not _ANY.search(text):
            return text
        text = masked(text)
        for pattern, instead in _HIDDEN:
            text = pattern.sub(instead, text)
        return text
    if isinstance(value, dict):
        return {name: redacted(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(each) for each in value]
    return value
