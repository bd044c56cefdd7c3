"""Requests repeated, positions read back, and many clerks at once."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.api.answering import MOST_AHEAD
from service.api.following import Follower
from service.wiring import Service, Who
from tests.examples import LAB, SH_CODE, voucher_of
from tests.ledger.faulty import broken_at_commit
from tests.service.clients import an_api, check_problem, frozen, invoice_body, order_body, yuan
from vouchers import application
from vouchers.provider.decisions import Suspend

VOUCHER = voucher_of()


@pytest.fixture(params=["memory:", "sqlite:log.sqlite"])
def api(request, tmp_path):
    with frozen(), an_api(tmp_path, request.param) as api:
        yield api


def test_a_repeated_request_gets_the_same_answer_and_takes_effect_once(api):
    first = api.register("k-1")
    api.registered()
    before = api.log()
    again = api.register("k-1")
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Location"] == first.headers["Location"]
    assert api.log() == before


def test_a_key_in_quotes_is_the_same_key(api):
    assert api.register('"k-2"').json == api.register("k-2").json


def test_a_key_used_for_another_request_is_refused(api):
    api.register("k-3")
    before = api.log()
    check_problem(api.register("k-3", category="IP"), 422, "idempotency-key-reused", "/headers/idempotency-key")
    check_problem(api.register("k-3", gross=yuan(9_999), net=yuan(9_999)), 422, "idempotency-key-reused")
    assert api.log()[0] - before[0] in (0, 2)  # Refused requests for money are put on record.


def test_a_request_repeated_on_the_next_day_is_the_same_although_the_day_was_filled_in(tmp_path):
    down = {"reason": "the registry moves house"}
    with frozen() as clock, an_api(tmp_path) as api:
        first = api.post("/v1/sources/registry/outages", down, "officer", "k-5")
        assert first.status_code == 200
        before = api.log()
        clock.move_to("2026-02-03T04:00:00+00:00")
        again = api.post("/v1/sources/registry/outages", down, "officer", "k-5")
        assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true")
        assert api.log() == before
        for other in ({"reason": "a storm"}, down | {"from_on": "2026-02-02"}):
            answer = api.post("/v1/sources/registry/outages", other, "officer", "k-5")
            check_problem(answer, 422, "idempotency-key-reused", "/headers/idempotency-key")


def test_a_key_is_the_callers_own(api):
    order_id = api.claimed()
    redemption_id = api.town.state(order_id).redemption_id
    reason = {"reason": "a slip"}
    answer = api.post(f"/v1/redemptions/{redemption_id}/reversal", reason, "provider", "shared-key")
    assert answer.status_code == 200
    assert api.register("shared-key").status_code == 201


@pytest.mark.parametrize("key", ["a b", "x" * 65, "k/1", "schl\u00fcssel", '"', '"a', "-a"])
def test_a_key_that_cannot_be_kept_is_refused(api, key):
    headers = api.headers("enterprise", "")
    headers["Idempotency-Key"] = key.encode().decode("latin-1")
    answer = api.client().post("/v1/orders", json=order_body(), headers=headers)
    check_problem(answer, 400, "idempotency-key-malformed", "/headers/idempotency-key")


def test_the_same_request_at_once_takes_effect_once(api):
    size = api.service.ledger.size()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.register("k-4"), range(8)))
    done = [answer for answer in answers if answer.status_code == 201]
    for early in [answer for answer in answers if answer.status_code != 201]:
        check_problem(early, 409, "request-in-flight", "/headers/idempotency-key")
        assert early.headers["Retry-After"] == "1"
    assert [answer.headers.get("Idempotency-Replayed") for answer in done].count(None) == 1
    assert {answer.data for answer in done} == {api.register("k-4").data}
    assert api.service.ledger.size() == done[0].json["position"] > size


def test_a_request_that_is_still_answered_is_not_answered_twice(api):
    began, go_on = threading.Event(), threading.Event()
    execute = api.service.execute

    def slowly(*arguments, **options):
        began.set()
        assert go_on.wait(10)
        return execute(*arguments, **options)

    api.service.execute = slowly
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(api.register, "k-5")
        assert began.wait(10)
        check_problem(api.register("k-5"), 409, "request-in-flight", "/headers/idempotency-key")
        api.service.execute = execute
        assert api.register("k-6", gross=yuan(100), net=yuan(100)).status_code == 201
        go_on.set()
        assert first.result().status_code == 201
    assert api.register("k-5").data == first.result().data


@pytest.mark.parametrize("recorded", [True, False])
def test_after_an_unknown_outcome_the_same_key_tells_what_happened(tmp_path, recorded):
    with frozen(), an_api(tmp_path, "sqlite:log.sqlite") as api:
        before = api.service.ledger.size()
        with broken_at_commit(api.service.ledger._recorder, recorded=recorded):
            answer = api.register("k-7")
        check_problem(answer, 503, "outcome-unknown")
        assert answer.headers["Retry-After"]
        assert (api.service.ledger.size() > before) == recorded
        again = api.register("k-7")
        assert again.status_code == 201
        assert again.headers.get("Idempotency-Replayed") == ("true" if recorded else None)
        assert api.register("k-7").data == again.data
        assert api.town.voucher().reserved == again.json["subsidy"]["amount"]


def test_clerks_at_once_never_spend_a_voucher_twice(api):
    available = api.town.voucher().available
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: api.register(f"race-{n}", gross=yuan(20_000), net=yuan(20_000)), range(16)))
    succeeded = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    spent = sum(answer.json["subsidy"]["amount"] for answer in succeeded)
    assert spent == api.town.voucher().reserved
    assert api.town.voucher().available == available - spent >= 0
    assert succeeded
    assert {answer.status_code for answer in refused} <= {422}


def test_two_clerks_cannot_use_one_invoice(api):
    orders = [api.registered(gross=yuan(100), net=yuan(100)) for _ in range(2)]
    money = {"gross": yuan(100), "net": yuan(100)}
    for order_id in orders:
        api.post(f"/v1/orders/{order_id}/deliveries", {"delivered_on": "2026-02-02", "report_digest": "2" * 64})
    barrier = threading.Barrier(2)

    def file(order_id):
        barrier.wait(10)
        return api.post(f"/v1/orders/{order_id}/invoices", invoice_body(5, **money), "provider")

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(file, orders), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 409]


def test_who_writes_reads_it_back_at_once(api):
    for _ in range(5):
        answer = api.register(gross=yuan(100), net=yuan(100))
        shown = api.get(f"/v1/orders/{answer.json['order_id']}?after={answer.json['position']}")
        assert shown.json["status"] == "registered"
        assert shown.json["position"] >= answer.json["position"]


def test_a_reader_waits_for_what_another_process_is_about_to_write(tmp_path):
    with frozen(), an_api(tmp_path, "sqlite:log.sqlite") as api, Service(api.service.settings) as elsewhere:
        size = elsewhere.ledger.size()

        def write():
            threading.Event().wait(0.3)
            suspension = Suspend(LAB, "2026-02-02", "finish", "under inquiry")
            elsewhere.execute(application.suspend, suspension, Who("officer:li", "officer"))

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            answer = api.get(f"/v1/providers?after={size + 1}")
            writing.result()
    assert answer.status_code == 200
    assert answer.json["position"] == size + 1


def test_a_position_far_beyond_the_log_is_refused_without_a_wait(api):
    size = api.service.ledger.size()
    began = os.times().elapsed
    answer = api.get(f"/v1/vouchers/{VOUCHER}?after={size + MOST_AHEAD + 1}")
    check_problem(answer, 400, "position-beyond-log", "/query/after")
    assert os.times().elapsed - began < 1
    check_problem(api.get(f"/v1/vouchers/{VOUCHER}?after={size + MOST_AHEAD}"), 503, "views-behind", "/query/after")


def test_the_wait_for_a_position_that_does_not_come_has_an_end(api):
    size = api.service.ledger.size()
    assert api.get(f"/v1/vouchers/{VOUCHER}?after={size}").status_code == 200
    began = os.times().elapsed
    answer = api.get(f"/v1/vouchers/{VOUCHER}?after={size + 1}")
    check_problem(answer, 503, "views-behind", "/query/after")
    assert answer.headers["Retry-After"]
    assert 1.5 < os.times().elapsed - began < 10


def test_the_follower_brings_the_views_forward(api):
    with Follower(api.service):
        after = api.register().json["position"]
        for _ in range(200):
            if api.service.views.position() >= after:
                break
            threading.Event().wait(0.02)
    assert api.service.views.position() >= after


def test_a_follower_outlives_a_fault_of_the_views(api, caplog):
    catch_up, failed = api.service.catch_up, threading.Event()

    def fails_once():
        if not failed.is_set():
            failed.set()
            raise OSError("the disk is full")
        return catch_up()

    api.service.catch_up = fails_once
    with Follower(api.service):
        after = api.register().json["position"]
        for _ in range(200):
            if api.service.views.position() >= after:
                break
            threading.Event().wait(0.02)
    assert failed.is_set()
    assert api.service.views.position() >= after
    assert "could not be brought forward" in caplog.text


def test_a_settlement_is_proposed_once_for_one_key(api):
    body = {"programme": SH_CODE, "orders": [api.approved()]}
    first = api.post("/v1/settlements", body, "finance", "batch-1")
    again = api.post("/v1/settlements", body, "finance", "batch-1")
    assert (first.status_code, first.data) == (201, again.data)
    check_problem(api.post("/v1/settlements", body, "finance", "batch-2"), 409, "order-not-open")


def test_a_reversal_is_repeated_even_after_the_next_claim(api):
    order_id = api.claimed()
    first = api.town.state(order_id).redemption_id
    reason = {"reason": "a slip"}
    answer = api.post(f"/v1/redemptions/{first}/reversal", reason, "provider", "reversal")
    api.post(f"/v1/orders/{order_id}/redemptions", {"evidence": api.evidence(order_id)}, "provider")
    again = api.post(f"/v1/redemptions/{first}/reversal", reason, "provider", "reversal")
    assert (again.status_code, again.data) == (200, answer.data)
    other = api.post(f"/v1/redemptions/{first}/reversal", reason, "provider", "another")
    check_problem(other, 404, "redemption-unknown", "/redemption_id")
    assert api.town.state(order_id).claimed > 0


@pytest.mark.parametrize("by_order", [True, False])
def test_a_key_of_a_decision_is_of_no_use_in_the_next_round(api, by_order):
    api.town.tier("D")
    order_id = api.claimed()

    def decide():
        number = order_id if by_order else api.town.state(order_id).redemption_id
        rejection = {"decision": "reject", "reason": "the report is missing"}
        return api.post(f"/v1/reviews/{number}/decision", rejection, "reviewer", "decision")

    first, again = decide(), decide()
    assert (first.status_code, first.data) == (200, again.data)
    api.post(f"/v1/orders/{order_id}/redemptions", {"evidence": api.evidence(order_id)}, "provider")
    before = api.log()
    check_problem(decide(), 422, "idempotency-key-reused", "/headers/idempotency-key")
    assert api.log() == before
    assert api.town.state(order_id).status == "requested"


def test_a_decision_never_falls_on_a_claim_that_came_in_between(api):
    api.town.tier("D")
    order_id = api.claimed()
    seen = api.town.state(order_id).redemption_id
    api.post(f"/v1/redemptions/{seen}/reversal", {"reason": "a slip"}, "provider")
    api.post(f"/v1/orders/{order_id}/redemptions", {"evidence": api.evidence(order_id)}, "provider")
    before = api.log()
    answer = api.post(f"/v1/reviews/{seen}/decision", {"decision": "approve"}, "reviewer")
    check_problem(answer, 404, "redemption-unknown")
    assert api.log() == before
