"""The redeem path on SQLite: from registration to payment through the application, all rules and keys on, 8 clients."""

import gc
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench import bare, report
from bench.library import Plain, PlainClient
from bench.world import CLIENTS, PLENTY, Client, Holder, Times, found, holders, open_ledger, share, together

PEOPLE = 80
FACE = 30_000_000


class Played(NamedTuple):
    """One round of ours: what the clients saw, and the rows that each command appended."""

    times: Times
    commands: list[bare.Command]


def play(url: str, orders: int) -> Played:
    """Play `orders` orders for each client on a new log."""
    with open_ledger(url) as ledger:
        people = found(ledger, PEOPLE)
        start = ledger.size()
        clients = [Client(ledger, number, share(people, number)) for number in range(CLIENTS)]
        gc.collect()
        times = together([partial(client.redeem_orders, orders) for client in clients])
        return Played(times, bare.commands_of(ledger, start))


def play_plain(path: Path, orders: int, *, budget: bool) -> Times:
    """Play the same on the peer, with or without the budget that all orders share."""
    app = Plain(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)})
    people: Sequence[Holder] = holders(PEOPLE)
    app.found(people, FACE, PLENTY if budget else 0)
    clients = [PlainClient(app, number, share(people, number)) for number in range(CLIENTS)]
    try:
        return together([partial(client.redeem_orders, orders) for client in clients])
    finally:
        app.close()


def run(*, quick: bool = False) -> bool:
    """Measure in interleaved rounds; tells whether every goal was reached."""
    rounds, orders, fewer = (1, 4, 2) if quick else (5, 150, 15)
    ours: list[Times] = []
    limit: list[Times] = []
    plain: list[Times] = []
    shared: list[Times] = []
    with TemporaryDirectory(prefix="bench-") as folder:
        for number in range(rounds):
            played = play(f"sqlite:{folder}/log-{number}.db", orders)
            ours.append(played.times)
            limit.append(bare.sqlite_limit(Path(folder, f"bare-{number}.db"), bare.split(played.commands, CLIENTS)))
            plain.append(play_plain(Path(folder, f"plain-{number}.db"), fewer, budget=False))
            shared.append(play_plain(Path(folder, f"shared-{number}.db"), fewer, budget=True))
    commands = played.commands
    size = sum(len(row.entry) for command in commands for row in command)
    report.heading("redeem: registration to payment, SQLite synchronous=FULL, 8 clients")
    print(f"  {sum(map(len, commands)) / len(commands):.1f} events and {size / len(commands):,.0f} bytes a command")
    mine = report.clients("ours", ours)
    bound = report.clients("limit: the same rows, same group commit, no rules", limit, mine)
    peer = report.clients("peer: library aggregates, no policy, no budget", plain, mine)
    report.clients("peer: library aggregates, one shared budget", shared, mine)
    latency = report.Series("p99", [times.quantile(990) for times in ours]).median
    goals = [
        report.verdict("ours / limit", mine.against(bound), 0.6),
        report.verdict("ours / peer without budget", mine.against(peer), 5),
        report.verdict("p99 in ms", latency, 5, at_most=True),
    ]
    return all(goals)
