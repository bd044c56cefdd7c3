"""The whole path over HTTP: from a balance to a paid provider, and what each role sees of it."""

import pytest

from service.api.programmes import ONE_REPLAY
from tests.examples import CHANGNING, LAB, PUDONG, SH_CODE, YUAN, voucher_of
from tests.service.clients import TODAY, an_api, check_problem, delivery_body, frozen, invoice_body, order_body, yuan
from vouchers import application
from vouchers.enterprise.decisions import RecordSuccession

VOUCHER = voucher_of()


@pytest.fixture(params=["memory:", "sqlite:log.sqlite"])
def api(request, tmp_path):
    with frozen(), an_api(tmp_path, request.param) as api:
        yield api


def test_a_voucher_is_spent_and_its_provider_paid(api):
    face = api.get(f"/v1/vouchers/{VOUCHER}").json["spendable"]["amount"]
    preview = api.post("/v1/orders/preview", order_body())
    assert preview.json["subsidy"] == yuan(5_000)
    registered = api.register()
    assert registered.status_code == 201
    order_id = registered.json["order_id"]
    assert registered.headers["Location"] == f"/v1/orders/{order_id}"
    assert registered.json["explanation"]
    assert api.post(f"/v1/orders/{order_id}/deliveries", delivery_body()).json["status"] == "delivered"
    assert api.post(f"/v1/orders/{order_id}/invoices", invoice_body(), "provider").json["status"] == "invoiced"
    claim = api.post(f"/v1/orders/{order_id}/redemptions", {"evidence": api.evidence(order_id)}, "provider")
    assert claim.json["claimed"] == yuan(5_000)
    if claim.json["status"] == "requested":
        decided = api.post(f"/v1/reviews/{claim.json['redemption_id']}/decision", {"decision": "approve"}, "reviewer")
        assert decided.json["status"] == "approved"
    batch = api.post("/v1/settlements", {"programme": SH_CODE, "orders": [order_id]}, "finance")
    assert (batch.status_code, batch.json["total"]) == (201, yuan(5_000))
    path = batch.headers["Location"]
    assert api.post(f"{path}/approval", None, "second-finance").json["approved"] is True
    paid = {"order_id": order_id, "outcome": "confirmed", "bank_reference": "B-1", "paid_on": TODAY}
    answer = api.post(f"{path}/payments", paid, "second-finance")
    assert answer.json["paid"] == 1
    after = answer.json["position"]
    shown = api.get(f"/v1/vouchers/{VOUCHER}?after={after}").json
    assert shown["places"]["paid"] == yuan(5_000)
    assert shown["spendable"]["amount"] == face - 5_000 * YUAN
    assert shown["position"] >= after
    order = api.get(f"/v1/orders/{order_id}", "provider").json
    assert (order["status"], order["paid"], order["paid_on"]) == ("paid", yuan(5_000), TODAY)
    settlement = api.get(path, "regulator").json
    assert settlement["lines"][0]["bank_reference"] == "B-1"
    assert settlement["paid_amount"] == yuan(5_000)


def test_a_failed_payment_is_instructed_again(api):
    order_id = api.approved()
    path = api.post("/v1/settlements", {"programme": SH_CODE, "orders": [order_id]}, "finance").headers["Location"]
    api.post(f"{path}/approval", {}, "second-finance")
    failed = api.post(
        f"{path}/payments", {"order_id": order_id, "outcome": "failed", "reason": "account closed"}, "finance"
    )
    assert failed.json["failed"] == 1
    again = api.post(f"{path}/payments", {"order_id": order_id, "outcome": "reinstructed"}, "finance")
    assert again.json["failed"] == 0


def test_a_withdrawn_settlement_lets_its_orders_go_to_another(api):
    order_id = api.approved()
    proposal = {"programme": SH_CODE, "orders": [order_id]}
    path = api.post("/v1/settlements", proposal, "finance").headers["Location"]
    answer = api.post(f"{path}/withdrawal", {"reason": "nobody approves it"}, "second-finance")
    assert (answer.json["withdrawn"], answer.json["approved"]) == (True, False)
    assert api.post(f"{path}/withdrawal", {"reason": "once more"}, "finance").status_code == 200
    shown = api.get(f"{path}?after={answer.json['position']}", "finance").json
    told = (shown["status"], shown["withdrawn_by"], shown["reason"])
    assert told == ("withdrawn", "finance:qian", "nobody approves it")
    assert [line["status"] for line in shown["lines"]] == ["withdrawn"]
    owed = api.get(f"/v1/payables?after={answer.json['position']}", "finance").json
    assert owed["orders"] == {SH_CODE: [order_id]}
    check_problem(api.post(f"{path}/approval", {}, "second-finance"), 409, "settlement-withdrawn")
    another = api.post("/v1/settlements", proposal, "finance")
    assert another.status_code == 201
    assert api.post(f"{another.headers['Location']}/approval", {}, "second-finance").json["approved"] is True


