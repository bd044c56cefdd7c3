"""What a contest is, and how threads try its turns at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import NamedTuple

from tests.town import Town
from vouchers.refusals import Ineligible, Refused

CLERKS, TRIES = 4, 40


class Contest(NamedTuple):
    """What is prepared, what each turn tries, how many turns pass, what the others are told, and what holds then."""

    prepare: Callable[[Town], None]
    act: Callable[[Town, int], object]
    check: Callable[[Town], None]
    passes: int
    tries: int = TRIES
    told: str = ""


def turns(town: Town, contest: Contest, numbers: range) -> Counter[str]:
    """Let threads try these turns at once; how many passed, and what the others were told."""
    clerks = min(CLERKS, len(numbers))
    start = Barrier(clerks)

    def clerk(first: int) -> Counter[str]:
        seen: Counter[str] = Counter()
        start.wait(timeout=30)
        for turn in numbers[first::clerks]:
            try:
                contest.act(town, turn)
                seen["passed"] += 1
            except Refused as refusal:
                causes = refusal.causes if isinstance(refusal, Ineligible) else (refusal,)
                seen[" ".join(cause.code for cause in causes)] += 1
        return seen

    with ThreadPoolExecutor(clerks) as pool:
        return sum(pool.map(clerk, range(clerks), timeout=120), Counter())
