"""Bookings of a bank by the line: matched with what was instructed, and otherwise left to a person."""

import json

import pytest

from tests.service.banks import approved_batch, open_bank
from tests.service.batches import NDJSON, codes, results_of, written
from tests.service.clients import TODAY, an_api, check_problem, frozen, yuan
from vouchers.kinds import SETTLEMENT

PATH = "/v1/bulk/bank-statements?account=main&statement=2026-17"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("bank")) as api:
        open_bank(api)
        yield api


def send(api, *lines, path=PATH):
    return results_of(api.send(path, written(*lines), "finance", NDJSON))


def booking(key, amount, **more):
    return {"key": key, "direction": "debit", "amount": amount, "booked_on": TODAY, "reference": f"B-{key}"} | more


def told(api):
    """A batch that the bank was told to pay, and the number that the bank knows its payment by."""
    settlement_id = approved_batch(api, api.approved())
    made = api.post(f"/v1/settlements/{settlement_id}/bank-files", {"form": "csv"}, "finance")
    assert made.status_code == 201, made.json
    (line,) = api.service.ledger.state(SETTLEMENT, settlement_id).lines.values()
    return settlement_id, line


def test_a_payment_is_confirmed_by_its_line_and_what_nobody_knows_waits_for_a_person(api):
    settlement_id, line = told(api)
    batch = [
        booking("p-1", {"amount": line.due, "currency": "CNY"}, names=[line.instruction_id]),
        booking("p-2", yuan(7), text="a fee", party="a bank"),
        booking("p-3", {"amount": 1, "currency": "EUR"}),
        booking("p-4", yuan(-1)),
    ]
    results = send(api, *batch)
    assert codes(results)[:3] == [(1, 200), (2, 200), (3, "currency-mismatch")]
    assert "problem" in results[3]
    assert [each["answer"]["status"] for each in results[:2]] == ["matched", "open"]
    assert results[0]["answer"]["amount"] == {"amount": line.due, "currency": "CNY"}
    assert {each.status for each in api.service.ledger.state(SETTLEMENT, settlement_id).lines.values()} == {"paid"}
    items = api.get(f"/v1/bank/work-items?after={api.log()[0]}", "finance").json["items"]
    [waiting] = [each for each in items if each["line_id"] == results[1]["answer"]["line_id"]]
    assert (waiting["note"]["text"], waiting["note"]["party"]) == ("a fee", "a bank")
    before = api.log()
    assert [each.get("replayed") for each in send(api, *batch)[:2]] == [True, True]
    assert api.log() == before


def test_the_key_of_a_line_is_for_what_the_bank_said_whatever_is_known_of_it_by_now(api):
    first = send(api, booking("q-1", yuan(5_000), names=["I-unknown"]))
    told(api)
    again = send(api, booking("q-1", yuan(5_000), names=["I-unknown"]))
    assert again == [first[0] | {"replayed": True}]
    [other] = send(api, booking("q-1", yuan(5_001), names=["I-unknown"]))
    assert other["problem"]["code"] == "idempotency-key-reused"


def test_lines_are_of_an_account_and_a_statement_and_for_finance(api):
    line = json.dumps(booking("r-1", yuan(1))).encode()
    missing = api.send("/v1/bulk/bank-statements?account=main", line, "finance", NDJSON)
    check_problem(missing, 400, "field-missing", "/query/statement")
    unknown = api.send("/v1/bulk/bank-statements?account=x&statement=1", line, "finance", NDJSON)
    check_problem(unknown, 404, "bank-account-unknown", "/query/account")
    check_problem(api.send(PATH, line, "officer", NDJSON), 403, "role-not-allowed")