def test_an_approved_settlement_is_not_withdrawn(api):
    order_id = api.approved()
    path = api.post("/v1/settlements", {"programme": SH_CODE, "orders": [order_id]}, "finance").headers["Location"]
    api.post(f"{path}/approval", {}, "second-finance")
    check_problem(api.post(f"{path}/withdrawal", {"reason": "too late"}, "finance"), 409, "settlement-approved")
    check_problem(api.post(f"{path}/withdrawal", {}, "finance"), 400, "field-missing", "/reason")


def test_a_cancelled_order_gives_its_value_back(api):
    order_id = api.registered()
    answer = api.post(f"/v1/orders/{order_id}/cancellation", {"reason": "no longer needed"})
    assert (answer.json["status"], answer.json["released"]) == ("cancelled", yuan(5_000))


def test_the_same_contract_can_be_registered_again_after_a_cancellation(api):
    first = api.registered()
    api.post(f"/v1/orders/{first}/cancellation", {"reason": "a slip"})
    assert api.registered() != first


def test_a_claim_is_reversed_before_payment(api):
    order_id = api.claimed()
    redemption_id = api.town.state(order_id).redemption_id
    answer = api.post(f"/v1/redemptions/{redemption_id}/reversal", {"reason": "a slip"}, "provider")
    assert (answer.json["status"], answer.json["claimed"]["amount"]) == ("invoiced", 0)


def test_a_rejected_claim_goes_back_to_the_order(api):
    api.town.tier("D")
    order_id = api.claimed()
    body = {"decision": "reject", "reason": "the report is of another firm"}
    assert api.post(f"/v1/reviews/{order_id}/decision", body, "reviewer").json["status"] == "invoiced"


def test_the_queue_of_reviews_shows_who_has_approved_already(api):
    api.town.tier("D")
    order_id = api.claimed()
    first = api.post(f"/v1/reviews/{order_id}/decision", {"decision": "approve", "note": "in order"}, "reviewer")
    assert first.json["status"] == "requested"
    queue = api.get(f"/v1/reviews?after={first.json['position']}", "reviewer").json["items"]
    assert [(item["order_id"], item["approved_by"]) for item in queue] == [(order_id, ["reviewer:zhao"])]
    assert queue[0]["amount"] == yuan(5_000)
    second = api.post(f"/v1/reviews/{order_id}/decision", {"decision": "approve"}, "second-reviewer")
    assert second.json["status"] == "approved"


def test_an_enterprise_sees_what_it_was_granted_and_why(api):
    answer = api.get(f"/v1/enterprises/{PUDONG}/entitlements").json
    assert [item["outcome"] for item in answer["items"]] == ["granted"]
    assert answer["items"][0]["vouchers"][0]["voucher_id"] == VOUCHER
    assert answer["position"] > 0


def test_a_refusal_among_other_reasons_keeps_its_place(api):
    problem = check_problem(api.register(gross=yuan(900_000), net=yuan(900_000)), 422, "ineligible")
    pointers = {error["code"]: error["pointer"] for error in problem["errors"]}
    assert pointers["voucher-too-small"] == "/asked"


def test_a_denial_lists_its_reasons_with_clause_and_remedy(api):
    api.town.record(CHANGNING, status="deregistered")
    api.town.entitle(CHANGNING)
    path = f"/v1/enterprises/{CHANGNING}/entitlements?after={api.service.ledger.size()}"
    denial = api.get(path, "other-enterprise").json["items"][0]
    assert denial["outcome"] == "denied"
    assert denial["reasons"]
    assert set(denial["reasons"][0]) == {"code", "clause", "text", "remedy"}


