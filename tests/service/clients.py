"""An installation with its API, and one client for each role."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time

from service.api.settings import Limits
from service.app import create_app
from service.identity import create_key
from service.settings import Settings
from service.wiring import Service
from tests.examples import CHANGNING, JIANGSU_LAB, LAB, PUDONG, YUAN, voucher_of
from tests.postgres import shared
from tests.service.conforming import conform
from tests.town import Town

SUBJECTS = {
    "enterprise": PUDONG,
    "provider": LAB,
    "officer": "li",
    "reviewer": "zhao",
    "second-reviewer": "feng",
    "finance": "sun",
    "second-finance": "qian",
    "regulator": "audit",
    "administrator": "ops",
    "other-enterprise": CHANGNING,
    "other-provider": JIANGSU_LAB,
}
TODAY = "2026-02-02"
NOON = f"{TODAY}T04:00:00Z"
# What is decided on what was looked at.
DECIDED = re.compile(r"/v1/(reviews/[^/]+/decision|(settlements/[^/]+|bank/work-items/[^/]+/[^/]+)/approval)")
# One for all, so that answers can be compared.
TRACE = f"00-{'1' * 32}-{'2' * 16}-00"


@dataclass
class Api:
    """The API of a town: requests of each role, and what the log looks like."""

    service: Service
    app: Flask
    town: Town
    keys: dict[str, str]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def client(self) -> FlaskClient:
        """A client without cookies or key."""
        return self.app.test_client()

    def headers(self, who: str, key: str | None = None) -> dict[str, str]:
        """The headers of somebody's request, with a fresh idempotency key unless one is given."""
        fresh = key if key is not None else f"key-{next(self.numbers)}"
        known = {"Authorization": f"Bearer {self.keys[who]}", "traceparent": TRACE}
        return known | ({"Idempotency-Key": fresh} if fresh else {})

    def get(self, path: str, who: str = "enterprise", **headers: str) -> Any:
        """Read as somebody."""
        return self.client().get(path, headers=self.headers(who, "") | headers)

    def post(self, path: str, body: Any = None, who: str = "enterprise", key: str | None = None, **headers: str) -> Any:
        """Write as somebody, who has just looked at what is decided on."""
        data = None if body is None else json.dumps(body).encode()
        if DECIDED.fullmatch(path) and "If-Match" not in headers:
            headers["If-Match"] = self.get(path.rpartition("/")[0], who).headers.get("ETag", '"0"')
        return self.client().post(
            path, data=data, headers=self.headers(who, key) | headers, content_type="application/json" if data else None
        )

    def send(self, path: str, data: bytes, who: str = "enterprise", content_type: str = "application/json") -> Any:
        """Write these very bytes."""
        return self.client().post(path, data=data, headers=self.headers(who), content_type=content_type)

    def log(self) -> tuple[int, bytes]:
        """The length and the last hash of the log."""
        return self.service.ledger.size(), self.service.ledger.last_hash()

    def register(self, key: str | None = None, who: str = "enterprise", **changes: Any) -> Any:
        """Register an order of 10,000 yuan."""
        return self.post("/v1/orders", order_body(**changes), who, key)

    def registered(self, **changes: Any) -> str:
        """The number of an order that was just registered."""
        answer = self.register(**changes)
        assert answer.status_code == 201, answer.json
        return str(answer.json["order_id"])

    def claimed(self, **changes: Any) -> str:
        """The number of an order whose subsidy was just claimed."""
        order_id = self.registered(**changes)
        gross = changes.get("gross", yuan(10_000))
        steps = [
            ("deliveries", delivery_body(), "enterprise"),
            ("invoices", invoice_body(next(self.numbers), gross=gross, net=gross), "provider"),
            ("redemptions", {"evidence": self.evidence(order_id)}, "provider"),
        ]
        for step, body, who in steps:
            answer = self.post(f"/v1/orders/{order_id}/{step}", body, who)
            assert answer.status_code in (200, 201), answer.json
        return order_id

    def approved(self, **changes: Any) -> str:
        """The number of an order whose claim was approved by whoever had to."""
        order_id = self.claimed(**changes)
        for who in ("reviewer", "second-reviewer"):
            if self.town.state(order_id).status == "requested":
                answer = self.post(f"/v1/reviews/{order_id}/decision", {"decision": "approve"}, who)
                assert answer.status_code == 200, answer.json
        return order_id

    def evidence(self, order_id: str) -> dict[str, str]:
        """Digests for everything that an order's claim may need."""
        registered = self.town.state(order_id).registered
        assert registered is not None
        return dict.fromkeys((*registered.evidence, "acceptance", "site_visit"), "3" * 64)


