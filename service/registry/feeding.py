"""Parsing beside writing: a second process reads the file while this one decides and appends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Final

from service.collecting import undisturbed
from service.registry.parsing import Batch, Source, batches
from vouchers.refusals import Refused, Unavailable

WORTH_IT: Final = 1_000_000  # bytes; a smaller file is read before a process has started


class ReaderLost(Unavailable):
    """The process that read the file ended early; what was written stays, and the import can be run again."""


def feed(source: Source) -> Iterator[Batch]:
    """The batches of a file, parsed by a process of its own where that is worth it."""
    if source.path.stat().st_size < WORTH_IT or (os.cpu_count() or 1) < 2:  # noqa: PLR2004 - one for each side.
        yield from batches(source)
        return
    # The pipe holds less than a batch, so that the reader is at most one batch ahead.
    ours, theirs = Pipe()
    with theirs:
        reader = _begin_reader(theirs)
    try:
        ours.send(source)
        while (item := _receive(ours)) is not None:
            yield item
    finally:
        ours.close()
        reader.wait()


def _begin_reader(pipe: Connection) -> "subprocess.Popen[bytes]":
    """A process that imports what reading needs and nothing of the program that began it, which is half the memory."""
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-m", "service.registry.feeding", str(pipe.fileno())]
    return subprocess.Popen(  # noqa: S603 - ourselves.
        command, pass_fds=[pipe.fileno()], stdin=subprocess.DEVNULL, env=os.environ | path
    )


def _receive(receiving: Connection) -> Batch | None:
    try:
        item = receiving.recv()
    except (EOFError, ConnectionError) as error:
        raise ReaderLost(remedy="Run the same command again.") from error
    if isinstance(item, Refused):
        raise item
    assert item is None or isinstance(item, Batch)
    return item


def _read(pipe: Connection) -> None:
    """What the second process does: send every batch, then nothing or the refusal of the file."""
    last: Refused | None = None
    try:
        source = pipe.recv()
        with undisturbed():
            for batch in batches(source):
                pipe.send(batch)
    except Refused as refused:
        last = refused
    except (EOFError, ConnectionError):
        return  # The writer has gone; there is nobody to tell.
    pipe.send(last)


if __name__ == "__main__":
    # An interruption is the writer's to handle; it closes the pipe, which ends this process too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _read(Connection(int(sys.argv[1])))