def test_what_passed_from_a_predecessor_is_listed_with_its_vouchers(api):
    api.town.record(CHANGNING)
    succession = RecordSuccession(PUDONG, CHANGNING, "merger", TODAY, "3" * 64, "merged", (SH_CODE,))
    api.town.do(application.record_succession, succession)
    path = f"/v1/enterprises/{CHANGNING}/entitlements?after={api.service.ledger.size()}"
    [passed] = api.get(path, "other-enterprise").json["items"]
    assert (passed["outcome"], passed["reasons"]) == ("passed", [])
    assert [(each["voucher_id"], each["face"]) for each in passed["vouchers"]] == [(VOUCHER, yuan(300_000))]


def test_the_balance_says_why_the_rest_cannot_be_spent(api):
    after = api.register().json["position"]
    shown = api.get(f"/v1/enterprises/{PUDONG}/vouchers?after={after}").json["items"][0]
    assert shown["reasons"] == [{"place": "reserved", "amount": yuan(5_000), "text": "set aside for open orders"}]


def test_the_statement_comes_in_pages_that_miss_nothing(api):
    for _ in range(3):
        api.registered(gross=yuan(100), net=yuan(100))
    path = f"/v1/vouchers/{VOUCHER}/statement"
    whole = api.get(f"{path}?after={api.service.ledger.size()}").json["items"]
    paged, url = [], f"{path}?limit=1"
    while url:
        answer = api.get(url)
        paged += answer.json["items"]
        url = f"{path}?limit=1&cursor={answer.json['next']}" if answer.json["next"] else ""
    assert [line["event"] for line in whole] == ["Issued", "Reserved", "Reserved", "Reserved"]
    assert paged == whole


def test_orders_are_listed_by_status_and_page(api):
    numbers = [api.registered(gross=yuan(100), net=yuan(100)) for _ in range(3)]
    api.post(f"/v1/orders/{numbers[1]}/cancellation", {"reason": "a slip"})
    after = api.service.ledger.size()
    open_ones = api.get(f"/v1/orders?status=registered&after={after}").json["items"]
    assert [item["order_id"] for item in open_ones] == [numbers[0], numbers[2]]
    first = api.get("/v1/orders?limit=2", "provider")
    assert [item["order_id"] for item in first.json["items"]] == numbers[:2]
    assert first.headers["Link"] == (
        '</v1/orders?limit=2>; rel="first", ' + f'</v1/orders?limit=2&cursor={first.json["next"]}>; rel="next"'
    )
    rest = api.get(f"/v1/orders?limit=2&cursor={first.json['next']}", "provider")
    assert [item["order_id"] for item in rest.json["items"]] == numbers[2:]


def test_programmes_show_policies_budgets_and_spending(api):
    after = api.register().json["position"]
    assert [item["programme"] for item in api.get("/v1/programmes").json["items"]] == [SH_CODE]
    shown = api.get(f"/v1/programmes/{SH_CODE}").json
    assert shown["policies"][0]["approved_by"] == "officer:wu"
    spending = api.get(f"/v1/programmes/{SH_CODE}/spending?after={after}", "officer").json["periods"][0]
    assert spending["total"]["reserved"] == yuan(5_000)


def test_what_waits_for_payment_is_listed_with_its_orders(api):
    order_id = api.approved()
    answer = api.get(f"/v1/payables?after={api.service.ledger.size()}", "finance").json
    assert answer["orders"] == {SH_CODE: [order_id]}
    assert answer["payees"][0]["amount"] == yuan(5_000)
    api.post("/v1/settlements", {"programme": SH_CODE, "orders": [order_id]}, "finance")
    listed = api.get(f"/v1/settlements?after={api.service.ledger.size()}", "finance").json["items"]
    assert [item["status"] for item in listed] == ["proposed"]


def test_the_directory_hides_accounts_from_firms(api):
    firm = api.get("/v1/providers?category=TEST&on=2026-02-02").json["items"]
    official = api.get("/v1/providers", "officer").json["items"]
    assert [item["provider_id"] for item in firm] == [LAB]
    assert "account_ref" not in firm[0]
    assert official[0]["account_ref"] == "account:1"


def test_an_order_tells_every_document_that_its_claim_needs(api):
    api.town.tier("D")
    order_id = api.registered()
    for step, body, who in [("deliveries", delivery_body(), "enterprise"), ("invoices", invoice_body(), "provider")]:
        api.post(f"/v1/orders/{order_id}/{step}", body, who)
    needed = api.get(f"/v1/orders/{order_id}", "provider").json["evidence"]
    assert "site_visit" in needed
    less = {kind: "3" * 64 for kind in needed if kind != "site_visit"}
    path = f"/v1/orders/{order_id}/redemptions"
    assert api.post(path, {"evidence": less}, "provider").json["code"] == "evidence-missing"
    assert api.post(path, {"evidence": less | {"site_visit": "3" * 64}}, "provider").status_code == 201


