"""Callers with a limit: a provider's site, and officials of some programmes; and two people with tokens."""

import pytest

from service import clock
from service.identity import a_caller, create_key
from service.identity.issuing import LocalIssuer
from service.permissions import RULES
from service.reach import BY_QUERY, OF_SITES, WITHIN
from tests.examples import DIGEST, LAB, PUDONG, SH_CODE, YRD, YRD_CODE, voucher_of
from tests.service.clients import NOON, SUBJECTS, an_api, check_problem, delivery_body, frozen, invoice_body, yuan
from tests.service.test_permission_walk import ask, routes
from tests.supervised import supervised_policy
from vouchers import application as app
from vouchers.link.decisions import RecordLink

SITE, OTHER_SITE = "site-1", "site-2"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("reach")) as api:
        api.town.adopt(YRD)
        for site in (SITE, OTHER_SITE):
            body = {"site_id": site, "name": site, "region": "310115", "access_ref": ""}
            answer = api.post(f"/v1/providers/{LAB}/sites", body, "officer")
            assert answer.status_code == 200, answer.json
        issuer = LocalIssuer(api.service.settings.data)
        for who, caller in {
            "site": a_caller("provider", LAB, SITE),
            "here": a_caller("officer", "li", programmes=(SH_CODE,)),
            "there": a_caller("officer", "li", programmes=(YRD_CODE,)),
            "both": a_caller("finance", "sun", programmes=(YRD_CODE, SH_CODE)),
            "finance-there": a_caller("finance", "sun", programmes=(YRD_CODE,)),
            "regulator-there": a_caller("regulator", "audit", programmes=(YRD_CODE,)),
            "firm-there": a_caller("enterprise", PUDONG, programmes=(YRD_CODE,)),
        }.items():
            api.keys[who] = issuer.issue(caller, 3_600, clock.seconds())[0]
        api.service.catch_up()
        yield api


def ordered(api, site=None):
    """The number of a small order, of a site where one is named."""
    changes = {"attributes": {"site_id": site}} if site else {}
    return api.registered(gross=yuan(100), net=yuan(100), **changes)


def test_a_site_sees_the_orders_of_the_site_only(api):
    own, other, none = ordered(api, SITE), ordered(api, OTHER_SITE), ordered(api)
    api.service.catch_up()
    assert api.get(f"/v1/orders/{own}", "site").status_code == 200
    for order_id in (other, none):
        answer = check_problem(api.get(f"/v1/orders/{order_id}", "site"), 404, "order-unknown")
        missing = check_problem(api.get("/v1/orders/O-0000-0000-0000-0", "site"), 404, "order-unknown")
        assert (answer["detail"], answer["errors"]) == (missing["detail"], missing["errors"])
    listed = [item["order_id"] for item in api.get("/v1/orders?limit=200", "site").json["items"]]
    assert own in listed
    assert not {other, none} & set(listed)
    assert {own, other, none} <= {
        item["order_id"] for item in api.get("/v1/orders?limit=200", "provider").json["items"]
    }


def test_a_site_acts_for_the_orders_of_the_site_only(api):
    own, other = ordered(api, SITE), ordered(api, OTHER_SITE)
    before = api.log()
    check_problem(api.post(f"/v1/orders/{other}/invoices", invoice_body(31), "site"), 404, "order-unknown")
    check_problem(api.post(f"/v1/orders/{other}/redemptions", {"evidence": {}}, "site"), 404, "order-unknown")
    assert api.log() == before
    assert api.post(f"/v1/orders/{own}/deliveries", delivery_body()).status_code == 200
    assert (
        api.post(f"/v1/orders/{own}/invoices", invoice_body(32, gross=yuan(100), net=yuan(100)), "site").status_code
        == 200
    )


def test_a_key_may_be_for_a_site_as_well(api):
    text, key = create_key(api.service.settings.data, "provider", LAB, NOON, site=SITE)
    headers = {"Authorization": f"Bearer {text}"}
    assert api.client().get("/v1/me", headers=headers).json["site"] == SITE
    other = ordered(api, OTHER_SITE)
    check_problem(api.client().get(f"/v1/orders/{other}", headers=headers), 404, "order-unknown")
    assert key.site == SITE


