"""What a policy does not ask costs an order nothing: no stream is looked at, and no event is written for it."""

import hashlib
from dataclasses import replace

import pytest

from schemas import policies
from tests.examples import LAB, SH_CODE, adoption, an_order
from tests.town import an_empty_town
from vouchers import application as app
from vouchers import wire
from vouchers.policy import pools
from vouchers.programme.decisions import Announce

OPTIONAL = ("supervision", "stacking", "aid", "pooling", "foreign", "carry_over", "changes", "facts", "quotes")
NEEDED = {"budget", "cap", "enterprise", "order", "programme", "provider", "voucher"}


class Noting:
    """A unit that notes which streams are looked at."""

    def __init__(self, unit):
        self.unit = unit
        self.loaded = set()

    def load(self, kind, key):
        self.loaded.add(kind.name)
        return self.unit.load(kind, key)

    def __getattr__(self, name):
        return getattr(self.unit, name)


def plain(**tables):
    """Return the Shanghai policy without any table that a policy may leave out, but with these."""
    document = wire.parse(adoption().document)
    kept = {name: table for name, table in document.items() if name not in (*OPTIONAL, "examples")}
    kept["cap"] = [cap for cap in kept["cap"] if cap.get("period") != "rolling" and "of_level" not in cap]
    text = policies.canonical(kept | tables)
    return replace(adoption(), document=text, digest=hashlib.sha256(text.encode()).hexdigest())


@pytest.fixture
def town():
    with an_empty_town() as town:
        yield town


def found(town, command):
    town.do(app.announce, Announce(SH_CODE, "Vouchers", "Commission", "CNY", "00" * 32))
    town.do(app.adopt_policy, command)
    for pool in pools(app.compiled(town.events(f"programme/{SH_CODE}")[-1])):
        town.appropriate(pool, 1_000_000_000)
    town.record()
    town.entitle()
    town.admit(LAB)
    town.accredit()
    town.go("2026-02-02")


def looked_at(town, use_case, command):
    """Return the kinds of stream that a command looked at, and those that it wrote to."""
    noted, size = [], town.ledger.size()

    def work(unit, given):
        noted.append(Noting(unit))
        return use_case(noted[0], given)

    town.do(work, command, actor="enterprise:pudong")
    written = {row.stream.partition("/")[0] for row in town.ledger.rows(size, town.ledger.size())}
    return noted[0].loaded, written


def test_an_order_under_a_policy_without_further_tables_looks_at_the_books_of_the_main_path_only(town):
    found(town, plain())
    loaded, written = looked_at(town, app.register_order, an_order())
    assert loaded == NEEDED
    assert written == {"budget", "cap", "order", "voucher"}


def test_a_table_that_the_policy_has_is_asked(town):
    found(town, plain(stacking={"one_programme": True, "clause": "c", "source": "D"}))
    loaded, written = looked_at(town, app.register_order, an_order())
    assert loaded == NEEDED | {"contract"}
    assert "contract" in written
