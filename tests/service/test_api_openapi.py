"""The document of the API: it validates, tells every route, and its page needs nothing from elsewhere."""

import re

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from schemas.faults import read
from schemas.requests import LARGEST_PAGE, PaymentBody, ReviewBody
from schemas.strict import DEEPEST
from schemas.values import InvoiceNumber, Money, key_of
from service.api.answering import LOOKS, PAUSE
from service.api.asking import LARGEST_BODY
from service.api.documenting import operations
from service.api.settings import Limits
from service.app import create_app
from service.identity.settings import Issuer
from service.permissions import OPEN, RULES
from service.settings import Settings
from service.wiring import Service
from tests.service import route_pages
from tests.service.clients import an_api, check_problem, frozen
from vouchers.refusals import Refused

TAKEN = {
    "ReviewBody": ReviewBody(),
    "PaymentBody": PaymentBody(),
    "InvoiceNumber": InvoiceNumber(),
    "Money": Money(),
}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("openapi")) as api:
        yield api


@pytest.fixture(scope="module")
def document(api):
    answer = api.client().get("/v1/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return answer.json


def test_the_document_is_an_openapi_document(document):
    validate(document)
    assert document["openapi"].startswith("3.1.")


def test_the_document_is_not_sent_twice(api):
    tag = api.client().get("/v1/openapi.json").headers["ETag"]
    again = api.client().get("/v1/openapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_every_route_is_told_once_under_its_own_name(document, api):
    told = [operation["operationId"] for _, _, operation in operations(document)]
    assert sorted(told) == sorted(set(RULES) | OPEN)


def test_every_route_says_who_may_use_it(document):
    for _, _, operation in operations(document):
        rule = RULES.get(operation["operationId"])
        assert operation["security"] == ([{"key": []}] if rule else []), operation
        if rule:
            assert f"For: {', '.join(sorted(rule.roles))}." in operation["description"]


def test_a_key_is_required_exactly_where_money_moves(document):
    for _, method, operation in operations(document):
        keys = [part["$ref"] for part in operation.get("parameters", ()) if part.get("$ref", "").endswith("Key")]
        rule = RULES.get(operation["operationId"])
        if rule is None or method == "get":
            assert keys == []
        else:
            wanted = "IdempotencyKey" if rule.moves_money else "OptionalIdempotencyKey"
            assert keys == [f"#/components/parameters/{wanted}"]


def test_every_problem_is_a_problem_document(document):
    problems = {name: each for name, each in document["components"]["responses"].items() if name != "NotModified"}
    for name, response in problems.items():
        assert list(response["content"]) == ["application/problem+json"], name
    for _, _, operation in operations(document):
        errors = {status: each for status, each in operation["responses"].items() if status >= "400"}
        assert {"429", "500", "503"} <= set(errors)
        for status, each in errors.items():
            page = operation["tags"] == ["login"] and "text/html" in each.get("content", {})
            alone = {"description": "A problem.", "content": each.get("content")}
            told = each in ({"$ref": f"#/components/responses/Problem{status}"}, alone)
            assert page or told, (operation["operationId"], status)


def test_the_page_names_no_other_host(api):
    page = api.client().get("/docs")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert re.findall(r"""(?:src|href)=["'](?!/)[^"']+""", text) == []
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for file in re.findall(r'(?:src|href)="(/docs/[^"]+)"', text):
        assert api.client().get(file).status_code == 200, file


def test_the_page_has_no_other_files(api):
    check_problem(api.client().get("/docs/swagger-ui.js"), 404, "file-unknown", "/path/file")
    check_problem(api.client().get("/docs/..%2fpermissions.py"), 404, "route-unknown")


def test_the_page_of_the_interface_tells_the_limits_as_they_are():
    page = " ".join(route_pages.PAGE.read_text(encoding="utf-8").split())
    rate, failures = (int(limit.partition("/")[0]) for limit in (Limits().rate, Limits().failures))
    assert f"`limits.rate` is how often one caller may ask, {rate:,} times a minute" in page
    assert f"after `limits.failures`, {failures} a minute" in page
    assert f"of at most {LARGEST_BODY // 1024} KiB" in page
    assert f"at most {DEEPEST} levels" in page
    assert f"`limit` (at most {LARGEST_PAGE})" in page
    assert f"waits up to {round(LOOKS * PAUSE)} s" in page


def test_the_page_of_the_interface_lists_every_route(api):
    page = route_pages.PAGE.read_text(encoding="utf-8")
    assert page == route_pages.text(page, api.app), "run: python -m tests.service.route_pages"


def test_every_part_of_an_address_is_explained(document):
    parts = [part for methods in document["paths"].values() for part in methods.get("parameters", ())]
    assert len(parts) > 50
    assert [part["name"] for part in parts if not part["description"].endswith(".")] == []


def test_no_two_schemas_have_one_name(document):
    # The second of a name is called by its file as well.
    assert [name for name in document["components"]["schemas"] if name.startswith("Answers")] == []


def test_the_document_names_the_openid_providers_of_the_installation(tmp_path):
    issuer = Issuer(name="city", url="https://login.example.org", audience="urn:vouchers")
    with Service(Settings(tmp_path, log="memory:", issuer=(issuer,))) as service:
        found = create_app(service).test_client().get("/v1/openapi.json").json
    validate(found)
    discovery = found["components"]["securitySchemes"]["openid-city"]["openIdConnectUrl"]
    assert discovery == "https://login.example.org/.well-known/openid-configuration"
    assert found["paths"]["/v1/orders"]["get"]["security"] == [{"key": []}, {"openid-city": []}]
    assert found["paths"]["/problems"]["get"]["security"] == []


def test_answers_tell_their_headers(document):
    orders = document["paths"]["/v1/orders"]
    assert {"Location", "Idempotency-Replayed"} <= set(orders["post"]["responses"]["201"]["headers"])
    assert "Link" in orders["get"]["responses"]["200"]["headers"]
    assert "Retry-After" in document["components"]["responses"]["Problem429"]["headers"]


def test_every_example_is_what_its_schema_describes(document):
    schemas = document["components"]["schemas"]
    shown = {name: schema["examples"] for name, schema in schemas.items() if "examples" in schema}
    assert {"OrderBody", "Day", "PaymentBody"} <= set(shown)
    for name, examples in shown.items():
        validator = jsonschema_rs.validator_for({**schemas[name], "components": document["components"]})
        assert [example for example in examples if not validator.is_valid(example)] == [], name


@pytest.mark.parametrize(
    ("name", "body", "sound"),
    [
        ("ReviewBody", {"decision": "reject"}, False),
        ("ReviewBody", {"decision": "approve"}, True),
        ("PaymentBody", {"order_id": "O-1", "outcome": "confirmed", "bank_reference": "B-1"}, False),
        ("PaymentBody", {"order_id": "O-1", "outcome": "failed"}, False),
        ("PaymentBody", {"order_id": "O-1", "outcome": "reinstructed"}, True),
        ("InvoiceNumber", {"number": "1" * 20, "code": "1" * 10}, False),
        ("InvoiceNumber", {"number": "1" * 8, "code": "1" * 10}, True),
        ("InvoiceNumber", {"number": "1" * 8}, False),
        ("InvoiceNumber", {"number": "A-1", "country": "IE", "supplier": "IE1"}, True),
        ("InvoiceNumber", {"number": "A-1", "country": "CN", "supplier": "IE1"}, False),
        ("InvoiceNumber", {"number": "A-1", "country": "IE"}, False),
        ("Money", {"amount": -1, "currency": "CNY"}, False),
        ("Money", {"amount": 1, "currency": "XXX"}, False),
    ],
)
def test_the_document_and_the_service_refuse_the_same(document, name, body, sound):
    schema = document["components"]["schemas"][name]
    validator = jsonschema_rs.validator_for({**schema, "components": document["components"]})
    assert validator.is_valid(body) == sound
    try:
        values = read(TAKEN[name], body)
        assert name != "InvoiceNumber" or key_of(values, "")
    except Refused:
        assert not sound
    else:
        assert sound
