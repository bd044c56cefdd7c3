"""Firms, orders and policies that the tests of policies begin from; each test changes what it is about."""

import tomllib
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

from schemas.policies import load_policy, shipped
from vouchers.policy import Assessment, Cap, Facts, OrderFacts, Policy, Used, assess, caps, parse

SH, YRD, CP, IE, FFG, EU = "sh-stiv-2025", "yrd-stiv", "cp-2017", "ie-iv", "at-ffg-is", "eu-smef-2025"
EVERY = (SH, YRD, CP, IE, FFG, EU)
SHIPPED = tuple(shipped())


@cache
def policy(name: str) -> Policy:
    """A shipped policy, compiled."""
    return load_policy(shipped()[name])[0]


def document(name: str = SH) -> dict[str, Any]:
    """A fresh copy of a shipped document, to be changed."""
    return deepcopy(_document(name))


@cache
def _document(name: str) -> dict[str, Any]:
    return tomllib.loads(shipped()[name].read_text(encoding="utf-8"))


def with_category(**table: object) -> Policy:
    """The Shanghai policy with one more category, X, which is one table."""
    changed = document()
    del changed["cap"][1:]
    changed["category"]["X"] = {
        "name": "an experiment",
        "vouchers": ["general"],
        "provider_kinds": ["firm"],
        "evidence": [],
        **table,
    }
    return parse(changed)


def firm(**facts: object) -> Facts:
    """A small research firm in Pudong that every Chinese rule likes."""
    known = {
        "credit_code": "91310115MA1TE5T0X3",
        "region": "310115",
        "registered_on": "2015-03-01",
        "sector": 16,
        "staff": 45,
        "revenue": 500_000_000,
        "revenue_previous": 500_000_000,
        "assets": 300_000_000,
        "registered_capital": 100_000_000,
        "legal_form": "company",
        "controller": "controller-1",
        "lists": (),
        "status": "active",
        "credit_tier": "B",
        "country": "CN",
        "vat_deductible": True,
        "aid_five_years": 0,
        "sound_finance": True,
    }
    return without_nothing({**known, **facts})


def without_nothing(facts: dict[str, Any]) -> Facts:
    """Facts, those that were set to None taken out."""
    return {name: value for name, value in facts.items() if value is not None}


def provider(**facts: object) -> Facts:
    """A qualified firm in Shanghai's Xuhui."""
    known = {"region": "310104", "kind": "firm", "qualifications": ("CMA",), "founded_on": "2010-01-01", "lists": ()}
    return without_nothing({**known, **facts})


ORDER = OrderFacts(
    programme="SH-STIV",
    category="RND",
    voucher_kind="general",
    on="2026-03-01",
    contract_on="2026-03-01",
    starts_on="2026-03-10",
    ends_on="2026-06-30",
    gross=200_000,
    net=188_679,
    asked=None,
    enterprise_id="91310115MA1TE5T0X3",
    enterprise=firm(),
    provider_id="91310104MA1PE0016F",
    provider=provider(),
    granted_on="2026-01-05",
    period="2026",
    attributes={},
)


def order(**changes: Any) -> OrderFacts:
    """An order for Shanghai R&D of 2,000.00, with changes."""
    return replace(ORDER, **changes)


def used_up(policy: Policy, asked: OrderFacts, level: str, amount: int, count: int = 1) -> dict[str, Used]:
    """The use of all caps of an order: so much at one level, nothing elsewhere."""
    return {cap.stream: Used(amount, count) for cap in caps(policy, asked) if cap.level == level}


def cap_of(policy: Policy, asked: OrderFacts, level: str) -> Cap:
    """The one cap of an order at a level."""
    (cap,) = (cap for cap in caps(policy, asked) if cap.level == level)
    return cap


def codes(assessment: Assessment) -> list[str]:
    """The codes of all reasons."""
    return [reason.code for reason in assessment.reasons]


def codes_of(policy: Policy, asked: OrderFacts) -> list[str]:
    """The codes of all reasons against an order when no cap is used."""
    return codes(assess(policy, asked, {}))
