"""Batches: each line is done by itself and answered in its order, and a batch that broke off is sent again."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.strict import DEEPEST
from service.bulk.lines import LONGEST, BatchTooSlow, Line, Lines
from tests.examples import CHANGNING, LAB, PUDONG, voucher_of
from tests.ledger.faulty import broken_at_commit
from tests.service.batches import (
    AHEAD,
    FACTS,
    MARK,
    NDJSON,
    ORDERS,
    PUDONG_ROW,
    REDEMPTIONS,
    SMALL,
    Sender,
    codes,
    line,
    results_of,
    send,
    written,
)
from tests.service.clients import an_api, check_problem, delivery_body, frozen, invoice_body, yuan
from vouchers.kinds import ORDER, REFUSAL


@pytest.fixture
def api(tmp_path):
    with frozen(), an_api(tmp_path) as api:
        yield api


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """One town for tests whose lines have keys of their own."""
    with frozen(), an_api(tmp_path_factory.mktemp("town")) as api:
        yield api


def claimable(api, number):
    """An order whose subsidy can be claimed."""
    order_id = api.registered(**SMALL)
    assert api.post(f"/v1/orders/{order_id}/deliveries", delivery_body()).status_code == 200
    assert api.post(f"/v1/orders/{order_id}/invoices", invoice_body(number, **SMALL), "provider").status_code == 200
    return order_id


def test_every_line_is_answered_in_its_order_whatever_became_of_the_others(api):
    results = send(api, ORDERS, line("a-1"), line("a-2", category="NONE"), b"{", line("a-3"))
    assert codes(results) == [(1, 201), (2, "ineligible"), (3, "json-malformed"), (4, 201)]
    assert [each.get("key") for each in results] == ["a-1", "a-2", None, "a-3"]
    for each in (results[0], results[3]):
        assert api.service.ledger.state(ORDER, each["answer"]["order_id"]).status == "registered"
        assert each["answer"]["subsidy"] == {"amount": 50_00, "currency": "CNY"}
    assert results[0]["position"] < results[3]["position"] <= api.log()[0]


def test_a_line_is_what_a_single_request_with_its_key_is(api):
    single = api.register("k-1", **SMALL).json
    [again, fresh] = send(api, ORDERS, line("k-1"), line("k-2"))
    assert again == {
        "line": 1,
        "key": "k-1",
        "status": 201,
        "answer": {name: value for name, value in single.items() if name != "position"},
        "position": single["position"],
        "replayed": True,
    }
    before = api.log()
    repeated = api.register("k-2", **SMALL)
    assert repeated.headers["Idempotency-Replayed"] == "true"
    assert repeated.json == fresh["answer"] | {"position": fresh["position"]}
    assert api.log() == before


def test_a_batch_that_is_sent_again_answers_as_before_and_changes_nothing(api):
    batch = [line(f"k-{number}") for number in range(5)]
    first = send(api, ORDERS, *batch)
    before = api.log()
    again = send(api, ORDERS, *batch)
    assert again == [each | {"replayed": True} for each in first]
    assert api.log() == before


def test_a_key_that_was_used_for_something_else_is_refused(api):
    results = send(api, ORDERS, line("k-1"), line("k-1", gross=yuan(101)), line("k-1"))
    assert codes(results) == [(1, 201), (2, "idempotency-key-reused"), (3, 201)]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/key"
    assert results[2]["replayed"]


def test_what_was_done_when_the_batch_broke_off_stays_done_and_the_rest_follows(api):
    batch = [line(f"k-{number}") for number in range(4)]
    sender = Sender([written(each) + b"\n" for each in batch[:2]] + [written(batch[2])[:50]], breaks=True)
    assert codes(results_of(sender.post(api, ORDERS))) == [(1, 201), (2, 201), (3, "batch-broken")]
    results = send(api, ORDERS, *batch)
    assert [(each["status"], each.get("replayed", False)) for each in results] == [(201, True)] * 2 + [(201, False)] * 2


def rows(count):
    """Lines of facts that change nothing."""
    return [written({"key": f"f-{number}", **PUDONG_ROW}) + b"\n" for number in range(1, count + 1)]


def test_who_stops_listening_stops_nothing_that_was_read(api):
    answer = api.send(FACTS, b"".join(rows(AHEAD + 10)), "officer", NDJSON)
    next(answer.iter_encoded())
    answer.close()
    assert len(api.service.ledger.names("request/officer:li/f-", limit=2 * AHEAD)) == AHEAD


def test_answers_come_while_lines_are_still_being_sent(api):
    sender = Sender(rows(2 * AHEAD))
    parts = sender.post(api, FACTS, "officer").iter_encoded()
    first = next(parts).splitlines()
    assert sender.sent < 2 * AHEAD
    rest = b"".join(parts).splitlines()
    assert [json.loads(each)["line"] for each in (*first, *rest)] == list(range(1, 2 * AHEAD + 1))


def test_lines_are_decided_in_their_order(api):
    results = send(api, ORDERS, *[line(f"k-{number}", gross=yuan(300_000), net=yuan(300_000)) for number in range(3)])
    assert [each["status"] for each in results] == [201, 201, 422]
    assert "cap-enterprise-exceeded" in {each["code"] for each in results[2]["problem"]["errors"]}


def test_a_refused_line_for_money_is_put_on_record_as_a_single_request_is(town):
    before = town.log()[0]
    results = send(town, ORDERS, line("k-1", category="NONE"), line("k-2", voucher_id="V-0000-0000-0000-0"))
    assert codes(results) == [(1, "ineligible"), (2, "voucher-unknown")]
    assert town.log()[0] == before + 1
    assert town.service.ledger.state(REFUSAL, PUDONG) is not None


def test_claims_are_requested_by_the_line(town):
    mine = [claimable(town, number) for number in (1, 2)]
    evidence = town.evidence(mine[0])
    lines = [{"key": f"c-{order_id}", "order_id": order_id, "evidence": evidence} for order_id in mine]
    results = send(town, REDEMPTIONS, lines[0], {"key": "c-3", "order_id": "O-1"}, lines[1], lines[0], who="provider")
    assert codes(results) == [(1, 201), (2, "order-unknown"), (3, 201), (4, 201)]
    assert results[3] == results[0] | {"line": 4, "replayed": True}
    for order_id, each in zip(mine, (results[0], results[2]), strict=True):
        assert each["answer"]["order_id"] == order_id
        assert each["answer"]["claimed"] == {"amount": 50_00, "currency": "CNY"}
        assert town.service.ledger.state(ORDER, order_id).claimed == 50_00


def test_nobody_claims_or_orders_for_others(town):
    order_id = claimable(town, 3)
    claim = {"key": "k-1", "order_id": order_id, "evidence": town.evidence(order_id)}
    before = town.log()
    assert codes(send(town, REDEMPTIONS, claim, who="other-provider")) == [(1, "order-unknown")]
    assert codes(send(town, REDEMPTIONS, claim)) == [(1, "not-the-payee")]
    assert codes(send(town, ORDERS, line("k-1"), who="other-enterprise")) == [(1, "voucher-unknown")]
    assert town.log() == before
    check_problem(town.send(ORDERS, written(line("k-1")), "provider", NDJSON), 403, "role-not-allowed")


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (b"\xff", "encoding-broken"),
        (b"{", "json-malformed"),
        (b"[1]", "line-no-object"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "json-too-deep"),
        (b'{"key": "a", "key": "b"}', "member-repeated"),
        (written({**line("k-9"), "colour": "red"}), "field-unknown"),
        (written({name: value for name, value in line("k-9").items() if name != "key"}), "field-missing"),
        (written(line("")), "line-key-malformed"),
        (written(line("k" * 65)), "line-key-malformed"),
        (written(line(7)), "line-key-malformed"),
        (b'{"key": "' + b"k" * LONGEST + b'"}', "line-too-long"),
    ],
)
def test_a_broken_line_refuses_that_line_only(town, broken, code):
    results = send(town, ORDERS, line(f"{code}-before"), broken, line(f"{code}-after"))
    assert codes(results) == [(1, 201), (2, code), (3, 201)]
    assert results[1]["status"] == results[1]["problem"]["status"]


@pytest.mark.parametrize(("path", "who"), [(ORDERS, "enterprise"), (REDEMPTIONS, "provider"), (FACTS, "officer")])
def test_whatever_is_sent_each_line_gets_one_answer_and_none_is_a_fault_of_ours(town, path, who):
    said = {"key": "w-1", "order_id": "O-1", "staff": 9, "evidence": {}, "gross": yuan(1)} | PUDONG_ROW
    values = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)
    objects = st.dictionaries(st.sampled_from([*said, *line("x")]), values, max_size=9).map(lambda more: said | more)
    anything = st.binary(max_size=60) | objects.map(lambda each: json.dumps(each).encode())

    @settings(max_examples=40)
    @given(st.lists(anything, max_size=5))
    def one_answer_each(batch):
        data = b"\n".join(batch)
        lines = data.removeprefix(MARK).split(b"\n")  # The mark of an encoding stands at the beginning, or is a fault.
        wanted = [number for number, raw in enumerate(lines, 1) if raw.strip()]
        results = results_of(town.send(path, data, who, NDJSON))
        assert [each["line"] for each in results] == wanted
        assert {each["status"] for each in results} <= {200, 201, 400, 404, 413, 422}

    one_answer_each()


def test_blank_lines_marks_and_line_ends_of_other_systems_are_passed_over(town):
    data = MARK + b"\r\n".join([written(line("blank-1")), b"", b"  ", written(line("blank-2"))])
    assert codes(results_of(town.send(ORDERS, data, "enterprise", NDJSON))) == [(1, 201), (4, 201)]
    assert send(town, ORDERS) == []
    assert send(town, ORDERS, b"", b"") == []


def test_a_batch_may_have_so_many_lines_and_bytes_and_no_more(api):
    usual = api.service.settings
    api.service.settings = replace(usual, bulk=replace(usual.bulk, lines=2, megabytes=1))
    assert codes(send(api, ORDERS, line("k-1"), line("k-2"))) == [(1, 201), (2, 201)]
    results = send(api, ORDERS, line("k-3"), line("k-4"), line("k-5"))
    assert codes(results) == [(1, 201), (2, 201), (3, "batch-too-long")]
    limit = 1 << 20
    fits = written(line("k-6")) + b"\n"
    api.service.settings = replace(usual, bulk=replace(usual.bulk, lines=limit, megabytes=1))
    assert codes(results_of(api.send(ORDERS, fits.ljust(limit, b"\n"), "enterprise", NDJSON))) == [(1, 201)]
    large = api.send(ORDERS, fits.ljust(limit + 1, b"\n"), "enterprise", NDJSON)
    check_problem(large, 413, "batch-too-large")


def test_a_batch_of_unknown_size_is_read_up_to_the_limit(api):
    usual = api.service.settings
    api.service.settings = replace(usual, bulk=replace(usual.bulk, lines=1 << 21, megabytes=1))
    data = written(line("k-1")) + b"\n" * ((1 << 20) + (1 << 17))
    results = results_of(Sender([data[at : at + 4096] for at in range(0, len(data), 4096)]).post(api, ORDERS))
    assert results[0]["status"] == 201
    assert results[-1]["problem"]["code"] == "batch-too-large"


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "application/x-ndjson-not"])
def test_a_batch_is_announced_as_what_it_is(town, media_type):
    check_problem(town.send(ORDERS, written(line("k-1")), "enterprise", media_type), 415, "media-type-unsupported")


def test_a_process_takes_so_many_batches_at_a_time(api):
    held = [api.send(ORDERS, written(line("k-1")), "enterprise", NDJSON) for _ in range(2)]
    refused = api.send(ORDERS, written(line("k-2")), "enterprise", NDJSON)
    check_problem(refused, 503, "too-many-streams")
    assert refused.headers["Retry-After"]
    held[0].close()
    assert codes(send(api, ORDERS, line("k-2"))) == [(1, 201)]
    assert codes(send(api, ORDERS, line("k-3"))) == [(1, 201)]


def test_a_batch_takes_so_long_and_no_longer():
    clock = iter([0.0, 9.0, 10.0, 10.1])
    lines = iter(Lines(io.BytesIO(b"a\nb\nc\n"), 10, 10, lambda: next(clock)))
    assert [next(lines), next(lines)] == [Line(1, b"a"), Line(2, b"b")]
    with pytest.raises(BatchTooSlow):
        next(lines)


def test_a_line_has_so_many_bytes_and_no_more():
    fits, large = b"x" * LONGEST, b"x" * (LONGEST + 1)
    found = [*Lines(io.BytesIO(fits + b"\n" + large + b"\n" + large * 9 + b"\ny"), 10, 10)]
    assert found == [Line(1, fits), Line(2, b"", whole=False), Line(3, b"", whole=False), Line(4, b"y")]


@pytest.mark.parametrize("recorded", [True, False])
def test_lines_whose_outcome_is_unknown_say_so_and_the_batch_sent_again_tells_what_happened(tmp_path, recorded):
    with frozen(), an_api(tmp_path, "sqlite:log.sqlite") as api:
        with broken_at_commit(api.service.ledger._recorder, recorded=recorded):
            results = send(api, ORDERS, line("k-1"), b"{", line("k-2"))
        assert {each["status"] for each in results} == {400, 503}
        assert codes(results)[1] == (2, "json-malformed")
        again = send(api, ORDERS, line("k-1"), line("k-2"))
        assert [each["status"] for each in again] == [201, 201]
        # The first line was alone in its group, or both were in one.
        assert again[0].get("replayed", False) == recorded


@pytest.mark.parametrize("store", ["sqlite:log.sqlite", "postgres"])
def test_the_same_batch_from_several_clients_at_once_takes_effect_once(request, tmp_path, store):
    url = request.getfixturevalue("postgres_url") if store == "postgres" else store
    with frozen(), an_api(tmp_path, url) as api:
        usual = api.service.settings
        api.service.settings = replace(usual, bulk=replace(usual.bulk, at_once=4))
        batch = [line(f"k-{number}", gross=yuan(1), net=yuan(1)) for number in range(40)]
        with ThreadPoolExecutor(4) as clerks:
            found = [*clerks.map(lambda _: send(api, ORDERS, *batch), range(4))]
        assert len(api.service.ledger.names("order/")) == len(batch)
        for results in found:
            assert [each["answer"] for each in results] == [each["answer"] for each in found[0]]
        assert sum("replayed" not in each for results in found for each in results) == len(batch)


def test_batches_are_for_the_provider_and_the_enterprise_of_their_own(town):
    assert voucher_of() != voucher_of(CHANGNING)
    order = line("own-1", voucher_id=voucher_of(CHANGNING))
    assert codes(send(town, ORDERS, order)) == [(1, "voucher-unknown")]
    assert codes(send(town, ORDERS, line("own-1", provider_id=LAB))) == [(1, 201)]
