"""The event feed: every reader gets what it may see, in order, without a gap, in the form of CloudEvents."""

import json
import re

import pytest

from service.identity import Caller
from service.outward.audience import OWN, SHOWN, audience_of
from service.outward.feed import Feed
from service.outward.settings import Feed as Options
from service.permissions import RULES
from tests.examples import LAB, PUDONG, voucher_of
from tests.service import feed_pages
from tests.service.clients import TODAY, an_api, check_problem, frozen, yuan
from tests.service.walk import FIRMS, begin, walk
from tests.town import an_empty_town
from vouchers import wire

ORDERED = "order.Registered"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("feed")) as api:
        api.order = api.approved()
        yield api


def read(api, who="enterprise", **query):
    answer = api.get("/v1/feed?" + "&".join(f"{name}={value}" for name, value in query.items()), who)
    assert answer.status_code == 200, answer.json
    return answer.json


def everything(api, who, limit=3, **query):
    """All events of a reader, page by page."""
    found, cursor = [], None
    for _ in range(500):
        page = read(api, who, limit=limit, **query, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        if page["next"] == cursor:
            return found
        cursor = page["next"]
    raise AssertionError("the feed has no end")


def names(events):
    return [event["type"].removeprefix("org.innovation-vouchers.").removesuffix(".v1") for event in events]


def test_an_event_has_the_attributes_of_a_cloud_event(api):
    [event] = read(api, "provider", types=ORDERED)["items"]
    assert event["specversion"] == "1.0"
    assert event["type"] == "org.innovation-vouchers.order.Registered.v1"
    assert event["subject"] == f"order/{api.order}"
    assert re.fullmatch(r"urn:vouchers:log:[0-9a-f]{24}", event["source"])
    assert event["time"] == "2026-02-02T04:00:00.000000Z"
    assert (event["datacontenttype"], event["streamversion"]) == ("application/json", 1)
    assert int(event["sequence"]) == int(event["id"])
    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in event)
    assert event["data"]["gross"] == yuan(10_000)
    assert event["data"]["effective_on"] == TODAY


def test_the_pages_of_a_feed_are_the_log_in_its_order_without_a_gap(api):
    found = everything(api, "regulator")
    assert [int(event["id"]) for event in found] == list(range(api.service.ledger.size()))
    assert [event["sequence"] for event in found] == sorted(event["sequence"] for event in found)


def test_the_regulator_gets_the_exact_bytes_of_every_entry(api):
    rows = api.service.ledger.rows(0, api.service.ledger.size())
    found = everything(api, "regulator", limit=200)
    assert [event["entry"].encode() for event in found] == [row.entry for row in rows]
    assert [event["leafhash"] for event in found] == [wire.leaf_hash(row.entry).hex() for row in rows]


@pytest.mark.parametrize("who", ["enterprise", "provider", "officer", "finance", "reviewer"])
def test_nobody_else_gets_bytes_or_their_digest_to_guess_at(api, who):
    assert not any({"entry", "leafhash"} & set(event) for event in everything(api, who))


def test_a_firm_is_told_of_its_own_orders_and_vouchers_and_of_nothing_else(api):
    own = everything(api, "enterprise")
    assert {"voucher.Issued", "voucher.Reserved", "order.Registered", "order.RedemptionApproved"} <= set(names(own))
    assert {event["subject"] for event in own} == {
        f"order/{api.order}",
        f"voucher/{voucher_of()}",
        f"enterprise/{PUDONG}",
        f"entitlement/SH-STIV/2026/{PUDONG}",
    }
    assert names(everything(api, "other-enterprise")) == []
    assert names(everything(api, "other-provider")) == []


def test_a_provider_is_not_told_what_the_registry_says_of_its_client(api):
    [told] = read(api, "provider", types=ORDERED)["items"]
    [own] = read(api, "enterprise", types=ORDERED)["items"]
    assert {"tier", "voucher_id", "attributes", "trace"} <= set(own["data"])
    assert not {"tier", "voucher_id", "attributes", "trace"} & set(told["data"])
    for event in (told, own):
        assert not {"enterprise_facts", "provider_facts", "caps"} & set(event["data"])
    assert not any(event["subject"].startswith(("voucher/", "enterprise/")) for event in everything(api, "provider"))


