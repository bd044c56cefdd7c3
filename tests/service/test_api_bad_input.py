"""Bad input over HTTP: each fault has its code, place and remedy, and leaves the log as it was."""

import json

import pytest
from freezegun import freeze_time

from service.api.asking import LARGEST_BODY
from tests.examples import CHANGNING, LAB, PUDONG, SH_CODE, voucher_of
from tests.service.clients import TODAY, an_api, check_problem, delivery_body, frozen, invoice_body, order_body, yuan

VOUCHER = voucher_of()
SUSPENSION = f"/v1/providers/{LAB}/suspension"
WRONG_CODE = LAB[:-1] + ("A" if LAB[-1] != "A" else "B")


@pytest.fixture(scope="module", params=["memory:", "sqlite:log.sqlite"])
def api(request, tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("bad-input"), request.param) as api:
        yield api


def money(amount, currency="CNY"):
    return {"amount": amount, "currency": currency}


BODIES = [
    ({"gross": money(-1)}, "amount-out-of-range", "/gross/amount"),
    ({"gross": money(2**53)}, "number-not-whole", "/gross/amount"),
    ({"gross": money(10**400)}, "number-not-whole", "/gross/amount"),
    ({"gross": money(0.5)}, "number-not-whole", "/gross/amount"),
    ({"gross": money(1.0)}, "number-not-whole", "/gross/amount"),
    ({"gross": money(float("nan"))}, "number-not-whole", "/gross/amount"),
    ({"gross": money(float("inf"))}, "number-not-whole", "/gross/amount"),
    ({"gross": money("100")}, "amount-not-integer", "/gross/amount"),
    ({"gross": money(True)}, "amount-not-integer", "/gross/amount"),
    ({"gross": money(None)}, "field-of-another-type", "/gross/amount"),
    ({"gross": money([])}, "amount-not-integer", "/gross/amount"),
    ({"gross": 100}, "field-of-another-type", "/gross"),
    ({"gross": {"amount": 1}}, "field-missing", "/gross/currency"),
    ({"gross": money(1) | {"scale": 2}}, "field-unknown", "/gross/scale"),
    ({"gross": money(100, "XXX")}, "currency-unknown", "/gross/currency"),
    ({"gross": money(100, "cny")}, "currency-unknown", "/gross/currency"),
    ({"gross": money(100, {})}, "currency-unknown", "/gross/currency"),
    ({"provider_id": "91310104"}, "credit-code-length", "/provider_id"),
    ({"provider_id": "I" * 18}, "credit-code-alphabet", "/provider_id"),
    ({"provider_id": 5}, "credit-code-length", "/provider_id"),
    ({"voucher_id": ""}, "id-malformed", "/voucher_id"),
    ({"voucher_id": "a/b"}, "id-malformed", "/voucher_id"),
    ({"voucher_id": "x" * 65}, "id-malformed", "/voucher_id"),
    ({"category": ["TEST"]}, "id-malformed", "/category"),
    ({"contract_on": "2026-02-30"}, "day-unknown", "/contract_on"),
    ({"contract_on": "02/02/2026"}, "day-malformed", "/contract_on"),
    ({"contract_on": "2026-2-2"}, "day-malformed", "/contract_on"),
    ({"contract_on": "0001-01-01"}, "day-out-of-range", "/contract_on"),
    ({"contract_on": 20260202}, "day-malformed", "/contract_on"),
    ({"contract_digest": "abc"}, "not-a-digest", "/contract_digest"),
    ({"contract_digest": "A" * 64}, "not-a-digest", "/contract_digest"),
    ({"contract_digest": None}, "field-missing", "/contract_digest"),
    ({"coupon": "X"}, "field-unknown", "/coupon"),
    ({"a/b~c": "X"}, "field-unknown", "/a~1b~0c"),
    ({"enterprise_id": CHANGNING}, "field-unknown", "/enterprise_id"),
    ({"order_id": "O-1"}, "field-unknown", "/order_id"),
    ({"category": "x" * 4_001}, "text-beyond-limit", "/category"),
    ({"attributes": {"note": "x" * 501}}, "text-beyond-limit", "/attributes/note"),
    ({"attributes": {"note": "a\x00b"}}, "text-malformed", "/attributes/note"),
    ({"attributes": {"note": "\ud800"}}, "text-malformed", "/attributes/note"),
    ({"attributes": {"\ud800": "x"}}, "text-malformed", "/attributes/?"),
    ({"attributes": {"x" * 81: 1}}, "text-beyond-limit", f"/attributes/{'x' * 80}"),
    ({"attributes": {"share": 0.5}}, "number-not-whole", "/attributes/share"),
    ({"attributes": {"deep": {"a": 1}}}, "not-a-fact", "/attributes/deep"),
    ({"attributes": {f"n{n}": 1 for n in range(21)}}, "too-many", "/attributes"),
    ({"attributes": "none"}, "not-a-fact", "/attributes"),
]


