"""A part of a unit of work taken back: what came before it stays, what came after it sees what was before."""

import pytest

from tests.ledger.acts import issue, reserve
from tests.town import an_empty_town
from vouchers.kinds import SOURCE, VOUCHER
from vouchers.ledger import Backdated, Meta
from vouchers.source.events import CameUp, WentDown

META = Meta("officer:li", "officer", "2026-01-06")
DOWN, UP = WentDown("2026-01-05", "maintenance"), CameUp("2026-01-06", "done")


def test_what_is_undone_is_neither_seen_nor_kept():
    def work(unit):
        unit.append(SOURCE, "a", [DOWN])
        kept = len(unit.pending)
        unit.append(SOURCE, "a", [UP])
        unit.append(SOURCE, "b", [DOWN])
        unit.undo(kept)
        assert unit.load(SOURCE, "a").is_down
        assert not unit.load(SOURCE, "b").outages
        unit.append(SOURCE, "b", [DOWN, UP])

    with an_empty_town() as town:
        town.ledger.execute(work, META)
        assert [(entry.agg, entry.ver, entry.type) for entry in town.ledger.entries(0)] == [
            ("source/a", 1, "source.WentDown"),
            ("source/b", 1, "source.WentDown"),
            ("source/b", 2, "source.CameUp"),
        ]


def test_a_stream_that_was_there_before_is_as_the_log_left_it():
    with an_empty_town() as town:
        town.ledger.execute(lambda unit: unit.append(SOURCE, "a", [DOWN]), META)

        def work(unit):
            unit.append(SOURCE, "a", [UP])
            unit.undo(0)
            unit.append(SOURCE, "a", [UP])

        town.ledger.execute(work, META)
        assert town.ledger.state(SOURCE, "a").outages[0].until_on == "2026-01-06"
        assert town.ledger.size() == 2


def test_nothing_undone_changes_nothing():
    def work(unit):
        unit.append(SOURCE, "a", [DOWN])
        unit.undo(len(unit.pending))
        assert unit.load(SOURCE, "a").is_down

    with an_empty_town() as town:
        town.ledger.execute(work, META)
        assert town.ledger.size() == 1


def test_what_is_kept_beside_what_is_undone_keeps_its_day():
    def work(unit):
        reserve("V", "O", 1)(unit)
        kept = len(unit.pending)
        reserve("V", "P", 2)(unit)
        unit.undo(kept)

    with an_empty_town() as town:
        town.ledger.execute(issue("V", 500), META._replace(on="2026-01-02"))
        town.ledger.execute(work, META)
        with pytest.raises(Backdated):
            town.ledger.execute(reserve("V", "Q", 3), META._replace(on="2026-01-05"))
        assert town.ledger.state(VOUCHER, "V").reserved == 1
