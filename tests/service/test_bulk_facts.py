"""Facts of enterprises by the line: recorded as a registry's file is, each by itself."""

import pytest

from schemas.registry_columns import ENTERPRISE_COLUMNS
from tests.examples import CHANGNING, PUDONG, voucher_of
from tests.service.batches import FACTS, NDJSON, PUDONG_ROW, codes, send
from tests.service.clients import an_api, check_problem, frozen
from vouchers.kinds import ENTERPRISE


@pytest.fixture
def api(tmp_path):
    with frozen(), an_api(tmp_path) as api:
        yield api


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """One town for tests that record nothing."""
    with frozen(), an_api(tmp_path_factory.mktemp("town")) as api:
        yield api


def test_facts_come_by_the_line_and_the_same_again_change_nothing(api):
    later = {**PUDONG_ROW, "as_of_on": "2026-02-01", "staff": "12"}
    lines = [{"key": "f-1", **later}, {"key": "f-2", **later}, {"key": "f-3", **PUDONG_ROW}]
    results = send(api, FACTS, *lines, who="officer")
    assert [each["answer"]["facts"] for each in results] == ["recorded", "unchanged", "older"]
    assert all(each["answer"]["enterprise_id"] == PUDONG and each["status"] == 200 for each in results)
    state = api.service.ledger.state(ENTERPRISE, PUDONG)
    assert (state.as_of_on, state.facts["staff"]) == ("2026-02-01", 12)
    before = api.log()
    assert send(api, FACTS, *lines, who="officer") == [each | {"replayed": True} for each in results]
    assert api.log() == before


def test_every_fault_of_a_row_of_facts_is_told_with_its_member(town):
    before = town.log()
    rows = [
        {"key": "f-1", **PUDONG_ROW, "staff": "many", "registered_on": "never"},
        {"key": "f-2", **PUDONG_ROW, "colour": "red"},
        {"key": "f-3", **PUDONG_ROW, "as_of_on": "2026-02-03"},
        {**PUDONG_ROW},
        {"key": "f-5", **PUDONG_ROW, "enterprise_id": PUDONG[:-1] + "0"},
    ]
    results = send(town, FACTS, *rows, who="officer")
    assert codes(results)[1:4] == [(2, "column-unknown"), (3, "as-of-ahead"), (4, "field-missing")]
    assert {each["pointer"] for each in results[0]["problem"]["errors"]} == {"/staff", "/registered_on"}
    assert results[1]["problem"]["errors"][0]["pointer"] == "/colour"
    assert results[4]["problem"]["errors"][0]["pointer"] == "/enterprise_id"
    assert town.log() == before


def regrouping(api):
    """A firm that turns out to have been of a group, whose ceiling others had used up; the line that says so."""
    api.town.record(PUDONG, as_of_on="2026-01-06", controller="the-group")
    api.town.record(CHANGNING)
    api.town.entitle(CHANGNING)
    api.town.order("O-1", gross=600_000_00)
    theirs = {"enterprise_id": CHANGNING, "voucher_id": voucher_of(CHANGNING), "gross": 10_000_00}
    api.town.order("O-2", **theirs)
    api.town.go("2026-02-10").record(CHANGNING, as_of_on="2026-02-10", staff=10)
    facts = api.service.ledger.state(ENTERPRISE, CHANGNING).facts | {"controller": "the-group"}
    row = {name: "|".join(value) if isinstance(value, tuple) else value for name, value in facts.items()}
    known = {column.name for column in ENTERPRISE_COLUMNS}
    return {"key": "g-1", "enterprise_id": CHANGNING, "as_of_on": "2026-02-01"} | {
        name: value for name, value in row.items() if name in known
    }


def over_caps(api):
    return api.service.ledger.state(ENTERPRISE, CHANGNING).over_caps


def test_a_controller_that_comes_to_light_late_is_looked_into_once_the_lines_are_done(api):
    row = regrouping(api)
    with frozen("2026-02-10T04:00:00Z"):
        results = send(api, FACTS, row, who="officer")
        assert [each["answer"]["facts"] for each in results] == ["older"], results
        assert len(over_caps(api)) == 1
        assert send(api, FACTS, row, who="officer") == [results[0] | {"replayed": True}]
        assert len(over_caps(api)) == 1


def test_where_that_fails_a_further_line_says_so_and_the_batch_sent_again_makes_up_for_it(api):
    row = regrouping(api)
    views = api.service.views
    with frozen("2026-02-10T04:00:00Z"):
        api.service.views = None
        done, failed = send(api, FACTS, row, who="officer")
        api.service.views = views
        assert (done["status"], failed["line"], failed["problem"]["code"]) == (200, 2, "internal-fault")
        assert over_caps(api) == ()
        send(api, FACTS, row, who="officer")
        assert len(over_caps(api)) == 1


def test_facts_name_their_source_and_may_share_their_day(api):
    row = {name: value for name, value in PUDONG_ROW.items() if name != "as_of_on"}
    path = "/v1/bulk/facts?source=register&as_of_on=2026-02-01"
    assert [each["answer"]["facts"] for each in send(api, path, {"key": "f-1", **row}, who="officer")] == ["recorded"]
    check_problem(api.send("/v1/bulk/facts", b"", "officer", NDJSON), 400, "field-missing", "/query/source")
    check_problem(api.send(FACTS, b"", "enterprise", NDJSON), 403, "role-not-allowed")
    assert codes(send(api, "/v1/bulk/facts?source=r", {"key": "f-2", **row}, who="officer")) == [(1, "as-of-missing")]