def test_a_suspended_provider_takes_no_order(api):
    body = {"from_on": TODAY, "effect": "finish", "reason": "an inspection found faults"}
    assert api.post(f"/v1/providers/{LAB}/suspension", body, "officer").status_code == 200
    assert api.register().json["code"] == "provider-suspended"


def test_the_regulator_reads_the_exact_bytes_of_the_log(api):
    entries = [row.entry for row in api.service.ledger.rows(0, api.service.ledger.size())]
    lines, cursor = b"", ""
    while True:
        answer = api.get(f"/v1/events?limit=3{cursor}", "regulator", Accept="application/x-ndjson")
        assert answer.mimetype == "application/x-ndjson"
        if not answer.data:
            break
        lines += answer.data
        following = api.get(f"/v1/events?limit=3{cursor}", "regulator").json["next"]
        cursor = f"&cursor={following}"
    assert lines == b"".join(entry + b"\n" for entry in entries)
    as_json = api.get("/v1/events?start=2&limit=1", "regulator")
    assert entries[2] in as_json.data
    assert as_json.json["entries"][0]["seq"] == 2


def test_the_regulator_reads_the_history_of_a_stream(api):
    order_id = api.registered()
    lines = api.get(f"/v1/streams/order/{order_id}/history", "regulator").json["items"]
    assert [line["event"] for line in lines] == ["order.Registered"]
    assert lines[0]["actor"] == f"enterprise:{PUDONG}"
    assert lines[0]["arithmetic"]


def test_the_regulator_sees_a_voucher_and_a_programme_as_they_stood(api):
    before = api.service.ledger.size()
    api.registered()
    path = f"/v1/vouchers/{VOUCHER}/as-of"
    assert api.get(f"{path}?day=2026-02-01", "regulator").json["places"]["reserved"] == yuan(0)
    assert api.get(f"{path}?day={TODAY}", "regulator").json["places"]["reserved"] == yuan(5_000)
    assert api.get(f"{path}?day={TODAY}&position={before}", "regulator").json["places"]["reserved"] == yuan(0)
    programme = api.get(f"/v1/programmes/{SH_CODE}/as-of?day={TODAY}", "regulator").json
    assert programme["places"]["reserved"] == yuan(5_000)
    assert programme["adds_up"] is True


@pytest.mark.parametrize(("day", "left"), [("2026-12-31", 300_000), ("2027-01-01", 0)])
def test_what_is_left_after_the_last_day_is_shown_as_expired(api, day, left):
    voucher = api.get(f"/v1/vouchers/{VOUCHER}/as-of?day={day}", "regulator").json
    assert (voucher["spendable"], voucher["places"]["available"]) == (yuan(left), yuan(left))
    assert voucher["expired_unrecorded"] == voucher["places"]["expired"] == yuan(300_000 - left)
    programme = api.get(f"/v1/programmes/{SH_CODE}/as-of?day={day}", "regulator").json
    assert programme["expired_unrecorded"] == programme["places"]["expired"]
    assert (programme["places"]["available"] == yuan(0)) is (left == 0)
    assert programme["adds_up"] is True


def test_one_programme_is_replayed_at_a_time(api):
    path = f"/v1/programmes/{SH_CODE}/as-of?day={TODAY}"
    with ONE_REPLAY:
        check_problem(api.get(path, "regulator"), 503, "replay-busy")
    assert api.get(path, "regulator").status_code == 200
    assert api.get(path, "regulator").status_code == 200


def test_the_service_says_that_it_lives_and_is_ready(api):
    assert api.client().get("/healthz").json == {"status": "alive"}
    ready = api.client().get("/readyz").json
    assert ready["log"] == ready["position"] == api.service.ledger.size()


def test_the_path_is_the_same_on_postgresql(postgres_url, tmp_path):
    views = f"{postgres_url}{'&' if '?' in postgres_url else '?'}schema=views"
    with frozen(), an_api(tmp_path, postgres_url, views) as api:
        test_a_voucher_is_spent_and_its_provider_paid(api)
        test_the_regulator_reads_the_exact_bytes_of_the_log(api)
