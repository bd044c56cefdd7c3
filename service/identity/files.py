"""Secret files of the data folder: changed by one process at a time, and noticed when another changed them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

KEYS: Final = "keys.toml"
ISSUER: Final = "issuer.json"

Mark = tuple[int, int, int]


def mark_of(path: Path) -> Mark | None:
    """What changes whenever a file is replaced; nothing where there is no file."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return state.st_ino, state.st_mtime_ns, state.st_size


def replace(path: Path, text: str) -> None:
    """Write a file for its owner only; whoever reads it meanwhile finds the old one or the new one, whole."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time change a file."""
    gate = path.with_name(f"{path.name}.lock")
    gate.touch(mode=0o600)
    with gate.open("r") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
