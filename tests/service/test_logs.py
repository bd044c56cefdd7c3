"""What is logged: one line for each request, by route and role, and nothing that names or lets in anybody."""

import io
import json
import logging
import re
from contextlib import contextmanager

import pytest
from eventsourcing.persistence import OperationalError

from service.observing.logs import start_logging
from service.observing.redacting import LONGEST, redacted
from service.observing.settings import Observing
from tests.examples import CHANGNING, INSTITUTE, JIANGSU_LAB, LAB, PUDONG, WUJIANG
from tests.service.clients import an_api, frozen
from vouchers.ledger import Ledger


@contextmanager
def logged(level="debug", form="json"):
    """What is logged meanwhile."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level, logging.raiseExceptions
    try:
        start_logging(Observing(level=level, form=form), stream)
        yield stream
    finally:
        root.handlers[:], logging.raiseExceptions = before[0], before[2]
        root.setLevel(before[1])


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("api")) as api:
        yield api


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def requests_in(stream):
    return [line for line in lines(stream) if line["event"] == "request"]


def test_a_request_is_one_line_with_its_trace_its_route_and_who_asked(api):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with logged() as stream:
        order_id = api.registered()
        api.get(f"/v1/orders/{order_id}", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    told = requests_in(stream)[-1]
    assert (told["method"], told["route"], told["status"]) == ("GET", "/v1/orders/<name:order_id>", 200)
    assert (told["role"], told["via"], told["trace_id"]) == ("enterprise", "key", trace)
    assert re.fullmatch("[0-9a-f]{12}", told["credential"])
    assert told["credential"] in api.keys["enterprise"]
    assert told["ms"] >= 0
    assert told["level"] == "info"
    assert "code" not in told


def test_a_refusal_is_told_with_its_code_and_a_repetition_as_one(api):
    with logged() as stream:
        api.get("/v1/orders/O-1")
        api.get("/v1/nothing/at/all")
        api.register("the-same")
        api.register("the-same")
    first, second, third, fourth = requests_in(stream)
    assert (first["status"], first["code"]) == (404, "order-unknown")
    assert (second["route"], second["code"]) == ("unknown", "route-unknown")
    assert "replayed" not in third
    assert fourth["replayed"] is True


def test_probes_are_told_only_to_who_debugs(api):
    with logged("info") as stream:
        api.client().get("/healthz")
    assert requests_in(stream) == []
    with logged("debug") as stream:
        api.client().get("/healthz")
    assert [line["level"] for line in requests_in(stream)] == ["debug"]


def test_the_log_of_a_whole_course_names_nobody_and_lets_nobody_in(api, monkeypatch):
    with logged() as stream:
        api.approved()
        api.get(f"/v1/enterprises/{PUDONG}/vouchers")
        api.get(f"/v1/enterprises/{CHANGNING}/entitlements", "officer")
        api.get(f"/v1/nothing/{PUDONG}?token={api.keys['officer']}")
        api.get("/v1/providers")
        api.client().get("/v1/orders", headers={"Authorization": f"Bearer {api.keys['enterprise']}0"})
        api.client().get("/v1/orders", headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."})
        fail(monkeypatch, OperationalError(f"no connection for {PUDONG}\nDETAIL: Key (name)=(Wang Li)"))
        assert api.register().status_code == 503
        fail(monkeypatch, ValueError(f"{PUDONG} at postgresql://li:geheim@db/x"))
        assert api.register().status_code == 500
    text = stream.getvalue()
    secrets = [PUDONG, CHANGNING, WUJIANG, LAB, INSTITUTE, JIANGSU_LAB, "eyJ", "Wang Li", "geheim"]
    secrets += [key.rpartition("_")[2] for key in api.keys.values()]
    secrets += [*re.findall(r"(?:li|zhao|feng|sun|qian)\b\"", text), "acct:", "2" * 64]
    assert [secret for secret in secrets if secret in text] == []
    assert len(requests_in(stream)) >= 11


def test_codes_passwords_and_secrets_that_are_shown_once_are_shown_nowhere_else(api):
    password = "a stable horse of battery staples"
    with logged() as stream:
        order_id = api.registered()
        code = api.post(f"/v1/orders/{order_id}/code", {}).json["code"]
        api.post("/v1/counter/redemptions", {"code": code}, "provider")
        webhook = api.post("/v1/webhooks", {"url": "https://hooks.example.org/secret-path"}, key="").json
        made = api.post("/v1/keys", {"role": "officer", "subject": "hong"}, "administrator", key="").json
        user = {"role": "officer", "name": "hong", "password": password}
        assert api.post("/v1/users", user, "administrator", key="").status_code == 201
        api.client().post("/login", data={"name": "hong", "password": password})
    text = stream.getvalue()
    assert str(webhook["secret"]).startswith("whsec_")
    secrets = [
        code,
        code.replace("-", ""),
        webhook["secret"],
        made["key"].rpartition("_")[2],
        password,
        "secret-path",
        "hong",
    ]
    assert [secret for secret in secrets if secret in text] == []
    assert len(requests_in(stream)) == 7


def fail(monkeypatch, error):
    def break_down(*_, **__):
        raise error

    monkeypatch.setattr(Ledger, "submit", break_down)


def test_a_fault_is_told_by_its_places_and_its_chain(api, monkeypatch):
    cause = KeyError("inner")

    def break_down(*_, **__):
        raise ValueError("outer\nsecond line") from cause

    monkeypatch.setattr(Ledger, "submit", break_down)
    with logged() as stream:
        assert api.register().status_code == 500
    [told] = [line for line in lines(stream) if "fault" in line]
    outer, inner = told["fault"]
    assert (outer["type"], outer["message"]) == ("builtins.ValueError", "outer")
    assert inner["type"] == "builtins.KeyError"
    assert any("break_down" in place for place in outer["at"])
    assert told["trace_id"]
    assert [line["level"] for line in requests_in(stream)] == ["error"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("order of 91310115MA1TE5T0X3 is late", "order of [firm] is late"),
        ("enterprise/91310115MA1TE5T0X3", "enterprise/[firm]"),
        ("vk_0123456789ab_" + "f" * 64, "vk_0123456789ab_[secret]"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer [secret]"),
        ("eyJhbGciOi.eyJzdWIi.c2ln is expired", "[token] is expired"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "[secret]"),
        ("postgresql://li:geheim@db/x", "postgresql://li:********@db/x"),
        ("write to li.wang@example.org", "write to [address]"),
        ("O-9HMV-Z8HT-6R18-G at 2026-02-02", "O-9HMV-Z8HT-6R18-G at 2026-02-02"),
        ("1" * 64, "1" * 64),
    ],
)
def test_what_may_not_stand_in_a_log_is_taken_out(text, shown):
    assert redacted(text) == shown
    assert redacted({"a": [text, 1]}) == {"a": [shown, 1]}


def test_a_text_has_a_limit():
    assert len(redacted("x" * 1_000_000)) == LONGEST


def test_a_terminal_gets_text(api):
    with logged(form="text") as stream:
        api.get("/v1/orders")
    [line] = [line for line in stream.getvalue().splitlines() if "request" in line]
    assert line.startswith("time=")
    assert " route=/v1/orders " in line
    assert not line.startswith("{")


def test_lines_below_the_level_are_not_written(api):
    with logged("error") as stream:
        api.get("/v1/orders")
        logging.getLogger("vouchers.x").warning("a warning")
    assert stream.getvalue() == ""
