"""Every view is what folding the log by hand gives: two ways to the same figures, after random years."""

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.projections import ALL, Views
from service.projections.balances import Voucher
from service.projections.catalogues import products
from service.projections.demands import Demand, offers
from service.projections.entitlements import Entitlement, Finding, denials_by_reason, findings, outcomes
from service.projections.orders import Order, invoices_of
from service.projections.programmes import Budget, Policy, Programme
from service.projections.providers import Application, Provider, provider_entry, sites_of
from service.projections.refusals import Refusal, refusals_by_code
from service.projections.reviews import Opinion, Review
from service.projections.settlements import Settlement, SettlementLine
from service.projections.spending import Spending
from service.projections.statement import statement
from service.projections.tables import Row
from tests.service.walk import a_year
from tests.town import Town
from vouchers import wire
from vouchers.entitlement import events as entitlement
from vouchers.kinds import (
    ADMISSION,
    BUDGET,
    CATALOGUE,
    DEMAND,
    ENTITLEMENT,
    ORDER,
    PROGRAMME,
    PROVIDER,
    REVIEW,
    SETTLEMENT,
    VOUCHER,
    Kind,
)
from vouchers.order.events import InvoiceAdded, InvoiceFiled
from vouchers.voucher.events import PLACES

SEEDS = range(1, 9)


@pytest.fixture(params=SEEDS, scope="module")
def year(request: pytest.FixtureRequest) -> Iterator[tuple[Town, Session]]:
    with a_year(request.param) as town, Views("memory:") as views:
        assert views.catch_up(town.ledger) == town.ledger.size()
        with views.session() as session:
            yield town, session


def states(town: Town, kind: Kind) -> dict:
    """Return what every stream of a kind folds to, by key."""
    names = town.ledger.names(f"{kind.name}/")
    return {name.partition("/")[2]: town.ledger.state(kind, name.partition("/")[2]) for name in names}


def rows(session: Session, row: type[Row], *keys: str) -> dict:
    """Return the rows of a table by key."""
    found = {}
    for line in session.scalars(select(row)):
        key = tuple(getattr(line, name) for name in keys)
        found["/".join(map(str, key))] = line
    return found


def picked(row: object, *names: str) -> dict:
    return {name: getattr(row, name) for name in names}


def test_the_years_hold_every_event_that_a_view_counts():
    seen: set[str] = set()
    for seed in SEEDS:
        with a_year(seed) as town:
            seen |= set(town.topics())
    assert {wire.TOPICS[event] for view in ALL for event in view.handlers} <= seen


def test_a_balance_is_the_folded_voucher(year):
    town, session = year
    stored = rows(session, Voucher, "voucher_id")
    folded = states(town, VOUCHER)
    assert stored.keys() == folded.keys()
    for key, state in folded.items():
        names = (*PLACES, "use_by_on", "redeem_by_on", "extensions", "face")
        assert picked(stored[key], *names) == picked(state, *names)
        terms = ("programme", "period", "enterprise_id", "kind", "currency", "issued_on")
        assert picked(stored[key], *terms) == picked(state.terms, *terms)
        assert tuple(wire.parse(stored[key].categories)) == state.terms.categories


def test_the_last_line_of_a_statement_is_the_folded_voucher(year):
    town, session = year
    for key, state in states(town, VOUCHER).items():
        lines = statement(session, key, limit=1_000)
        assert [line.seq for line in lines] == [entry.seq for entry in town.ledger.history(f"voucher/{key}")]
        assert lines[-1].places == picked(state, *PLACES)
        assert all(line.adds_up for line in lines)


def test_an_order_is_the_folded_order(year):
    town, session = year
    stored = rows(session, Order, "order_id")
    folded = states(town, ORDER)
    assert stored.keys() == folded.keys()
    for key, state in folded.items():
        row, registered = stored[key], state.registered
        names = ("status", "claimed", "paid", "clawed_back", "redemption_id", "settlement_id")
        assert picked(row, *names, "reserved") == {**picked(state, *names), "reserved": state.held}
        terms = ("programme", "period", "category", "voucher_id", "enterprise_id", "provider_id", "payee", "tier")
        money = ("gross", "net", "base", "subsidy", "own_share", "currency", "policy_version", "registered_on")
        assert picked(row, *terms, *money) == picked(registered, *terms, *money)
        assert row.reserved + row.claimed + row.paid + row.released == registered.subsidy
        assert row.delivered_on == (state.delivery.delivered_on if state.delivery else "")
        filed = [e.invoice for e in town.events(f"order/{key}") if isinstance(e, InvoiceFiled | InvoiceAdded)]
        assert row.invoice == (filed[-1] if filed else "")
        assert {each.invoice for each in invoices_of(session, key)} == (
            set(state.bills) if state.held or state.claims else set()
        )


