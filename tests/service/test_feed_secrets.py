"""No firm's feed tells what is another's: looked for in the feeds of every firm after a year in which all happens."""

import json
import re

import pytest

from service.identity import Caller
from service.outward.audience import audience_of
from service.outward.feed import Feed
from service.outward.settings import Feed as Options
from tests.service.walk import a_year
from vouchers.identifiers import CREDIT_CODE_ALPHABET
from vouchers.kinds import ENTERPRISE

CODE = re.compile(f"(?<![0-9A-Za-z])[0-9A-Y]{{2}}[0-9]{{6}}[{CREDIT_CODE_ALPHABET}]{{10}}(?![0-9A-Za-z])")
PERSON = re.compile(r"\b(officer|reviewer|finance|regulator|system):[a-z]")
MOST = 100_000


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """A year's log, and the feed over it."""
    with a_year(3, 80) as town:
        feed = Feed(town.ledger, f"sqlite:{tmp_path_factory.mktemp('year') / 'views.db'}", Options(), 4)
        feed.catch_up(MOST)
        yield town.ledger, feed
        feed.close()


def firms(ledger, kind):
    return [name.partition("/")[2] for name in ledger.names(f"{kind}/")]


def told(feed, ledger, role, firm):
    before = ledger.state(ENTERPRISE, firm).predecessors if role == "enterprise" else ()
    reader = audience_of(Caller(role, firm), before)
    events, start = [], 0
    while start < ledger.size():
        page = feed.page(reader, start, 200)
        events, start = events + page.events, page.following
    return events, {firm, *before}


def partners(ledger):
    """Who is told of in the open: firms that deal with one another, by order, pledge, offer, line or booklet."""
    known = {}
    for entry in ledger.entries():
        codes = set(CODE.findall(f"{entry.agg} {getattr(entry.data, 'enterprise_id', '')}"))
        codes |= set(CODE.findall(f"{getattr(entry.data, 'provider_id', '')} {getattr(entry.data, 'other', '')}"))
        codes |= {str(getattr(entry.data, name, "")) for name in ("successor_id", "predecessor_id")} - {""}
        known.setdefault(entry.agg, set()).update(codes)
    return known


def test_an_enterprise_reads_no_code_of_a_firm_that_it_does_not_deal_with(year):
    ledger, feed = year
    known = partners(ledger)
    seen = 0
    for firm in firms(ledger, "enterprise"):
        events, own = told(feed, ledger, "enterprise", firm)
        seen += len(events)
        for event in events:
            found = set(CODE.findall(json.dumps(event["data"]))) - own
            assert found <= known[event["subject"]], event
    assert seen > 300


def test_no_firm_reads_who_in_an_office_did_what(year):
    ledger, feed = year
    seen = [
        json.dumps(event)
        for role in ("enterprise", "provider")
        for firm in firms(ledger, role)
        for event in told(feed, ledger, role, firm)[0]
    ]
    assert len(seen) > 300
    assert [event for event in seen if PERSON.search(event)] == []


def test_money_in_a_firms_feed_always_has_its_currency(year):
    ledger, feed = year
    counted = 0
    for role in ("enterprise", "provider"):
        for firm in firms(ledger, role):
            for event in told(feed, ledger, role, firm)[0]:
                if event["subject"].startswith("aid/"):
                    continue  # Declared aid is a number: nobody says in which currency.
                for name in ("amount", "gross", "net", "subsidy", "face", "fee", "budget", "paid"):
                    if event["data"].get(name) is not None:
                        counted += 1
                        assert isinstance(event["data"][name], dict), event
    assert counted > 300


def test_every_event_of_a_firms_own_orders_that_may_be_told_is_told_once(year):
    ledger, feed = year
    for firm in firms(ledger, "provider"):
        events, _ = told(feed, ledger, "provider", firm)
        numbers = [int(event["id"]) for event in events]
        assert numbers == sorted(set(numbers))
        reader = audience_of(Caller("provider", firm))
        every = [seq for seq in range(ledger.size()) if feed.event(reader, seq) is not None]
        assert numbers == every
