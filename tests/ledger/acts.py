"""Small commands that the tests of the ledger give to it, and ways to give them."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from vouchers.budget import decisions as budgets
from vouchers.budget.decisions import Appropriate
from vouchers.enterprise import events as enterprise
from vouchers.kinds import BUDGET, ENTERPRISE, VOUCHER
from vouchers.ledger import Committed, Ledger, Meta, Unit
from vouchers.refusals import Refused
from vouchers.voucher import decisions as vouchers
from vouchers.voucher import events as voucher

META = Meta("officer:li", "officer", "2026-01-02", "2026-01-02T08:00:00Z")
POOL = "P/2026/all"
FIRM = "91310115MA1TE5T0X3"
START = datetime(2026, 1, 2, 8, tzinfo=UTC)
PATIENCE = 10  # Seconds before a test stops waiting for another thread.

Work = Callable[[Unit], Any]


@dataclass
class Clock:
    """A clock that moves one microsecond at each look, and as the test says."""

    now: datetime = START
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> str:
        with self._lock:
            self.now += timedelta(microseconds=1)
            return self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class TooMuch(Refused):
    """A test refuses this."""


def tiers(key: str, *names: str) -> Work:
    """Change a firm's credit tier, once for each name: the smallest events of a stream that is read whole."""

    events = [enterprise.CreditTierChanged(name, "a test") for name in names]
    return lambda unit: unit.append(ENTERPRISE, key, events).credit_tier


def tier_of(key: str) -> Work:
    """Look at a firm's credit tier, and change nothing."""
    return lambda unit: unit.load(ENTERPRISE, key).credit_tier


def refusing(*before: Work) -> Work:
    """Do some work, and then refuse."""

    def work(unit: Unit) -> None:
        for step in before:
            step(unit)
        raise TooMuch

    return work


def both(*steps: Work) -> Work:
    """Do several things as one unit."""
    return lambda unit: [step(unit) for step in steps]


def appropriate(amount: int) -> Work:
    """Put money into the test's budget."""
    command = Appropriate("P", "2026", "all", amount, "act 1")
    return lambda unit: unit.append(BUDGET, POOL, budgets.appropriate(unit.load(BUDGET, POOL), command, "CNY"))


def commit(order_id: str, amount: int) -> Work:
    """Commit money of the test's budget, or be refused."""
    return lambda unit: unit.append(
        BUDGET, POOL, budgets.commit(unit.load(BUDGET, POOL), order_id=order_id, amount=amount)
    )


def issue(key: str, face: int) -> Work:
    """Issue a voucher of the test's firm."""
    terms = voucher.Issued("P", "2026", FIRM, "k", "CNY", face, ("TEST",), META.on, "2026-12-31", "2027-03-31")
    return lambda unit: unit.append(VOUCHER, key, vouchers.issue(unit.load(VOUCHER, key), terms))


def reserve(key: str, order_id: str, amount: int) -> Work:
    """Reserve value of a voucher, or be refused."""

    def work(unit: Unit) -> int:
        events = vouchers.reserve(
            unit.load(VOUCHER, key), order_id=order_id, enterprise_id=FIRM, category="TEST", amount=amount, on=unit.on
        )
        return unit.append(VOUCHER, key, events).available

    return work


def attempt(ledger: Ledger, work: Work, meta: Meta = META, reads: Iterable[str] = ()) -> Committed[Any] | BaseException:
    """Return what the ledger answered, or what it raised."""
    try:
        return ledger.execute(work, meta, reads)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is the answer.
        return error


@contextmanager
def held(ledger: Ledger) -> Iterator[None]:
    """Keep the writer busy, so that what is asked meanwhile waits for it."""
    busy, gate = threading.Event(), threading.Event()

    def hold(_unit: Unit) -> None:
        busy.set()
        gate.wait(PATIENCE)

    holder = threading.Thread(target=attempt, args=(ledger, hold))
    holder.start()
    assert busy.wait(PATIENCE)
    try:
        yield
    finally:
        gate.set()
        holder.join(PATIENCE)


def together(
    ledger: Ledger, works: Sequence[Work], reads: Sequence[Iterable[str]] = ()
) -> list[Committed[Any] | BaseException]:
    """Return what each work got when the ledger decides all of them, in order, as one group."""
    answers: list[Any] = [None] * len(works)
    wanted = [*reads, *([()] * (len(works) - len(reads)))]

    def one(number: int) -> None:
        answers[number] = attempt(ledger, works[number], reads=wanted[number])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(works))]
    with held(ledger):
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            wait_until(lambda waiting=waiting: ledger._queue.qsize() == waiting)
    for thread in threads:
        thread.join(PATIENCE)
    return answers


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Return what `count` threads got that began at once."""
    barrier = threading.Barrier(count)
    answers: list[Any] = [None] * count

    def one(number: int) -> None:
        barrier.wait(PATIENCE)
        answers[number] = work(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    return answers


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for another thread, but not for ever."""
    patience = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < patience
        time.sleep(0.0002)


def fingerprint(ledger: Ledger) -> tuple[int, bytes]:
    """Return the length of the log and the hash of its last entry."""
    return ledger.size(), ledger.last_hash()
