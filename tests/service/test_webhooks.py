"""Webhooks over HTTP: who may have which, where they may go, what is signed, and what is told of them."""

import json
from dataclasses import replace
from itertools import product

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from service.doctor.outward import look_at_webhooks, look_at_worker
from service.identity import create_key
from service.outward.reaching import target_of
from service.outward.signing import FILE, Signer
from service.outward.subscriptions import DEAD, LETTERS, SECRETS, WEBHOOKS
from service.outward.webhooks import Webhooks
from tests.examples import LAB
from tests.service import clients
from tests.service.clients import an_api, check_problem, frozen
from tests.service.receiving import a_receiver
from vouchers.refusals import Malformed

PUBLIC = "https://hooks.example.com/vouchers"


@pytest.fixture(scope="module")
def receiver():
    with a_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """An interface whose town goes on from test to test."""
    with frozen(), an_api(tmp_path_factory.mktemp("hooks")) as api:
        yield api


@pytest.fixture
def api(town, receiver):
    """The interface without webhooks, which may go to the receiver."""
    service = town.service
    options = replace(service.settings.webhooks, allowed_hosts=(receiver.host,), each=3)
    signer = Signer(service.settings.data)
    service.webhooks = Webhooks(service.desk, service.ledger, service.feed, signer, options)
    with service.desk.writing() as connection:
        for table in (WEBHOOKS, SECRETS, LETTERS):
            connection.execute(table.delete())
    receiver.decide = lambda *_: 204
    receiver.messages.clear()
    return town


def made(api, who="enterprise", **body):
    answer = api.post("/v1/webhooks", {"url": PUBLIC} | body, who, key="")
    assert answer.status_code == 201, answer.json
    return answer.json


def path(webhook, *more):
    return "/".join(("/v1/webhooks", webhook["webhook_id"], *more))


def test_a_webhook_begins_with_what_comes_after_it(api):
    webhook = made(api, types=["order.Paid", "voucher.*"], description="our accounts")
    assert webhook["next"] == webhook["position"] == api.service.ledger.size()
    assert (webhook["status"], webhook["types"]) == ("active", ["order.Paid", "voucher.*"])
    assert webhook["owner"] == "enterprise:91310115MA1TE5T0X3"
    assert webhook["secret"].startswith("whsec_")


def test_a_secret_is_told_once_and_is_kept_nowhere(api):
    webhook = made(api)
    again = [api.get(path(webhook)).json, api.get("/v1/webhooks").json["items"][0]]
    assert not any("secret" in each for each in again)
    text = webhook["secret"].removeprefix("whsec_")
    folder = api.service.settings.data
    assert not [file.name for file in folder.iterdir() if text.encode() in file.read_bytes()]
    assert (folder / FILE).stat().st_mode & 0o077 == 0


