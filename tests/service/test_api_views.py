"""Every view over HTTP after a year in which everything happened: who sees what, in pages, as of a position."""

import ast
import re
from pathlib import Path

import pytest
from openapi_schema_validator import OAS31Validator

from schemas.policies import digest
from service.api import figures, market, owing, policies, proposals, standing
from service.api.documenting import document
from service.identity import create_key
from service.permissions import RULES
from tests.examples import CHANGNING, JIANGSU_LAB, LAB, PUDONG, SH_CODE, YRD_CODE, voucher_of
from tests.service.clients import NOON, SUBJECTS, check_problem
from tests.service.pooling import CODE as POOLED
from tests.service.posted_year import a_posted_year
from tests.service.reckoning import PLATFORM, PLATFORMS
from tests.service.test_permission_walk import routes

SERVICE = Path(__file__).parents[2] / "service"
MODULES = (figures, market, owing, policies, proposals, standing)
NAMES = {module.blueprint.name for module in MODULES}
GAPS = {
    "programme": SH_CODE,
    "enterprise_id": PUDONG,
    "provider_id": LAB,
    "payee_id": LAB,
    "party_id": LAB,
    "debt_id": "queue-1-R1-C1",
    "demand_id": "D-1",
    "order_id": "queue-1",
    "period": "2026",
    "pool": "POC",
    "policy": "sh-stiv-2025",
    "version": "2025",
    "month": "2026-12",
}
# What a route asks for behind the question mark, or what else it is about.
ASKED = {
    "figures.show_indicators": "?year=2026",
    "figures.list_unused": "?year=2026",
    "figures.show_report": "?year=2026",
    "standing.list_links": f"?party={PUDONG}",
    "owing.list_movements": "?from_on=2026-11-20&until_on=2026-12-19",
}
ABOUT = {
    "figures.derive_draws": {"programme": POOLED},
    "figures.scan_claims": {"programme": POOLED},
    "figures.show_support": {"programme": PLATFORMS, "provider_id": PLATFORM},
    "market.show_application": {"provider_id": JIANGSU_LAB},
    "owing.show_clearing": {"programme": YRD_CODE},
    "proposals.show_proposal": {"proposal_id": "none"},
}


OWN = (
    (f"/v1/enterprises/{PUDONG}", "enterprise"),
    (f"/v1/enterprises/{PUDONG}/facts", "enterprise"),
    (f"/v1/enterprises/{PUDONG}/aid", "enterprise"),
    (f"/v1/parties/{PUDONG}/accounts", "enterprise"),
    (f"/v1/parties/{PUDONG}/payments", "enterprise"),
    ("/v1/orders/queue-1/sources", "enterprise"),
    (f"/v1/parties/{LAB}/accounts", "provider"),
    (f"/v1/parties/{LAB}/payments", "provider"),
    (f"/v1/debts/{LAB}/queue-1-R1-C1", "provider"),
)


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    folder = tmp_path_factory.mktemp("views")
    with a_posted_year(folder) as town:
        for who, subject in SUBJECTS.items():
            town.api.keys[who] = create_key(folder, who.split("-")[-1], subject, NOON)[0]
        assert town.api.register().status_code == 422
        assert town.api.register(who="other-enterprise", voucher_id=voucher_of(CHANGNING)).status_code == 422
        town.api.service.catch_up()
        yield town.api


def reads(app):
    """Every read of these modules with an address that has an answer after the year."""
    for endpoint, about in {name: ABOUT.get(name, {}) for name in app.view_functions}.items():
        if endpoint.partition(".")[0] in NAMES:
            for found, method, path in routes(app, GAPS | about):
                if found == endpoint and method == "GET":
                    yield endpoint, path + ASKED.get(endpoint, "")


# What the console asks otherwise: debts come in pages here, and not party by party.
ASKED_OTHERWISE = {"debtors"}