@pytest.mark.parametrize(("changes", "code", "pointer"), BODIES)
def test_a_faulty_order_is_refused_with_its_place(api, changes, code, pointer):
    before = api.log()
    check_problem(api.register(**changes), 400, code, pointer)
    assert api.log() == before


def test_a_code_with_a_wrong_check_character_is_looked_for_as_an_office_may_have_let_it_through(api):
    before = api.log()
    problem = check_problem(api.register(provider_id=WRONG_CODE), 404, "provider-unknown", "/provider_id")
    assert problem["remedy"] == "Check the provider's credit code."
    assert api.log() == before


def test_a_preview_refuses_the_same_faults(api):
    before = api.log()
    for changes, code, pointer in BODIES[::5]:
        check_problem(api.post("/v1/orders/preview", order_body(**changes)), 400, code, pointer)
    assert api.log() == before


def test_all_faults_are_told_at_once(api):
    before = api.log()
    answer = api.register(gross=money(-1), contract_on="2026-02-30", coupon="X", category=None)
    problem = check_problem(answer, 400, "request-faulty")
    assert sorted((error["pointer"], error["code"]) for error in problem["errors"]) == [
        ("/category", "field-missing"),
        ("/contract_on", "day-unknown"),
        ("/coupon", "field-unknown"),
        ("/gross/amount", "amount-out-of-range"),
    ]
    assert api.log() == before


WELL_FORMED = json.dumps(order_body()).encode()
DOCUMENTS = [
    (b"{", "json-malformed", ""),
    (b"", "field-missing", "/voucher_id"),
    (b"[]", "field-of-another-type", ""),
    (b"null", "field-of-another-type", ""),
    (b"1e400", "number-not-whole", ""),
    (b"9" * 5_000, "number-not-whole", ""),
    (b"NaN", "number-not-whole", ""),
    (b"{} {}", "json-malformed", ""),
    (b"{'a': 1}", "json-malformed", ""),
    (b"\xef\xbb\xbf{}", "json-malformed", ""),
    (b'{"a": "\xff"}', "encoding-broken", ""),
    (b'{"a": "\xed\xa0\x80"}', "encoding-broken", ""),
    (b'{"a": 1, "a": 2}', "member-repeated", "/a"),
    (b'{"gross": {"amount": 1, "amount": 2}}', "member-repeated", "/gross/amount"),
    (b"[" * 100_000, "json-too-deep", ""),
    (b'{"a":' * 50 + b"1" + b"}" * 50, "json-too-deep", "/a" * 12),
    (b"[" * 13 + b"]" * 13, "json-too-deep", "/0" * 12),
    (b"[" + b"1," * 20_000 + b"1]", "json-too-many", None),
    (WELL_FORMED[:-1] + b', "category": "IP"}', "member-repeated", "/category"),
]


@pytest.mark.parametrize(("data", "code", "pointer"), DOCUMENTS)
def test_a_broken_document_is_refused(api, data, code, pointer):
    before = api.log()
    answer = api.send("/v1/orders", data)
    if not data:  # No body says nothing, so everything is missing.
        problem = check_problem(answer, 400, "request-faulty", pointer)
        assert {error["code"] for error in problem["errors"]} == {code}
    else:
        check_problem(answer, 400, code, pointer)
    assert api.log() == before


def test_an_address_with_a_body_takes_no_parameters(api):
    before = api.log()
    answer = api.post("/v1/orders?dry_run=true", order_body())
    check_problem(answer, 400, "field-unknown", "/query/dry_run")
    assert api.log() == before


def test_twelve_levels_are_read(api):
    check_problem(api.send("/v1/orders", b"[" * 12 + b"]" * 12), 400, "field-of-another-type")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_only_json_is_read(api, content_type):
    before = api.log()
    answer = api.send("/v1/orders", b"not even JSON", content_type=content_type)
    check_problem(answer, 415, "media-type-unsupported", "/headers/content-type")
    assert api.log() == before


