"""Whose turn it is: one job runs at a time, whichever process of the service asked for it.

The turn is a lock on a file, held by the program of the job as long as that program lives. So nobody has to clean up
after one that was killed, and a job that was begun and whose program is gone is seen to have broken off.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

_FILE: Final = "turn.lock"
_LONGEST: Final = 200


def take(folder: Path) -> int | None:
    """The turn, as a descriptor that programs started with it hold too; nothing where somebody has it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if retake(held):
        os.ftruncate(held, 0)
        return held
    os.close(held)
    return None


def retake(held: int) -> bool:
    """Take a turn that was given back."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def give_back(held: int) -> None:
    """Let somebody else have the turn."""
    fcntl.flock(held, fcntl.LOCK_UN)


def write(held: int, name: str) -> None:
    """Say whose turn it is."""
    os.ftruncate(held, os.pwrite(held, name.encode(), 0))


def whose(folder: Path) -> str:
    """Whose turn it is; nothing where nobody has it, or has not said so yet."""
    try:
        looked = os.open(folder / _FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    try:
        # Shared, so that those who look do not see one another.
        fcntl.flock(looked, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(looked, _LONGEST, 0).decode()
    finally:
        os.close(looked)
    return ""
