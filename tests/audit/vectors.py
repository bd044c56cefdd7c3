"""Public vectors beside the repository, and what is read of them; where the folder is absent, tests are skipped."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "vectors"
LOG = FOLDER / "tessera-log" / "testdata" / "log"


def read(path: str) -> Any:
    """The JSON of a vector file."""
    return json.loads(there(path).read_text(encoding="utf-8"))


def there(path: str) -> Path:
    """A file of the vectors."""
    if not FOLDER.is_dir():
        pytest.skip("the public vectors are not beside the repository")
    return FOLDER / path


def bits(content: bytes):
    """Every copy of some bytes in which one bit is another."""
    for place in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[place] ^= 1 << bit
            yield bytes(changed)
