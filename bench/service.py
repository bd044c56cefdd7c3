"""The service over HTTP on SQLite: claims one by one and in batches against the ledger alone, balances against a route
that answers a constant on the same server.
"""

import http.client
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from socket import create_connection, socket
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench import report
from bench.loading import load, request
from bench.world import EVIDENCE, SEED, Client, Times, found, holders, now, open_ledger, redeem, together
from service import clock
from service.identity import create_key
from service.settings import FILE
from service.settings import SEED as SEED_FILE
from vouchers.order.decisions import RequestRedemption

CONNECTIONS = 32
PEOPLE = 80
START = 30  # seconds that a server may take to start
NO_LIMIT = '[limits]\nrate = ""\n'
ZONE = "Asia/Shanghai"


class Claim(NamedTuple):
    """One order that is ready to be claimed, and by whom."""

    order_id: str
    provider: str


class Figures(NamedTuple):
    """What every round found: claims by the ledger, one by one, in a batch; balances, and the constant."""

    alone: list[Times]
    single: list[Times]
    batch: list[Times]
    balance: list[Times]
    constant: list[Times]


def prepare(url: str, count: int, *, one: bool = False) -> list[Claim]:
    """Orders on a new log that are delivered and invoiced today, of many providers or of one."""
    with open_ledger(url) as ledger:
        client = Client(ledger, 1, found(ledger, PEOPLE), clock.today(ZONE))
        client.providers = client.providers[:1] if one else client.providers
        return [Claim(f"O-{number}", client.prepare(f"O-{number}", number)) for number in range(count)]


def by_ledger(url: str, claims: Sequence[Claim]) -> Times:
    """The claims through the application alone, by as many clients as there are connections."""

    def claim(client: Client, part: Sequence[Claim]) -> list[float]:
        for order_id, provider in part:
            client.send(redeem, RequestRedemption(order_id, EVIDENCE), provider)
        return client.latencies

    with open_ledger(url) as ledger:
        clients = [Client(ledger, 100 + number, (), clock.today(ZONE)) for number in range(CONNECTIONS)]
        return together([partial(claim, each, claims[at::CONNECTIONS]) for at, each in enumerate(clients)])


@contextmanager
def serving(*command: str) -> Iterator[int]:
    """A server in a process of its own, on a free port, until the block ends."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=START)


def keys_of(folder: Path, claims: Sequence[Claim]) -> dict[str, str]:
    """An API key for each provider of the claims."""
    providers = sorted({claim.provider for claim in claims})
    return {each: create_key(folder, "provider", each.partition(":")[2], now())[0] for each in providers}


def one_by_one(port: int, claims: Sequence[Claim], keys: dict[str, str]) -> Times:
    """The claims as requests, each with its own key, over many connections."""
    requests = [
        request(
            "POST",
            f"/v1/orders/{order_id}/redemptions",
            {"Authorization": f"Bearer {keys[provider]}", "Idempotency-Key": f"claim-{order_id}"},
            {"evidence": EVIDENCE},
        )
        for order_id, provider in claims
    ]
    answered = load(port, requests, CONNECTIONS)
    assert answered.statuses == Counter({201: len(claims)}), answered.statuses
    return answered.times


def in_a_batch(port: int, claims: Sequence[Claim], keys: dict[str, str]) -> Times:
    """The claims of one provider as lines of one request."""
    lines = [{"order_id": claim.order_id, "evidence": EVIDENCE, "key": f"b-{claim.order_id}"} for claim in claims]
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {keys[claims[0].provider]}", "Content-Type": "application/x-ndjson"}
    started = time.perf_counter()
    connection.request("POST", "/v1/bulk/redemptions", body, headers)
    results = [json.loads(line) for line in connection.getresponse().read().splitlines()]
    seconds = time.perf_counter() - started
    connection.close()
    assert Counter(result["status"] for result in results) == Counter({201: len(claims)}), results[:2]
    return Times(seconds, [seconds] * len(claims))


def reads(port: int, path: str, count: int, key: str = "") -> Times:
    """So many reads of one address."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answered = load(port, [request("GET", path, headers)] * count, CONNECTIONS)
    assert answered.statuses == Counter({200: count}), answered.statuses
    return answered.times


def run(*, quick: bool = False) -> bool:
    """Measure in interleaved rounds; tells whether every goal was reached."""
    rounds, count, looks = (1, 40, 40) if quick else (5, 1_200, 3_000)
    found_by = Figures([], [], [], [], [])
    for _ in range(rounds):
        with TemporaryDirectory(prefix="bench-") as place:
            _measure(Path(place), found_by, count, looks)
    report.heading(f"service: claims and balances over HTTP, SQLite synchronous=FULL, {CONNECTIONS} connections")
    bound = report.clients("the ledger alone, one process: claims", found_by.alone)
    single = report.clients("POST .../redemptions", found_by.single, bound)
    batch = report.Series("POST /v1/bulk/redemptions, one request", [times.rate for times in found_by.batch])
    report.rows([batch], "claims/s", bound)
    peer = report.clients("GET a constant", found_by.constant)
    shown = report.clients("GET /v1/vouchers/...", found_by.balance, peer)
    tail = report.Series("tail", [times.quantile(990) / times.quantile(500) for times in found_by.single]).median
    goals = [
        report.verdict("claims / ledger", single.against(bound), 0.5),
        report.verdict("claims in a batch / ledger", batch.against(bound), 0.8),
        report.verdict("balance / constant", shown.against(peer), 0.35),
        report.verdict("p99 of a claim / its median", tail, 10, at_most=True),
    ]
    return all(goals)


def _measure(place: Path, figures: Figures, count: int, looks: int) -> None:
    """One round, each server by itself."""
    log = f"sqlite:{place}/alone.db"
    figures.alone.append(by_ledger(log, prepare(log, count)))
    folder = _folder(place / "single")
    claims = prepare(f"sqlite:{folder}/log.sqlite", count)
    with serving("service", "serve", "--data", str(folder), "--port") as port:
        figures.single.append(one_by_one(port, claims, keys_of(folder, claims)))
    folder = _folder(place / "batch")
    claims = prepare(f"sqlite:{folder}/log.sqlite", count, one=True)
    holder = holders(1)[0]
    with serving("service", "serve", "--data", str(folder), "--port") as port:
        figures.batch.append(in_a_batch(port, claims, keys_of(folder, claims)))
        key = create_key(folder, "enterprise", holder.enterprise_id, now())[0]
        figures.balance.append(reads(port, f"/v1/vouchers/{holder.voucher_id}", looks, key))
    with serving("bench.constant", str(folder)) as port:
        figures.constant.append(reads(port, "/constant", looks))


def _folder(path: Path) -> Path:
    """A data folder without limits on its callers, whose samples are drawn with the seed of this world."""
    path.mkdir()
    (path / FILE).write_text(NO_LIMIT, encoding="utf-8")
    (path / SEED_FILE).write_bytes(SEED)
    return path


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server listens."""
    for _ in range(START * 20):
        assert process.poll() is None, "the server ended"
        with suppress(OSError), create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError("the server does not start")
