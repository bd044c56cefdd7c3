"""Parsing beside writing: a second process reads the file while this one decides and appends."""

import gc
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Final

from service.registry.parsing import Batch, Source, batches
from vouchers.refusals import Refused, Unavailable

WORTH_IT: Final = 1_000_000  # bytes; a smaller file is read before a process has started


class ReaderLost(Unavailable):
    """The process that read the file ended early; what was written stays, and the import can be run again."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """A long run without the search for reference cycles: rows and events have none, and searching is a quarter."""
    before = gc.get_threshold()
    gc.set_threshold(1_000_000, before[1], before[2])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def feed(source: Source) -> Iterator[Batch]:
    """The batches of a file, parsed by a process of its own where that is worth it."""
    if source.path.stat().st_size < WORTH_IT or (os.cpu_count() or 1) < 2:  # noqa: PLR2004 - one for each side.
        yield from batches(source)
        return
    # The pipe holds less than a batch, so that the reader is at most one batch ahead.
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    reader = context.Process(target=_read, args=(source, sending), daemon=True)
    reader.start()
    sending.close()
    try:
        while (item := _receive(receiving)) is not None:
            yield item
    finally:
        receiving.close()
        reader.join()


def _receive(receiving: Connection) -> Batch | None:
    try:
        item = receiving.recv()
    except EOFError as error:
        raise ReaderLost(remedy="Run the same command again.") from error
    if isinstance(item, Refused):
        raise item
    assert item is None or isinstance(item, Batch)
    return item


def _read(source: Source, sending: Connection) -> None:
    """What the second process does: send every batch, then nothing or the refusal of the file."""
    # An interruption is the writer's to handle; it closes the pipe, which ends this process too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    last: Refused | None = None
    try:
        with undisturbed():
            for batch in batches(source):
                sending.send(batch)
    except Refused as refused:
        last = refused
    except BrokenPipeError:
        return  # The writer has gone; there is nobody to tell.
    sending.send(last)
