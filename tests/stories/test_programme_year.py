"""One year of the Shanghai programme, told in order, by the clock on the wall in Shanghai."""

from collections.abc import Iterator

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from service import clock
from tests.examples import CHANGNING, INSTITUTE, LAB, PUDONG, WUJIANG, YUAN, order_numbers, revised, voucher_of
from tests.town import Town, an_empty_town
from vouchers import application as app
from vouchers.budget.decisions import BudgetExhausted
from vouchers.invoice.decisions import InvoiceAlreadyUsed
from vouchers.kinds import VOUCHER
from vouchers.order.decisions import EvidenceMissing
from vouchers.provider.decisions import ProviderSuspended
from vouchers.refusals import Ineligible
from vouchers.settlement.decisions import ApproverNotIndependent

SPARED = next(order_numbers(sampled=False))
DRAWN = next(order_numbers(sampled=True))
INVOICE = "dfp:26310000000000004711"


class Year:
    """A town that lives by the clock: every command takes effect on the day that Shanghai's calendar shows."""

    def __init__(self, town: Town, wall: FrozenDateTimeFactory) -> None:
        self.town = town
        self.wall = wall

    def at(self, moment: str) -> Town:
        """Move the clock on to a moment in UTC; Shanghai is eight hours ahead."""
        self.wall.move_to(moment)
        return self.town.go(clock.today("Asia/Shanghai"))


@pytest.fixture
def year() -> Iterator[Year]:
    """Return a year that begins with the adoption of the programme."""
    with freeze_time("2025-12-20T01:00:00Z") as wall, an_empty_town(clock=clock.now) as town:
        yield Year(town, wall)


def test_a_year_of_the_programme(year):
    the_programme_is_adopted(year)
    the_new_year_entitles_without_asking(year)
    a_first_order_goes_through_unfelt(year)
    a_second_one_is_drawn_and_sent_back(year)
    the_month_is_settled_by_two_people(year)
    a_laboratory_is_suspended(year)
    the_rules_change_in_summer(year)
    the_money_runs_short_and_is_topped_up(year)
    the_last_evening_still_counts(year)
    what_nobody_used_lapses(year)
    an_inspection_finds_a_fault(year)
    the_books_add_up(year)


def the_programme_is_adopted(year: Year) -> None:
    town = year.at("2025-12-20T01:00:00Z")
    town.adopt(amount=1_000_000 * YUAN, period="2026")
    for provider, account in ((LAB, "account:lab"), (INSTITUTE, "account:institute")):
        town.admit(provider, account=account)
        town.accredit(provider, "TEST", "2026-01-01", "2026-12-31")


def the_new_year_entitles_without_asking(year: Year) -> None:
    # Half past midnight in Shanghai, while London still keeps the old year.
    town = year.at("2025-12-31T16:30:00Z")
    assert town.on == "2026-01-01"
    for firm in (PUDONG, CHANGNING, WUJIANG):
        town.record(firm)
    assert town.entitle(PUDONG, CHANGNING, WUJIANG)["granted"] == 2
    assert [why.code for why in town.decision(WUJIANG).reasons] == ["region"]
    assert town.voucher().available == 300_000 * YUAN


def a_first_order_goes_through_unfelt(year: Year) -> None:
    town = year.at("2026-02-02T02:00:00Z")
    town.order(SPARED, gross=10_000 * YUAN)
    year.at("2026-02-27T02:00:00Z").deliver(SPARED)
    # The work was cheaper than agreed, so the firm has more left to spend.
    town.invoice(SPARED, 9_000 * YUAN, number=INVOICE)
    assert town.redeem(SPARED)["status"] == "approved"
    assert town.voucher().available == 295_500 * YUAN


def a_second_one_is_drawn_and_sent_back(year: Year) -> None:
    town = year.at("2026-03-02T02:00:00Z")
    town.order(DRAWN, gross=40_000 * YUAN)
    year.at("2026-03-20T02:00:00Z").deliver(DRAWN)
    with town.refused(InvoiceAlreadyUsed):
        town.invoice(DRAWN, number=INVOICE)
    town.invoice(DRAWN)
    with town.refused(EvidenceMissing):
        town.redeem(DRAWN, without=("test_report",))
    assert town.redeem(DRAWN)["status"] == "requested"
    year.at("2026-03-23T02:00:00Z").reject(DRAWN)
    town.redeem(DRAWN)
    if town.state(DRAWN).status == "requested":
        town.approve(DRAWN)
    assert town.state(DRAWN).redemption_id.endswith("-R2")


def the_month_is_settled_by_two_people(year: Year) -> None:
    town = year.at("2026-03-31T08:00:00Z")
    batch = town.propose("S-2026-03", SPARED, DRAWN)
    assert batch["total"] == 24_500 * YUAN
    with town.refused(ApproverNotIndependent):
        town.sign("S-2026-03", actor="finance:sun")
    town.sign("S-2026-03")
    year.at("2026-04-02T02:00:00Z").confirm("S-2026-03", SPARED)
    town.fail("S-2026-03", DRAWN)
    year.at("2026-04-10T02:00:00Z").reinstruct("S-2026-03", DRAWN)
    town.confirm("S-2026-03", DRAWN)
    town.confirm("S-2026-03", DRAWN)
    assert town.voucher().paid == 24_500 * YUAN


