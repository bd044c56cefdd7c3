"""The table of permissions walked against every route: each role with keys, with tokens, at a browser, with nothing."""

import json
import re
from itertools import product

import pytest

from service import clock
from service.api.answering import encode_cursor
from service.identity import ROLES, Keyring
from service.identity.house import Identity
from service.identity.sessions import forgery_token
from service.permissions import OPEN, RULES
from tests.examples import CHANGNING, LAB, PUDONG, voucher_of
from tests.service.clients import SUBJECTS, an_api, check_problem, delivery_body, frozen, invoice_body
from tests.service.permission_pages import PAGE, text

# The directory of providers is for everybody.
DIRECTORY = {"market.show_provider", "commands.object_to_admission"}
# What a regulator writes: that it will draw a sample, and afterwards the nonce of it.
DRAWS = ["tests.commit", "tests.reveal"]
# What it lets begin, which reads the log and writes nothing to it, and what becomes of that.
STARTED = {"replays.start", "tests.start", "tests.start_draw", "whatifs.start", "jobs.remove_job"}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("walk")) as api:
        yield api


def routes(app, gaps=None):
    """Every route as endpoint, method and an address with some name in each gap."""
    gaps = {"order_id": "O-1", "redemption_id": "O-1-R1", "stream": "order/O-1"} | (gaps or {})
    for rule in app.url_map.iter_rules():

        def fill(gap):
            return str(gaps.get(gap[2], "1" if gap[1] == "int" else "X"))

        path = re.sub(r"<(?:([a-z]+)(?:\([^)]*\))?:)?([a-z_0-9]+)>", fill, rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


def credentials(api, who, way):
    """What somebody's requests carry: a key, a token of the local issuer, or the cookie and the token of a session."""
    caller = Keyring(api.service.settings.data).authenticate(api.keys[who])
    identity = Identity(api.service.settings, api.service.desk)
    if way == "session":
        secret = identity.sessions.begin(caller, who, clock.seconds())
        return {"Cookie": f"vouchers={secret}", "X-CSRF-Token": forgery_token(secret)}
    if way == "token":
        text, _ = identity.authenticator.own.issue(caller, 600, clock.seconds())
        return {"Authorization": f"Bearer {text}"}
    return {"Authorization": f"Bearer {api.keys[who]}"}


def ask(api, method, path, headers, body=None):
    sent = json.dumps(body if body is not None else {}).encode() if method in UNSAFE else None
    # Without a jar of its own, the client sends the cookies that it is told to.
    return api.app.test_client(use_cookies=False).open(
        path, method=method, data=sent, headers=headers, content_type="application/json" if sent else None
    )


def check_roles(api, role, headers):
    """Ask every route, and be let in exactly where the table says so."""
    before = api.log()
    for endpoint, method, path in routes(api.app):
        if endpoint in OPEN:
            continue
        answer = ask(api, method, path, headers)
        refused = answer.status_code == 403 and answer.json["code"] == "role-not-allowed"
        assert refused == (role not in RULES[endpoint].roles), (endpoint, answer.get_data(as_text=True))
        assert answer.status_code < 500, (endpoint, answer.get_data(as_text=True))
    assert api.log() == before


def test_every_route_is_in_the_table_and_nothing_else(api):
    assert {endpoint for endpoint, _, _ in routes(api.app)} == set(RULES) | OPEN
    assert not set(RULES) & OPEN


def test_every_role_of_the_table_is_one(api):
    assert {role for rule in RULES.values() for role in rule.roles} == set(ROLES)


def test_every_route_wants_to_know_who_asks_unless_it_is_open(api):
    for endpoint, method, path in routes(api.app):
        if endpoint not in OPEN:
            answer = ask(api, method, path, {})
            check_problem(answer, 401, "unauthenticated")
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_what_is_open_changes_nothing_for_nobody(api):
    before = api.log()
    for endpoint, method, path in routes(api.app):
        if endpoint in OPEN:
            answer = ask(api, method, path, {})
            assert answer.status_code in ((400, 403) if method in UNSAFE else (200, 303, 404)), (path, answer)
    assert api.log() == before


@pytest.mark.parametrize(
    ("role", "way"), [*product(ROLES, ("key", "token")), ("officer", "session"), ("administrator", "session")]
)
def test_a_role_passes_exactly_where_the_table_lets_it(api, role, way):
    check_roles(api, role, credentials(api, role, way))


def test_a_session_writes_only_from_pages_of_ours(api):
    headers = credentials(api, "officer", "session")
    without = {name: value for name, value in headers.items() if name != "X-CSRF-Token"}
    for endpoint, method, path in routes(api.app):
        if endpoint not in OPEN and method in UNSAFE:
            check_problem(ask(api, method, path, without), 403, "forgery-refused")
            for name, value in [("Origin", "https://elsewhere.example"), ("Sec-Fetch-Site", "cross-site")]:
                check_problem(ask(api, method, path, headers | {name: value}), 403, "forgery-refused")


def test_the_regulator_reads_everything_and_writes_nothing_but_its_own_samples(api):
    assert [endpoint for endpoint, rule in RULES.items() if rule.roles == {"regulator"} and endpoint in DRAWS] == DRAWS
    for endpoint, method, _ in routes(api.app):
        if endpoint not in {*OPEN, *DRAWS, *STARTED}:
            assert ("regulator" in RULES[endpoint].roles) == (method == "GET"), endpoint


def test_an_administrator_has_no_part_in_any_programme(api):
    own = {endpoint.partition(".")[0] for endpoint, rule in RULES.items() if "administrator" in rule.roles}
    assert own <= {"identity", "health", "webhooks"}, "what an administrator keeps is the installation"


def test_what_moves_money_wants_an_idempotency_key(api):
    for endpoint, method, path in routes(api.app):
        if endpoint in OPEN or not RULES[endpoint].moves_money:
            continue
        assert method == "POST"
        who = min(RULES[endpoint].roles)
        answer = api.client().post(path, json={}, headers=api.headers(who, ""))
        check_problem(answer, 400, "idempotency-key-missing", "/headers/idempotency-key")


@pytest.mark.parametrize("who", ["other-enterprise", "other-provider"])
def test_what_is_anothers_is_answered_like_what_is_nobodys(api, who):
    order_id = api.claimed()
    redemption = api.town.state(order_id).redemption_id
    theirs = {
        "order_id": order_id,
        "redemption_id": redemption,
        "voucher_id": voucher_of(),
        "stream": f"order/{order_id}",
        "provider_id": LAB,
        **dict.fromkeys(("enterprise_id", "party_id", "payee_id", "subject"), PUDONG),
    }
    nobodys = {
        "order_id": "O-0000-0000-0000-0",
        "redemption_id": "O-0000-0000-0000-0-R1",
        "voucher_id": "V-0000-0000-0000-0",
        "stream": "order/O-0000-0000-0000-0",
        **dict.fromkeys(("enterprise_id", "party_id", "payee_id", "subject", "provider_id"), "91310000MA1FL0000B"),
    }
    bodies = {"deliveries": delivery_body(), "invoices": invoice_body(4711), "cancellation": {"reason": "mischief"}}
    before, role, looked = api.log(), who.split("-")[-1], 0
    for (endpoint, method, path), (_, _, missing) in zip(
        routes(api.app, theirs), routes(api.app, nobodys), strict=True
    ):
        if path == missing or endpoint in {*OPEN, *DIRECTORY} or role not in RULES[endpoint].roles:
            continue
        body = bodies.get(path.rpartition("/")[2], {"reason": "mischief"})
        answers = [ask(api, method, each, api.headers(who), body) for each in (path, missing)]
        found, expected = (plain(each, theirs, nobodys) for each in answers)
        assert found == expected, path
        if method == "GET":
            assert answers[0].status_code == 404, (path, found)
        looked += 1
    assert api.log() == before
    assert looked > 10


def plain(answer, theirs, nobodys):
    """The bytes of an answer without the numbers that were asked for, and without the trace."""
    text = re.sub(r'"trace_id":"[0-9a-f]*"', "", answer.get_data(as_text=True))
    for number in sorted({*theirs.values(), *nobodys.values()}, key=len, reverse=True):
        text = text.replace(number, "...")
    return answer.status_code, text


def test_every_read_of_a_regulator_is_on_record_and_nobody_elses(api):
    identity = Identity(api.service.settings, api.service.desk)
    before = len(identity.accesses.list(limit=1_000))
    asked = [
        "/v1/programmes",
        f"/v1/orders?enterprise_id={CHANGNING}",
        f"/v1/vouchers/{voucher_of()}",
        "/v1/vouchers/X",
    ]
    answers = [api.get(path, "regulator") for path in asked]
    api.get("/v1/programmes", "officer")
    api.post("/v1/orders", {}, "regulator")
    lines = identity.accesses.list(limit=1_000)[before:]
    assert [(line.access.path, line.access.status) for line in lines] == [
        *[(path, answer.status_code) for path, answer in zip(asked, answers, strict=True)],
        ("/v1/orders", 403),
    ]
    assert {line.access.actor for line in lines} == {"regulator:audit"}
    assert {line.access.position for line in lines} == {api.service.ledger.size()}
    key_id = api.keys["regulator"].split("_")[1]
    assert {line.access.credential for line in lines} == {key_id}
    page = f"/v1/accesses?actor=regulator:audit&cursor={encode_cursor(lines[0].seq - 1)}"
    assert [line.shown() for line in lines] == api.get(page, "administrator").json["items"]
    assert api.get("/v1/accesses?actor=regulator:nobody", "administrator").json["items"] == []
    assert identity.accesses.verify()[1] is None


def test_a_strange_address_is_on_record_in_plain_characters(api):
    record = Identity(api.service.settings, api.service.desk).accesses
    before = len(record.list(limit=1_000))
    for path in ("/v1/streams/order/%00%E5%8A%A8/history", "/v1/orders?status=%00%27", "/v1/orders?x=%E5"):
        assert api.get(path, "regulator").status_code in (400, 404)
    paths = [line.access.path for line in record.list(after=before, limit=1_000)]
    assert paths == ["/v1/streams/order/%00%E5%8A%A8/history", "/v1/orders?status=%00%27", "/v1/orders?x=%E5"]


def test_a_read_that_cannot_be_put_on_record_is_not_answered(api, monkeypatch):
    with api.service.desk.writing() as desk:
        desk.exec_driver_sql("ALTER TABLE accesses RENAME TO accesses_aside")
    try:
        answer = api.get("/v1/programmes", "regulator")
        check_problem(answer, 503, "access-not-recorded")
        assert "SH-STIV" not in answer.get_data(as_text=True)
        assert api.get("/v1/programmes", "officer").status_code == 200
    finally:
        with api.service.desk.writing() as desk:
            desk.exec_driver_sql("ALTER TABLE accesses_aside RENAME TO accesses")
    assert api.get("/v1/programmes", "regulator").status_code == 200


def test_the_page_of_permissions_says_what_the_table_says(api):
    assert PAGE.read_text(encoding="utf-8") == text(api.app), "run: python -m tests.service.permission_pages"


def test_everybody_may_see_who_they_are_taken_for(api):
    for who, subject in SUBJECTS.items():
        told = api.get("/v1/me", who).json
        assert (told["role"], told["subject"], told["via"]) == (who.split("-")[-1], subject, "key")
    assert api.get("/v1/me", "provider").json["subject"] == LAB
