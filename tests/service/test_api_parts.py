"""Orders in parts over HTTP: lines of invoices, what replaces what, and what is still to come."""

import pytest

from tests.examples import PUDONG, SH_CODE, voucher_of
from tests.service.clients import TODAY, an_api, check_problem, delivery_body, frozen, invoice_body, yuan


@pytest.fixture
def delivered(tmp_path):
    with frozen(), an_api(tmp_path, "memory:") as api:
        order_id = api.register().json["order_id"]
        api.post(f"/v1/orders/{order_id}/deliveries", delivery_body())
        yield api, order_id


def _bill(number, amount, **more):
    whole = {"invoice": {"number": f"2631000000000000000{number}"}, "gross": yuan(amount), "net": yuan(amount)}
    return invoice_body() | whole | more


def test_a_part_is_claimed_and_the_rest_waits_for_what_is_to_come(delivered):
    api, order_id = delivered
    bills = f"/v1/orders/{order_id}/invoices"
    line = {"total_gross": yuan(9_000), "total_net": yuan(9_000)}
    assert api.post(bills, _bill(1, 4_000, **line), "provider").status_code == 200
    body = {"evidence": api.evidence(order_id), "more_to_come": True}
    claims = f"/v1/orders/{order_id}/redemptions"
    assert api.post(claims, body, "provider").json["claimed"] == yuan(2_000)
    api.post(bills, _bill(2, 1_000), "provider")
    api.post(bills, _bill(3, 2_000, replaces={"number": "26310000000000000002"}), "provider")
    assert api.post(claims, body | {"more_to_come": False}, "provider").json["claimed"] == yuan(3_000)
    shown = api.get(f"/v1/orders/{order_id}").json
    assert (shown["claimed"], shown["reserved"]) == (yuan(3_000), yuan(0))


def test_whether_more_is_to_come_is_true_or_false(delivered):
    api, order_id = delivered
    refused = api.post(f"/v1/orders/{order_id}/redemptions", {"evidence": {}, "more_to_come": "yes"}, "provider")
    assert refused.status_code == 400
    assert "more_to_come" in refused.text


def test_of_two_redemptions_of_an_order_in_one_batch_the_one_that_was_paid_is_named(delivered):
    api, order_id = delivered
    claims, bills = f"/v1/orders/{order_id}/redemptions", f"/v1/orders/{order_id}/invoices"
    evidence = {"evidence": api.evidence(order_id)}
    for number, more in ((1, True), (2, False)):
        api.post(bills, _bill(number, 4_000), "provider")
        claim = api.post(claims, evidence | {"more_to_come": more}, "provider").json
        if claim["status"] == "requested":
            api.post(f"/v1/reviews/{claim['redemption_id']}/decision", {"decision": "approve"}, "reviewer")
    path = api.post("/v1/settlements", {"programme": SH_CODE, "orders": [order_id]}, "finance").headers["Location"]
    api.post(f"{path}/approval", None, "second-finance")
    paid = {"order_id": order_id, "outcome": "confirmed", "bank_reference": "B-1", "paid_on": TODAY}
    check_problem(api.post(f"{path}/payments", paid, "second-finance"), 409, "redemption-ambiguous")
    for number in (1, 2):
        named = paid | {"redemption_id": f"{order_id}-R{number}", "bank_reference": f"B-{number}"}
        assert api.post(f"{path}/payments", named, "second-finance").json["paid"] == number
    assert api.get(f"/v1/orders/{order_id}").json["paid"] == yuan(4_000)


def test_an_order_tells_its_vouchers_its_invoices_and_its_redemptions(delivered):
    api, order_id = delivered
    for number, more in ((1, True), (2, False)):
        api.post(f"/v1/orders/{order_id}/invoices", _bill(number, 4_000), "provider")
        body = {"evidence": api.evidence(order_id), "more_to_come": more}
        answer = api.post(f"/v1/orders/{order_id}/redemptions", body, "provider")
        assert answer.json["redemption_id"] == f"{order_id}-R{number}"
    shown = api.get(f"/v1/orders/{order_id}").json
    assert shown["vouchers"] == [{"voucher_id": voucher_of(), "enterprise_id": PUDONG, "amount": yuan(5_000)}]
    assert [(each["invoice"], each["gross"], each["red_gross"]) for each in shown["invoices"]] == [
        ("dfp:26310000000000000001", yuan(4_000), yuan(0)),
        ("dfp:26310000000000000002", yuan(4_000), yuan(0)),
    ]
    first, second = shown["redemptions"]
    assert first == {
        "redemption_id": f"{order_id}-R1",
        "status": first["status"],
        "amount": yuan(2_000),
        "invoices": ["dfp:26310000000000000001"],
        "settlement_id": "",
        "paid_on": "",
        "paid": yuan(0),
        "clawed_back": yuan(0),
    }
    assert second["invoices"] == ["dfp:26310000000000000002"]
    assert shown["lapsed"] == yuan(0)


def test_a_reviewer_who_names_the_order_means_the_redemption_that_waits_and_names_it_where_two_do(tmp_path):
    with frozen(), an_api(tmp_path, "memory:") as api:
        api.town.tier("D")
        order_id = api.register().json["order_id"]
        api.post(f"/v1/orders/{order_id}/deliveries", delivery_body())
        for number, more in ((1, True), (2, False)):
            api.post(f"/v1/orders/{order_id}/invoices", _bill(number, 4_000), "provider")
            body = {"evidence": api.evidence(order_id), "more_to_come": more}
            assert api.post(f"/v1/orders/{order_id}/redemptions", body, "provider").json["status"] == "requested"
        decision = {"decision": "approve"}
        check_problem(api.post(f"/v1/reviews/{order_id}/decision", decision, "reviewer"), 409, "redemption-ambiguous")
        for who in ("reviewer", "second-reviewer"):
            answer = api.post(f"/v1/reviews/{order_id}-R2/decision", decision, who)
            assert answer.status_code == 200, answer.json
        for who in ("reviewer", "second-reviewer"):
            answer = api.post(f"/v1/reviews/{order_id}/decision", decision, who)
            assert answer.status_code == 200, answer.json
        redemptions = api.get(f"/v1/orders/{order_id}").json["redemptions"]
        assert [each["status"] for each in redemptions] == ["approved", "approved"]
