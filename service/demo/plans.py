"""What the invented enterprises want: orders with category, provider, sums and days, and where life goes wrong."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from service.demo.founding import YEAR, Grant, Town
from vouchers.days import add_days
from vouchers.identifiers import make_code

Choice = TypeVar("Choice")

FIRST_DAY: Final = f"{YEAR}-01-12"
LAST_DAY: Final = f"{YEAR}-12-29"
_DAYS: Final = 310

# Of a hundred vouchers so many see 0, 1, 2, 3, 5 orders.
_USES: Final = {0: 10, 1: 62, 2: 18, 3: 7, 5: 3}
_TASTES: Final = {
    ("SH-STIV", "general"): {"TEST": 30, "RND": 24, "INSTR": 10, "TRANS": 7, "POC": 4, "PATENT": 11, "INSUR": 5}
    | {"CONSULT": 9},
    ("SH-STIV", "team"): {"TEST": 30, "RND": 30, "INSTR": 15, "POC": 10, "PATENT": 15},
    ("SH-STIV", "manager"): {"TECHMGR": 1},
    ("YRD-STIV", "general"): {"TEST": 40, "RND": 35, "INSTR": 15, "TRANS": 10},
}
# A log-normal ticket: half the orders cost less than this, and the mean subsidy comes to about 3,800 yuan.
_MEDIAN_COST: Final = 5_400  # yuan, tax included
_SPREAD: Final = 0.85
_FATES: Final = {
    "paid": 745,
    "cheaper": 80,  # the invoice stays below the contract
    "parts": 35,  # delivered, invoiced and claimed in two parts
    "shrunk": 20,  # the contract is changed to less
    "grown": 15,  # or to more
    "red": 12,  # a red-letter invoice takes a part back after payment
    "passed-on": 8,  # the provider reports that others did much of the work
    "cancelled": 35,
    "forgotten": 15,  # never redeemed, and lapses
    "withdrawn": 15,  # the claim is taken back and made again
    "rejected": 15,  # where a reviewer sees it, it is rejected once
    "twice": 5,  # the same invoice is filed for another order
}
# How the parties found together: by themselves, by a published product (or at more than its fee), by a demand.
_WAYS: Final = {"": 930, "product": 40, "dear": 8, "demand": 22}
FEE: Final = 480_000  # fen: what every laboratory publishes
PUBLISHED: Final = ("TEST", "RND")
_SLIPS: Final = {"": 955, "excluded": 12, "started": 12, "stranger": 12, "greedy": 9}

_AREAS: Final = ("31", "320509", "330421", "3405")  # of the delta programme


@dataclass(frozen=True, slots=True)
class Plan:
    """One order as it will go: sums in fen, spans in days; `slip` is a wrong request before it, `way` how it came."""

    order_id: str
    grant: Grant
    category: str
    provider_id: str
    register_on: str
    starts_on: str
    ends_on: str
    gross: int
    fate: str
    slip: str
    accept_after: int
    invoice_after: int
    redeem_after: int
    way: str = ""
    vouchers: tuple[str, ...] = ()  # further ones to draw on


def make_plans(
    town: Town, grants: Iterable[Grant], seed: str, first_day: str = FIRST_DAY, days: int = _DAYS
) -> Iterator[Plan]:
    """The orders of the days from one on, voucher by voucher; the same for one seed."""
    chance = random.Random(f"plans {seed}")  # noqa: S311 - the same year again, and no secret.
    number = 0
    for grant in grants:
        taste = _TASTES[grant.programme, grant.kind]
        for _ in range(_pick(chance, _USES)):
            category = _pick(chance, taste)
            offering = _offering(town, grant, category)
            if offering:
                number += 1
                register_on = add_days(first_day, min(chance.randrange(days), chance.randrange(days + 40)))
                order_id = make_code("O", "demo", seed, number)
                yield _plan(chance, order_id, grant, category, chance.choice(offering), register_on)


def _plan(
    chance: random.Random, order_id: str, grant: Grant, category: str, provider_id: str, register_on: str
) -> Plan:
    starts_on = add_days(register_on, chance.randrange(1, 15))
    ends_on = min(add_days(starts_on, chance.randrange(3, 50)), LAST_DAY)
    way = _pick(chance, _WAYS)
    if way in {"product", "dear"} and category not in PUBLISHED:
        way = ""
    cost = min(round(chance.lognormvariate(0, _SPREAD) * _MEDIAN_COST / 10) * 10, 60_000)
    return Plan(
        order_id=order_id,
        grant=grant,
        category=category,
        provider_id=provider_id,
        register_on=register_on,
        starts_on=starts_on,
        ends_on=ends_on,
        gross={"product": FEE, "dear": FEE * 3 // 2}.get(way, max(cost, 600) * 100),
        fate=_pick(chance, _FATES),
        slip=_pick(chance, _SLIPS),
        accept_after=chance.randrange(0, 8),
        invoice_after=chance.randrange(0, 15),
        redeem_after=chance.randrange(1, 25),
        way=way,
    )


def _offering(town: Town, grant: Grant, category: str) -> list[str]:
    """Who may serve this: in the delta programme only from another area than the enterprise's own."""
    offering = town.offers.get(category, ())
    if grant.programme != "YRD-STIV":
        return list(offering)
    home = grant.enterprise_id[2:8]
    area = next((area for area in _AREAS if home.startswith(area)), home)
    return [provider for provider in offering if not town.regions[provider].startswith(area)]


def _pick(chance: random.Random, shares: Mapping[Choice, int]) -> Choice:
    return chance.choices(list(shares), list(shares.values()))[0]
