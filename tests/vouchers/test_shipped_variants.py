"""What is peculiar to a shipped programme, played through the application under its own rulebook."""

import pytest

from tests.examples import CHANGNING, LAB, PUDONG, REPORT, an_order, facts_of_firm, voucher_of
from tests.policies.cases import policy
from vouchers import application as app
from vouchers.application.payability import NotYetACompany
from vouchers.application.pledging import PledgeVoucher
from vouchers.application.sharing import TooManyFirms
from vouchers.enterprise.decisions import RecordFacts
from vouchers.identifiers import make_credit_code
from vouchers.order.decisions import AcceptDelivery, Rate
from vouchers.policy import period_of

DAY = "2026-02-02"
FIRMS = [PUDONG, CHANGNING, *(make_credit_code("9", "1", "310112", number) for number in (3, 4))]


def begin(town, name, firms=(PUDONG,), seller=(), category="", **facts):
    """A town in which a shipped programme runs, with firms entitled and one provider accredited."""
    town.go(DAY).adopt(name)
    for firm in firms:
        town.do(app.record_facts, RecordFacts(firm, DAY, "registry", "00" * 32, facts_of_firm(firm, **facts)))
        assert town.entitle(firm, programme=policy(name).programme)["granted"] == 1
    town.admit(**dict(seller))
    town.accredit(LAB, category, DAY, "2027-12-31")
    return town


def voucher(name, kind, firm=PUDONG):
    """The number of a firm's voucher of today under a shipped programme."""
    return voucher_of(firm, policy(name).programme, period_of(policy(name), DAY), kind)


def dutch(town, gross, *partners):
    """A question of the first firm that is paid with its own small voucher and those of its partners."""
    numbers = [voucher("nl-mit", "SMALL", firm) for firm in (PUDONG, *partners)]
    for number in numbers[1:]:
        pledge = PledgeVoucher(number, "O-1", PUDONG, 525_000, "2026-03-31")
        town.do(app.pledge_voucher, pledge, actor="enterprise:partner")
    command = an_order(
        voucher_id=numbers[0],
        vouchers=tuple(numbers[1:]),
        category="SMALL",
        gross=gross * 121 // 100,
        net=gross,
        contract_on=DAY,
        starts_on=DAY,
        ends_on=DAY,
    )
    return town.do(app.register_order, command)


@pytest.fixture
def netherlands(empty_town):
    return begin(empty_town, "nl-mit", FIRMS, {"kind": "knowledge-provider"}, "SMALL", country="NL")


def test_three_dutch_firms_put_their_small_vouchers_together_on_one_question(netherlands):
    assert dutch(netherlands, 2_250_000, CHANGNING, FIRMS[2])["subsidy"] == 3 * 525_000
    for firm in FIRMS[:3]:
        assert netherlands.voucher(voucher("nl-mit", "SMALL", firm)).reserved == 525_000


def test_a_fourth_dutch_firm_is_one_too_many_and_nothing_happens(netherlands):
    with pytest.raises(TooManyFirms):
        dutch(netherlands, 3_000_000, *FIRMS[1:])
    assert netherlands.voucher(voucher("nl-mit", "SMALL")).reserved == 0


def test_a_dutch_firm_alone_gets_its_own_voucher_and_no_more(netherlands):
    assert dutch(netherlands, 2_250_000)["subsidy"] == 525_000


@pytest.mark.parametrize(("euro", "subsidy"), [(500_000, 425_000), (588_235, 499_999), (600_000, 500_000)])
def test_a_provider_of_the_republic_states_its_price_to_northern_ireland_in_euro(empty_town, euro, subsidy):
    seller = {"kind": "knowledge-provider", "country": "IE", "region": "IE"}
    facts = {"country": "GB", "region": "GB-NIR", "research_aid_five_years": False}
    begin(empty_town, "ni-iv", (PUDONG,), seller, "PROJECT", **facts)
    command = an_order(
        voucher_id=voucher("ni-iv", "voucher"),
        category="PROJECT",
        gross=euro,
        net=euro,
        contract_on=DAY,
        starts_on=DAY,
        ends_on=DAY,
        currency="EUR",
        rate=Rate(850_000, DAY, "reference rate of the central bank"),
    )
    answer = empty_town.do(app.register_order, command)
    assert (answer["subsidy"], answer["currency"]) == (subsidy, "GBP")


def test_a_bavarian_founder_is_granted_as_a_person_and_paid_once_there_is_a_company(empty_town):
    facts = {"region": "DE-BY-1", "in_needy_region": False, "vat_deductible": True, "public_share_bp": 0}
    town = begin(empty_town, "by-std", (PUDONG,), {"kind": "firm"}, "STANDARD", legal_form="team", **facts)
    command = an_order(
        voucher_id=voucher("by-std", "STANDARD"),
        category="STANDARD",
        gross=1_000_000,
        net=1_000_000,
        contract_on=DAY,
        starts_on=DAY,
        ends_on=DAY,
    )
    assert town.do(app.register_order, command)["subsidy"] == 500_000
    town.do(app.accept_delivery, AcceptDelivery("O-1", DAY, REPORT), actor="enterprise:founder")
    town.invoice()
    town.redeem()
    town.approve()
    with town.refused(NotYetACompany):
        town.propose("S-1", "O-1", programme="BY")
    founded = facts_of_firm(PUDONG, legal_form="company", **facts)
    town.do(app.record_facts, RecordFacts(PUDONG, DAY, "registry", "11" * 32, founded))
    town.move_account("account:firm", PUDONG)
    town.propose("S-1", "O-1", programme="BY")
    assert town.settlement("S-1").lines["O-1-R1"].added.amount == 500_000
