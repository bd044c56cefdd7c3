"""What must hold at the end of a life: the log alone tells every state, draw and view, and gives all of it again."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import select

from service.projections import Views
from service.projections.balances import Voucher
from tests.town import an_empty_town
from vouchers import application as app
from vouchers.application.sampling import derive
from vouchers.kinds import BY_NAME, SAMPLE, VOUCHER
from vouchers.ledger import Ledger, Meta, Unit
from vouchers.refusals import Refused
from vouchers.voucher.events import PLACES

Given = tuple[Callable[..., Any], Any, Meta]


def what_is_remembered_is_in_the_log(ledger: Ledger, keys: Mapping[str, list[str]]) -> None:
    """Every state that the ledger decides on is what the stream's own events fold to."""

    def look(unit: Unit) -> list[str]:
        return [
            f"{kind}/{key}"
            for kind, some in keys.items()
            for key in some
            if unit.load(BY_NAME[kind], key) != ledger.state(BY_NAME[kind], key)
        ]

    assert ledger.execute(look, Meta("auditor:1", "auditor", "2030-01-01")).result == []


def samples_can_be_drawn_again(ledger: Ledger, keys: Mapping[str, list[str]]) -> None:
    """Every draw of a period whose seed is revealed follows from the seed, which is the one committed to."""
    for key in keys["sample"]:
        if ledger.state(SAMPLE, key).seed_hex:
            code, period = key.split("/")
            assert derive(ledger, code, period).first_difference == ""


def views_say_what_the_log_says(ledger: Ledger, keys: Mapping[str, list[str]]) -> None:
    """Views that followed the log are those that are built from it at once, and name every voucher's value."""
    with Views("memory:") as views:
        while views.position() < ledger.size():
            views.catch_up(ledger, page=37, limit=111)
        assert views.verify(ledger) == []
        with views.session() as session:
            rows = {row.voucher_id: row for row in session.scalars(select(Voucher))}
        assert rows.keys() == set(keys["voucher"])
        for key, row in rows.items():
            state = ledger.state(VOUCHER, key)
            assert [getattr(row, place) for place in PLACES] == [getattr(state, place) for place in PLACES]


def the_same_commands_give_the_same_log(
    ledger: Ledger, open_place: Callable[[Any], Any], given: Iterable[Given]
) -> None:
    """In another town that has the same clock, the same people who do the same write the same, to the last byte."""
    with an_empty_town() as again:
        open_place(again)
        for use_case, command, meta in given:
            with suppress(Refused):
                app.run(again.ledger, use_case, command, meta)
        assert again.ledger.size() == ledger.size()
        assert again.ledger.last_hash() == ledger.last_hash()
        for ours, theirs in zip(ledger.rows(0, ledger.size()), again.ledger.rows(0, ledger.size()), strict=True):
            assert ours == theirs
