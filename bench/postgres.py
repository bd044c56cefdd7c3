"""The redeem path on PostgreSQL: 8 clients, beside the limit of one function call a command."""

from bench import bare, report
from bench.redeem import play
from bench.world import CLIENTS, Times
from tests.postgres import NoPostgres, Server


def run(*, quick: bool = False) -> bool:
    """Measure in interleaved rounds; tells whether every goal was reached, also where there is no PostgreSQL."""
    rounds, orders = (1, 3) if quick else (5, 100)
    try:
        server = Server()
    except NoPostgres as missing:
        print(f"\npostgres: left out, {missing}")
        return True
    ours: list[Times] = []
    limit: list[Times] = []
    try:
        server.start()
        for _ in range(rounds):
            played = play(server.dsn(server.create_database()), orders)
            ours.append(played.times)
            limit.append(
                bare.postgres_limit(server.dsn(server.create_database()), bare.split(played.commands, CLIENTS))
            )
        server.stop()
    finally:
        server.remove()
    report.heading("postgres: registration to payment, PostgreSQL synchronous_commit=on, 8 clients")
    mine = report.clients("ours", ours)
    bound = report.clients("limit: one function call a command, no rules", limit, mine)
    latency = report.Series("p99", [times.quantile(990) for times in ours]).median
    goals = [
        report.verdict("ours / limit", mine.against(bound), 0.6),
        report.verdict("p99 in ms", latency, 5, at_most=True),
    ]
    return all(goals)
