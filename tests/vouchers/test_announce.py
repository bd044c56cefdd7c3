"""Announcing and closing a programme."""

from dataclasses import replace

from tests.examples import DIGEST
from tests.given import given
from vouchers import application as app
from vouchers.kinds import PROGRAMME
from vouchers.money import CurrencyUnknown
from vouchers.programme.decisions import (
    Announce,
    CloseProgramme,
    ProgrammeClosed,
    ProgrammeExists,
    ProgrammeUnknown,
    announce,
    close,
)
from vouchers.programme.events import Announced, Closed

COMMAND = Announce("SH-STIV", "Shanghai vouchers", "Science commission", "CNY", DIGEST)
ANNOUNCED = Announced("SH-STIV", "Shanghai vouchers", "Science commission", "CNY", DIGEST)
CLOSE = CloseProgramme("SH-STIV", "2026-06-30", "the measures end")


def test_a_programme_is_announced_with_the_commitment_to_its_seed():
    given(PROGRAMME).when(announce, COMMAND).then(ANNOUNCED)


def test_the_same_announcement_again_changes_nothing():
    given(PROGRAMME, ANNOUNCED).when(announce, COMMAND).then()


def test_another_announcement_under_the_same_code_is_refused():
    given(PROGRAMME, ANNOUNCED).when(announce, replace(COMMAND, title="Other")).refused(ProgrammeExists)


def test_a_currency_that_nobody_counts_in_is_refused(empty_town):
    with empty_town.refused(CurrencyUnknown):
        empty_town.do(app.announce, replace(COMMAND, currency="XXX"))


def test_a_programme_is_closed_once():
    given(PROGRAMME, ANNOUNCED).when(close, CLOSE).then(Closed("the measures end", "2026-06-30"))
    given(PROGRAMME, ANNOUNCED, Closed("the measures end", "2026-06-30")).when(close, CLOSE).then()


def test_what_was_never_announced_cannot_be_closed():
    given(PROGRAMME).when(close, CLOSE).refused(ProgrammeUnknown)


def test_orders_are_taken_until_the_day_before_a_programme_closes(town):
    town.close_programme("2026-03-01")
    town.go("2026-02-28").order("O-1")
    with town.go("2026-03-01").refused(ProgrammeClosed):
        town.order("O-2")


def test_a_closed_programme_grants_nothing(town):
    town.close_programme("2026-03-01")
    with town.go("2026-03-01").refused(ProgrammeClosed):
        town.entitle()


def test_open_orders_of_a_closed_programme_run_to_their_end(town):
    town.order()
    town.close_programme("2026-02-03")
    town.go("2026-02-10").deliver()
    town.invoice()
    town.redeem()
    assert town.state().claimed == 5_000_00