def test_an_office_is_told_of_its_own_subjects_only(api):
    readers = ("regulator", "officer", "finance", "reviewer")
    kinds = {who: {event["subject"].partition("/")[0] for event in everything(api, who)} for who in readers}
    assert "request" in kinds["regulator"]
    assert "request" not in kinds["officer"]
    assert {"budget", "order"} <= kinds["finance"]
    assert not {"enterprise", "review", "cap"} & kinds["finance"]
    assert "review" in kinds["reviewer"]
    assert not {"budget", "provider"} & kinds["reviewer"]


@pytest.mark.parametrize("topic", sorted({*SHOWN, *OWN["enterprise"], *OWN["provider"]}))
def test_what_firms_are_told_are_members_of_events_that_exist(topic):
    members = set(wire.EVENTS[topic].__dataclass_fields__)
    told = {*SHOWN.get(topic, "").split(), *OWN["enterprise"].get(topic, "").split()}
    told |= set(OWN["provider"].get(topic, "").split())
    assert told
    if not topic.startswith("voucher."):
        assert told <= members
    assert not told & {"enterprise_facts", "provider_facts", "caps", "draw_bp", "sample_bp", "by", "reviewer"}


def test_types_narrow_a_feed_by_name_or_by_kind(api):
    assert names(everything(api, "enterprise", types="order.Registered,voucher.Issued")) == [
        "voucher.Issued",
        "order.Registered",
    ]
    assert {name.partition(".")[0] for name in names(everything(api, "regulator", types="voucher.*"))} == {"voucher"}


@pytest.mark.parametrize("types", ["order.Flown", "*.*", "ord%25.*", "order", "order.Paid,,", "%27", "order.%2A%2A"])
def test_a_type_that_does_not_exist_is_refused(api, types):
    check_problem(api.get(f"/v1/feed?types={types}"), 400, "event-type-unknown", "/query/types")


def test_more_types_than_anybody_needs_are_refused(api):
    types = ",".join(["order.Paid"] * 51)
    check_problem(api.get(f"/v1/feed?types={types}"), 400, "too-many-event-types", "/query/types")


def test_a_feed_comes_as_lines_too(api):
    answer = api.get("/v1/feed?limit=200", "provider", Accept="application/x-ndjson")
    assert answer.mimetype == "application/x-ndjson"
    assert [json.loads(line) for line in answer.data.splitlines()] == everything(api, "provider")
    assert 'rel="next"' in answer.headers["Link"]


def test_a_feed_comes_as_a_batch_of_cloud_events_too(api):
    answer = api.get("/v1/feed?limit=200", "provider", Accept="application/cloudevents-batch+json")
    assert answer.mimetype == "application/cloudevents-batch+json"
    assert json.loads(answer.data) == everything(api, "provider")


def test_the_end_of_a_feed_is_no_end(api):
    page = read(api, "enterprise", limit=200)
    assert read(api, "enterprise", cursor=page["next"])["items"] == []
    order = api.registered(gross=yuan(2_000), net=yuan(2_000))
    fresh = read(api, "enterprise", cursor=page["next"])
    assert f"order/{order}" in {event["subject"] for event in fresh["items"]}
    assert fresh["position"] == api.service.ledger.size()


def test_a_place_that_the_log_does_not_have_is_refused_and_not_waited_at(api):
    size = api.service.ledger.size()
    assert read(api, start=size)["items"] == []
    check_problem(api.get(f"/v1/feed?start={size + 1}"), 400, "place-beyond-log", "/query/start")
    stream = api.get("/v1/feed", Accept="text/event-stream", **{"Last-Event-ID": str(size)})
    check_problem(stream, 400, "place-beyond-log")


def test_one_event_is_found_by_its_number(api):
    [event] = read(api, "provider", types=ORDERED, limit=1)["items"]
    answer = api.get(f"/v1/feed/{event['id']}", "provider")
    assert (answer.mimetype, json.loads(answer.data)) == ("application/cloudevents+json", event)


@pytest.mark.parametrize("number", ["0", "3", "999999", "99999999999999999999", "x", "-1", "1.0"])
def test_an_event_of_somebody_else_is_as_unknown_as_none(api, number):
    status = api.get(f"/v1/feed/{number}").status_code
    assert status == 404
    if not number.startswith("-"):
        check_problem(api.get(f"/v1/feed/{number}"), 404, "event-unknown")


