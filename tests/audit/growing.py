"""A log of as many entries as a test wants; what is in them is of no matter to the tree."""

from collections.abc import Iterator
from contextlib import contextmanager

from service import clock
from vouchers.ledger import Ledger, open_recorder
from vouchers.ledger.recorder import LogRecorder, Row


class Grown(Ledger):
    """A ledger whose recorder a test may write to."""

    def __init__(self, recorder: LogRecorder) -> None:
        """Keep the recorder at hand."""
        super().__init__(recorder, clock.now)
        self.recorder = recorder


@contextmanager
def a_log(size: int, url: str = "memory:", word: str = "entry") -> Iterator[Grown]:
    """A log of so many entries."""
    with Grown(open_recorder(url)) as ledger:
        grow(ledger, size, word)
        yield ledger


def grow(ledger: Grown, more: int, word: str = "entry") -> None:
    """Append so many entries."""
    start = ledger.size()
    with ledger.recorder.write() as transaction:
        transaction.insert(
            [
                Row(f"{word}/{seq}", 1, "any.Thing", b'{"%b":%d}' % (word.encode(), seq))
                for seq in range(start, start + more)
            ]
        )