@pytest.mark.parametrize("who", ["site", "there", "finance-there", "regulator-there", "firm-there"])
def test_whoever_has_a_limit_reaches_nothing_beyond_it(api, who):
    order_id = api.claimed()
    theirs = {
        "order_id": order_id,
        "redemption_id": api.town.state(order_id).redemption_id,
        "voucher_id": voucher_of(),
        "enterprise_id": PUDONG,
        "programme": SH_CODE,
        "code": SH_CODE,
        "provider_id": LAB,
    }
    before = api.log()
    role = api.get("/v1/me", who).json["role"]
    for endpoint, method, path in routes(api.app, theirs):
        if endpoint not in RULES or role not in RULES[endpoint].roles or endpoint in WITHIN | OF_SITES:
            continue
        answer = ask(api, method, path, api.headers(who))
        assert answer.status_code in (403, 404), (endpoint, answer.get_data(as_text=True))
        assert SH_CODE not in answer.get_data(as_text=True).replace(path, "")
    assert api.log() == before


def test_what_is_within_reach_for_everybody_shows_nothing_beyond_it(api):
    order_id = ordered(api)
    api.service.catch_up()
    for who in ("there", "finance-there", "regulator-there", "firm-there"):
        assert SH_CODE not in api.get("/v1/programmes", who).get_data(as_text=True)
        assert order_id not in api.get("/v1/orders", who).get_data(as_text=True)
    check_problem(
        api.post("/v1/settlements", {"programme": SH_CODE, "orders": [order_id]}, "finance-there"),
        404,
        "programme-beyond-reach",
    )
    check_problem(api.register(who="firm-there"), 404, "voucher-unknown")


def test_an_official_of_a_programme_works_in_it(api):
    order_id = ordered(api)
    api.service.catch_up()
    for path in (f"/v1/orders/{order_id}", f"/v1/vouchers/{voucher_of()}", f"/v1/programmes/{SH_CODE}/spending"):
        assert api.get(path, "here").status_code == 200, path
        assert api.get(path, "there").status_code == 404, path
    assert api.get("/v1/programmes", "here").json["items"][0]["programme"] == SH_CODE
    assert len(api.get("/v1/programmes", "both").json["items"]) == 2
    assert order_id in [item["order_id"] for item in api.get("/v1/orders?limit=200", "here").json["items"]]


def test_a_list_by_programme_is_within_reach_when_it_names_one_within_it(api):
    assert api.get(f"/v1/settlements?programme={SH_CODE}", "both").status_code == 200
    check_problem(api.get("/v1/settlements", "both"), 403, "beyond-reach")
    check_problem(api.get(f"/v1/settlements?programme={SH_CODE}", "finance-there"), 403, "beyond-reach")
    for endpoint in BY_QUERY:
        assert endpoint in RULES


def test_a_parameter_that_nobody_reads_widens_nothing(api):
    check_problem(api.get(f"/v1/enterprises/{PUDONG}/vouchers?programme={SH_CODE}", "here"), 403, "beyond-reach")
    check_problem(api.post(f"/v1/programmes?programme={SH_CODE}", {}, "here"), 403, "beyond-reach")


def test_every_exception_is_a_route(api):
    known = {endpoint for endpoint, _, _ in routes(api.app)}
    assert known >= WITHIN | OF_SITES | BY_QUERY


def with_tokens(api, *people):
    """The same people with tokens in place of keys."""
    issuer = LocalIssuer(api.service.settings.data)
    for who in people:
        caller = a_caller(who.split("-")[-1], SUBJECTS[who])
        api.keys[who] = issuer.issue(caller, 3_600, clock.seconds())[0]


def test_two_tokens_of_one_person_are_one_person(api):
    order_id = api.approved()
    with_tokens(api, "finance", "second-finance")
    body = {"programme": SH_CODE, "orders": [order_id]}
    path = api.post("/v1/settlements", body, "finance").headers["Location"]
    with_tokens(api, "finance")
    before = api.log()
    check_problem(api.post(f"{path}/approval", {}, "finance"), 403, "approver-not-independent")
    assert api.log() == before
    assert api.post(f"{path}/approval", {}, "second-finance").status_code == 200


def test_a_reviewer_with_a_tie_to_a_party_does_not_decide(tmp_path):
    with frozen(), an_api(tmp_path) as api:
        api.town.do(app.adopt_policy, supervised_policy({"ties": {"months": 6}}, "2025-watched"))
        with_tokens(api, "reviewer", "second-reviewer")
        link = RecordLink("reviewer:zhao", LAB, "employment", 10_000, "2025-01-01", "", "declaration", DIGEST)
        api.town.do(app.record_link, link)
        api.town.tier("D")
        order_id = api.claimed()
        before = api.log()
        decision = {"decision": "approve"}
        path = f"/v1/reviews/{order_id}/decision"
        check_problem(api.post(path, decision, "reviewer"), 403, "reviewer-tied")
        assert api.log() == before
        assert api.post(path, decision, "second-reviewer").status_code == 200
