"""Nobody sees or touches what is somebody else's, and what two people have to do one cannot."""

import pytest

from service.identity import create_key, revoke_key
from tests.examples import CHANGNING, PUDONG, SH_CODE, voucher_of
from tests.service.clients import NOON, an_api, check_problem, delivery_body, frozen, invoice_body, order_body, yuan

VOUCHER = voucher_of()


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("permissions")) as api:
        yield api


def test_an_enterprise_sees_nothing_of_another(api):
    order_id = api.registered()
    other = "other-enterprise"
    addresses = [
        f"/v1/enterprises/{PUDONG}/entitlements",
        f"/v1/enterprises/{PUDONG}/vouchers",
        f"/v1/vouchers/{VOUCHER}",
        f"/v1/vouchers/{VOUCHER}/statement",
        f"/v1/orders/{order_id}",
    ]
    for path in addresses:
        assert api.get(path).status_code == 200, path
        assert api.get(path, other).status_code == 404, path
    api.service.catch_up()
    assert api.get("/v1/orders", other).json["items"] == []
    assert api.get(f"/v1/orders?enterprise_id={PUDONG}", other).json["items"] == []
    assert order_id in [item["order_id"] for item in api.get(f"/v1/orders?enterprise_id={CHANGNING}").json["items"]]


def test_anothers_voucher_is_refused_as_if_there_were_none(api):
    unknown = api.register(who="other-enterprise", voucher_id="V-0000-0000-0000-0").json
    anothers = api.register(who="other-enterprise").json
    assert anothers == unknown
    assert anothers["code"] == "voucher-unknown"


def test_an_enterprise_cannot_touch_the_order_of_another(api):
    order_id = api.registered()
    before = api.log()
    for step, body in [("deliveries", delivery_body()), ("cancellation", {"reason": "mischief"})]:
        answer = api.post(f"/v1/orders/{order_id}/{step}", body, "other-enterprise")
        check_problem(answer, 404, "order-unknown")
    assert api.log() == before


def test_a_provider_sees_and_claims_only_orders_with_it(api):
    order_id = api.claimed()
    before = api.log()
    other = "other-provider"
    check_problem(api.get(f"/v1/orders/{order_id}", other), 404, "order-unknown")
    check_problem(api.post(f"/v1/orders/{order_id}/invoices", invoice_body(77), other), 404, "order-unknown")
    check_problem(api.post(f"/v1/orders/{order_id}/redemptions", {}, other), 404, "order-unknown")
    redemption = api.town.state(order_id).redemption_id
    check_problem(api.post(f"/v1/redemptions/{redemption}/reversal", {"reason": "x"}, other), 404, "order-unknown")
    assert api.get("/v1/orders", other).json["items"] == []
    assert api.log() == before


def test_an_enterprise_cannot_claim_what_the_provider_is_paid(api):
    order_id = api.registered()
    check_problem(api.post(f"/v1/orders/{order_id}/redemptions", {}), 403, "not-the-payee")
    check_problem(api.post(f"/v1/orders/{order_id}/invoices", invoice_body(78)), 403, "not-the-payee")


def test_nobody_approves_a_settlement_that_they_proposed(api):
    order_id = api.approved()
    path = api.post("/v1/settlements", {"programme": SH_CODE, "orders": [order_id]}, "finance").headers["Location"]
    check_problem(api.post(f"{path}/approval", {}, "finance"), 403, "approver-not-independent")
    assert api.post(f"{path}/approval", {}, "second-finance").status_code == 200


def test_a_revoked_key_opens_nothing(api):
    text, key = create_key(api.service.settings.data, "regulator", "left", NOON)
    headers = {"Authorization": f"Bearer {text}"}
    assert api.client().get("/v1/programmes", headers=headers).status_code == 200
    revoke_key(api.service.settings.data, key.key_id, NOON)
    check_problem(api.client().get("/v1/programmes", headers=headers), 401, "unauthenticated")


def test_a_preview_needs_no_idempotency_key_and_records_nothing(api):
    before = api.log()
    answer = api.client().post("/v1/orders/preview", json=order_body(), headers=api.headers("enterprise", ""))
    assert answer.status_code == 200
    assert "order_id" not in answer.json
    assert api.log() == before


def test_a_provider_does_not_see_what_the_registry_says_of_the_enterprise(api):
    order_id = api.registered(gross=yuan(100), net=yuan(100))
    own, providers = (api.get(f"/v1/orders/{order_id}", who).json for who in ("enterprise", "provider"))
    assert {"tier", "explanation"} <= set(own)
    assert set(own) - set(providers) == {"tier", "explanation"}
    assert all("tier" not in item for item in api.get("/v1/orders", "provider").json["items"])