def test_a_feed_can_be_asked_for_at_least_what_a_write_answered(api):
    position = api.service.ledger.size()
    assert read(api, after=position)["position"] >= position
    check_problem(api.get(f"/v1/feed?after={position + 1}"), 503, "views-behind", "/query/after")


def test_an_administrator_reads_no_feed():
    assert "administrator" not in RULES["feed.read_feed"].roles | RULES["feed.show_event"].roles


def test_a_firm_gets_the_feed_of_those_whose_place_it_took(api):
    reader = audience_of(Caller("enterprise", "91310000MA1FL00000"), (PUDONG,))
    found = api.service.feed.page(reader, 0, 200)
    assert f"order/{api.order}" in {event["subject"] for event in found.events}


def test_a_reader_for_one_programme_or_site_gets_no_other(api):
    for caller in (
        Caller("provider", LAB, programmes=("OTHER",)),
        Caller("provider", LAB, site="SITE-1"),
        Caller("officer", "li", programmes=("OTHER",)),
    ):
        reader = audience_of(caller)
        assert api.service.feed.page(reader, 0, 200).events == []
    here = api.service.feed.page(audience_of(Caller("provider", LAB, programmes=("SH-STIV",))), 0, 200)
    assert {event["subject"].partition("/")[0] for event in here.events} == {"order"}


def test_a_feed_over_postgresql_is_the_same(api, tmp_path, postgres_url):
    with frozen(), an_api(tmp_path, log=postgres_url, views=postgres_url) as other:
        other.approved()
        for who in ("enterprise", "provider", "officer"):
            told, here = everything(other, who), everything(api, who, limit=200)
            assert names(told) == names(here)[: len(told)]
            assert len(told) > 5


def test_two_processes_that_index_together_count_every_event_once(api, tmp_path):
    address = f"sqlite:{tmp_path / 'views.db'}"
    ledger, options = api.service.ledger, api.service.settings.feed
    feeds = [Feed(ledger, address, options, 4) for _ in range(2)]
    reader = audience_of(Caller("enterprise", PUDONG))
    numbers = []
    for turn in range(ledger.size()):
        feeds[turn % 2].catch_up(limit=1)
        numbers = [event["id"] for event in feeds[turn % 2].page(reader, 0, 200).events]
    assert numbers == [event["id"] for event in api.service.feed.page(reader, 0, 200).events]
    for feed in feeds:
        feed.close()


def test_an_index_of_another_log_begins_anew(api, tmp_path):
    address, options = f"sqlite:{tmp_path / 'views.db'}", api.service.settings.feed
    with an_empty_town() as longer:
        begin(longer)
        walk(longer, 5, 60)
        other = Feed(longer.ledger, address, options, 4)
        assert other.catch_up() > api.service.ledger.size()
        other.close()
    feed, reader = Feed(api.service.ledger, address, options, 4), audience_of(Caller("enterprise", PUDONG))
    expected = api.service.feed.page(reader, 0, 200).events
    assert feed.page(reader, 0, 200).events == expected
    feed.forget()
    assert feed.page(reader, 0, 200).events == expected
    feed.close()


def test_a_page_of_a_firm_reads_what_is_its_own_and_not_the_whole_log(tmp_path):
    log = tmp_path / "log.sqlite"
    with an_empty_town(f"sqlite:{log}") as town:
        begin(town)
        walk(town, 7, 150)
        feed = Feed(town.ledger, f"sqlite:{tmp_path / 'views.db'}", Options(), 4)
        feed.catch_up()
        for firm in FIRMS:
            reader = audience_of(Caller("enterprise", firm))
            page, every = 0, []
            while page < town.ledger.size():
                found = feed.page(reader, page, 7)
                every += found.events
                page = found.following
            seen = [event["id"] for event in every]
            assert len(seen) == len(set(seen)) > 0
            assert seen == [event["id"] for event in whole(feed, reader, town.ledger)]
        feed.close()


def whole(feed, reader, ledger):
    """What a reader sees of every single entry."""
    return [event for seq in range(ledger.size()) if (event := feed.event(reader, seq)) is not None]


def test_the_document_tells_what_firms_are_told():
    assert feed_pages.PAGE.read_text(encoding="utf-8") == feed_pages.text(), "run: python -m tests.service.feed_pages"
