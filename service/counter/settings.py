"""The settings of the counter."""

from dataclasses import dataclass

from service.configuring import setting


@dataclass(frozen=True, slots=True)
class Counter:
    """How long a one-time code is good, and how many wrong ones may be presented before a pause."""

    code_minutes: int = setting(10, "Minutes for which a one-time code is good.", least=1, most=1_440)
    wrong_codes: int = setting(5, "Wrong codes of a provider, or for an order, before a freeze.", least=1, most=100)
    window_minutes: int = setting(60, "Minutes within which wrong codes count together.", least=1, most=1_440)
    freeze_minutes: int = setting(60, "Minutes for which a freeze lasts.", least=1, most=10_080)