def test_a_settlement_is_the_folded_settlement(year):
    town, session = year
    batches = rows(session, Settlement, "settlement_id")
    lines = rows(session, SettlementLine, "settlement_id", "redemption_id")
    folded = states(town, SETTLEMENT)
    assert batches.keys() == folded.keys()
    expected = {
        f"{key}/{redemption}": (line.status, line.attempt, line.instruction_id, line.added.amount, line.added.payee_id)
        for key, state in folded.items()
        for redemption, line in state.lines.items()
    }
    names = ("status", "attempt", "instruction_id", "amount", "payee_id")
    assert {key: tuple(picked(row, *names).values()) for key, row in lines.items()} == expected
    for key, state in folded.items():
        names = ("programme", "currency", "count", "total", "proposed_by")
        assert picked(batches[key], *names) == picked(state.proposed, *names)
        names = ("approved_by", "withdrawn_by")
        assert picked(batches[key], *names) == picked(state, *names)
        for redemption, line in state.lines.items():
            assert lines[f"{key}/{redemption}"].account_ref == (line.account_ref or line.added.account_ref)


def test_spending_is_the_sum_of_all_vouchers_and_of_all_orders(year):
    town, session = year
    by_programme: Counter = Counter()
    for state in states(town, VOUCHER).values():
        for place in PLACES[1:]:
            by_programme[state.terms.programme, state.terms.period, place] += getattr(state, place)
        by_programme[state.terms.programme, state.terms.period, "entitled"] += state.face
    by_category: Counter = Counter()
    for state in states(town, ORDER).values():
        key = (state.registered.programme, state.registered.period, state.registered.category)
        by_category[*key, "orders"] += 1
        by_category[*key, "reserved"] += state.held
        by_category[*key, "claimed"] += state.claimed
        by_category[*key, "paid"] += state.paid - state.clawed_back
        by_category[*key, "clawed_back"] += state.clawed_back
    stored_total, stored_category = Counter(), Counter()
    for row in session.scalars(select(Spending)):
        for name in (*PLACES[1:], "entitled"):
            stored_total[row.programme, row.period, name] += getattr(row, name)
        for name in ("orders", "reserved", "claimed", "paid", "clawed_back"):
            if row.category:
                stored_category[row.programme, row.period, row.category, name] += getattr(row, name)
    assert +stored_total == +by_programme
    assert +stored_category == +by_category


def test_budgets_are_the_running_totals_of_their_streams(year):
    town, session = year
    stored = rows(session, Budget, "programme", "period", "pool")
    names = ("appropriated", "committed")
    expected = {key: picked(state, *names) for key, state in states(town, BUDGET).items()}
    assert {key: picked(row, *names) for key, row in stored.items()} == expected


def test_programmes_and_policies_are_the_folded_programmes(year):
    town, session = year
    stored = rows(session, Programme, "programme")
    policies = {(row.programme, row.version, row.digest) for row in session.scalars(select(Policy))}
    folded = states(town, PROGRAMME)
    assert stored.keys() == folded.keys()
    for key, state in folded.items():
        assert stored[key].closed_on == state.closed_on
        assert stored[key].title == state.announced.title
    assert policies == {(key, p.version, p.digest) for key, state in folded.items() for p in state.policies}


def test_the_directory_is_the_folded_providers(year):
    town, session = year
    folded = states(town, PROVIDER)
    assert rows(session, Provider, "provider_id").keys() == folded.keys()
    for key, state in folded.items():
        entry = provider_entry(session, key)
        names = ("name", "account_ref", "suspended_on", "reinstated_on", "effect")
        names = (*names, "removed_on", "removal", "barred_until_on")
        assert picked(entry.provider, *names) == picked(state, *names)
        days = {(category, *span) for category in state.accredited for span in state.days_of(category)}
        assert set(entry.accreditations) == days
        places = {each.site_id: (each.region, each.account_ref, each.closed_on) for each in sites_of(session, key)}
        assert places == {each: (site.region, site.account_ref, site.closed_on) for each, site in state.sites.items()}


def test_applications_are_the_folded_admissions(year):
    town, session = year
    stored = rows(session, Application, "provider_id")
    folded = states(town, ADMISSION)
    assert stored.keys() == folded.keys()
    for key, state in folded.items():
        shown = (stored[key].status, stored[key].notice_last_on, stored[key].objections)
        assert shown == (state.status, state.last_on, len(state.objections))


def test_ratings_are_added_up_by_provider(year):
    town, session = year
    given = [event for name in town.ledger.names("rating/") for event in town.events(name)]
    found = session.scalars(select(Provider).where(Provider.ratings > 0))
    assert {(row.provider_id, row.stars, row.ratings) for row in found} == {
        (event.provider_id, event.stars, 1) for event in given
    }


