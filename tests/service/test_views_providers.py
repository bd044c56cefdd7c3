"""The views of providers in every kind of store: who may take an order, whose notice runs, what is offered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from service.projections import Views
from service.projections.catalogues import products
from service.projections.demands import demands, offers
from service.projections.providers import applications, provider_entry, providers, sites_of
from tests.examples import INSTITUTE, JIANGSU_LAB, LAB, YUAN
from tests.service.providing import OTHERS, provide
from tests.service.walk import address
from tests.town import Town, a_town


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with a_town() as town:
        town.admit(INSTITUTE)
        town.accredit(INSTITUTE)
        town.accredit(category="RND")
        town.paid("last-paid", 2_000_00)
        provide(town)
        yield town


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def session(request: pytest.FixtureRequest, tmp_path: Path, town: Town) -> Iterator[Session]:
    with Views(address(request.param, request, tmp_path)) as views:
        views.catch_up(town.ledger, page=7)
        assert views.verify(town.ledger) == []
        with views.session() as session:
            yield session


def listed(session: Session, category: str, day: str) -> list[str]:
    return [each.provider.provider_id for each in providers(session, category=category, on=day)]


def test_the_directory_of_a_day_leaves_out_who_is_removed_or_withdrawn(session):
    assert listed(session, "TEST", "2026-02-08") == [INSTITUTE, LAB]
    assert INSTITUTE not in listed(session, "TEST", "2026-02-09")
    assert listed(session, "RND", "2026-02-08") == [LAB]
    assert listed(session, "RND", "2026-02-09") == []


def test_an_entry_shows_what_is_left_of_its_accreditations(session):
    entry = provider_entry(session, LAB)
    assert ("RND", "2026-01-01", "2026-02-08") in entry.accreditations
    assert [span for span in provider_entry(session, JIANGSU_LAB).accreditations if span[0] == "TEST"] == []
    renewed = provider_entry(session, JIANGSU_LAB).accreditations
    assert [span for span in renewed if span[0] == "STAGE1"] == [
        ("STAGE1", "2026-02-16", "2028-02-15"),
        ("STAGE1", "2028-02-16", "2030-02-15"),
    ]


def test_a_provider_that_was_admitted_again_is_not_shown_as_removed(session):
    row = provider_entry(session, JIANGSU_LAB).provider
    assert (row.removed_on, row.removal, row.reason) == ("", "", "")
    gone = provider_entry(session, INSTITUTE).provider
    assert (gone.removed_on, gone.removal, gone.barred_until_on) == ("2026-02-09", "void", "2099-12-31")


def test_the_notices_of_a_day_are_those_that_run_then(session):
    assert applications(session, on="2026-02-09") == []
    by_status = {row.provider_id: row.status for row in applications(session)}
    stopped, failed, given_up = OTHERS
    assert by_status == {JIANGSU_LAB: "joined", stopped: "stopped", failed: "failed", given_up: "withdrawn"}
    assert [row.provider_id for row in applications(session, status="failed")] == [failed]


def test_a_rating_counts_for_the_provider_of_the_order(session):
    row = provider_entry(session, LAB).provider
    assert (row.stars, row.ratings) == (4, 1)


def test_sites_show_their_own_account_and_whether_they_are_open(session):
    north, south = sites_of(session, LAB)
    assert (north.region, north.account_ref, north.closed_on) == ("320508", "account:north", "")
    assert (south.account_ref, south.closed_on) == ("", "2026-02-09")


def test_products_show_the_fee_of_the_day(session):
    (product,) = products(session, category="TEST", on="2026-02-09")
    assert (product.product.product_id, product.fee) == ("P-1", 600 * YUAN)
    assert [fee for _, fee in product.fees] == [500 * YUAN, 600 * YUAN]
    assert [each.product.product_id for each in products(session, provider_id=LAB, on="2026-02-08")] == ["P-1", "P-2"]


def test_the_demand_list_shows_what_takes_offers_on_a_day(session):
    assert [row.status for row in demands(session)] == ["ordered", "withdrawn"]
    assert demands(session, on="2026-02-09") == []
    assert {row.offer_id: row.status for row in offers(session, "D-1")} == {"A-1": "accepted", "A-2": "withdrawn"}
