"""A random year of a town, the same for the same seed: every kind of event that a view counts."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from tests.examples import CHANGNING, INSTITUTE, LAB, PUDONG, SH, WUJIANG, YRD, an_order, revised, voucher_of
from tests.service.amending import amend
from tests.service.attesting import attest
from tests.service.changing import change
from tests.service.correcting import put_right
from tests.service.couponing import hand_in
from tests.service.neighbouring import neighbour
from tests.service.pooling import pool, pool_again
from tests.service.providing import provide
from tests.service.reckoning import reckon
from tests.service.treasuring import account
from tests.service.watching import watch, watch_again
from tests.town import Town, an_empty_town
from vouchers import application as app
from vouchers.application.vouchering import RestoreValue
from vouchers.days import add_days
from vouchers.ledger import Meta
from vouchers.refusals import Refused

FIRMS = (PUDONG, CHANGNING, WUJIANG)
AUTUMN, LAST_DAY = "2026-11-20", "2027-04-15"


@contextmanager
def a_year(seed: int = 1, steps: int = 120, url: str = "memory:") -> Iterator[Town]:
    """A town after a random year of so many steps, and what a whole year must have."""
    with an_empty_town(url) as town:
        begin(town)
        walk(town, seed, steps, AUTUMN)
        end(town)
        yield town


def address(store: str, request: pytest.FixtureRequest, folder: Path, name: str = "views") -> str:
    """The address of a new, empty database in one kind of store."""
    if store == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return "memory:" if store == "memory" else f"sqlite:{folder / name}.db"


def begin(town: Town) -> None:
    """Two programmes, three firms of which one is denied at first, two providers."""
    town.adopt()
    town.adopt(YRD)
    lenient = {"extensions": 2, "extension_months": 6, "restore_returned": True}
    town.do(app.adopt_policy, revised(SH, "2025-extended", lenient))
    town.cut("TEST", 500_000_00)
    for firm, tier in zip(FIRMS, "BDC", strict=True):
        town.record(firm, credit_tier=tier)
    town.entitle(*FIRMS)
    town.record(WUJIANG, region="310115", as_of_on="2026-01-02")
    town.go("2026-01-06").entitle(*FIRMS)
    for provider in (LAB, INSTITUTE):
        town.admit(provider, account=f"account:{provider}")
        for category in ("TEST", "RND"):
            town.accredit(provider, category)


def walk(town: Town, seed: int, steps: int, last_day: str = LAST_DAY) -> None:
    """Random commands on later and later days; what the rules refuse is put on record now and then."""
    chance = Random(seed)
    for number in range(steps):
        if chance.random() < 0.4:
            town.go(min(add_days(town.on, chance.randrange(8)), last_day))
        orders = [name.removeprefix("order/") for name in town.ledger.names("order/")]
        if not orders or chance.random() < 0.3:
            register(town, chance, f"O-{seed}-{number}")
        else:
            with suppress(Refused):
                act(town, chance, chance.choice(orders), number)


def register(town: Town, chance: Random, order_id: str) -> None:
    """An order of any firm, at any price, sometimes for a category that nobody serves."""
    firm = chance.choice(FIRMS)
    changes = {
        "enterprise_id": firm,
        "voucher_id": voucher_of(firm),
        "provider_id": chance.choice((LAB, INSTITUTE)),
        "category": chance.choice(("TEST", "TEST", "RND", "POC")),
        "gross": chance.randrange(1_000_00, 90_000_00),
        "ends_on": add_days(town.on, 10),
    }
    try:
        town.order(order_id, **changes)
    except Refused as refused:
        meta = Meta("enterprise:firm", "enterprise", town.on)
        app.record_refusal(town.ledger, "register_order", an_order(order_id, **changes), firm, refused, meta)


def act(town: Town, chance: Random, order_id: str, number: int) -> None:
    """One step of an order, or of its voucher, or of its provider."""
    state = town.state(order_id)
    registered, settlement = state.registered, state.settlement_id or f"S-{order_id}-{number}"
    assert registered is not None
    verbs = {
        "registered": [lambda: town.deliver(order_id), lambda: town.deliver(order_id), lambda: town.cancel(order_id)],
        "delivered": [lambda: town.invoice(order_id, registered.gross - chance.randrange(2) * 100_00)],
        "invoiced": [lambda: town.redeem(order_id), lambda: town.redeem(order_id), lambda: town.cancel(order_id)],
        "requested": [
            lambda: town.approve(order_id, "reviewer:zhao"),
            lambda: town.approve(order_id, "reviewer:feng"),
            lambda: town.reject(order_id),
            lambda: town.reverse(order_id),
        ],
        "approved": [lambda: town.propose(settlement, order_id), lambda: town.reverse(order_id)],
        "settling": [
            lambda: town.sign(settlement),
            lambda: town.withdraw(settlement),
            lambda: town.confirm(settlement, order_id),
            lambda: town.fail(settlement, order_id),
            lambda: town.reinstruct(settlement, order_id),
        ],
        "paid": [lambda: town.claw_back(chance.randrange(1, 500_00), order_id)],
    }
    others = [
        lambda: town.give_back(chance.randrange(1, 900_00), registered.voucher_id),
        lambda: town.tier(chance.choice("ABCD"), registered.enterprise_id),
        lambda: town.suspend(chance.choice(("finish", "freeze")), registered.provider_id),
        lambda: town.reinstate(registered.provider_id),
        lambda: town.extend("2027-02-28", "2027-03-31", registered.voucher_id),
        lambda: town.appropriate("TEST", number * 100),
        lambda: town.lapse(order_id),
    ]
    steps = verbs.get(state.status, [])
    chance.choice(steps if steps and chance.random() < 0.85 else others)()


def end(town: Town) -> None:
    """What every year must have seen, whatever chance did; then the last day of everything."""
    town.go(AUTUMN)
    for provider in (LAB, INSTITUTE):
        town.reinstate(provider)
    voucher = voucher_of(CHANGNING)
    changes = {"enterprise_id": CHANGNING, "voucher_id": voucher, "gross": 2_000_00}
    with suppress(Refused):
        finish(town, "last-paid", changes)
        town.order("last-open", **changes)
    with suppress(Refused):
        town.revoke(voucher_of(WUJIANG))
    town.give_back(200, voucher)
    town.do(app.restore_value, RestoreValue(voucher, 150, "it is needed after all"))
    with suppress(Refused):
        hand_in(town)
    account(town)
    watch(town)
    provide(town)
    change(town)
    amend(town)
    reckon(town)
    pool(town)
    neighbour(town)
    pool_again(town)
    town.go("2027-05-01")
    for name in town.ledger.names("order/"):
        with suppress(Refused):
            town.lapse(name.removeprefix("order/"))
    watch_again(town)
    put_right(town, "watched")
    attest(town)
    for firm in FIRMS:
        town.expire(voucher_of(firm))
    town.close_programme(town.on)


def finish(town: Town, order_id: str, changes: dict[str, object]) -> None:
    """An order through a batch that is withdrawn, a failed payment and a second one, with a clawback after it."""
    town.order(order_id, **changes)
    town.deliver(order_id)
    town.invoice(order_id)
    town.redeem(order_id)
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        if town.state(order_id).status == "requested":
            town.approve(order_id, reviewer)
    town.propose(f"S-{order_id}-withdrawn", order_id)
    town.withdraw(f"S-{order_id}-withdrawn")
    town.propose(f"S-{order_id}", order_id)
    town.sign(f"S-{order_id}")
    town.fail(f"S-{order_id}", order_id)
    town.reinstruct(f"S-{order_id}", order_id)
    town.confirm(f"S-{order_id}", order_id)
    town.claw_back(1_00, order_id)
