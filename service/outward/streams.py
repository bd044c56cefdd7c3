"""How many streams of events are open in this process, and the end of all of them."""

import threading
from collections import Counter

from service.outward.settings import Feed as Options
from vouchers.refusals import Unavailable


class StreamsTaken(Unavailable):
    """As many streams of events are open as this service keeps."""

    remedy = "Close one, or read the feed in pages with its cursor."


class Streams:
    """The open streams of this process: never so many that nobody else is answered."""

    def __init__(self, options: Options, threads: int) -> None:
        """At most half of the threads that answer requests may be held by streams."""
        self.stopped = threading.Event()
        self._options = options
        self._most = min(options.streams, threads // 2)
        self._gate = threading.Lock()
        self._open: Counter[str] = Counter()

    def take(self, actor: str) -> None:
        """Open a stream for somebody, or refuse it."""
        with self._gate:
            if self.stopped.is_set() or self._open.total() >= self._most:
                raise StreamsTaken(pointer="/headers/accept")
            if self._open[actor] >= self._options.caller_streams:
                raise StreamsTaken("You have as many streams open as one may have.", pointer="/headers/accept")
            self._open[actor] += 1

    def give_back(self, actor: str) -> None:
        """Close a stream of somebody."""
        with self._gate:
            self._open[actor] -= 1

    def stop(self) -> None:
        """End every stream soon, and open no other."""
        self.stopped.set()
