"""Sources that are down or late: no silent grant and no silent denial, but a decision that waits (rule 47)."""

import pytest

from tests.examples import CHANGNING, DIGEST, PROOF, PUDONG, SH_CODE, facts_of_firm
from tests.given import given
from tests.vouchers.changing import adopt_with, entitlement, firm
from vouchers import application as app
from vouchers.application.entitling import ImportFacts
from vouchers.application.knowing import CODES
from vouchers.enterprise.decisions import RecordFacts
from vouchers.kinds import SOURCE
from vouchers.source.decisions import (
    AllowCode,
    BarCode,
    CodeNotAllowable,
    EndOutage,
    OutageDayInvalid,
    ReportOutage,
    allow,
    bar,
    come_up,
    go_down,
)
from vouchers.source.events import CameUp, CodeAllowed, CodeBarred, WentDown

EARLY = "91350100M0001TGQXM"  # a pilot's code: legal, and its check character does not fit
DOWN, UP = WentDown("2026-02-02", "maintenance"), CameUp("2026-02-10", "it answers again")


def down(town, day="", name="registry"):
    return town.do(app.report_outage, ReportOutage(name, day or town.on, "maintenance"))


def up(town, day="", name="registry"):
    return town.do(app.end_outage, EndOutage(name, day or town.on, "it answers again"))


@pytest.mark.parametrize(
    ("day", "is_down"), [("2026-02-01", False), ("2026-02-02", True), ("2026-02-09", True), ("2026-02-10", False)]
)
def test_an_outage_lasts_from_its_first_day_to_the_eve_of_the_first_good_one(day, is_down):
    assert (given(SOURCE, DOWN, UP).state.outage_on(day) is not None) is is_down


def test_an_outage_is_reported_once_and_ended_once():
    given(SOURCE).when(go_down, ReportOutage("registry", "2026-02-02", "maintenance")).then(DOWN)
    given(SOURCE, DOWN).when(go_down, ReportOutage("registry", "2026-02-03", "again")).then()
    given(SOURCE, DOWN).when(come_up, EndOutage("registry", "2026-02-10", "it answers again")).then(UP)
    given(SOURCE, DOWN, UP).when(come_up, EndOutage("registry", "2026-02-11", "again")).then()


def test_an_outage_ends_after_it_began_and_begins_after_the_last_one_ended():
    given(SOURCE, DOWN).when(come_up, EndOutage("registry", "2026-02-01", "x")).refused(OutageDayInvalid)
    given(SOURCE, DOWN).when(come_up, EndOutage("registry", "2026-02-02", "x")).then(CameUp("2026-02-02", "x"))
    given(SOURCE, DOWN, UP).when(go_down, ReportOutage("registry", "2026-02-09", "x")).refused(OutageDayInvalid)
    given(SOURCE, DOWN, UP).when(go_down, ReportOutage("registry", "2026-02-10", "x")).then(WentDown("2026-02-10", "x"))


def test_while_a_source_is_down_the_entitlement_is_pending_and_nothing_is_granted(town):
    adopt_with(town, facts={"needs": ["registry"]})
    town.record(CHANGNING)
    down(town)
    answer = town.entitle(CHANGNING)
    assert (answer["pending"], answer["granted"], answer["denied"]) == (1, 0, 0)
    state = entitlement(town, CHANGNING)
    assert [why.code for why in state.pending.reasons] == ["source-down"]
    assert not state.is_granted
    with town.assert_quiet():
        assert town.entitle(CHANGNING)["unchanged"] == 1
    town.go("2026-02-10")
    up(town)
    assert town.entitle(CHANGNING)["granted"] == 1
    assert entitlement(town, CHANGNING).pending is None


def test_what_would_be_denied_waits_for_the_source_as_well(town):
    adopt_with(town, facts={"needs": ["registry"]})
    town.record(CHANGNING, status="revoked")
    down(town)
    assert town.entitle(CHANGNING)["pending"] == 1
    up(town)
    assert town.entitle(CHANGNING)["denied"] == 1