def test_a_request_that_is_repeated_makes_one_webhook_and_tells_no_secret(api):
    first = api.post("/v1/webhooks", {"url": PUBLIC}, key="hook-1")
    again = api.post("/v1/webhooks", {"url": PUBLIC}, key="hook-1")
    assert again.json["webhook_id"] == first.json["webhook_id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "secret" not in again.json
    other = api.post("/v1/webhooks", {"url": f"{PUBLIC}/other"}, key="hook-1")
    check_problem(other, 422, "idempotency-key-reused", "/headers/idempotency-key")


def test_what_is_sent_is_signed_as_the_standard_says(api, receiver):
    webhook = made(api, url=receiver.url)
    order = api.registered()
    assert api.service.webhooks.outbox.run() > 0
    assert all(message.verified_by(webhook["secret"]) for message in receiver.taken)
    other = made(api)
    with pytest.raises(WebhookVerificationError):
        receiver.taken[0].verified_by(other["secret"])
    assert f"order/{order}" in {message.stream for message in receiver.taken}


def test_a_message_says_that_something_happened_and_where_to_ask_what(api, receiver):
    made(api, url=receiver.url, types=["order.Registered"])
    api.registered()
    api.service.webhooks.outbox.run()
    [message] = receiver.taken
    assert message.headers["content-type"] == "application/cloudevents+json"
    assert message.headers["webhook-id"].endswith(f"_{message.seq}")
    assert message.event["data"] == {"href": f"/v1/feed/{message.seq}"}
    whole = json.loads(api.get(message.event["data"]["href"]).data)
    assert whole | {"data": 0} == message.event | {"data": 0}
    assert whole["data"]["gross"] == clients.yuan(10_000)


def test_a_webhook_carries_its_owners_feed_and_no_more(api, receiver):
    made(api, "other-enterprise", url=receiver.url, start=0)
    made(api, "provider", url=receiver.url)
    order = api.registered()
    api.service.webhooks.outbox.run()
    assert {message.stream for message in receiver.taken} == {f"order/{order}"}


def test_a_new_secret_and_the_one_before_sign_together_for_a_while(api, receiver):
    webhook = made(api, url=receiver.url)
    rotated = api.post(path(webhook, "secrets"), {"overlap": 60}, key="").json
    assert [bool(each["until"]) for each in rotated["secrets"]] == [True, False]
    assert api.post(path(webhook, "test"), key="").json["delivered"]
    [message] = receiver.taken
    assert len(message.headers["webhook-signature"].split()) == 2
    assert message.verified_by(webhook["secret"])
    assert message.verified_by(rotated["secret"])


def test_a_secret_without_overlap_ends_at_once(api, receiver):
    webhook = made(api, url=receiver.url)
    rotated = api.post(path(webhook, "secrets"), {"overlap": 0}, key="").json
    api.registered()
    api.service.webhooks.outbox.run()
    assert receiver.taken[0].verified_by(rotated["secret"])
    with pytest.raises(WebhookVerificationError):
        receiver.taken[0].verified_by(webhook["secret"])


def test_secrets_that_count_at_once_are_few(api):
    webhook = made(api)
    for _ in range(3):
        assert api.post(path(webhook, "secrets"), {"overlap": 60}, key="").status_code == 201
    check_problem(api.post(path(webhook, "secrets"), {"overlap": 60}, key=""), 409, "too-many-secrets")


def test_webhooks_of_one_caller_are_few(api):
    for _ in range(3):
        made(api)
    check_problem(api.post("/v1/webhooks", {"url": PUBLIC}, key=""), 409, "too-many-webhooks")
    assert made(api, "provider")


STEPS = [("pause", None), ("resumption", None), ("removal", None), ("secrets", {}), ("test", None)]
STEPS += [("replay", {"start": 0}), ("dead/retry", None), ("dead/7/retry", None)]


def test_a_webhook_of_somebody_else_is_as_unknown_as_none(api):
    webhook = made(api)
    for number, (step, body) in product((webhook["webhook_id"], "W-0000-0000-0000-0"), STEPS):
        check_problem(api.post(f"/v1/webhooks/{number}/{step}", body, "provider", key=""), 404, "webhook-unknown")
    check_problem(api.get(path(webhook), "provider"), 404, "webhook-unknown")
    check_problem(api.get(path(webhook, "dead"), "provider"), 404, "webhook-unknown")
    assert api.get("/v1/webhooks", "provider").json["items"] == []


def test_a_webhook_of_one_site_carries_no_other_and_is_seen_there_only(api, receiver):
    text, _ = create_key(api.service.settings.data, "provider", LAB, clients.NOON, site="SITE-1")
    api.keys["site"] = text
    webhook = made(api, "site", url=receiver.url, start=0)
    assert api.get(path(webhook), "site").json["owner"] == f"provider:{LAB}"
    check_problem(api.get(path(webhook), "provider"), 404, "webhook-unknown")
    check_problem(api.get(path(made(api, "provider")), "site"), 404, "webhook-unknown")
    api.registered()
    api.service.webhooks.outbox.run()
    assert receiver.messages == []
    assert api.get("/v1/feed", "site").json["items"] == []


def test_an_administrator_sees_and_ends_webhooks_but_makes_none(api):
    webhook = made(api)
    assert api.get(path(webhook), "administrator").json["owner"] == webhook["owner"]
    assert api.post(path(webhook, "pause"), None, "administrator", key="").json["status"] == "paused"
    for step, body in (("secrets", {}), ("replay", {"start": 0})):
        check_problem(api.post(path(webhook, step), body, "administrator", key=""), 403, "role-not-allowed")
    check_problem(api.post("/v1/webhooks", {"url": PUBLIC}, "administrator", key=""), 403, "role-not-allowed")
    assert api.post(path(webhook, "removal"), None, "administrator", key="").json["status"] == "removed"
    check_problem(api.get(path(webhook)), 404, "webhook-unknown")


def test_the_figures_tell_what_is_yet_to_be_delivered(api, receiver):
    name = 'vouchers_webhook_events{{state="{}",store="main"}}'

    def figures():
        page = api.get("/metrics", "administrator").get_data(as_text=True)
        lines = dict(line.rsplit(" ", 1) for line in page.splitlines() if line.startswith("vouchers_webhook"))
        return [float(lines[name.format(state)]) for state in ("waiting", "behind")]

    assert figures() == [0, 0]
    made(api, url=receiver.url)
    api.registered()
    assert figures()[1] > 0
    receiver.decide = lambda *_: 400
    api.service.webhooks.outbox.run()
    assert figures()[0] > 0


def test_the_doctor_finds_webhooks_that_nobody_sends_and_receivers_that_are_given_up(api, receiver):
    def findings():
        found = [*look_at_worker(api.service), *look_at_webhooks(api.service)]
        return {each.check: (each.state, each.what) for each in found}

    assert {state for state, _ in findings().values()} == {"ok"}
    webhook = made(api, url=receiver.url)
    assert findings()["worker"][0] == "warn"
    receiver.decide = lambda *_: 410
    api.registered()
    api.service.webhooks.outbox.run()
    told = findings()
    assert told["worker"][0] == "ok"
    assert told["webhooks"] == ("warn", f"1 disabled: {webhook['webhook_id']}.")
    dead = {"stream": "x/1", "state": DEAD, "attempts": 3, "due_at": 0, "failure": "", "failed_at": clients.NOON}
    with api.service.desk.writing() as connection:
        connection.execute(LETTERS.insert(), {"webhook_id": webhook["webhook_id"], "seq": 1, **dead})
    assert findings()["dead letters"][0] == "warn"


def test_a_paused_webhook_loses_nothing(api, receiver):
    webhook = made(api, url=receiver.url, types=["order.Registered"])
    assert api.post(path(webhook, "pause"), key="").json["status"] == "paused"
    order = api.registered()
    assert api.service.webhooks.outbox.run() == 0
    assert api.post(path(webhook, "resumption"), key="").json["status"] == "active"
    api.service.webhooks.outbox.run()
    assert [message.stream for message in receiver.taken] == [f"order/{order}"]


def test_everything_can_be_sent_again(api, receiver):
    webhook = made(api, url=receiver.url, types=["voucher.*"], start=0)
    api.service.webhooks.outbox.run()
    first = [message.seq for message in receiver.taken]
    assert first
    assert api.post(path(webhook, "replay"), {"start": 0}, key="").json["next"] == 0
    api.service.webhooks.outbox.run()
    assert [message.seq for message in receiver.taken] == first * 2
    assert api.post(path(webhook, "replay"), {"start": "now"}, key="").json["next"] == api.service.ledger.size()
    assert api.service.webhooks.outbox.run() == 0


def test_the_webhooks_of_a_caller_come_in_pages(api):
    numbers = sorted(made(api)["webhook_id"] for _ in range(3))
    first = api.get("/v1/webhooks?limit=2").json
    rest = api.get(f"/v1/webhooks?limit=2&cursor={first['next']}").json
    assert [each["webhook_id"] for each in first["items"] + rest["items"]] == numbers
    assert rest["next"] is None


REFUSED = {
    "http://hooks.example.com/": "webhook-url-invalid",
    "ftp://hooks.example.com/": "webhook-url-invalid",
    "https://user:word@hooks.example.com/": "webhook-url-invalid",
    "https://hooks.example.com/#part": "webhook-url-invalid",
    "https://hooks.example.com:22/": "webhook-url-invalid",
    "https://hooks.example.com:99999/": "webhook-url-invalid",
    "https://hooks.example.com\\@inside/": "webhook-url-invalid",
    "https://hooks.exa mple.com/": "webhook-url-invalid",
    "https:///": "webhook-url-invalid",
    "//hooks.example.com/": "webhook-url-invalid",
    "https://häuser.example/": "webhook-url-invalid",
    "https://[::1": "webhook-url-invalid",
    f"https://hooks.example.com/{'x' * 2000}": "text-beyond-limit",
    "https://localhost/": "host-not-public",
    "https://db.localhost/": "host-not-public",
    f"https://db.{'internal'}/": "host-not-public",
    "https://127.0.0.1/": "host-not-public",
    "https://10.1.2.3/": "host-not-public",
    "https://169.254.169.254/latest/meta-data": "host-not-public",
    "https://192.168.0.1:8443/": "host-not-public",
    "https://100.64.0.1/": "host-not-public",
    "https://0.0.0.0/": "host-not-public",
    "https://224.0.0.1/": "host-not-public",
    "https://[::1]/": "host-not-public",
    "https://[fe80::1]/": "host-not-public",
    "https://[fd00::1]/": "host-not-public",
    "https://[::ffff:127.0.0.1]/": "host-not-public",
    "https://[64:ff9b::a00:1]/": "host-not-public",
    "https://[2002:0a00:0001::]/": "host-not-public",
    "https://[2001:0:0a00:1::f5ff:fffe]/": "host-not-public",
}


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_not_a_public_one_is_refused(api, url):
    check_problem(api.post("/v1/webhooks", {"url": url}, key=""), 400, REFUSED[url], "/url")
    assert api.get("/v1/webhooks").json["items"] == []


@pytest.mark.parametrize("url", ["https://8.8.8.8/", "https://[2606:4700::1111]:8443/x?y=z", PUBLIC])
def test_a_public_address_is_taken(url):
    assert not target_of(url, ()).trusted


def test_only_hosts_that_the_operator_allows_may_be_private_or_without_tls():
    assert target_of("http://127.0.0.1:8081/x", ("127.0.0.1:8081",)).trusted
    assert target_of("http://hooks.office.example/x", ("hooks.office.example",)).trusted
    for url in ("http://127.0.0.1:8082/x", "http://127.0.0.2:8081/x"):
        with pytest.raises(Malformed):
            target_of(url, ("127.0.0.1:8081",))


FAULTY = [
    ({}, "field-missing", "/url"),
    ({"url": 7}, "text-malformed", "/url"),
    ({"url": PUBLIC, "types": ["order.Flown"]}, "event-type-unknown", "/types/0"),
    ({"url": PUBLIC, "types": [7]}, "event-type-unknown", "/types"),
    ({"url": PUBLIC, "types": ["order.Paid"] * 51}, "too-many-event-types", "/types"),
    ({"url": PUBLIC, "start": 10**9}, "place-beyond-log", "/start"),
    ({"url": PUBLIC, "start": -1}, "choice-unknown", "/start"),
    ({"url": PUBLIC, "start": "then"}, "choice-unknown", "/start"),
    ({"url": PUBLIC, "secret": "mine"}, "field-unknown", "/secret"),
]


@pytest.mark.parametrize(("body", "code", "pointer"), FAULTY)
def test_a_faulty_webhook_is_refused_with_the_place_of_its_fault(api, body, code, pointer):
    check_problem(api.post("/v1/webhooks", body, key=""), 400, code, pointer)


def test_a_test_tells_what_the_receiver_made_of_it_and_changes_nothing(api, receiver):
    webhook = made(api, url=receiver.url)
    tried = api.post(path(webhook, "test"), key="").json
    assert (tried["delivered"], tried["status"], tried["failure"]) == (True, 204, "")
    assert receiver.taken[0].event["type"] == "org.innovation-vouchers.webhook.Tested.v1"
    receiver.decide = lambda _, __: 500
    tried = api.post(path(webhook, "test"), key="").json
    assert (tried["delivered"], tried["status"], tried["failure"]) == (False, 500, "the receiver answered 500")
    receiver.decide = lambda _, __: 204
    now = api.get(path(webhook)).json
    assert (now["failures"], now["status"]) == (0, "active")
