"""What is ended is ended in every process at the next request, whoever ended it and wherever."""

import time

import pytest

from service.desk import Desk
from service.identity import a_caller, create_key, revoke_key
from service.identity.house import Identity
from service.identity.issuing import LocalIssuer
from service.serving import workers_for
from service.settings import Settings
from tests.service.test_api_server import Server, workers_of

TIMES = 8  # requests over connections of their own, so that each process answers some
AT = "2026-02-02T04:00:00Z"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("processes")


@pytest.fixture
def server(folder, postgres_url):
    server = Server(folder, *[postgres_url] * 3)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.remove()


def statuses(server, text):
    return {server.ask("/v1/me", text)[0] for _ in range(TIMES)}


def test_keys_tokens_and_signing_keys_end_in_all_processes_at_the_next_request(server, folder, postgres_url):
    assert len(workers_of(server.process.pid)) == workers_for(Settings(folder, log=postgres_url))
    issuer, now = LocalIssuer(folder), int(time.time())
    boss, _ = create_key(folder, "administrator", "ops", AT)

    token, claims = issuer.issue(a_caller("officer", "li"), 600, now)
    assert statuses(server, token) == {200}
    assert server.ask("/v1/revoked-tokens", boss, {"jti": claims["jti"], "reason": "stolen"})[0] == 201
    assert statuses(server, token) == {401}

    text, key = create_key(folder, "officer", "wu", AT)
    assert statuses(server, text) == {200}
    revoke_key(folder, key.key_id, AT)
    assert statuses(server, text) == {401}

    seen, _ = issuer.issue(a_caller("officer", "li"), 600, now)
    assert statuses(server, seen) == {200}
    issuer.rotate(now)
    fresh, _ = issuer.issue(a_caller("officer", "li"), 600, now)
    assert statuses(server, seen) == statuses(server, fresh) == {200}
    issuer.rotate(now, at_once=True)
    assert statuses(server, seen) == {401}
    assert server.ask("/v1/me", fresh)[0] == 401

    desk = Desk(postgres_url)
    try:
        record = Identity(Settings(folder), desk).accesses
        audit, _ = create_key(folder, "regulator", "audit", AT)
        assert statuses(server, audit) == {200}
        assert record.verify() == (TIMES, None)
    finally:
        desk.close()
