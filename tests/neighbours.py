"""What the tests of several programmes begin from: further policies under names of their own, firms under one hand."""

import hashlib
from typing import Any

from schemas.policies import canonical
from tests.examples import DIGEST, JIANGSU_LAB, SH, YUAN, voucher_of
from tests.policies.cases import document
from tests.town import Town
from vouchers import application as app
from vouchers.policy import Policy, parse, period_of, pools
from vouchers.programme.decisions import AdoptPolicy, Announce


def programme(town: Town, code: str, base: str = SH, amount: int = 1_000_000 * YUAN, **tables: Any) -> Policy:
    """A programme like a shipped one under another code, with these tables put into it, announced and funded."""
    text = document(base)
    text["programme"] |= {"code": code, "cap_scope": code}
    text.pop("examples", None)
    for name, table in tables.items():
        text[name] = text.get(name, {}) | table if isinstance(table, dict) else table
    policy = parse(text)
    written = canonical(text)
    digest = hashlib.sha256(written.encode()).hexdigest()
    town.do(app.announce, Announce(code, policy.title, policy.authority, policy.currency, DIGEST))
    days = policy.effective_on, policy.ends_on
    town.do(app.adopt_policy, AdoptPolicy(code, policy.version, *days, digest, written, "officer:li", "officer:wu"))
    for pool in pools(policy):
        town.appropriate(pool, amount, code, period_of(policy, town.on))
    return policy


def stacked(of: str = "base", province: int = 6_000, city: int = 3_000) -> dict[str, Any]:
    """The categories of Shanghai with a test that a province pays first and a city after it."""
    tables = document()["category"]
    del tables["TEST"]["rate_bp"]
    levels = [{"name": "province", "rate_bp": province}, {"name": "city", "rate_bp": city}]
    tables["TEST"]["subsidy"] = {"kind": "stack", "of": of, "levels": levels}
    return dict(tables)


def order(town: Town, order_id: str, code: str, firm: str, **changes: Any) -> Any:
    """A test for 10,000 yuan, paid half by a programme; each order has a contract of its own unless one is named."""
    contract = hashlib.sha256(order_id.encode()).hexdigest()
    given = {"voucher_id": voucher_of(firm, code), "enterprise_id": firm, "contract_digest": contract}
    return town.order(order_id, **(given | changes))


def nanjing(town: Town) -> None:
    """A laboratory of Nanjing, accredited for tests."""
    town.admit(JIANGSU_LAB, region="320102", account="account:2")
    town.accredit(JIANGSU_LAB)
