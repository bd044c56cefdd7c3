"""Banks over HTTP: files out, statements in, lines that people look at, the books beside the statements."""

import pytest

from tests.examples import LAB
from tests.service.banks import approved_batch, open_bank, texts
from tests.service.clients import TODAY, an_api, check_problem, frozen
from tests.service.little_bank import LittleBank, report
from vouchers.kinds import SETTLEMENT


@pytest.fixture
def api(tmp_path):
    with frozen(), an_api(tmp_path) as made:
        open_bank(made)
        yield made


def make(api, settlement_id, form="pain.001", who="finance", key=None):
    return api.post(f"/v1/settlements/{settlement_id}/bank-files", {"form": form}, who, key)


def upload(api, content, who="finance", content_type="application/xml", query=""):
    return api.send(f"/v1/bank/statements{query}", content, who, content_type)


def items(api, query=""):
    query = f"{query or '?limit=50'}&after={api.log()[0]}"
    answer = api.get(f"/v1/bank/work-items{query}", "finance")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def told(api):
    """A batch of one order, and what the bank was told."""
    settlement_id = approved_batch(api, api.approved())
    assert make(api, settlement_id).status_code == 201
    bank = LittleBank(100_000_00)
    content = api.get(f"/v1/settlements/{settlement_id}/pain.001.xml", "finance").data
    (order,) = bank.read(content)
    return settlement_id, bank, order


