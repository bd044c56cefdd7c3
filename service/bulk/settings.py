"""The settings of batches."""

from dataclasses import dataclass

from service.configuring import setting


@dataclass(frozen=True, slots=True)
class Bulk:
    """How much one batch may bring, and how many of them one process takes at a time."""

    lines: int = setting(100_000, "Lines of one batch.", least=1, most=1_000_000)
    megabytes: int = setting(64, "Size of one batch.", least=1, most=1_024)
    seconds: int = setting(600, "How long one batch may take.", least=1, most=3_600)
    at_once: int = setting(2, "Batches that one process takes at a time; each holds a thread.", least=1, most=64)