def queries(folder):
    """The queries of views that the modules of a folder import."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (SERVICE / folder).glob("*.py")]
    return {
        name.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("service.projections.")
        for name in node.names
        if name.name[0].islower()
    }


def test_every_query_of_the_console_has_a_view_over_http():
    text = "\n".join(path.read_text(encoding="utf-8") for path in (SERVICE / "api").glob("*.py"))
    asked = queries("api") | queries("reporting") | set(re.findall(r"\bviews\.([a-z_]+)\(", text))
    assert len(queries("cli")) > 30
    assert queries("cli") - asked == ASKED_OTHERWISE


def test_every_answer_is_as_the_document_says(api):
    found = document(api.app)
    names = {rule.endpoint: rule.rule for rule in api.app.url_map.iter_rules()}
    for endpoint, path in reads(api.app):
        if endpoint in ("figures.show_report", "proposals.show_proposal"):
            continue
        templated = re.sub(r"<[^:>]+:([a-z_]+)>", r"{\1}", names[endpoint])
        schema = found["paths"][templated]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        answer = api.get(path, "regulator").json
        OAS31Validator({**schema, "components": found["components"]}).validate(answer)
        told = found["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
        assert set(answer) <= set(told), endpoint
        for item in answer.get("items", ())[:20]:
            inner = told["items"]["items"]["$ref"].rpartition("/")[2]
            assert set(item) <= set(found["components"]["schemas"][inner]["properties"]), endpoint


def test_every_view_answers_whoever_may_see_it(api):
    asked = 0
    for endpoint, path in reads(api.app):
        for role in RULES[endpoint].roles - {"enterprise", "provider"}:
            answer = api.get(path, role)
            asked += 1
            if endpoint == "proposals.show_proposal":
                check_problem(answer, 404, "proposal-unknown", "/proposal_id")
                continue
            assert answer.status_code == 200, (endpoint, answer.json)
            if endpoint != "figures.show_report":
                assert answer.json["position"] <= api.service.ledger.size()
    assert asked > 80


def test_a_firm_sees_what_is_its_own(api):
    for path, who in OWN:
        assert api.get(path, who).status_code == 200, path


@pytest.mark.parametrize(("path", "who"), [(path, f"other-{who}") for path, who in OWN])
def test_what_is_anothers_is_as_unknown_as_nothing(api, path, who):
    answer = api.get(path, who)
    assert answer.status_code == 404, answer.json
    assert answer.json["code"].endswith("-unknown")


def test_lists_show_a_firm_only_what_concerns_it(api):
    for path, name in (
        ("/v1/acts", "subject"),
        ("/v1/refusals", "enterprise_id"),
        ("/v1/debts?ended=true", "party_id"),
    ):
        whole = [item[name] for item in api.get(path, "regulator").json["items"]]
        assert set(whole) - {PUDONG}
        for who, firm in (("enterprise", PUDONG), ("provider", LAB)):
            answer = api.get(path, who)
            if answer.status_code == 200:
                assert [item[name] for item in answer.json["items"]] == [each for each in whole if each == firm], path
    assert api.get(f"/v1/debts?ended=true&party_id={LAB}", "enterprise").json["items"] == []


def test_of_a_demand_a_provider_sees_its_own_offer_and_another_enterprise_none(api):
    def offers(who):
        return [offer["offer_id"] for offer in api.get("/v1/demands/D-1", who).json["offers"]]

    assert offers("enterprise") == offers("officer") == offers("other-provider") == ["A-1", "A-2"]
    assert offers("provider") == offers("other-enterprise") == []


def test_where_money_goes_is_masked_or_left_out(api):
    accounts = api.get(f"/v1/parties/{LAB}/accounts", "provider").json["items"]
    assert {"site_id": "north", "account_ref": "…orth", "proposed_ref": ""} in accounts
    for who, shown in (("officer", True), ("provider", True), ("other-provider", False), ("enterprise", False)):
        assert ("account_ref" in api.get(f"/v1/providers/{LAB}", who).json) == shown


def test_movements_are_for_the_books_and_told_for_a_month_at_most(api):
    items = api.get("/v1/payments?from_on=2026-11-20&until_on=2026-12-19", "finance").json["items"]
    assert {"paid", "part", "returned", "set off"} <= {item["what"] for item in items}
    assert {item["amount"]["amount"] < 0 for item in items if item["what"] == "returned"} == {True}
    for days in ("from_on=2026-11-20&until_on=2026-12-20", "from_on=2026-11-02&until_on=2026-11-01"):
        check_problem(api.get(f"/v1/payments?{days}", "finance"), 400, "days-too-far-apart", "/query/until_on")


def test_the_report_is_a_page_to_be_kept(api):
    answer = api.get(f"/v1/programmes/{SH_CODE}/report?year=2026", "enterprise")
    assert answer.mimetype == "text/html"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{SH_CODE}-2026.html"'
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert b"<html" in answer.data


def test_a_policy_is_shown_whole_and_its_digest_is_that_of_its_text(api):
    for path in (f"/v1/programmes/{SH_CODE}/policies/2025", f"/v1/programmes/{SH_CODE}/policy?on=2026-01-05"):
        shown = api.get(path, "enterprise").json
        assert digest(shown["document"]) == shown["digest"], path
    assert api.get("/v1/policies/sh-stiv-2025", "provider").json["document"]["programme"]["code"] == SH_CODE
    check_problem(api.get("/v1/policies/none", "provider"), 404, "policy-version-unknown", "/path/policy")
    check_problem(
        api.get(f"/v1/programmes/{SH_CODE}/policies/none", "provider"), 404, "policy-version-unknown", "/path/version"
    )


def test_a_position_that_nobody_reached_is_waited_for_and_then_refused(api):
    check_problem(api.get(f"/v1/debts?after={api.service.ledger.size() + 1}", "finance"), 503, "views-behind")


LISTS = (
    "/v1/findings",
    "/v1/refusals",
    "/v1/acts",
    "/v1/signals",
    "/v1/debts?ended=true",
    "/v1/demands",
    "/v1/applications",
)
LISTS += ("/v1/products", f"/v1/programmes/{SH_CODE}/unused?year=2026", f"/v1/parties/{LAB}/payments", "/v1/rechecks")


@pytest.mark.parametrize("path", LISTS)
def test_pages_of_one_add_up_to_the_list(api, path):
    mark = "&" if "?" in path else "?"
    whole = api.get(f"{path}{mark}limit=200", "regulator").json["items"]
    found, cursor = [], ""
    for _ in range(len(whole) + 2):
        answer = api.get(f"{path}{mark}limit=1" + (f"&cursor={cursor}" if cursor else ""), "regulator").json
        found += answer["items"]
        cursor = answer["next"]
        if not cursor:
            break
    assert found == whole
    assert found or path == "/v1/rechecks"


def test_money_has_its_currency_everywhere(api):
    def amounts(value, name=""):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from amounts(inner, key)
        elif isinstance(value, list):
            for inner in value:
                yield from amounts(inner, name)
        elif name in ("fee", "budget", "owed", "principal", "total", "demanded", "free", "left", "received", "subsidy"):
            yield name, value

    for endpoint, path in reads(api.app):
        if endpoint not in (
            "figures.show_report",
            "policies.show_shipped",
            "policies.show_policy",
            "policies.show_policy_in_force",
        ):
            assert [*amounts(api.get(path, "regulator").json)] == [], endpoint