def test_a_file_is_made_once_and_fetched_by_finance(api):
    settlement_id = approved_batch(api, api.approved())
    ahead = api.post(f"/v1/settlements/{settlement_id}/bank-files/preview", {}, "finance")
    assert [each["amount"] for each in ahead.json["instructions"]] == [{"amount": 5_000_00, "currency": "CNY"}]
    made = make(api, settlement_id, key="file-1")
    assert made.status_code == 201, made.json
    assert made.json["total"] == {"amount": 5_000_00, "currency": "CNY"}
    again = make(api, settlement_id, key="file-1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json == made.json
    check_problem(make(api, settlement_id, "csv", key="file-1"), 422, "idempotency-key-reused")
    check_problem(make(api, settlement_id, key="file-2"), 422, "nothing-to-send", "/settlement_id")
    check_problem(make(api, settlement_id, key=""), 400, "idempotency-key-missing")
    check_problem(make(api, settlement_id, who="officer"), 403, "role-not-allowed")
    fetched = api.get(made.headers["Location"], "finance")
    assert fetched.mimetype == "application/xml"
    assert fetched.headers["Content-Disposition"] == f'attachment; filename="{settlement_id}-F1.pain.001.xml"'
    assert texts(fetched.data, "NbOfTxs") == ["1", "1"]
    position = made.json["position"]
    listed = api.get(f"/v1/settlements/{settlement_id}/bank-files?after={position}", "officer").json["items"]
    assert [each["digest"] for each in listed] == [made.json["digest"]]
    for who in ("officer", "provider"):
        check_problem(api.get(made.headers["Location"], who), 403, "role-not-allowed")
    check_problem(api.get(f"/v1/settlements/{settlement_id}/payments.csv", "finance"), 409, "file-of-another-form")
    check_problem(api.get("/v1/settlements/S-0/pain.001.xml", "finance"), 404, "settlement-unknown")


def test_a_statement_over_http_pays_an_order_and_is_listed(api):
    settlement_id, bank, order = told(api)
    bank.pay(order)
    statement = bank.statement(TODAY)
    looked = upload(api, statement, query="?dry_run=true")
    assert (looked.status_code, looked.json["documents"][0]["lines"]) == (200, 1)
    before = api.log()
    answer = upload(api, statement)
    assert answer.status_code == 200, answer.json
    (document,) = answer.json["documents"]
    assert (document["matched"], document["open"], document["known"]) == (1, 0, False)
    assert api.log() != before
    assert answer.json["position"] == api.log()[0]
    line = api.service.ledger.state(SETTLEMENT, settlement_id).lines
    assert [each.status for each in line.values()] == ["paid"]
    after = api.log()
    assert upload(api, statement).json["documents"][0]["known"] is True
    # A fresh key is kept with its answer, and nothing else.
    assert api.log()[0] - after[0] == 1
    (listed,) = api.get("/v1/bank/statements?account=main", "officer").json["items"]
    assert (listed["opening"], listed["closing"]) == (100_000_00, 95_000_00)
    assert items(api) == []
    assert [each["outcome"] for each in items(api, "?status=matched")] == ["payment"]


def test_a_key_is_for_one_file_of_the_bank(api):
    _, bank, order = told(api)
    bank.pay(order)
    headers = {"content_type": "application/xml", "headers": api.headers("finance", "statement-1")}
    first = api.client().post("/v1/bank/statements", data=bank.statement(TODAY), **headers)
    assert first.status_code == 200, first.json
    before = api.log()
    other = api.client().post("/v1/bank/statements", data=bank.statement(TODAY, "other"), **headers)
    check_problem(other, 422, "idempotency-key-reused", "/headers/idempotency-key")
    assert api.log() == before


def test_two_people_say_what_a_line_is_where_money_moves(api):
    settlement_id, bank, order = told(api)
    bank.book(-order.amount, text="券款", name="某检测机构")
    assert upload(api, bank.statement(TODAY)).json["documents"][0]["open"] == 1
    (item,) = items(api)
    assert item["note"] == {"text": "券款", "party": "某检测机构", "names": ""}
    assert (item["cause"], item["amount"]) == ("nothing-named", {"amount": 5_000_00, "currency": "CNY"})
    address = f"/v1/bank/work-items/main/{item['line_id']}"
    redemption = order.number.rpartition("-P")[0]
    said = {"outcome": "payment", "settlement_id": settlement_id, "redemption_id": redemption, "reason": "by amount"}
    check_problem(
        api.post(f"{address}/resolution", said | {"outcome": "return"}, "finance"), 422, "outcome-not-fitting"
    )
    wrong = {"outcome": "payment", "reason": "?"}
    check_problem(api.post(f"{address}/resolution", wrong, "finance"), 400, "request-faulty", "/settlement_id")
    check_problem(api.post(f"{address}/approval", {}, "finance"), 409, "resolution-not-proposed")
    assert api.post(f"{address}/resolution", said, "finance").json["status"] == "proposed"
    check_problem(api.post(f"{address}/approval", {}, "finance"), 403, "resolver-not-independent")
    refused = api.post(f"{address}/refusal", {"reason": "which batch?"}, "second-finance")
    assert refused.json["status"] == "open"
    api.post(f"{address}/resolution", said, "finance")
    stale = api.post(f"{address}/approval", {}, "second-finance", **{"If-Match": '"2"'})
    check_problem(stale, 412, "version-stale", "/headers/if-match")
    agreed = api.post(f"{address}/approval", {}, "second-finance")
    assert (agreed.status_code, agreed.json["status"], agreed.json["outcome"]) == (200, "resolved", "payment")
    assert items(api) == []
    shown = api.get(f"{address}?after={agreed.json['position']}", "officer").json
    assert (shown["status"], shown["decided_by"], shown["note"]) == ("resolved", "finance:qian", {})
    check_problem(api.post(f"{address}/setting-aside", {"reason": "late"}, "finance"), 409, "bank-line-settled")
    found = api.get(f"/v1/bank/reconciliation?account=main&from_on={TODAY}&until_on={TODAY}", "officer").json
    assert (found["agrees"], found["days"][0]["difference"]) == (True, 0)


def test_a_fee_is_set_aside_by_one_person_and_counts_as_explained(api):
    _, bank, order = told(api)
    bank.pay(order)
    bank.book(-3_00, text="fee")
    upload(api, bank.statement(TODAY))
    (item,) = items(api, "?account=main")
    span = f"/v1/bank/reconciliation?account=main&from_on={TODAY}&until_on={TODAY}"
    before = api.get(span, "finance").json
    assert (before["agrees"], before["differences"][0]["amount"]) == (False, -3_00)
    body = {"reason": "a fee of the bank"}
    check_problem(api.post("/v1/bank/work-items/main/L-0/setting-aside", body, "finance"), 404, "bank-line-unknown")
    assert api.post(f"/v1/bank/work-items/main/{item['line_id']}/setting-aside", body, "finance").status_code == 200
    after = api.get(span, "finance").json
    assert (after["agrees"], [each["amount"] for each in after["set_aside"]]) == (True, [-3_00])


def test_a_payment_that_was_recorded_by_hand_is_found_in_the_statement(api):
    settlement_id, bank, order = told(api)
    order_id = order.number.rpartition("-R")[0]
    paid = {"outcome": "confirmed", "order_id": order_id, "bank_reference": "by hand", "paid_on": TODAY}
    assert api.post(f"/v1/settlements/{settlement_id}/payments", paid, "finance").status_code == 200
    bank.pay(order)
    upload(api, bank.statement(TODAY))
    (item,) = items(api)
    assert item["cause"] == "paid-under-another-reference"
    names = {"settlement_id": settlement_id, "redemption_id": f"{order_id}-R1", "instruction_id": order.number}
    aside = {"reason": "recorded by hand on the same day", **names}
    assert api.post(f"/v1/bank/work-items/main/{item['line_id']}/setting-aside", aside, "finance").status_code == 200
    found = api.get(f"/v1/bank/reconciliation?account=main&from_on={TODAY}&until_on={TODAY}", "finance").json
    assert (found["agrees"], found["set_aside"]) == (True, [])


def test_a_debtor_who_forgets_the_number_is_booked_by_two(api):
    settlement_id, bank, order = told(api)
    bank.pay(order)
    upload(api, bank.statement(TODAY))
    api.town.claw_back(100_00, order.number.rpartition("-R")[0])
    bank.book(100_00, text="payment of our debt")
    with frozen("2026-02-03T04:00:00Z"):
        upload(api, bank.statement("2026-02-03"))
        (item,) = items(api)
        debt_id = f"{order.number.rpartition('-P')[0]}-C1"
        address = f"/v1/bank/work-items/main/{item['line_id']}"
        said = {"outcome": "repayment", "party_id": LAB, "debt_id": debt_id, "reason": "the amount, and they rang"}
        unknown = api.post(f"{address}/resolution", said | {"debt_id": "none"}, "finance")
        check_problem(unknown, 404, "debt-unknown")
        api.post(f"{address}/resolution", said, "finance")
        assert api.post(f"{address}/approval", {}, "second-finance").json["outcome"] == "repayment"
        span = "/v1/bank/reconciliation?account=main&from_on=2026-02-02&until_on=2026-02-03"
        assert api.get(span, "finance").json["agrees"] is True
    assert api.service.ledger.state(SETTLEMENT, settlement_id).approved_by


def test_only_finance_may_upload_and_only_what_is_announced(api):
    _, bank, order = told(api)
    bank.pay(order)
    content = bank.statement(TODAY)
    before = api.log()
    for who in ("officer", "regulator", "provider", "enterprise"):
        check_problem(upload(api, content, who), 403, "role-not-allowed")
    for media_type in ("application/json", "application/zip", "text/plain"):
        check_problem(upload(api, content, content_type=media_type), 415, "media-type-unsupported")
    check_problem(upload(api, b"", content_type="text/xml"), 400, "account-not-named")
    check_problem(upload(api, content, query="?account=none"), 404, "bank-account-unknown", "/account")
    assert api.log() == before


def test_the_vault_over_http_takes_two_people_and_shows_no_number(api):
    entry = {"account_ref": "account:7", "holder": "实验室", "iban": "DE89 3704 0044 0532 0130 00", "bic": "deutdeff"}
    entered = api.post("/v1/bank/accounts", entry, "finance")
    assert (entered.status_code, entered.json["iban"], entered.json["approved_by"]) == (200, "…3000", "")
    number = {"account_ref": "account:7", "number": "DE89370400440532013000"}
    check_problem(api.post("/v1/bank/accounts/approval", number, "finance"), 403, "vault-not-independent")
    wrong = number | {"number": "DE89370400440532013001"}
    check_problem(api.post("/v1/bank/accounts/approval", wrong, "second-finance"), 409, "vault-number-differs")
    waiting = api.get("/v1/bank/accounts?waiting=true", "finance").json["items"]
    assert [each["account_ref"] for each in waiting] == ["account:7"]
    assert api.post("/v1/bank/accounts/approval", number, "second-finance").json["approved_by"] == "finance:qian"
    assert api.get("/v1/bank/accounts?waiting=true", "finance").json["items"] == []
    first = api.get("/v1/bank/accounts?limit=1", "finance").json
    second = api.get(f"/v1/bank/accounts?limit=1&cursor={first['next']}", "finance").json
    assert [each["account_ref"] for each in first["items"] + second["items"]] == ["account:1", "account:7"]
    changed = api.post("/v1/bank/accounts", entry | {"iban": "GB82WEST12345698765432"}, "finance")
    check_problem(changed, 409, "vault-entry-differs", "/account_ref")
    for fault, code in (
        ({"iban": "DE88370400440532013000"}, "iban-malformed"),
        ({"number": "1"}, "account-number-missing"),
        ({"bic": "DEUT"}, "bic-malformed"),
        ({"bank_code": "1 2"}, "bank-code-malformed"),
    ):
        body = entry | {"account_ref": "account:8"} | fault
        check_problem(api.post("/v1/bank/accounts", body, "finance"), 400, code)


def test_a_report_rejects_a_payment_and_a_whole_file(api):
    settlement_id, _, order = told(api)
    assert upload(api, report("REP-1", {order.number: "AC06"})).json["documents"][0]["matched"] == 1
    assert [each["bank_reason"] for each in items(api, "?status=matched")] == ["AC06"]
    line = next(iter(api.service.ledger.state(SETTLEMENT, settlement_id).lines.values()))
    assert line.status == "failed"
    api.town.reinstruct(settlement_id, order.number.rpartition("-R")[0])
    make(api, settlement_id)
    message = texts(api.get(f"/v1/settlements/{settlement_id}/pain.001.xml", "finance").data, "MsgId")[0]
    upload(api, report("REP-2", {}, group=(message, "RJCT")))
    line = next(iter(api.service.ledger.state(SETTLEMENT, settlement_id).lines.values()))
    assert (line.status, line.attempt) == ("failed", 2)
