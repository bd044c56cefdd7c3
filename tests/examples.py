"""Canonical firms, providers, policies and orders."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

from schemas import policies
from vouchers.application.sampling import draw_of, seed_of
from vouchers.days import instant_of
from vouchers.facts import Fact
from vouchers.identifiers import make_code, make_credit_code
from vouchers.order.decisions import (
    RegisterOrder,
)
from vouchers.policy import Policy, review_rule
from vouchers.programme.decisions import AdoptPolicy

SH, YRD = "sh-stiv-2025", "yrd-stiv"
SH_CODE, YRD_CODE = "SH-STIV", "YRD-STIV"

PUDONG = "91310115MA1TE5T0X3"
CHANGNING = "91310105MA1TE0028W"
WUJIANG = "91320509MA1TE0036A"
LAB = "91310104MA1PE0016F"  # in Xuhui, Shanghai
INSTITUTE = "52310000MJ4TE0069T"
JIANGSU_LAB = make_credit_code("9", "1", "320102", 77)

CONTRACT, REPORT, PROOF = ("1" * 64, "2" * 64, "3" * 64)
DIGEST = "00" * 32
SEED = b"the seed of the town, 4059"  # It spares the first claims of O-0 to O-29 in every tier up to 500 bp.
JANUARY, NEW_YEAR = "2026-01-05", "2027-01-01"
YUAN = 100  # fen


def facts_of_firm(code: str = PUDONG, **changes: Fact) -> dict[str, Fact]:
    """A small software firm, as a registry describes it."""
    firm: dict[str, Fact] = {
        "credit_code": code,
        "region": code[2:8],
        "registered_on": "2019-01-01",
        "sector": 12,
        "staff": 9,
        "revenue": 9_000_000_00,
        "assets": 1_000_000_00,
        "registered_capital": 1_000_000_00,
        "legal_form": "company",
        "controller": f"controller-of-{code}",
        "lists": (),
        "status": "active",
        "credit_tier": "B",
        "linked_providers": (),
    }
    return firm | changes


def facts_of_provider(**changes: Fact) -> dict[str, Fact]:
    """A testing laboratory in Xuhui, as its register describes it."""
    lab: dict[str, Fact] = {
        "region": "310104",
        "kind": "lab",
        "qualifications": ("CMA",),
        "founded_on": "2010-01-01",
        "country": "CN",
        "lists": (),
    }
    return lab | changes


def an_order(order_id: str = "O-1", **changes: Any) -> RegisterOrder:
    """A test for 10,000 yuan, of which the Shanghai policy pays half."""
    command = RegisterOrder(
        order_id=order_id,
        voucher_id=make_code("V", SH_CODE, "2026", PUDONG, "general"),
        enterprise_id=PUDONG,
        provider_id=LAB,
        category="TEST",
        contract_digest=CONTRACT,
        contract_on="2026-02-02",
        starts_on="2026-02-02",
        ends_on="2026-02-28",
        gross=10_000 * YUAN,
        net=9_434 * YUAN,
    )
    return replace(command, **changes)


def ticking() -> Callable[[], str]:
    """A clock that moves on by a second each time it is read."""
    seconds = count(1_780_000_000)
    return lambda: instant_of(next(seconds) * 1_000_000)


@cache
def shipped(name: str) -> tuple[Policy, str, str]:
    """A shipped policy, its canonical text and the text's digest."""
    policy, document = policies.load_policy(policies.shipped()[name])
    return policy, policies.canonical(document), policies.digest(document)


def adoption(name: str = SH, **changes: str) -> AdoptPolicy:
    """The adoption of a shipped policy by two people."""
    policy, text, digest = shipped(name)
    command = AdoptPolicy(
        policy.programme, policy.version, policy.effective_on, policy.ends_on, digest, text, "officer:li", "officer:wu"
    )
    return replace(command, **changes)


def revised(name: str, version: str, deadlines: dict[str, int] | None = None, **changes: str) -> AdoptPolicy:
    """The adoption of a shipped policy under another version, with other deadlines and values of its programme."""
    _, document = policies.load_policy(policies.shipped()[name])
    document["programme"]["version"] = version
    document["programme"].update(changes)
    document["deadlines"].update(deadlines or {})
    document.pop("examples", None)  # They are those of the rules as shipped.
    text = policies.canonical(document)
    programme = document["programme"]
    return AdoptPolicy(
        programme["code"],
        version,
        programme["effective_on"],
        programme["ends_on"],
        hashlib.sha256(text.encode()).hexdigest(),
        text,
        "officer:li",
        "officer:wu",
    )


def voucher_of(
    enterprise_id: str = PUDONG, programme: str = SH_CODE, period: str = "2026", kind: str = "general"
) -> str:
    """The number of the voucher that a firm is granted."""
    return make_code("V", programme, period, enterprise_id, kind)


def drawn(order_id: str, attempt: int = 1, seed: bytes = SEED) -> int:
    """Where the draw of the Shanghai sample of 2026 falls for a redemption, in basis points."""
    return draw_of(seed_of(seed, SH_CODE, "2026"), f"{order_id}-R{attempt}")


def order_numbers(*, sampled: bool, sample_bp: int = 500) -> Iterator[str]:
    """Order numbers whose first redemption the sample draws, or spares."""
    return (number for i in count(1) if (drawn(number := f"O-{i}") < sample_bp) is sampled)


def sample_of(name: str, tier: str) -> int:
    """The share of redemptions that a policy has checked in a tier, in basis points."""
    return review_rule(shipped(name)[0], tier).sample_bp