def test_a_denial_from_before_waits_as_well_and_is_made_anew(town):
    adopt_with(town, facts={"needs": ["registry"]})
    town.record(CHANGNING, status="revoked")
    town.entitle(CHANGNING)
    down(town)
    assert town.entitle(CHANGNING)["pending"] == 1
    up(town)
    assert town.entitle(CHANGNING)["denied"] == 1
    assert entitlement(town, CHANGNING).pending is None


def test_an_outage_takes_nothing_from_whoever_was_granted_before(town):
    adopt_with(town, facts={"needs": ["registry"]})
    down(town)
    with town.assert_quiet():
        assert town.entitle()["unchanged"] == 1


def test_a_source_that_the_policy_does_not_need_may_be_down(town):
    adopt_with(town, facts={"needs": ["registry"]})
    town.record(CHANGNING)
    down(town, name="tax")
    assert town.entitle(CHANGNING)["granted"] == 1


@pytest.mark.parametrize(("day", "pending"), [("2026-03-31", 0), ("2026-04-01", 1)])
def test_facts_older_than_the_policy_takes_leave_the_entitlement_pending(town, day, pending):
    adopt_with(town, facts={"max_age_days": 90})
    town.record(CHANGNING)
    assert town.go(day).entitle(CHANGNING)["pending"] == pending


def test_facts_that_were_stated_again_are_young_again(town):
    adopt_with(town, facts={"max_age_days": 90})
    town.record(CHANGNING)
    town.go("2026-04-01").entitle(CHANGNING)
    again = RecordFacts(CHANGNING, "2026-03-31", "registry", DIGEST, facts_of_firm(CHANGNING))
    answer = town.do(app.import_facts, ImportFacts((again,), (SH_CODE,)))
    assert (answer["recorded"], answer["programmes"][SH_CODE]["granted"]) == (1, 1)
    assert firm(town, CHANGNING).stated_on == "2026-03-31"


def test_where_no_policy_asks_for_their_age_facts_stated_again_leave_no_trace(town):
    again = RecordFacts(PUDONG, "2026-02-01", "registry", DIGEST, facts_of_firm())
    with town.assert_quiet():
        town.do(app.import_facts, ImportFacts((again,), (SH_CODE,)))
    assert town.do(app.import_facts, ImportFacts((again,), (SH_CODE,), confirm=True))["recorded"] == 1


def test_a_code_is_let_through_once_with_its_reason_and_no_longer_once_it_is_barred():
    allowed = CodeAllowed(EARLY, "a code of the pilot of 2015", PROOF)
    given(SOURCE).when(allow, AllowCode(EARLY, "a code of the pilot of 2015", PROOF)).then(allowed)
    typed = AllowCode(f" {EARLY.lower()} ", "again", PROOF)
    given(SOURCE, allowed).when(allow, typed).then()
    state = given(SOURCE, allowed).when(bar, BarCode(EARLY, "a mistake")).then(CodeBarred(EARLY, "a mistake"))
    assert state.allowed == {}
    given(SOURCE).when(bar, BarCode(EARLY, "a mistake")).then()


@pytest.mark.parametrize("code", [EARLY[:-1], f"{EARLY}1", EARLY.replace("G", "I"), ""])
def test_what_can_be_no_credit_code_is_not_let_through(code):
    given(SOURCE).when(allow, AllowCode(code, "x", PROOF)).refused(CodeNotAllowable)


def test_the_codes_let_through_stand_in_one_stream_with_who_let_them_through(town):
    town.do(app.allow_code, AllowCode(EARLY, "a code of the pilot of 2015", PROOF))
    [entry] = town.ledger.history(f"source/{CODES}")
    assert (entry.actor, entry.data.reason) == ("officer:li", "a code of the pilot of 2015")
    assert town.do(app.bar_code, BarCode(EARLY, "a mistake"))["allowed"] == []
