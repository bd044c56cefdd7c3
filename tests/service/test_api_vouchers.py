"""Over HTTP: an order on several vouchers, a price in foreign money."""

import pytest

from tests.examples import CHANGNING, voucher_of
from tests.rulebooks import changed, with_table
from tests.service.clients import TODAY, an_api, check_problem, delivery_body, frozen, invoice_body, order_body
from vouchers import application

MINE = voucher_of()
RATE = {"millionths": 9_123_457, "on": TODAY, "source": "central parity rate"}


def pounds(amount: int) -> dict[str, object]:
    """An amount of pounds."""
    return {"amount": amount, "currency": "GBP"}


@pytest.fixture
def api(tmp_path):
    """The API of a town whose programme takes pounds."""
    with frozen(), an_api(tmp_path) as api:
        api.town.do(
            application.adopt_policy,
            changed(with_table("foreign", currencies=["GBP"], rounding="half_up"), effective_on=TODAY),
        )
        yield api


def test_an_order_in_pounds_is_registered_with_its_rate_and_invoiced_in_pounds(api):
    body = order_body(gross=pounds(1_000_00), net=pounds(1_000_00), rate=RATE)
    assert api.post("/v1/orders/preview", body).json["subsidy"] == {"amount": 456_173, "currency": "CNY"}
    order_id = api.register(gross=pounds(1_000_00), net=pounds(1_000_00), rate=RATE).json["order_id"]
    api.post(f"/v1/orders/{order_id}/deliveries", delivery_body())
    invoice = invoice_body(gross=pounds(900_00), net=pounds(900_00))
    assert api.post(f"/v1/orders/{order_id}/invoices", invoice, "provider").json["status"] == "invoiced"
    assert api.town.state(order_id).invoice.gross == 821_111


def test_pounds_without_a_rate_are_the_wrong_currency(api):
    answer = api.post("/v1/orders/preview", order_body(gross=pounds(1_000_00), net=pounds(1_000_00)))
    check_problem(answer, 422, "currency-mismatch", "/gross/currency")


@pytest.mark.parametrize(
    ("member", "pointer"),
    [({"rate": {**RATE, "millionths": -1}}, "/rate/millionths"), ({"rate": {"on": TODAY}}, "/rate/millionths")],
)
def test_a_broken_rate_is_told_with_its_place(api, member, pointer):
    answer = api.post("/v1/orders/preview", order_body(gross=pounds(1), net=pounds(1), **member))
    assert answer.status_code in {400, 422}
    assert pointer in {error["pointer"] for error in answer.json["errors"]}


def test_further_vouchers_are_named_in_a_list(api):
    answer = api.post("/v1/orders/preview", order_body(vouchers=[MINE]))
    check_problem(answer, 422, "voucher-named-twice", "/vouchers")
    answer = api.post("/v1/orders/preview", order_body(vouchers=[voucher_of(CHANGNING)]))
    check_problem(answer, 404, "voucher-unknown", "/voucher_id")
    answer = api.post("/v1/orders/preview", order_body(vouchers="V-1"))
    assert answer.json["errors"][0]["pointer"] == "/vouchers"
