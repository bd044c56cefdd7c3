"""The conventions of the interface: traces, limits, versions, links and headers, each as a client meets it."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from freezegun import freeze_time

from tests.examples import SH_CODE, voucher_of
from tests.service.clients import an_api, check_problem, delivery_body, frozen, invoice_body, yuan

VOUCHER = f"/v1/vouchers/{voucher_of()}"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def api(tmp_path):
    with frozen(), an_api(tmp_path) as api:
        yield api


@pytest.fixture(params=["memory:", "sqlite:log.sqlite"])
def stored(request, tmp_path):
    with frozen(), an_api(tmp_path, request.param) as api:
        yield api


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """One installation for all tests that leave it as it is."""
    with frozen(), an_api(tmp_path_factory.mktemp("conventions")) as api:
        yield api


def traced(api, header):
    """Return the trace and span of the answer to a request that says this of its trace."""
    answer = api.client().get("/v1/orders", headers={"traceparent": header})
    found = re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])", answer.headers["traceresponse"])
    assert found
    assert answer.json["trace_id"] == found[1]
    return found


@pytest.mark.parametrize("header", [f"00-{TRACE}-{PARENT}-01", f"cc-{TRACE}-{PARENT}-01-what-comes-later"])
def test_a_request_stays_in_the_trace_of_its_caller(town, header):
    found = traced(town, header)
    assert (found[1], found[3]) == (TRACE, "01")
    assert found[2] != PARENT


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f"00-{TRACE}-{PARENT}-01-more",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{PARENT}-01" + "-x" * 200,
    ],
)
def test_a_trace_that_cannot_be_read_is_begun_anew(town, header):
    first, second = traced(town, header), traced(town, header)
    assert len({first[1], second[1], TRACE}) == 3


def test_without_a_limit_nothing_is_said_of_it(town):
    assert not [name for name, _ in town.get("/v1/programmes").headers if name.startswith("RateLimit")]


def test_every_answer_keeps_browsers_careful(town):
    for path in ("/healthz", "/v1/orders", "/v1/nothing"):
        headers = town.client().get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Frame-Options"] == "DENY"
        assert "Strict-Transport-Security" not in headers
    secure = town.client().get("/healthz", base_url="https://localhost")
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]


def test_a_page_links_the_first_and_the_next(api):
    for _ in range(3):
        api.registered(gross=yuan(100), net=yuan(100))
    api.service.catch_up()
    first = api.get("/v1/orders?limit=2&programme=" + SH_CODE)
    address = f"/v1/orders?limit=2&programme={SH_CODE}"
    assert first.headers["Link"] == f'<{address}>; rel="first", <{address}&cursor={first.json["next"]}>; rel="next"'
    last = api.get(f"{address}&cursor={first.json['next']}")
    assert last.headers["Link"] == f'<{address}>; rel="first"'


def test_what_the_client_has_already_is_not_sent_again(town):
    for path, who in [(VOUCHER, "enterprise"), (f"/v1/programmes/{SH_CODE}", "officer")]:
        first = town.get(path, who)
        tag = first.headers["ETag"]
        assert re.fullmatch(r'"[0-9]+\.[0-9a-f]{16}"', tag)
        again = town.get(path, who, **{"If-None-Match": f'"x", W/{tag}'})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert town.get(path, who, **{"If-None-Match": '"x"'}).data == first.data


def test_a_tag_holds_until_the_thing_changes_and_no_longer(stored):
    order_id = stored.registered()
    path = f"/v1/orders/{order_id}"
    first = stored.get(path).headers["ETag"]
    stored.registered(gross=yuan(100), net=yuan(100))  # The log grows, and this order stays.
    assert stored.get(path).headers["ETag"] == first
    stored.post(f"{path}/deliveries", delivery_body())
    changed = stored.get(path)  # Nobody brought the views forward.
    assert changed.headers["ETag"] != first
    assert changed.json["status"] == "delivered"


def test_nobody_learns_from_a_tag_what_is_not_theirs(api):
    path = f"/v1/orders/{api.registered()}"
    tag = api.get(path).headers["ETag"]
    check_problem(api.get(path, "other-enterprise", **{"If-None-Match": tag}), 404, "order-unknown")
    check_problem(api.get(path, "other-enterprise", **{"If-None-Match": "*"}), 404, "order-unknown")


def test_the_day_changes_what_a_voucher_shows(api):
    tag = api.get(VOUCHER).headers["ETag"]
    with freeze_time("2027-01-01T04:00:00Z"):
        late = api.get(VOUCHER, **{"If-None-Match": tag})
    assert late.status_code == 200
    assert late.headers["ETag"] != tag


def test_a_request_takes_effect_only_on_the_version_that_was_seen(stored):
    order_id = stored.registered()
    path = f"/v1/orders/{order_id}"
    seen = stored.get(path).headers["ETag"]
    assert stored.post(f"{path}/deliveries", delivery_body(), **{"If-Match": seen}).status_code == 200
    before = stored.log()
    stale = stored.post(f"{path}/cancellation", {"reason": "a slip"}, key="late", **{"If-Match": seen})
    check_problem(stale, 412, "version-stale", "/headers/if-match")
    assert stored.log() == before
    # A refused request burns no key.
    fresh = stored.get(path).headers["ETag"]
    assert (
        stored.post(f"{path}/cancellation", {"reason": "a slip"}, key="late", **{"If-Match": fresh}).status_code == 200
    )


def test_a_repetition_gets_its_answer_whatever_has_happened_since(stored):
    order_id = stored.registered()
    path, reason = f"/v1/orders/{order_id}", {"reason": "a slip"}
    seen = stored.get(path).headers["ETag"]
    first = stored.post(f"{path}/cancellation", reason, key="once", **{"If-Match": seen})
    again = stored.post(f"{path}/cancellation", reason, key="once", **{"If-Match": seen})
    assert (again.status_code, again.data) == (200, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("header", ["3", '"x"', '"1.' + "a" * 65 + '"', '"1", "2"', 'W/"1"', '"' + "9" * 40 + '"'])
def test_a_version_that_is_none_is_refused(town, header):
    path = f"/v1/orders/{town.registered()}/cancellation"
    before = town.log()
    check_problem(town.post(path, {"reason": "a slip"}, **{"If-Match": header}), 400, "version-malformed")
    assert town.log() == before


@pytest.mark.parametrize("header", ["", "*"])
def test_who_decides_says_what_they_looked_at(api, header):
    looked = {"If-Match": header}
    body = {"programme": SH_CODE, "orders": [api.approved()]}
    path = api.post("/v1/settlements", body, "finance").headers["Location"]
    before = api.log()
    check_problem(api.post(f"{path}/approval", {}, "second-finance", **looked), 428, "version-missing")
    assert api.log() == before
    api.town.tier("D")
    order_id = api.claimed()
    before = api.log()
    decision = api.post(f"/v1/reviews/{order_id}/decision", {"decision": "approve"}, "reviewer", **looked)
    check_problem(decision, 428, "version-missing", "/headers/if-match")
    assert api.log() == before


def test_two_reviewers_at_once_do_not_decide_on_the_same_version(stored):
    stored.town.tier("D")
    order_id = stored.claimed()
    number = stored.town.state(order_id).redemption_id
    shown = stored.get(f"/v1/reviews/{number}", "reviewer")
    assert (shown.json["status"], shown.json["opinions"]) == ("waiting", [])
    looked = {"If-Match": shown.headers["ETag"]}

    def decide(who):
        return stored.post(f"/v1/reviews/{number}/decision", {"decision": "approve"}, who, **looked)

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(decide, ("reviewer", "second-reviewer")), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 412]
    shown = stored.get(f"/v1/reviews/{number}", "reviewer").json
    assert [each["opinion"] for each in shown["opinions"]] == ["approved"]


def test_a_review_that_is_none_is_not_shown(town):
    order_id = town.registered()
    check_problem(town.get(f"/v1/reviews/{order_id}-R1", "reviewer"), 404, "review-unknown")
    check_problem(town.get("/v1/reviews/O-404", "reviewer"), 404, "order-unknown")


def test_a_tag_names_one_answer_for_ever(api):
    """Whatever happens to an order: the same tag never comes with two different answers."""
    api.town.tier("C")
    order_id = api.registered()
    seen = {}

    def look():
        for path, who in [
            (f"/v1/orders/{order_id}", "enterprise"),
            (f"/v1/orders/{order_id}", "provider"),
            (VOUCHER, "officer"),
            (f"/v1/reviews/{order_id}-R1", "reviewer"),
            (f"/v1/programmes/{SH_CODE}", "officer"),
            *[(path, "finance") for path in settlements],
        ]:
            answer = api.get(path, who)
            if answer.status_code == 200:
                shown = {name: value for name, value in answer.json.items() if name != "position"}
                assert seen.setdefault((path, who, answer.headers["ETag"]), shown) == shown

    settlements = []
    steps = [
        lambda: api.post(f"/v1/orders/{order_id}/deliveries", delivery_body()),
        lambda: api.post(f"/v1/orders/{order_id}/invoices", invoice_body(), "provider"),
        lambda: api.post(f"/v1/orders/{order_id}/redemptions", {"evidence": api.evidence(order_id)}, "provider"),
        lambda: api.post("/v1/settlements", {"programme": SH_CODE, "orders": [order_id]}, "finance"),
        lambda: api.post(f"{settlements[0]}/approval", {}, "second-finance"),
        lambda: api.post(
            f"{settlements[0]}/payments", {"order_id": order_id, "outcome": "failed", "reason": "closed"}, "finance"
        ),
        lambda: api.post(f"{settlements[0]}/payments", {"order_id": order_id, "outcome": "reinstructed"}, "finance"),
        lambda: api.post(
            f"{settlements[0]}/payments",
            {"order_id": order_id, "outcome": "confirmed", "bank_reference": "B-1", "paid_on": "2026-02-02"},
            "finance",
        ),
    ]
    look()
    for step in steps:
        answer = step()
        assert answer.status_code in (200, 201), answer.json
        if "Location" in answer.headers:
            settlements.append(answer.headers["Location"])
        look()
    assert len(seen) > 20
