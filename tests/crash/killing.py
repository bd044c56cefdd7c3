"""What the tests of crashes share: a town to work on, a process to kill, and the question whether all is well."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.crash.load import FIRMS, WORK, digest, firm
from tests.examples import DIGEST, LAB, facts_of_firm
from tests.rulebooks import changed
from tests.town import an_empty_town
from vouchers import application as app
from vouchers import wire
from vouchers.enterprise.decisions import RecordFacts
from vouchers.kinds import BUDGET, VOUCHER
from vouchers.ledger import Ledger, Meta
from vouchers.voucher.events import PLACES

ROOT = Path(__file__).parents[2]
ONCE = {
    "entitlement.Granted",
    "invoice.Filed",
    "order.Paid",
    "order.RedemptionApproved",
    "order.RedemptionRequested",
    "order.Registered",
    "settlement.Approved",
    "settlement.Confirmed",
    "voucher.Issued",
}
PATIENCE = 30  # Seconds for a process to start.
META = Meta("officer:li", "officer", "2026-01-05")

Acknowledged = dict[str, tuple[int, str]]


def prepare(address: str, firms: int, mode: str = "redeem") -> None:
    """Make a log with Shanghai's programme, a laboratory, firms on record, and the first of them entitled.

    Where all is to be paid, firms may pool their vouchers, and a person looks at every claim.
    """
    with an_empty_town(address) as town:
        town.adopt()
        if mode == "pay":
            town.do(app.adopt_policy, changed(_pooled, effective_on="2026-01-05"))
        town.admit(LAB)
        town.accredit(LAB)
        records = [RecordFacts(firm(n), "2025-12-31", "registry", DIGEST, facts_of_firm(firm(n))) for n in range(firms)]
        town.ledger.execute(lambda unit: [app.record_facts(unit, record) for record in records] and None, META)
        town.entitle(*(firm(number) for number in range(FIRMS)))


def _pooled(document: dict[str, Any]) -> None:
    document["pooling"] = {"firms": 3, "vouchers": 9}
    for tier in document["tier"].values():
        tier["sample_bp"] = 10_000


def work_and_die(
    address: str, mode: str, first: int, seconds: float, *options: str, **environment: str
) -> Acknowledged:
    """Return what a process acknowledged before it was killed, `seconds` after it was ready."""
    command = [sys.executable, "-m", "tests.crash.load", address, mode, str(first), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=os.environ | environment)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(seconds)
    finally:
        process.kill()
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode in (-signal.SIGKILL, 0), "it died of something else"
    lines = [line.split() for line in output.decode().splitlines()]
    assert not [line for line in lines if line[0] == "refused"]
    return {key: (int(position), answer) for key, position, answer in lines}


def next_first(mode: str, acknowledged: Acknowledged) -> int:
    """Return the number from which a new process repeats what may have been in flight, with the same keys."""
    clients = WORK[mode][1]
    numbers = [int(key.partition("-")[0]) for key in acknowledged]
    last = [max((number for number in numbers if number % clients == lane), default=0) for lane in range(clients)]
    return min(last) // clients * clients


def check_log(ledger: Ledger, acknowledged: Acknowledged) -> None:
    """Compare what was acknowledged with the log, and the log with itself: every key once, no fen lost."""
    entries = list(ledger.entries())
    assert [entry.seq for entry in entries] == list(range(len(entries)))
    versions: Counter[str] = Counter()
    for entry in entries:
        versions[entry.agg] += 1
        assert entry.ver == versions[entry.agg]
    answers = {entry.agg.rpartition("/")[2]: entry for entry in entries if entry.type == "request.Answered"}
    assert len(answers) == sum(entry.type == "request.Answered" for entry in entries)
    for key, (position, answer) in acknowledged.items():
        assert position <= len(entries)
        assert digest(wire.parse(answers[key].data.answer)) == answer
    check_balances(ledger, entries)


def check_balances(ledger: Ledger, entries: list[wire.Entry]) -> None:
    """Add up the log by hand, and compare with the states."""
    times = Counter((entry.type, entry.agg, getattr(entry.data, "redemption_id", "")) for entry in entries)
    assert {count for (topic, *_), count in times.items() if topic in ONCE} <= {1}
    sums: Counter[str] = Counter()
    for entry in entries:
        sums[entry.type] += getattr(entry.data, "amount", 0)
    budgets = [ledger.state(BUDGET, name.partition("/")[2]) for name in ledger.names("budget/")]
    vouchers = [ledger.state(VOUCHER, name.partition("/")[2]) for name in ledger.names("voucher/")]
    assert all(voucher.face == voucher.terms.face for voucher in vouchers)
    places = {place: sum(getattr(voucher, place) for voucher in vouchers) for place in PLACES}
    held = places["reserved"] + places["claimed"] + places["paid"] + places["clawed_back"]
    assert sum(budget.committed for budget in budgets) == sums["budget.Committed"] - sums["budget.Freed"] == held
    assert held - places["reserved"] == sums["order.RedemptionRequested"]
    assert places["paid"] + places["clawed_back"] == sums["order.Paid"] == sums["voucher.Paid"]
    assert places["clawed_back"] == sums["order.ClawbackOrdered"] == sums["debt.Demanded"]
    assert sums["debt.Netted"] == sums["settlement.Netted"]
