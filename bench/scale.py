"""What a command costs on a long log and on a long voucher, beside a short log and a short voucher."""

import gc
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import report
from bench.long_log import block, copied, fill
from bench.world import CLIENTS, Client, Holder, found, holders, open_ledger, share, together
from vouchers.ledger import Ledger, open_recorder

SHORT = 10_000


def run(*, quick: bool = False, events: int = 1_000_000) -> bool:
    """Measure in interleaved rounds; tells whether every goal was reached."""
    rounds, orders, events, long = (1, 2, 20_000, 30) if quick else (5, 60, events, 3_300)
    with TemporaryDirectory(prefix="bench-") as folder:
        reached = [
            long_log(Path(folder), rounds, orders, events),
            long_voucher(Path(folder), rounds, orders, long),
        ]
    return all(reached)


def long_log(folder: Path, rounds: int, orders: int, events: int) -> bool:
    """The redeem path with 8 clients on both logs."""
    small = report.Series(f"a log of {SHORT:,} events", [])
    large = report.Series(f"a log of {events:,} events", [])
    template = block()
    people = [copied(holder, 0) for holder in holders(12)]
    with TemporaryDirectory(dir=folder) as place:
        sizes = []
        ledgers = []
        for number, size in enumerate((SHORT, events)):
            url = f"sqlite:{place}/{number}.db"
            recorder = open_recorder(url)
            fill(recorder, template.rows(), size)
            recorder.close()
            sizes.append(Path(place, f"{number}.db").stat().st_size)
            ledgers.append(open_ledger(url))
        for number in range(rounds + 1):
            for ledger, series in zip(ledgers, (small, large), strict=True):
                cost = cost_of(ledger, people, orders, number)
                if number:  # The first round warms the caches of both.
                    series.values.append(cost)
        for ledger in ledgers:
            ledger.close()
    report.heading(f"scale: redeem path, 8 clients, logs of {sizes[0] / 1e6:,.0f} and {sizes[1] / 1e6:,.0f} MB")
    report.rows([small, large], "microseconds a command")
    return report.verdict("long log / short log", large.against(small), 1.2, at_most=True)


def cost_of(ledger: Ledger, people: list[Holder], orders: int, run_number: int) -> float:
    """Microseconds a command, 8 clients at once."""
    clients = [Client(ledger, 1 + run_number * CLIENTS + number, share(people, number)) for number in range(CLIENTS)]
    gc.collect()
    times = together([partial(client.redeem_orders, orders) for client in clients])
    return 1e6 / times.rate


def long_voucher(folder: Path, rounds: int, orders: int, long: int) -> bool:
    """One client on a voucher with many events and on vouchers with few, in one log: in use, and after a start."""
    url = f"sqlite:{folder}/voucher.db"
    series = [
        report.Series(f"{name}, {state}", [])
        for state in ("in use", "first command after a start")
        for name in ("a short voucher", "a long voucher")
    ]
    each = orders // 2 + 1
    with open_ledger(url) as ledger:
        many, *few = found(ledger, 1 + rounds * each)
        play(ledger, 0, [many], long)
    for number in range(rounds):
        short = few[number * each : (number + 1) * each]
        with open_ledger(url) as ledger:
            play(ledger, 1 + 6 * number, short[-1:], 1)  # The first command of a process warms what all share.
            for place, people in enumerate((short[:1], [many])):
                series[2 + place].values.append(1e6 * play(ledger, 2 + 6 * number + place, people, 1)[0])
            for place, people in enumerate((short[:-1], [many])):
                latencies = play(ledger, 4 + 6 * number + place, people, orders)
                series[place].values.append(1e6 * sum(latencies) / len(latencies))
    with open_ledger(url) as ledger:
        events = [len(ledger.history(f"voucher/{holder.voucher_id}")) for holder in (many, few[0])]
    report.heading(f"scale: a voucher with {events[0]:,} events, and others with {events[1]}; one client")
    report.rows(series, "microseconds a command")
    goals = [
        report.verdict("long / short, in use", series[1].against(series[0]), 2, at_most=True),
        report.verdict("long / short, after a start", series[3].against(series[2]), 2, at_most=True),
    ]
    return all(goals)


def play(ledger: Ledger, number: int, people: Sequence[Holder], orders: int) -> list[float]:
    """One client's orders on some vouchers; returns the latencies in seconds."""
    return Client(ledger, number, people).redeem_orders(orders)
