"""Sites: one registration number, many places, each with its region, its account and its access."""

from tests.changed import a_town_where
from tests.examples import LAB
from vouchers import application as app
from vouchers.kinds import PROVIDER
from vouchers.provider.decisions import ProviderUnknown
from vouchers.provider.sites import AddSite, CloseSite, SiteIsClosed, SiteUnknown, TooManySites
from vouchers.refusals import Ineligible

NORTH = AddSite(LAB, "north", "North site", "320508", "access:1")
CLOSE = CloseSite(LAB, "north", "2026-02-09", "the lease ended")


def test_the_region_of_the_contracting_branch_counts(town):
    town.do(app.add_site, NORTH)
    town.order("O-1")
    town.order("O-2", attributes={"site_id": "north"})
    assert town.state("O-1").registered.provider_facts["region"] == "310104"
    assert town.state("O-2").registered.provider_facts["region"] == "320508"


def test_a_branch_outside_of_the_area_is_paid_where_the_house_itself_would_not_be():
    with a_town_where(order={"provider_outside_areas": ["31"]}) as town:
        town.do(app.add_site, NORTH)
        with town.refused(Ineligible, "provider-in-own-area"):
            town.order("O-1")
        town.order("O-2", attributes={"site_id": "north"})
        assert town.state("O-2").status == "registered"


def test_the_region_of_an_order_stays_that_of_its_registration(town):
    town.do(app.add_site, NORTH)
    town.order(attributes={"site_id": "north"})
    town.do(app.add_site, AddSite(LAB, "north", "North site", "330102", "access:1"))
    assert town.state().registered.provider_facts["region"] == "320508"


def test_the_work_of_a_site_is_paid_to_the_account_of_the_site(town):
    town.do(app.add_site, NORTH)
    town.move_account("account:north", site="north")
    town.order(attributes={"site_id": "north"}, gross=1_000_000)
    town.deliver()
    town.invoice()
    town.redeem()
    if town.state().status == "requested":
        town.approve()
    town.propose("S-1", "O-1")
    town.sign("S-1")
    assert town.settlement("S-1").lines["O-1-R1"].account_ref == "account:north"


def test_a_site_takes_orders_until_the_day_before_it_closes(town):
    town.do(app.add_site, NORTH)
    town.do(app.close_site, CLOSE)
    town.go("2026-02-08").order("O-1", attributes={"site_id": "north"})
    with town.go("2026-02-09").refused(SiteIsClosed):
        town.order("O-2", attributes={"site_id": "north"})
    town.order("O-3")
    assert town.state("O-1").status == town.state("O-3").status == "registered"


def test_a_closed_site_may_open_again(town):
    town.do(app.add_site, NORTH)
    town.do(app.close_site, CLOSE)
    with town.assert_quiet():
        town.do(app.close_site, CLOSE)
    town.do(app.add_site, NORTH)
    assert town.ledger.state(PROVIDER, LAB).sites["north"].closed_on == ""


def test_an_unknown_site_takes_no_order_and_is_not_closed(town):
    with town.refused(SiteUnknown):
        town.order(attributes={"site_id": "south"})
    with town.refused(SiteUnknown):
        town.do(app.close_site, CLOSE)
    with town.refused(ProviderUnknown):
        town.do(app.add_site, AddSite("91110000600037341L", "north", "North", "320508"))


def test_the_same_site_again_changes_nothing(town):
    town.do(app.add_site, NORTH)
    with town.assert_quiet():
        town.do(app.add_site, NORTH)


def test_a_provider_has_at_most_two_hundred_sites(town):
    for number in range(200):
        town.do(app.add_site, AddSite(LAB, f"site-{number}", "A site", "320508"))
    with town.refused(TooManySites):
        town.do(app.add_site, NORTH)