def yuan(amount: int) -> dict[str, Any]:
    """So many yuan as money of the API."""
    return {"amount": amount * YUAN, "currency": "CNY"}


def order_body(**changes: Any) -> dict[str, Any]:
    """A test for 10,000 yuan; a change to None leaves a member out."""
    body = {
        "voucher_id": voucher_of(),
        "provider_id": LAB,
        "category": "TEST",
        "contract_digest": "1" * 64,
        "contract_on": TODAY,
        "starts_on": TODAY,
        "ends_on": "2026-02-28",
        "gross": yuan(10_000),
        "net": yuan(10_000),
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def delivery_body(**changes: Any) -> dict[str, Any]:
    """The acceptance of a service today."""
    return {"delivered_on": TODAY, "report_digest": "2" * 64} | changes


def invoice_body(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A digital invoice of today for 10,000 yuan."""
    money = {"gross": yuan(10_000), "net": yuan(10_000)}
    return {"invoice": {"number": f"{number:020d}"}, "issued_on": TODAY} | money | changes


def check_problem(answer: Any, status: int, code: str, pointer: str | None = None) -> dict[str, Any]:
    """The problem of an answer, whose shape is that of every problem."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    problem = answer.json
    assert set(problem) == {"type", "title", "status", "detail", "instance", "code", "remedy", "errors", "trace_id"}
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"/problems/{code}")
    assert problem["instance"].startswith("/")
    assert problem["errors"]
    for error in problem["errors"]:
        assert set(error) - {"clause"} == {"pointer", "code", "detail", "remedy"}
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", error["code"])
        assert error["detail"].endswith((".", "?")), error
        assert error["remedy"], error
    if pointer is not None:
        assert pointer in [error["pointer"] for error in problem["errors"]], problem
    return problem


def frozen(instant: str = NOON) -> Any:
    """The clock stopped at an instant for us; the pool of connections to PostgreSQL needs time to pass."""
    return freeze_time(instant, ignore=["psycopg", "psycopg_pool", "eventsourcing"])


@contextmanager
def stores(log: str, views: str) -> Iterator[dict[str, str]]:
    """The stores of an installation of the tests; all on PostgreSQL where TESTS_ON says so."""
    if os.environ.get("TESTS_ON") != "postgresql" or log.startswith("postgres"):
        yield {"log": log, "views": views}
        return
    name = shared().lend_database()
    yield on_server(shared().dsn(name))
    shared().take_back(name)


def on_server(url: str) -> dict[str, str]:
    """Log, views and desk in schemas of their own in one database."""
    return {store: f"{url}&schema={store}" for store in ("log", "views", "desk")}


@contextmanager
def an_api(folder: Path, log: str = "memory:", views: str = "sqlite:views.sqlite") -> Iterator[Api]:
    """The API of a town on 2 February 2026; the caller freezes the clock."""
    # With the clock stopped no while would ever pass.
    limits = Limits("", "")
    with stores(log, views) as given, Service(Settings(folder, **given, limits=limits)) as service:
        town = Town(service.ledger, seed=service.seed)
        town.adopt()
        town.record()
        town.entitle()
        town.admit()
        town.accredit()
        town.go(TODAY)
        roles = {who: who.split("-")[-1] for who in SUBJECTS}
        keys = {who: create_key(folder, roles[who], subject, NOON)[0] for who, subject in SUBJECTS.items()}
        service.catch_up()
        yield Api(service, conform(create_app(service)), town, keys)