def test_json_may_name_its_encoding(api):
    answer = api.send("/v1/orders/preview", WELL_FORMED, content_type="application/json; charset=utf-8")
    assert answer.status_code == 200


def test_a_text_of_ten_megabytes_is_not_read(api):
    before = api.log()
    check_problem(api.register(category="x" * 10_000_000), 413, "body-too-large")
    assert api.log() == before


def test_the_largest_body_is_read_and_one_byte_more_is_not(api):
    full = b"{" + b" " * (LARGEST_BODY - 2) + b"}"
    check_problem(api.send("/v1/orders", full), 400, "request-faulty")
    check_problem(api.send("/v1/orders", full + b" "), 413, "body-too-large")


@pytest.mark.parametrize(
    ("path", "code", "pointer"),
    [
        ("/v1/orders?limit=0", "number-out-of-range", "/query/limit"),
        ("/v1/orders?limit=201", "number-out-of-range", "/query/limit"),
        ("/v1/orders?limit=ten", "number-out-of-range", "/query/limit"),
        ("/v1/orders?limit=-1", "number-out-of-range", "/query/limit"),
        ("/v1/orders?limit=1&limit=2", "member-repeated", "/query/limit"),
        ("/v1/orders?page=2", "field-unknown", "/query/page"),
        ("/v1/orders?cursor=%21%21", "cursor-malformed", "/query/cursor"),
        ("/v1/orders?cursor=LTE", "cursor-malformed", "/query/cursor"),
        ("/v1/providers?cursor=AAAA", "cursor-malformed", "/query/cursor"),
        ("/v1/orders?after=-1", "number-out-of-range", "/query/after"),
        ("/v1/orders?status=%00", "id-malformed", "/query/status"),
        (f"/v1/vouchers/{VOUCHER}/statement?from_on=yesterday", "day-malformed", "/query/from_on"),
    ],
)
def test_a_faulty_address_is_refused(api, path, code, pointer):
    check_problem(api.get(path), 400, code, pointer)


@pytest.mark.parametrize(
    ("path", "who", "code"),
    [
        ("/v1/nothing", "officer", "route-unknown"),
        ("/", "officer", "route-unknown"),
        ("/v1/orders/%00", "enterprise", "route-unknown"),
        ("/v1/orders/O-404", "enterprise", "order-unknown"),
        ("/v1/vouchers/V-404", "enterprise", "voucher-unknown"),
        ("/v1/programmes/NONE", "enterprise", "programme-unknown"),
        ("/v1/programmes/NONE/spending", "officer", "programme-unknown"),
        ("/v1/settlements/S-404", "finance", "settlement-unknown"),
        ("/v1/streams/order/O-404/history", "regulator", "stream-unknown"),
        ("/v1/streams/nothing/here/history", "regulator", "stream-unknown"),
        (f"/v1/vouchers/{VOUCHER}/as-of?day=2020-01-01", "regulator", "voucher-unknown"),
        ("/problems/nothing-of-ours", "officer", "problem-unknown"),
    ],
)
def test_what_is_not_there_is_not_found(api, path, who, code):
    check_problem(api.get(path, who), 404, code)


def test_another_method_is_refused_with_those_that_work(api):
    answer = api.client().delete("/v1/orders", headers=api.headers("enterprise"))
    problem = check_problem(answer, 405, "method-unknown")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert "POST" in problem["remedy"]


def test_a_currency_that_is_not_the_programmes_is_refused(api):
    before = api.log()
    check_problem(api.register(net=money(100, "EUR")), 422, "currency-mismatch", "/net/currency")
    assert api.log() == before


def test_a_refused_claim_on_money_is_on_record_and_nowhere_else(api):
    size = api.service.ledger.size()
    check_problem(api.register(category="NOTHING"), 422, "ineligible")
    check_problem(api.register(gross=yuan(9_000_000), net=yuan(9_000_000)), 422, "ineligible")
    added = list(api.service.ledger.entries(size))
    assert [entry.agg for entry in added] == [f"refusal/{PUDONG}"] * 2


def test_an_ineligible_order_lists_every_reason_with_its_clause(api):
    answer = api.register(starts_on="2026-01-01", contract_on="2026-01-01", gross=yuan(9_000_000), net=yuan(9_000_000))
    problem = check_problem(answer, 422, "ineligible")
    assert len(problem["errors"]) > 1
    assert all("clause" in error for error in problem["errors"])
    for error in problem["errors"]:
        page = api.client().get(f"/problems/{error['code']}")
        assert page.status_code == 200, error