def a_laboratory_is_suspended(year: Year) -> None:
    town = year.at("2026-05-04T02:00:00Z")
    town.order("O-MAY", gross=20_000 * YUAN)
    town.suspend("freeze")
    year.at("2026-05-20T02:00:00Z").deliver("O-MAY")
    town.invoice("O-MAY")
    with town.refused(ProviderSuspended):
        town.redeem("O-MAY")
    town.order("O-ELSEWHERE", gross=2_000 * YUAN, provider_id=INSTITUTE)
    year.at("2026-06-01T02:00:00Z").reinstate()
    town.redeem("O-MAY")
    assert town.state("O-MAY").claimed == 10_000 * YUAN


def the_rules_change_in_summer(year: Year) -> None:
    town = year.at("2026-06-15T02:00:00Z")
    extensions = {"extensions": 1, "extension_months": 1}
    town.do(app.adopt_policy, revised("sh-stiv-2025", "2026", extensions, effective_on="2026-07-01"))
    year.at("2026-07-01T02:00:00Z").order("O-JULY", gross=2_000 * YUAN)
    versions = {number: town.state(number).registered.policy_version for number in ("O-MAY", "O-JULY")}
    assert versions == {"O-MAY": "2025", "O-JULY": "2026"}


def the_money_runs_short_and_is_topped_up(year: Year) -> None:
    town = year.at("2026-10-12T02:00:00Z")
    town.cut("TEST", town.budget().free - 50_000 * YUAN)
    autumn = {"enterprise_id": CHANGNING, "voucher_id": voucher_of(CHANGNING), "ends_on": "2026-11-30"}
    with town.refused(BudgetExhausted):
        town.order("O-AUTUMN", gross=100_000 * YUAN + 2, **autumn)
    town.order("O-AUTUMN", gross=100_000 * YUAN, **autumn)
    assert town.budget().free == 0
    town.appropriate("TEST", 300_000 * YUAN)


def the_last_evening_still_counts(year: Year) -> None:
    town = year.at("2026-12-31T15:59:59Z")
    town.order("O-LAST", gross=2_000 * YUAN, ends_on="2026-12-31")
    town.deliver("O-LAST")
    # A second later the calendar in Shanghai shows the new year.
    year.at("2026-12-31T16:00:00Z")
    with town.refused(Ineligible) as caught:
        town.order("O-LATE", gross=2_000 * YUAN, ends_on="2027-01-01")
    assert "voucher-expired" in {cause.code for cause in caught.value.causes}
    town.invoice("O-LAST")
    town.redeem("O-LAST")


def what_nobody_used_lapses(year: Year) -> None:
    town = year.at("2027-01-02T02:00:00Z")
    for firm in (PUDONG, CHANGNING):
        town.expire(voucher_of(firm))
    year.at("2027-04-01T02:00:00Z")
    for number in ("O-ELSEWHERE", "O-JULY", "O-AUTUMN", "O-LAST"):
        town.lapse(number)
    statuses = {number: town.state(number).status for number in ("O-ELSEWHERE", "O-AUTUMN", "O-LAST")}
    assert statuses["O-ELSEWHERE"] == statuses["O-AUTUMN"] == "lapsed"
    assert statuses["O-LAST"] in {"requested", "approved"}


def an_inspection_finds_a_fault(year: Year) -> None:
    town = year.at("2027-05-10T02:00:00Z")
    town.claw_back(20_000 * YUAN, DRAWN)
    assert town.voucher().clawed_back == 20_000 * YUAN


def the_books_add_up(year: Year) -> None:
    town = year.town
    first, second = town.voucher(), town.voucher(voucher_of(CHANGNING))
    assert (first.paid, first.clawed_back, first.claimed) == (4_500 * YUAN, 20_000 * YUAN, 11_000 * YUAN)
    assert (first.available, first.reserved, first.expired) == (0, 0, 264_500 * YUAN)
    assert (second.expired, second.face) == (300_000 * YUAN, 300_000 * YUAN)
    # The budget bears what was paid and what is still claimed; what lapsed is free again.
    assert town.budget().committed == 35_500 * YUAN
    recorded = [entry.rec for entry in town.ledger.entries()]
    assert recorded == sorted(recorded)
    assert (recorded[0], recorded[-1]) == ("2025-12-20T01:00:00.000000Z", "2027-05-10T02:00:00.000000Z")
    for firm in (PUDONG, CHANGNING):
        state = VOUCHER.empty
        for event in town.events(f"voucher/{voucher_of(firm)}"):
            state = VOUCHER.evolve(state, event)
            assert state.face == 300_000 * YUAN
