"""What people ask of the views, on SQLite and on PostgreSQL: whose, since when, from which day, the next page."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from service.projections import Views
from service.projections.balances import balance, balances
from service.projections.entitlements import denials_by_reason, entitlement_row, entitlements, outcomes
from service.projections.orders import order_row, orders
from service.projections.programmes import budgets, policies, programmes
from service.projections.providers import provider_entry, providers
from service.projections.refusals import refusals, refusals_by_code
from service.projections.reviews import opinions, review_queue, review_row
from service.projections.settlements import (
    payable_orders,
    payables,
    payments_to,
    settlement_lines,
    settlement_row,
    settlements,
)
from service.projections.spending import days_of, periods, spending
from service.projections.statement import statement
from tests.examples import CHANGNING, INSTITUTE, LAB, PUDONG, SH_CODE, WUJIANG, an_order, order_numbers, voucher_of
from tests.service.walk import address
from tests.town import Town, a_town
from vouchers import application as app
from vouchers.ledger import Meta
from vouchers.refusals import Refused

SPARED = order_numbers(sampled=False)
FIRST, SECOND, THIRD, FOURTH = (next(SPARED) for _ in range(4))


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """A year in which every question has an answer; it ends on 1 May 2027."""
    with a_town() as town:
        town.record(WUJIANG, status="closed")
        town.record(CHANGNING, credit_tier="D")
        town.entitle(WUJIANG, CHANGNING)
        town.admit(INSTITUTE, account="account:2", region="320100", kind="institute")
        town.accredit(INSTITUTE, "TEST", "2026-03-01", "2026-12-31")
        town.approved(FIRST, 10_000_00)
        town.go("2026-02-10").approved(SECOND, 20_000_00)
        town.go("2026-03-01").approved(THIRD, 4_000_00)
        town.go("2026-03-31").propose("S-1", FIRST, SECOND)
        town.sign("S-1")
        town.go("2026-04-01").confirm("S-1", FIRST)
        town.fail("S-1", SECOND)
        town.order(FOURTH, gross=8_000_00, ends_on="2026-04-30")
        changning = {"enterprise_id": CHANGNING, "voucher_id": voucher_of(CHANGNING), "provider_id": INSTITUTE}
        town.order("O-checked", **changning, gross=6_000_00, ends_on="2026-04-30")
        town.deliver("O-checked")
        town.invoice("O-checked")
        town.redeem("O-checked")
        town.approve("O-checked", "reviewer:zhao")
        refuse(town, "O-refused", gross=1_000_000_00, category="POC")
        town.go("2026-06-01").suspend("finish", LAB)
        town.go("2027-05-01").lapse(FOURTH)
        yield town


def refuse(town: Town, order_id: str, **changes: object) -> None:
    command = an_order(order_id, **changes)
    with pytest.raises(Refused) as caught:
        town.do(app.register_order, command)
    meta = Meta("enterprise:pudong", "enterprise", town.on)
    app.record_refusal(town.ledger, "register_order", command, PUDONG, caught.value, meta)


@pytest.fixture(params=["memory", "postgres"])
def session(request: pytest.FixtureRequest, tmp_path: Path, town: Town) -> Iterator[Session]:
    with Views(address(request.param, request, tmp_path)) as views:
        views.catch_up(town.ledger)
        with views.session() as session:
            yield session


def test_a_balance_is_spendable_on_the_last_day_and_expired_on_the_next(session):
    (last,) = balances(session, CHANGNING, "2026-12-31")
    (after,) = balances(session, CHANGNING, "2027-01-01")
    assert (last.spendable, last.places["expired"]) == (297_000_00, 0)
    assert (after.spendable, after.places["expired"]) == (0, 297_000_00)
    assert sum(last.places.values()) == sum(after.places.values()) == last.face


def test_a_balance_says_what_became_of_the_rest(session):
    (found,) = balances(session, PUDONG, "2026-04-02")
    assert {(reason.place, reason.amount) for reason in found.reasons} == {
        ("paid", 5_000_00),
        ("claimed", 12_000_00),
        ("expired", 4_000_00),
    }
    assert "expired unused after 2026-12-31" in [reason.text for reason in found.reasons]
    assert found.categories == tuple(sorted(found.categories))
    assert asdict(found)["currency"] == "CNY"


def test_a_balance_is_found_by_number_and_by_programme(session):
    assert balance(session.connection(), voucher_of(), "2026-04-02") == balances(session, PUDONG, "2026-04-02")[0]
    assert balances(session, PUDONG, "2026-04-02", programme="YRD-STIV") == []
    assert balance(session.connection(), "V-NONE", "2026-04-02") is None
    assert balances(session, WUJIANG, "2026-04-02") == []


def test_a_statement_is_read_page_by_page_with_the_balance_of_the_whole(session):
    whole = statement(session, voucher_of(), limit=1_000)
    pages, after = [], -1
    while page := statement(session, voucher_of(), after=after, limit=3):
        pages += page
        after = page[-1].seq
    assert pages == whole
    assert [line.available for line in whole][:3] == [300_000_00, 295_000_00, 295_000_00]


def test_a_statement_can_be_asked_for_days_both_counted(session):
    lines = statement(session, voucher_of(), from_on="2026-02-10", to_on="2026-03-01")
    assert {line.eff for line in lines} == {"2026-02-10", "2026-03-01"}
    assert lines[0].available == 285_000_00
    assert statement(session, voucher_of(), from_on="2026-02-11", to_on="2026-02-28") == []


def test_orders_are_found_by_firm_provider_programme_and_status(session):
    everything = [row.order_id for row in orders(session)]
    assert everything == [FIRST, SECOND, THIRD, FOURTH, "O-checked"]
    assert [row.order_id for row in orders(session, enterprise_id=CHANGNING)] == ["O-checked"]
    assert [row.order_id for row in orders(session, provider_id=LAB, status="approved")] == [THIRD]
    assert orders(session, programme="YRD-STIV") == []
    assert order_row(session, FIRST).paid == 5_000_00
    assert order_row(session, "O-none") is None


def test_orders_are_read_page_by_page(session):
    first = orders(session, limit=2)
    rest = orders(session, after=first[-1].seq, limit=10)
    assert [row.order_id for row in (*first, *rest)] == [FIRST, SECOND, THIRD, FOURTH, "O-checked"]


def test_payables_say_how_much_and_since_when(session):
    (found,) = payables(session, SH_CODE)
    assert (found.payee_id, found.count, found.amount, found.since_on) == (LAB, 1, 2_000_00, "2026-03-01")
    assert payable_orders(session, SH_CODE) == [THIRD]
    assert payables(session, "YRD-STIV") == []


def test_a_settlement_counts_what_was_paid_and_what_failed(session):
    (found,) = settlements(session, programme=SH_CODE)
    assert (found.status, found.count, found.total) == ("attention", 2, 15_000_00)
    assert (found.paid, found.paid_amount, found.failed, found.failed_amount) == (1, 5_000_00, 1, 10_000_00)
    assert settlement_row(session, "S-1") == found
    assert settlement_row(session, "S-none") is None
    assert settlements(session, after=found.seq) == []


def test_the_lines_of_a_settlement_tell_their_payment(session):
    paid, failed = settlement_lines(session, "S-1")
    assert (paid.status, paid.paid_on, paid.bank_reference) == ("paid", "2026-04-01", f"bank-{FIRST}")
    assert (failed.status, failed.reason, failed.attempt) == ("failed", "account closed", 1)
    assert [line.order_id for line in payments_to(session, LAB)] == [FIRST, SECOND]


def test_what_a_withdrawn_settlement_let_go_is_payable_since_its_approval():
    with a_town() as town, Views("memory:") as views:
        town.approved("O-1")
        town.go("2026-02-10").propose("S-1", "O-1")
        town.go("2026-02-20").withdraw("S-1")
        views.catch_up(town.ledger)
        with views.session() as session:
            (owed,) = payables(session)
            assert (owed.count, owed.amount, owed.since_on) == (1, 5_000_00, "2026-02-02")
            assert payable_orders(session, SH_CODE) == ["O-1"]
            gone = settlement_row(session, "S-1")
            assert (gone.status, gone.withdrawn_on, gone.reason) == ("withdrawn", "2026-02-20", "nobody approves it")
            assert payments_to(session, LAB) == []
        town.move_account("account:9")
        town.propose("S-2", "O-1")
        town.sign("S-2")
        views.catch_up(town.ledger)
        with views.session() as session:
            assert payables(session) == []
            (line,) = payments_to(session, LAB)
            assert (line.settlement_id, line.status, line.account_ref) == ("S-2", "instructed", "account:9")
            assert [each.status for each in settlement_lines(session, "S-1")] == ["withdrawn"]


def test_a_claim_that_was_taken_back_waits_for_no_reviewer():
    with a_town() as town, Views("memory:") as views:
        town.tier("D")
        town.claimed()
        views.catch_up(town.ledger)
        with views.session() as session:
            assert [waiting.order_id for waiting in review_queue(session)] == ["O-1"]
        town.reverse()
        views.catch_up(town.ledger)
        with views.session() as session:
            assert review_queue(session) == []
            assert review_row(session, "O-1-R1").outcome == "closed"


def test_the_directory_asks_a_suspension_per_day():
    with a_town() as town, Views("memory:") as views:
        town.suspend("freeze", from_on="2026-03-01")
        town.reinstate(from_on="2026-04-01")
        views.catch_up(town.ledger)
        with views.session() as session:
            days = {"2026-02-28": 1, "2026-03-01": 0, "2026-03-31": 0, "2026-04-01": 1}
            assert {day: len(providers(session, category="TEST", on=day)) for day in days} == days


def test_the_review_queue_says_who_has_approved_already(session):
    (waiting,) = review_queue(session, programme=SH_CODE)
    assert (waiting.order_id, waiting.amount, waiting.tier) == ("O-checked", 3_000_00, "D")
    assert (waiting.approvals_needed, waiting.approved_by) == (2, ("reviewer:zhao",))
    assert "site_visit" in waiting.evidence
    assert review_queue(session, after=waiting.seq) == []
    assert [opinion.reviewer for opinion in opinions(session, waiting.redemption_id)] == ["reviewer:zhao"]
    assert review_row(session, f"{FIRST}-R1").drawn == 0


def test_spending_adds_up_by_category_and_in_all(session):
    found = spending(session, SH_CODE, "2026")
    whole, test = found.total, next(line for line in found.categories if line.category == "TEST")
    assert (whole.vouchers, whole.entitled, whole.orders) == (2, 600_000_00, 5)
    assert (test.reserved, test.claimed, test.paid) == (0, 15_000_00, 5_000_00)
    assert (test.released, test.lapsed, whole.expired) == (4_000_00, 4_000_00, 4_000_00)
    assert (whole.refused, {line.category: line.refused for line in found.categories}["POC"]) == (1, 1)
    (pool,) = [pool for pool in found.pools if pool.pool == "TEST"]
    assert (pool.committed, pool.free) == (20_000_00, pool.appropriated - 20_000_00)
    assert found.appropriated == sum(pool.appropriated for pool in found.pools)
    assert found.currency == "CNY"
    assert periods(session, SH_CODE) == ["2026"]


def test_a_period_in_which_nothing_was_spent_is_all_zero(session):
    found = spending(session, SH_CODE, "2031")
    assert (found.pools, found.categories, found.total.entitled, found.appropriated) == ((), (), 0, 0)


def test_the_name_of_a_period_tells_its_days():
    assert days_of("2026") == ("2026-01-01", "2026-12-31")
    assert days_of("2025-02-03..2025-12-05") == ("2025-02-03", "2025-12-05")


def test_the_directory_knows_who_may_take_orders_on_a_day(session):
    def who(**asked: str) -> list[str]:
        return [entry.provider.provider_id for entry in providers(session, **asked)]

    assert who() == sorted([LAB, INSTITUTE])
    assert who(category="TEST", on="2026-02-28") == [LAB]
    assert who(category="TEST", on="2026-03-01") == sorted([LAB, INSTITUTE])
    assert who(category="TEST", on="2026-05-31") == sorted([LAB, INSTITUTE])
    assert who(category="TEST", on="2026-06-01") == [INSTITUTE]
    assert who(category="TEST", on="2027-01-01") == []
    assert who(category="POC") == []
    assert who(region="32") == [INSTITUTE]
    assert who(region="3_") == []
    assert who(after=min(LAB, INSTITUTE)) == [max(LAB, INSTITUTE)]


def test_a_directory_entry_lists_its_accreditations(session):
    entry = provider_entry(session, LAB)
    assert entry.accreditations == (("TEST", "2026-01-01", "2027-12-31"),)
    assert (entry.provider.kind, entry.provider.region, entry.provider.suspended_on) == ("lab", "310104", "2026-06-01")
    assert provider_entry(session, "nobody") is None


def test_decisions_are_counted_with_their_reasons(session):
    assert outcomes(session, SH_CODE, "2026") == {"granted": 2, "denied": 1}
    assert denials_by_reason(session, SH_CODE, "2026") == {"region": 1, "status": 1}
    (denied,) = entitlements(session, outcome="denied")
    assert (denied.enterprise_id, denied.face) == (WUJIANG, 0)
    assert entitlement_row(session, SH_CODE, "2026", PUDONG).face == 300_000_00
    assert [row.enterprise_id for row in entitlements(session, programme=SH_CODE, limit=1)] == [PUDONG]


def test_refusals_are_on_record_with_programme_and_reasons(session):
    (found,) = refusals(session, enterprise_id=PUDONG)
    assert (found.order_id, found.programme, found.category) == ("O-refused", SH_CODE, "POC")
    assert refusals_by_code(session, SH_CODE) == {found.code: 1}
    assert refusals(session, programme="YRD-STIV") == []


def test_programmes_policies_and_budgets_can_be_listed(session):
    assert [row.programme for row in programmes(session)] == [SH_CODE]
    assert [row.version for row in policies(session, SH_CODE)] == ["2025"]
    assert {row.period for row in budgets(session, SH_CODE)} == {"2026"}
    assert budgets(session, SH_CODE, "2027") == []


def test_a_row_can_be_told_as_plain_values(session):
    told = order_row(session, FIRST).as_dict()
    assert (told["order_id"], told["paid"], told["status"]) == (FIRST, 5_000_00, "paid")
