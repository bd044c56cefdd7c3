"""One hot voucher: 8 clients take 1 fen at a time, from registration to payment, until the voucher refuses."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import bare, report
from bench.library import Plain, PlainClient
from bench.world import CLIENTS, Client, Holder, Times, found, holders, open_ledger, together
from vouchers.kinds import VOUCHER
from vouchers.refusals import Refused


class Greedy(Client):
    """A client that goes on until the voucher has nothing left."""

    refused = ""

    def drain(self) -> list[float]:
        """Redeem in batches until a registration is refused, and settle what is open; returns the latencies."""
        number = 0
        while not self.refused:
            batch = []
            while len(batch) < 10 and not self.refused:
                order_id = f"O-{self.number}-{number}"
                try:
                    self.redeem(order_id, number, gross=2)
                    batch.append(order_id)
                except Refused as refused:
                    self.refused = refused.code
                number += 1
            if batch:
                self.settle(f"S-{self.number}-{number}", batch)
        return self.latencies


def drain(path: Path, face: int) -> tuple[Times, list[bare.Command], list[str]]:
    """Let 8 clients empty one voucher of `face` fen; returns also the faults found afterwards."""
    with open_ledger(f"sqlite:{path}") as ledger:
        people = found(ledger, 1, face)
        start = ledger.size()
        clients = [Greedy(ledger, number, people) for number in range(CLIENTS)]
        times = together([client.drain for client in clients])
        state = ledger.state(VOUCHER, people[0].voucher_id)
        faults = [
            f"{name} is {value}" for name, value in (("available", state.available), ("held", state.held)) if value
        ]
        if not state.paid == state.face == face:
            faults.append(f"{state.paid} of {face} fen were paid")
        faults += [client.refused for client in clients if client.refused != "voucher-too-small"]
        return times, bare.commands_of(ledger, start), faults


def drain_plain(path: Path, orders: int) -> tuple[Times, int]:
    """Let 8 clients of the peer share one voucher; returns also how often a command had to be repeated."""
    app = Plain(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)})
    people: list[Holder] = holders(1)
    app.found(people, 10**9, 0)
    clients = [PlainClient(app, number, people) for number in range(CLIENTS)]
    try:
        times = together([partial(client.redeem_orders, orders) for client in clients])
    finally:
        app.close()
    return times, sum(client.retries for client in clients)


def run(*, quick: bool = False) -> bool:
    """Measure in interleaved rounds; tells whether every goal was reached."""
    rounds, face, fewer = (1, 40, 1) if quick else (5, 1_000, 4)
    ours: list[Times] = []
    limit: list[Times] = []
    plain: list[Times] = []
    faults: list[str] = []
    retries = 0
    with TemporaryDirectory(prefix="bench-") as folder:
        for number in range(rounds):
            times, commands, wrong = drain(Path(folder, f"log-{number}.db"), face)
            ours.append(times)
            faults += wrong
            limit.append(bare.sqlite_limit(Path(folder, f"bare-{number}.db"), bare.split(commands, CLIENTS)))
            times, again = drain_plain(Path(folder, f"plain-{number}.db"), fewer)
            plain.append(times)
            retries += again
    report.heading(f"hot: 8 clients empty one voucher of {face:,} fen, 1 fen an order, SQLite synchronous=FULL")
    mine = report.clients("ours", ours)
    bound = report.clients("limit: the same rows, same group commit, no rules", limit, mine)
    report.clients("peer: library aggregates", plain, mine)
    print(
        f"  the peer repeated {retries / sum(len(times.latencies) for times in plain):.1f} times a command; ours: never"
    )
    print(f"  over-redeemed or left behind: {', '.join(faults) or 'nothing'}")
    return report.verdict("ours / limit", mine.against(bound), 0.6) and not faults
