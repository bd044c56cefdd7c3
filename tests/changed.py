"""A town under a shipped policy in which some tables say something else."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from schemas import policies
from tests.examples import DIGEST, SH
from tests.town import Town, an_empty_town
from vouchers import application as app
from vouchers.policy import parse, period_of, pools
from vouchers.programme.decisions import AdoptPolicy, Announce


def document_of(name: str, tables: dict[str, Any]) -> dict[str, Any]:
    """A shipped policy with other values in some tables, or another list of tables; its worked examples fit no more."""
    _, document = policies.load_policy(policies.shipped()[name])
    document.pop("examples", None)
    for table, values in tables.items():
        document[table] = {**document[table], **values} if isinstance(values, dict) else values
    return document


def changed(name: str = SH, **tables: Any) -> AdoptPolicy:
    """The adoption of a shipped policy with other values in some tables."""
    document = document_of(name, tables)
    text, programme = policies.canonical(document), document["programme"]
    return AdoptPolicy(
        programme["code"],
        programme["version"],
        programme["effective_on"],
        programme.get("ends_on", ""),
        hashlib.sha256(text.encode()).hexdigest(),
        text,
        "officer:li",
        "officer:wu",
    )


@contextmanager
def a_town_where(name: str = SH, **tables: Any) -> Iterator[Town]:
    """The usual town on 2 February 2026, under a policy with other values in some tables."""
    with an_empty_town() as town:
        policy = parse(document_of(name, tables))
        town.do(app.announce, Announce(policy.programme, policy.title, policy.authority, policy.currency, DIGEST))
        town.do(app.adopt_policy, changed(name, **tables))
        for pool in pools(policy):
            town.appropriate(pool, 1_000_000_000, policy.programme, period_of(policy, town.on))
        town.record()
        town.entitle()
        town.admit()
        town.accredit()
        yield town.go("2026-02-02")