def test_products_are_the_folded_catalogues(year):
    town, session = year
    for key, state in states(town, CATALOGUE).items():
        shown = {each.product.product_id: each.fee for each in products(session, provider_id=key, on=town.on)}
        offered = {code: each.fee_on(town.on) for code, each in state.products.items() if each.offered(town.on)}
        assert shown == offered


def test_the_demand_list_is_the_folded_demands(year):
    town, session = year
    stored = rows(session, Demand, "demand_id")
    folded = states(town, DEMAND)
    assert stored.keys() == folded.keys()
    for key, state in folded.items():
        assert picked(stored[key], "status", "accepted", "order_id") == picked(state, "status", "accepted", "order_id")
        standing = {each.offer_id for each in offers(session, key) if each.status != "withdrawn"}
        assert standing == state.offers.keys()


def test_reviews_are_the_folded_reviews(year):
    town, session = year
    stored = rows(session, Review, "redemption_id")
    folded = states(town, REVIEW)
    assert stored.keys() == folded.keys()
    for key, state in folded.items():
        row = stored[key]
        assert row.drawn == (state.assigned is not None)
        assert row.approvals == len(state.approvals)
        assert row.outcome == state.outcome.replace("spared", "approved")
        said = session.scalars(select(Opinion).where(Opinion.redemption_id == key, Opinion.opinion == "approved"))
        assert tuple(opinion.reviewer for opinion in said) == state.approvals


def test_a_redemption_that_is_not_open_any_more_waits_for_nobody(year):
    town, session = year
    claims = [claim for state in states(town, ORDER).values() for claim in state.claims.values()]
    open_now = {claim.redemption_id for claim in claims if claim.status == "requested"}
    waiting = {row.redemption_id for row in session.scalars(select(Review)) if row.drawn and not row.outcome}
    assert waiting == open_now


def test_findings_are_what_is_open_in_the_folded_entitlements(year):
    town, session = year
    found = Counter((each.programme, each.period, each.enterprise_id, each.kind) for each in findings(session))
    folded = Counter(
        (*key.split("/"), kind) for key, state in states(town, ENTITLEMENT).items() for kind in state.findings
    )
    assert found == folded
    assert {kind for _, _, _, kind in found} == {"failure"}
    closed = [row for row in session.scalars(select(Finding)) if row.closed_on]
    assert {row.kind for row in closed} == {"doubt", "reassessment", "over-cap"}
    assert all(row.closing and row.text for row in closed)


def test_decisions_are_the_folded_entitlements(year):
    town, session = year
    stored = rows(session, Entitlement, "programme", "period", "enterprise_id")
    entitlements = states(town, ENTITLEMENT)
    assert stored.keys() == entitlements.keys()
    passed = {key for key, state in entitlements.items() if state.passed}
    assert passed
    assert {key for key, row in stored.items() if row.outcome == "passed"} == passed
    folded = {key: state.decision for key, state in entitlements.items() if key not in passed}
    reasons: Counter = Counter()
    for key, decision in folded.items():
        granted = isinstance(decision, entitlement.Granted)
        assert stored[key].outcome == ("granted" if granted else "denied")
        names = ("policy_version", "policy_digest", "facts_as_of_on")
        assert picked(stored[key], *names) == picked(decision, *names)
        if granted:
            assert stored[key].face == sum(allotment.face for allotment in decision.vouchers)
        else:
            assert wire.parse(stored[key].reasons) == list(wire.plain(decision.reasons))
            reasons.update((*key.split("/")[:2], reason.code) for reason in decision.reasons)
    for programme, period in {tuple(key.split("/")[:2]) for key in folded}:
        counted = denials_by_reason(session, programme, period)
        assert counted == {code: n for (p, y, code), n in reasons.items() if (p, y) == (programme, period)}
        assert sum(outcomes(session, programme, period).values()) == sum(
            key.startswith(f"{programme}/{period}/") for key in entitlements
        )


def test_every_refusal_has_its_row(year):
    town, session = year
    recorded = [entry for entry in town.ledger.entries() if entry.type == "refusal.Recorded"]
    stored = {row.seq: row for row in session.scalars(select(Refusal))}
    assert stored.keys() == {entry.seq for entry in recorded}
    for entry in recorded:
        names = ("enterprise_id", "command", "code", "programme", "category", "order_id", "amount")
        assert picked(stored[entry.seq], *names) == picked(entry.data, *names)
        assert wire.parse(stored[entry.seq].reasons) == list(wire.plain(entry.data.reasons))
    assert refusals_by_code(session) == dict(sorted(Counter(entry.data.code for entry in recorded).items()))
