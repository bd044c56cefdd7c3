"""A process that races others for the last yuan of one budget and one voucher: python racer.py ADDRESS NAME AMOUNT."""

import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime

from tests.ledger.acts import META, attempt, both, commit, in_threads, reserve, tiers, wait_until
from vouchers.ledger import Committed, Ledger, open_recorder

RACERS, THREADS, TRIES = 2, 4, 60


def race(address: str, name: str, amount: int) -> Counter[str]:
    """Return how often each answer was given, and what a client saw that it should not."""
    with Ledger(open_recorder(address), lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")) as ledger:

        def client(number: int) -> Counter[str]:
            seen: Counter[str] = Counter()
            for turn in range(TRIES):
                order_id = f"O-{name}-{number}-{turn}"
                answer = attempt(ledger, both(commit(order_id, amount), reserve("V-1", order_id, amount)))
                time.sleep(0.005)  # Or the process that comes first might be done before the other begins.
                seen["accepted" if isinstance(answer, Committed) else type(answer).__name__] += 1
            return seen

        ledger.execute(tiers(name, "A"), META)
        wait_until(lambda: len(ledger.names("enterprise/")) == RACERS)
        return sum(in_threads(THREADS, client), Counter())


if __name__ == "__main__":
    print(json.dumps(race(sys.argv[1], sys.argv[2], int(sys.argv[3]))), flush=True)