def test_an_expired_voucher_cannot_be_used(api):
    voucher = api.town.voucher()
    size = api.service.ledger.size()
    with freeze_time("2027-01-01T04:00:00Z"):
        assert voucher.use_by_on < "2027-01-01"
        late = {"contract_on": "2027-01-01", "starts_on": "2027-01-01", "ends_on": "2027-01-02"}
        check_problem(api.register(**late), 422, "voucher-expired", "/voucher_id")
        shown = api.get(f"/v1/vouchers/{VOUCHER}").json
        assert shown["spendable"] == yuan(0)
    assert [entry.agg for entry in api.service.ledger.entries(size)] == [f"refusal/{PUDONG}"]


def test_an_invoice_is_used_once_anywhere(api):
    small = {"gross": yuan(100), "net": yuan(100)}
    first, second = (api.registered(**small) for _ in range(2))
    for order_id in (first, second):
        api.post(f"/v1/orders/{order_id}/deliveries", delivery_body())
    assert api.post(f"/v1/orders/{first}/invoices", invoice_body(99, **small), "provider").status_code == 200
    before = api.log()
    answer = api.post(f"/v1/orders/{second}/invoices", invoice_body(99, **small), "provider")
    check_problem(answer, 409, "invoice-already-used")
    assert api.log() == before


@pytest.mark.parametrize(
    ("invoice", "code", "pointer"),
    [
        ({"number": "123"}, "invoice-number", "/invoice/number"),
        ({"number": "12345678", "code": "1"}, "invoice-code", "/invoice/code"),
        ({"number": "1", "country": "CN", "supplier": "A"}, "invoice-country", "/invoice/country"),
        ({"number": "a b", "country": "IE", "supplier": "A"}, "invoice-reference", "/invoice/number"),
        ({"code": "1"}, "field-missing", "/invoice/number"),
        ("25" * 10, "field-of-another-type", "/invoice"),
    ],
)
def test_a_malformed_invoice_is_refused(api, invoice, code, pointer):
    order_id = api.registered(gross=yuan(100), net=yuan(100))
    before = api.log()
    answer = api.post(f"/v1/orders/{order_id}/invoices", invoice_body(invoice=invoice), "provider")
    check_problem(answer, 400, code, pointer)
    assert api.log() == before


@pytest.mark.parametrize(
    ("path", "body", "who", "pointer"),
    [
        ("/v1/reviews/O-1/decision", {"decision": "maybe"}, "reviewer", "/decision"),
        ("/v1/reviews/O-1/decision", {"decision": "reject"}, "reviewer", "/reason"),
        ("/v1/settlements", {"programme": SH_CODE, "orders": "O-1"}, "finance", "/orders"),
        ("/v1/settlements", {"programme": SH_CODE, "orders": ["a/b"]}, "finance", "/orders/0"),
        ("/v1/settlements", {"programme": SH_CODE, "orders": ["O-1"] * 2_001}, "finance", "/orders"),
        ("/v1/settlements/S-1/approval", {"by": "me"}, "finance", "/by"),
        ("/v1/settlements/S-1/payments", {"order_id": "O-1", "outcome": "failed"}, "finance", "/reason"),
        (f"/v1/providers/{LAB}/suspension", {"from_on": TODAY, "effect": "x", "reason": "y"}, "officer", "/effect"),
        (
            f"/v1/providers/{LAB}/suspension",
            {"from_on": TODAY, "effect": "freeze", "reason": " "},
            "officer",
            "/reason",
        ),
    ],
)
def test_other_faulty_bodies_are_refused(api, path, body, who, pointer):
    before = api.log()
    answer = api.post(path, body, who)
    assert answer.status_code == 400, answer.json
    check_problem(answer, 400, answer.json["code"], pointer)
    assert api.log() == before


@pytest.mark.parametrize("number", ["O-404", "O-404-R1"])
def test_a_redemption_that_is_not_there_cannot_be_decided(api, number):
    check_problem(api.post(f"/v1/reviews/{number}/decision", {"decision": "approve"}, "reviewer"), 404, "order-unknown")


def test_a_redemption_of_an_earlier_round_cannot_be_reversed(api):
    order_id = api.claimed(gross=yuan(100), net=yuan(100))
    answer = api.post(f"/v1/redemptions/{order_id}-R9/reversal", {"reason": "a slip"}, "provider")
    check_problem(answer, 404, "redemption-unknown")
