"""One-time codes at the counter: good once, for one order, for minutes, and of no help to anybody who guesses."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from freezegun import freeze_time

from service.counter.codes import CODES, GUESSES
from tests.service.clients import TODAY, an_api, check_problem, frozen, yuan

SHOWN = {"order_id", "code", "expires_at", "qr"}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("counter")) as api:
        yield api


@pytest.fixture
def api(town):
    forget_guesses(town)
    return town


def forget_guesses(api):
    """Let nobody pause for what was guessed in another test."""
    with api.service.desk.writing() as desk:
        desk.execute(GUESSES.delete())


def issue(api, order_id, **body):
    answer = api.post(f"/v1/orders/{order_id}/code", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def bill(api, code, order_id="", **changes):
    """What a clerk sends with a code."""
    number = next(api.numbers)
    known = order_id or next(name for name in api.service.ledger.names("order/")).removeprefix("order/")
    body = {
        "code": code,
        "delivered_on": TODAY,
        "report_digest": "2" * 64,
        "invoice": {"number": f"{number:020d}"},
        "issued_on": TODAY,
        "gross": yuan(10_000),
        "net": yuan(10_000),
        "evidence": api.evidence(known),
    }
    return body | ({"order_id": order_id} if order_id else {}) | changes


def present(api, body, who="provider", key=None):
    return api.post("/v1/counter/redemptions", body, who, key)


def check_refused(api, body, who="provider"):
    """The one answer to every code that is not accepted, and a log that is as it was."""
    before = api.log()
    answer = present(api, body, who)
    check_problem(answer, 403, "code-not-accepted", "/code")
    assert api.log() == before
    return answer.json


def later(minutes):
    return freeze_time(f"{TODAY}T{4 + minutes // 60:02}:{minutes % 60:02}:00Z")


def test_a_code_accepts_the_delivery_files_the_invoice_and_claims_in_one_step(api):
    order_id = api.registered()
    shown = issue(api, order_id)
    assert set(shown) == SHOWN
    assert shown["expires_at"] == f"{TODAY}T04:10:00.000000Z"
    assert shown["qr"].startswith("data:image/svg+xml")
    answer = present(api, bill(api, shown["code"]))
    assert answer.status_code == 201, answer.json
    assert answer.json["redemption_id"] == f"{order_id}-R1"
    state = api.town.state(order_id)
    assert (state.delivery.delivered_on, len(state.bills), state.claimed > 0) == (TODAY, 1, True)
    topics = [entry.type for entry in api.service.ledger.history(f"counter/{order_id}")]
    assert topics == ["counter.CodeAccepted"]


def test_a_code_may_be_typed_as_people_type_and_shown_as_a_png(api):
    shown = issue(api, api.registered(), picture="png")
    assert shown["qr"].startswith("data:image/png;base64,")
    assert present(api, bill(api, shown["code"].lower().replace("-", " "))).status_code == 201


def test_only_a_digest_is_kept_and_the_log_holds_none_of_the_code(api):
    code = issue(api, api.registered())["code"]
    assert present(api, bill(api, code)).status_code == 201
    with api.service.desk.reading() as desk:
        rows = [dict(row) for row in desk.execute(CODES.select()).mappings()]
    assert code not in str(rows)
    stored = b"".join(row.entry for row in api.service.ledger.rows(0, api.service.ledger.size()))
    assert code.encode() not in stored


def test_unknown_expired_used_replaced_and_anothers_codes_get_the_same_answer(api):
    order_id = api.registered()
    first, code = issue(api, order_id)["code"], issue(api, order_id)["code"]
    answers = [check_refused(api, bill(api, first)), check_refused(api, bill(api, "K-0000-0000-0000-0"))]
    answers.append(check_refused(api, bill(api, code), "other-provider"))
    with later(10):
        answers.append(check_refused(api, bill(api, code)))
    again = issue(api, order_id)["code"]
    assert present(api, bill(api, again)).status_code == 201
    answers.append(check_refused(api, bill(api, again)))
    assert all(answer == answers[0] for answer in answers)


def test_a_code_is_good_to_its_last_minute(api):
    code = issue(api, api.registered())["code"]
    with later(9):
        assert present(api, bill(api, code)).status_code == 201


def test_a_code_of_another_order_of_the_same_provider_is_not_accepted_for_this_one(api):
    one, other = api.registered(), api.registered(contract_digest="a" * 64)
    code = issue(api, one)["code"]
    check_refused(api, bill(api, code, other))
    assert present(api, bill(api, code, one)).status_code == 201


def test_a_code_is_good_for_a_bill_up_to_the_sum_that_the_enterprise_consents_to(api):
    code = issue(api, api.registered(), up_to=yuan(9_000))["code"]
    before = api.log()
    check_problem(present(api, bill(api, code)), 422, "bill-above-code", "/gross")
    assert api.log() == before
    assert present(api, bill(api, code, gross=yuan(9_000), net=yuan(9_000))).status_code == 201
    order_id = api.registered()
    other = api.post(f"/v1/orders/{order_id}/code", {"up_to": {"amount": 1, "currency": "EUR"}})
    check_problem(other, 422, "currency-mismatch", "/up_to/currency")


def test_a_repeated_request_is_answered_as_before_even_after_the_code_is_over(api):
    code = issue(api, api.registered())["code"]
    body = bill(api, code)
    first = present(api, body, key="counter-1")
    with later(30):
        again = present(api, body, key="counter-1")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.json == first.json


def test_what_the_rules_refuse_leaves_the_code_good(api):
    code = issue(api, api.registered())["code"]
    before = api.service.ledger.size()
    check_problem(present(api, bill(api, code, issued_on="2026-01-01")), 422, "invoice-day-invalid", "/issued_on")
    # The refusal of a request for money is on record, and nothing else.
    assert [entry.type for entry in api.service.ledger.entries(before)] == ["refusal.Recorded"]
    assert present(api, bill(api, code)).status_code == 201


def test_a_mistyped_code_is_told_by_its_check_and_counts_for_nothing(api):
    order_id = api.registered()
    for _ in range(20):
        check_problem(present(api, bill(api, "K-0000-0000-0000-1", order_id)), 400, "code-check", "/code")
    assert api.get(f"/v1/orders/{order_id}/code").json["wrong_codes"] == 0


def test_wrong_codes_freeze_the_order_and_the_provider_and_the_enterprise_sees_and_lifts_it(api):
    order_id = api.registered()
    code = issue(api, order_id)["code"]
    for number in range(5):
        check_refused(api, bill(api, f"K-0000-0000-000{number}-{number}", order_id))
    frozen_now = present(api, bill(api, code, order_id))
    check_problem(frozen_now, 429, "counter-frozen", "/code")
    assert frozen_now.headers["Retry-After"] == "3600"
    shown = api.get(f"/v1/orders/{order_id}/code").json
    assert shown == {
        "order_id": order_id,
        "open_until": "",
        "wrong_codes": 0,
        "frozen_until": f"{TODAY}T05:00:00.000000Z",
    }
    check_problem(api.post(f"/v1/orders/{order_id}/code", {}), 429, "counter-frozen")
    assert api.post(f"/v1/orders/{order_id}/code/release").json["frozen_until"] == ""
    fresh = issue(api, order_id)["code"]
    # The provider pauses for itself, whatever the order.
    check_problem(present(api, bill(api, fresh, order_id)), 429, "counter-frozen")
    with later(60):
        check_refused(api, bill(api, code, order_id))
        again = issue(api, order_id)["code"]
        assert present(api, bill(api, again, order_id)).status_code == 201


def test_one_wrong_code_less_freezes_nobody_and_wrong_codes_are_forgotten_in_time(api):
    order_id = api.registered()
    for number in range(4):
        check_refused(api, bill(api, f"K-0000-0000-000{number}-{number}", order_id))
    assert api.get(f"/v1/orders/{order_id}/code").json["wrong_codes"] == 4
    with later(60):
        assert api.get(f"/v1/orders/{order_id}/code").json["wrong_codes"] == 0
        check_refused(api, bill(api, "K-0000-0000-0000-0", order_id))
        code = issue(api, order_id)["code"]
        assert present(api, bill(api, code, order_id)).status_code == 201


def test_nobody_freezes_an_order_that_is_with_another_provider(api):
    order_id = api.registered()
    for number in range(5):
        check_refused(api, bill(api, f"K-0000-0000-000{number}-{number}", order_id), "other-provider")
    check_problem(present(api, bill(api, "K-0000-0000-0000-0", order_id), "other-provider"), 429, "counter-frozen")
    assert api.get(f"/v1/orders/{order_id}/code").json["frozen_until"] == ""


def test_a_code_is_issued_by_the_enterprise_of_the_order_while_it_is_open(api):
    order_id = api.registered()
    check_problem(api.post(f"/v1/orders/{order_id}/code", {}, "other-enterprise"), 404, "order-unknown")
    check_problem(api.post(f"/v1/orders/{order_id}/code", {}, "provider"), 403, "role-not-allowed")
    api.town.cancel(order_id)
    check_problem(api.post(f"/v1/orders/{order_id}/code", {}), 409, "order-not-open")


def test_of_two_clerks_at_once_exactly_one_is_served(tmp_path):
    with frozen(), an_api(tmp_path, log="sqlite:log.sqlite") as api:
        order_id = api.registered()
        for turn in range(3):
            code = issue(api, order_id)["code"]
            small = {"gross": yuan(1_000), "net": yuan(1_000), "more_to_come": True}
            bills = [bill(api, code, order_id, **small, report_digest=f"{turn}{number}" * 32) for number in range(6)]
            keys = [f"clerk-{turn}-{number}" for number in range(6)]
            with ThreadPoolExecutor(6) as clerks:
                answers = list(clerks.map(lambda one: present(api, one[0], key=one[1]), zip(bills, keys, strict=True)))
            served = [answer for answer in answers if answer.status_code == 201]
            assert len(served) == 1, [answer.json for answer in answers]
            assert {answer.status_code for answer in answers} <= {201, 403, 429}
            forget_guesses(api)
        assert len(api.town.state(order_id).claims) == 3
