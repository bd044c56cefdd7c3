"""Aid that counts together over programmes: one ceiling for each undertaking, in every window of its months."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.examples import CHANGNING, DIGEST, PUDONG, WUJIANG, YUAN, facts_of_firm, voucher_of
from tests.neighbours import order, programme
from vouchers import application as app
from vouchers.aid.decisions import (
    AidCeilingExceeded,
    AidNothing,
    AidOfTheFuture,
    DeclarationDiffers,
    DeclarationUnknown,
    DeclareAid,
    WithdrawAid,
)
from vouchers.application.knowing import record_facts
from vouchers.enterprise.decisions import RecordFacts
from vouchers.kinds import AID
from vouchers.refusals import Ineligible

ONE, OTHER, SCOPE = "ONE-IV", "OTHER-IV", "EU-DE-MINIMIS"
HALF = 5_000 * YUAN  # of a test of 10,000
CEILING = 300_000 * YUAN
ROLLING = {"scope": SCOPE, "period": "rolling", "months": 36, "ceiling": CEILING, "counts_at": "reservation"}
DECLARED = DeclareAid(PUDONG, SCOPE, "A-1", "energy efficiency", "2023-02-03", CEILING - HALF, "declaration", DIGEST)


def opened(town, aid, *firms):
    """Two programmes of one scope, with firms entitled in both."""
    for code in (ONE, OTHER):
        programme(town, code, aid=aid)
        for firm in firms or (PUDONG,):
            town.entitle(firm, programme=code)
    return town


@pytest.fixture
def rolling(town):
    """Two programmes whose aid counts together for three years, and two firms of Shanghai."""
    town.record(CHANGNING)
    return opened(town, ROLLING, PUDONG, CHANGNING)


def declare(town, **changes):
    """Declare other aid."""
    return town.do(app.declare_aid, replace(DECLARED, **changes), actor="officer:li")


def entries(town, firm=PUDONG):
    """The aid of a firm by its number."""
    found = town.ledger.state(AID, f"{SCOPE}/{firm}").entries
    return {number: each.amount for number, each in found.items()}


def moves_under(town, firm, controller, on="2026-02-02"):
    """The registry says that a firm has another controller."""
    facts = facts_of_firm(firm, controller=controller)
    town.do(record_facts, RecordFacts(firm, on, "registry", "22" * 32, facts))


def test_aid_counts_when_the_right_to_it_arises(rolling):
    order(rolling, "O-1", ONE, PUDONG)
    assert entries(rolling) == {"O-1": HALF}


def test_the_ceiling_is_reached_exactly_and_not_passed_by_one_fen(rolling):
    declare(rolling, amount=CEILING - HALF + 1, granted_on="2026-01-01")
    with rolling.refused(AidCeilingExceeded) as caught:
        order(rolling, "O-1", ONE, PUDONG)
    assert caught.value.facts["left"] == HALF - 1
    order(rolling, "O-1", ONE, PUDONG, asked=HALF - 1)
    with rolling.refused(AidCeilingExceeded):
        order(rolling, "O-2", ONE, PUDONG, asked=1)


def test_programmes_of_one_scope_count_together(rolling):
    declare(rolling, amount=CEILING - HALF, granted_on="2026-01-01")
    order(rolling, "O-1", ONE, PUDONG)
    with rolling.refused(AidCeilingExceeded):
        order(rolling, "O-2", OTHER, PUDONG, asked=1)


@pytest.mark.parametrize(("granted_on", "counts"), [("2023-02-02", False), ("2023-02-03", True)])
def test_aid_counts_for_three_years_to_the_day(rolling, granted_on, counts):
    declare(rolling, amount=CEILING, granted_on=granted_on)
    assert rolling.on == "2026-02-02"
    if counts:
        with rolling.refused(AidCeilingExceeded):
            order(rolling, "O-1", ONE, PUDONG)
    else:
        order(rolling, "O-1", ONE, PUDONG)


def test_no_window_that_holds_the_day_may_pass_the_ceiling_a_later_aid_included(rolling):
    rolling.go("2026-06-01")
    declare(rolling, amount=CEILING, granted_on="2026-06-01")
    rolling.go("2026-02-02")
    with rolling.refused(AidCeilingExceeded):
        order(rolling, "O-1", ONE, PUDONG)


def test_aid_is_freed_when_the_order_is_cancelled(rolling):
    order(rolling, "O-1", ONE, PUDONG)
    rolling.cancel("O-1")
    assert entries(rolling) == {}


def test_aid_is_freed_when_the_order_lapses(rolling):
    order(rolling, "O-1", ONE, PUDONG)
    rolling.go("2027-04-01").lapse("O-1")
    assert entries(rolling) == {}


@pytest.mark.parametrize(("day", "counts"), [("2027-03-31", True), ("2027-04-01", False)])
def test_what_an_order_holds_past_its_redeem_by_day_is_no_aid_though_it_has_not_lapsed(rolling, day, counts):
    order(rolling, "O-1", ONE, PUDONG)
    declare(rolling, amount=CEILING - HALF, granted_on="2026-01-01")
    rolling.go("2027-01-04").record(PUDONG, as_of_on="2026-12-31")
    rolling.entitle(programme=OTHER)
    rolling.appropriate("TEST", 1_000_000 * YUAN, OTHER, "2027")
    rolling.go(day)
    asked = {"voucher_id": voucher_of(PUDONG, OTHER, "2027"), "ends_on": "2027-05-01", "asked": HALF}
    if counts:
        with rolling.refused(AidCeilingExceeded):
            order(rolling, "O-2", OTHER, PUDONG, **asked)
    else:
        order(rolling, "O-2", OTHER, PUDONG, **asked)


@pytest.mark.parametrize("firms", [(PUDONG,), (PUDONG, CHANGNING)])
def test_under_parallel_requests_no_undertaking_passes_the_ceiling(rolling, firms):
    for firm in firms:
        moves_under(rolling, firm, "controller-9")
    declare(rolling, amount=CEILING - 3 * HALF, granted_on="2026-01-01")

    def attempt(number):
        try:
            order(rolling, f"O-{number}", (ONE, OTHER)[number % 2], firms[number // 2 % len(firms)])
        except AidCeilingExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 3


def test_aid_that_was_not_needed_is_freed_at_the_claim(rolling):
    order(rolling, "O-1", ONE, PUDONG)
    rolling.deliver("O-1")
    rolling.invoice("O-1", 8_000 * YUAN)
    rolling.redeem("O-1")
    assert entries(rolling) == {"O-1": 4_000 * YUAN}


def test_firms_under_one_controller_are_one_undertaking(rolling):
    for firm in (PUDONG, CHANGNING):
        moves_under(rolling, firm, "controller-9")
    declare(rolling, amount=CEILING - HALF, granted_on="2026-01-01")
    order(rolling, "O-1", ONE, CHANGNING)
    with rolling.refused(AidCeilingExceeded):
        order(rolling, "O-2", ONE, CHANGNING, asked=1)
    with rolling.refused(AidCeilingExceeded):
        order(rolling, "O-3", ONE, PUDONG, asked=1)


def test_ledgers_add_up_from_the_day_on_which_firms_come_under_one_controller(rolling):
    declare(rolling, amount=CEILING - HALF, granted_on="2026-01-01")
    order(rolling, "O-1", ONE, CHANGNING)
    moves_under(rolling, CHANGNING, f"controller-of-{PUDONG}")
    with rolling.refused(AidCeilingExceeded):
        order(rolling, "O-2", ONE, CHANGNING, asked=1)


def test_a_firm_that_is_bought_brings_its_aid_along_though_it_orders_nothing(rolling):
    declare(rolling, amount=CEILING - HALF, granted_on="2026-01-01")
    moves_under(rolling, PUDONG, f"controller-of-{CHANGNING}")
    order(rolling, "O-1", ONE, CHANGNING)
    with rolling.refused(AidCeilingExceeded):
        order(rolling, "O-2", ONE, CHANGNING, asked=1)


def test_a_firm_without_a_controller_is_an_undertaking_until_it_is_bought(rolling):
    rolling.record(WUJIANG, controller="")
    declare(rolling, enterprise_id=WUJIANG, amount=CEILING, granted_on="2026-01-01")
    order(rolling, "O-1", ONE, CHANGNING)
    moves_under(rolling, WUJIANG, f"controller-of-{CHANGNING}")
    with rolling.refused(AidCeilingExceeded):
        order(rolling, "O-2", ONE, CHANGNING)


def test_a_firm_that_leaves_its_controller_takes_its_aid_along(rolling):
    for firm in (PUDONG, CHANGNING):
        moves_under(rolling, firm, "controller-9", on="2026-01-31")
    declare(rolling, amount=CEILING, granted_on="2026-01-01")
    declare(rolling, enterprise_id=CHANGNING, amount=1, granted_on="2026-01-01")
    with rolling.refused(AidCeilingExceeded):
        order(rolling, "O-1", ONE, CHANGNING)
    moves_under(rolling, CHANGNING, "controller-8")
    order(rolling, "O-1", ONE, CHANGNING)
    with rolling.refused(AidCeilingExceeded):
        order(rolling, "O-2", ONE, PUDONG)


def test_a_calendar_year_begins_anew_on_its_first_day(town):
    yearly = {"scope": SCOPE, "period": "calendar_year", "ceiling": 650_000 * YUAN, "counts_at": "reservation"}
    opened(town, yearly)
    declare(town, amount=650_000 * YUAN, granted_on="2025-12-31")
    order(town, "O-1", ONE, PUDONG)
    declare(town, declaration_id="A-2", amount=650_000 * YUAN - HALF, granted_on="2026-01-01")
    with town.refused(AidCeilingExceeded):
        order(town, "O-2", ONE, PUDONG, asked=1)


def test_province_and_city_together_give_one_controller_at_most_650_000_a_year(town):
    yearly = {"scope": "SD-LC", "period": "calendar_year", "ceiling": 650_000 * YUAN, "counts_at": "reservation"}
    opened(town, yearly)
    declare(town, scope="SD-LC", measure="city top-up", amount=650_000 * YUAN - HALF, granted_on="2026-02-02")
    order(town, "O-1", ONE, PUDONG)
    with town.refused(AidCeilingExceeded):
        order(town, "O-2", OTHER, PUDONG, asked=1)


def test_other_aid_is_declared_once_with_its_document(rolling):
    assert declare(rolling)["recorded"] is True
    with rolling.assert_quiet():
        assert declare(rolling)["recorded"] is False
    with rolling.refused(DeclarationDiffers):
        declare(rolling, amount=1)


def test_a_withdrawn_declaration_no_longer_counts_and_its_number_is_used(rolling):
    declare(rolling, amount=CEILING, granted_on="2026-01-01")
    gone = WithdrawAid(PUDONG, SCOPE, "A-1", "recovered by the ministry")
    rolling.do(app.withdraw_aid, gone)
    with rolling.assert_quiet():
        rolling.do(app.withdraw_aid, gone)
    assert entries(rolling) == {}
    with rolling.refused(DeclarationDiffers):
        declare(rolling)


def test_only_what_was_declared_is_withdrawn(rolling):
    order(rolling, "O-1", ONE, PUDONG)
    with rolling.refused(DeclarationUnknown):
        rolling.do(app.withdraw_aid, WithdrawAid(PUDONG, SCOPE, "O-1", "an error"))
    with rolling.refused(DeclarationUnknown):
        rolling.do(app.withdraw_aid, WithdrawAid(PUDONG, SCOPE, "A-9", "an error"))


def test_a_declaration_says_an_amount_and_a_day_that_has_come(rolling):
    with rolling.refused(AidNothing):
        declare(rolling, amount=0)
    declare(rolling, granted_on=rolling.on)
    with rolling.refused(AidOfTheFuture):
        declare(rolling, declaration_id="A-2", granted_on="2026-02-03")


def test_aid_stands_among_all_reasons_of_a_refusal(rolling):
    declare(rolling, amount=CEILING, granted_on="2026-01-01")
    with rolling.refused(Ineligible, "aid-ceiling-exceeded", "contract-before-grant", "service-already-started"):
        order(rolling, "O-1", ONE, PUDONG, starts_on="2026-02-01", contract_on="2026-02-01")


def test_a_policy_without_the_table_counts_no_aid(town):
    town.order()
    assert not any(topic.startswith(("aid.", "undertaking.")) for topic in town.topics())


def test_a_firm_that_was_not_entitled_elsewhere_keeps_a_ledger_of_its_own(rolling):
    rolling.record(WUJIANG)
    declare(rolling, enterprise_id=WUJIANG, granted_on="2026-01-01")
    order(rolling, "O-1", ONE, PUDONG, voucher_id=voucher_of(PUDONG, ONE))
    assert entries(rolling, WUJIANG) == {"A-1": CEILING - HALF}
