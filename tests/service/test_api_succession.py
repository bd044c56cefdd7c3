"""Over HTTP: what was granted to an enterprise is used by the one that has taken its place."""

import pytest

from tests.examples import CHANGNING, DIGEST, PUDONG, voucher_of
from tests.service.clients import TODAY, an_api, check_problem, delivery_body, frozen, invoice_body, order_body, yuan
from vouchers import application
from vouchers.enterprise.decisions import RecordSuccession

MINE = voucher_of()
SUCCESSOR = "other-enterprise"


@pytest.fixture
def api(tmp_path):
    """The API of a town in which the enterprise of Changning may take the place of the one of Pudong."""
    with frozen(), an_api(tmp_path) as api:
        yield api


def succeed(api):
    """Let Changning take the place of Pudong today."""
    api.town.record(CHANGNING)
    api.town.do(
        application.record_succession, RecordSuccession(PUDONG, CHANGNING, "merger", TODAY, DIGEST, "Merged.", ())
    )


def test_a_successor_sees_the_vouchers_of_its_predecessor_and_nobody_before_it(api):
    check_problem(api.get(f"/v1/vouchers/{MINE}", SUCCESSOR), 404, "voucher-unknown")
    succeed(api)
    assert api.get(f"/v1/vouchers/{MINE}", SUCCESSOR).json["enterprise_id"] == PUDONG
    assert api.get(f"/v1/vouchers/{MINE}/statement", SUCCESSOR).status_code == 200
    listed = api.get(f"/v1/enterprises/{CHANGNING}/vouchers", SUCCESSOR).json["items"]
    assert MINE in [each["voucher_id"] for each in listed]
    assert api.get(f"/v1/enterprises/{PUDONG}/entitlements", SUCCESSOR).status_code == 200


def test_a_predecessor_sees_its_own_still_and_nothing_of_its_successor(api):
    succeed(api)
    assert api.get(f"/v1/vouchers/{MINE}").status_code == 200
    check_problem(api.get(f"/v1/enterprises/{CHANGNING}/vouchers"), 404, "enterprise-unknown")


def test_a_successor_orders_on_the_voucher_of_its_predecessor_who_orders_no_more(api):
    check_problem(api.register(who=SUCCESSOR), 404, "voucher-unknown")
    succeed(api)
    answer = api.register(who=SUCCESSOR)
    assert answer.status_code == 201, answer.json
    assert api.get(answer.headers["Location"], SUCCESSOR).json["enterprise_id"] == CHANGNING
    check_problem(api.post("/v1/orders/preview", order_body()), 422, "enterprise-succeeded")


def test_a_successor_ends_the_orders_of_its_predecessor(api):
    order_id = api.registered()
    step = f"/v1/orders/{order_id}/deliveries"
    check_problem(api.post(step, delivery_body(), SUCCESSOR), 404, "order-unknown")
    succeed(api)
    assert api.post(step, delivery_body(), SUCCESSOR).status_code == 200
    assert api.post(f"/v1/orders/{order_id}/invoices", invoice_body(), "provider").status_code == 200
    api.service.catch_up()
    assert [each["order_id"] for each in api.get("/v1/orders", SUCCESSOR).json["items"]] == [order_id]
    cancelled = api.post(f"/v1/orders/{order_id}/cancellation", {"reason": "merged"}, SUCCESSOR)
    assert cancelled.json["released"] == yuan(5_000)
