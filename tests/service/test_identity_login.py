"""Login at a browser with a password, step by step, and everything that another site might try."""

import re
from dataclasses import replace

import pytest

from service.api.asking import install
from service.identity import users as users_module
from service.identity.sessions import forgery_token
from service.identity.settings import Login
from tests.examples import LAB
from tests.service.clients import NOON, an_api, check_problem, frozen

QUICK = Login(memory_kib=8, passes=1)
GOOD, OTHER = "correct horse battery", "staple of another kind"
SECURE = "https://vouchers.example.org"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("login")) as api:
        configured(api, QUICK)
        for role, name, firm in [("officer", "li", ""), ("provider", "clerk", LAB), ("administrator", "ops", "")]:
            body = {"role": role, "name": name, "password": GOOD} | ({"firm": firm} if firm else {})
            assert api.post("/v1/users", body, "administrator").status_code == 201
        yield api


@pytest.fixture
def api(town):
    configured(town, QUICK)
    return town


def configured(api, login):
    api.service.settings = replace(api.service.settings, login=login)
    install(api.app, api.service)
    return api


def token_in(answer):
    return re.search(r'name="token" value="([0-9a-f]{64})"', answer.get_data(as_text=True))[1]


def log_in(client, name="li", password=GOOD, base="http://localhost", headers=None, **changes):
    token = token_in(client.get("/login", base_url=base))
    said = {"name": name, "password": password, "token": token} | changes
    return client.post("/login", data=said, base_url=base, headers=headers)


def logged_in(api, name="li"):
    client = api.app.test_client()
    answer = log_in(client, name)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account"), answer.get_data(as_text=True)
    return client


def test_somebody_logs_in_looks_and_logs_out(api):
    client = logged_in(api)
    page = client.get("/account")
    assert ">li<" in page.get_data(as_text=True)
    assert ">officer<" in page.get_data(as_text=True)
    assert client.get("/v1/programmes").status_code == 200
    assert client.get("/v1/me").json["via"] == "session"
    answer = client.post("/logout", data={"token": token_in(page)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert client.get("/account").headers["Location"] == "/login"
    check_problem(client.get("/v1/me"), 401, "unauthenticated")


def test_a_cookie_of_a_session_that_ended_opens_nothing(api):
    client = logged_in(api)
    kept = client.get_cookie("vouchers").value
    client.post("/logout", data={"token": token_in(client.get("/account"))})
    answer = api.app.test_client(use_cookies=False).get("/v1/me", headers={"Cookie": f"vouchers={kept}"})
    check_problem(answer, 401, "session-ended")


def test_a_fresh_login_ends_the_session_before_it(api):
    client = logged_in(api)
    before = client.get_cookie("vouchers").value
    log_in(client, "clerk")
    assert client.get("/v1/me").json["subject"] == LAB
    old = api.app.test_client(use_cookies=False).get("/v1/me", headers={"Cookie": f"vouchers={before}"})
    check_problem(old, 401, "session-ended")


def test_on_this_machine_the_cookie_is_kept_from_scripts_and_other_sites(api):
    answer = log_in(api.app.test_client())
    cookies = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("vouchers=")]
    assert len(cookies) == 1
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookies[0].split(";")}
    assert "Secure" not in cookies[0]


def test_elsewhere_the_cookie_belongs_to_the_very_host_over_tls(api):
    configured(api, replace(QUICK, url=SECURE))
    client = api.app.test_client()
    answer = log_in(client, base=SECURE)
    assert answer.status_code == 303
    cookies = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("__Host-vouchers=")]
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookies[0].split(";")}
    assert "Domain" not in cookies[0]
    assert client.get("/v1/me", base_url=SECURE).status_code == 200


@pytest.mark.parametrize("path", ["/login", "/account"])
def test_nobody_logs_in_where_others_can_listen(api, path):
    answer = api.app.test_client().get(path, base_url="http://vouchers.example.org")
    check_problem(answer, 403, "login-not-here")


@pytest.mark.parametrize(("name", "password"), [("li", OTHER), ("nobody", GOOD), ("", ""), ("li", "é\0")])
def test_a_failed_login_says_the_same_whoever_it_was(api, name, password):
    answer = log_in(api.app.test_client(), name, password)
    page = re.sub(r"[0-9a-f]{64}|nonce=\"[^\"]+\"", "", answer.get_data(as_text=True))
    assert answer.status_code == 401
    assert "do not belong together" in page
    first = log_in(api.app.test_client(), "somebody", OTHER).get_data(as_text=True)
    assert page == re.sub(r"[0-9a-f]{64}|nonce=\"[^\"]+\"", "", first)


def test_after_failures_the_page_says_how_long_to_wait(api):
    for _ in range(users_module.FREE_FAILURES):
        assert log_in(api.app.test_client(), "slow", OTHER).status_code == 401
    answer = log_in(api.app.test_client(), "slow", OTHER)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "2"
    assert "in 2 seconds" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_site_cannot_log_somebody_in_or_out(api, headers):
    check_problem(log_in(api.app.test_client(), headers=headers), 403, "forgery-refused")
    client = logged_in(api)
    said = {"token": token_in(client.get("/account"))}
    check_problem(client.post("/logout", data=said, headers=headers), 403, "forgery-refused")
    assert client.get("/v1/me").status_code == 200


def test_a_page_of_ours_may_say_where_it_is(api):
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert log_in(api.app.test_client(), headers=headers).status_code == 303


def test_a_token_that_everybody_can_compute_is_none(api):
    said = {"name": "li", "password": GOOD, "token": forgery_token("")}
    answer = api.app.test_client().post("/login", data=said)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)
    check_problem(api.app.test_client().post("/logout", data=said), 403, "forgery-refused")


@pytest.mark.parametrize("token", ["", "0" * 64])
def test_a_form_that_is_not_of_this_browser_is_refused(api, token):
    stolen = token_in(api.app.test_client().get("/login"))
    for each in (token, stolen):
        client = api.app.test_client()
        answer = log_in(client, token=each)
        assert answer.status_code == 400
        assert "of another browser" in answer.get_data(as_text=True)
        assert client.get("/v1/me").status_code == 401
        assert (
            client.post("/login", data={"name": "li", "password": GOOD, "token": token_in(answer)}).status_code == 303
        )


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("{}", "application/json"),
        ("name=li&name=wu", "application/x-www-form-urlencoded"),
        ("&".join(f"f{n}=1" for n in range(11)), "application/x-www-form-urlencoded"),
        ("name=%ff%fe", "application/x-www-form-urlencoded"),
        (b"name=\xff", "application/x-www-form-urlencoded"),
        ("name=" + "x" * 8_193, "application/x-www-form-urlencoded"),
        ("", "multipart/form-data; boundary=x"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(api, data, kind):
    check_problem(api.app.test_client().post("/login", data=data, content_type=kind), 400, "form-unreadable")


def test_a_session_writes_with_the_token_of_its_page_only(api):
    client = logged_in(api, "ops")
    meta = re.search(r'name="csrf-token" content="([0-9a-f]{64})"', client.get("/account").get_data(as_text=True))[1]
    body = {"role": "officer", "subject": "wu"}
    check_problem(client.post("/v1/keys", json=body), 403, "forgery-refused")
    assert client.post("/v1/keys", json=body, headers={"X-CSRF-Token": meta}).status_code == 201
    other = token_in(logged_in(api).get("/account"))
    check_problem(client.post("/v1/keys", json=body, headers={"X-CSRF-Token": other}), 403, "forgery-refused")


def test_a_key_beside_a_cookie_is_what_counts(api):
    client = logged_in(api)
    headers = {"Authorization": f"Bearer {api.keys['regulator']}"}
    assert client.get("/v1/me", headers=headers).json["role"] == "regulator"
    answer = client.get("/v1/me", headers={"Authorization": "Bearer x"})
    check_problem(answer, 401, "token-refused")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="vouchers", error="invalid_token"'


def test_another_password_and_an_end_log_everybody_out(api):
    body = {"role": "reviewer", "name": "feng", "password": GOOD}
    assert api.post("/v1/users", body, "administrator").status_code == 201
    client = logged_in(api, "feng")
    assert api.post("/v1/users/feng/password", {"password": OTHER}, "administrator").status_code == 200
    check_problem(client.get("/v1/me"), 401, "session-ended")
    assert log_in(api.app.test_client(), "feng").status_code == 401
    client = api.app.test_client()
    assert log_in(client, "feng", OTHER).status_code == 303
    assert api.post("/v1/users/feng/end", {}, "administrator").json["disabled_at"].startswith(NOON[:10])
    check_problem(client.get("/v1/me"), 401, "session-ended")
    assert log_in(api.app.test_client(), "feng", OTHER).status_code == 401


def changed(client, password, fresh):
    said = {"token": token_in(client.get("/account")), "password": password, "fresh": fresh}
    return client.post("/account/password", data=said)


def test_somebody_chooses_another_password_and_stays_logged_in_here_only(api):
    body = {"role": "reviewer", "name": "ming", "password": GOOD}
    assert api.post("/v1/users", body, "administrator").status_code == 201
    here, elsewhere = logged_in(api, "ming"), logged_in(api, "ming")
    for password, fresh, status in [(OTHER, OTHER, 401), (GOOD, "short", 400), (GOOD, "ming is in it too", 400)]:
        answer = changed(here, password, fresh)
        assert answer.status_code == status
        assert 'role="alert"' in answer.get_data(as_text=True)
    assert elsewhere.get("/v1/me").status_code == 200
    assert changed(here, GOOD, OTHER).headers["Location"] == "/account"
    assert here.get("/v1/me").json["subject"] == "ming"
    check_problem(elsewhere.get("/v1/me"), 401, "session-ended")
    assert log_in(api.app.test_client(), "ming", GOOD).status_code == 401
    assert log_in(api.app.test_client(), "ming", OTHER).status_code == 303


def test_nobody_changes_the_password_of_another(api):
    client, other = logged_in(api), logged_in(api, "clerk")
    said = {"token": token_in(other.get("/account")), "password": GOOD, "fresh": OTHER}
    check_problem(client.post("/account/password", data=said), 403, "forgery-refused")
    check_problem(api.app.test_client().post("/account/password", data=said), 403, "forgery-refused")
    assert log_in(api.app.test_client(), "clerk").status_code == 303


def test_an_administrator_sees_who_is_logged_in_and_ends_that(api):
    client = logged_in(api, "clerk")
    told = [each for each in api.get("/v1/sessions", "administrator").json["items"] if each["name"] == "clerk"]
    assert {(each["role"], each["subject"]) for each in told} == {("provider", LAB)}
    assert client.get("/v1/me").json["credential"] in [each["credential"] for each in told]
    ended = api.post("/v1/sessions/clerk/end", {}, "administrator").json
    assert ended == {"name": "clerk", "ended": len(told)}
    check_problem(client.get("/v1/me"), 401, "session-ended")
    assert api.post("/v1/sessions/clerk/end", {}, "administrator").json["ended"] == 0


def test_no_answer_ever_has_a_digest_of_a_password_or_key(api):
    for path in ("/v1/users", "/v1/keys"):
        text = api.get(path, "administrator").get_data(as_text=True)
        assert "argon2" not in text
        assert "sha256" not in text
        assert not re.search(r"[0-9a-f]{64}", text)


def test_what_is_wrong_with_a_password_does_not_repeat_it(api):
    for password in ("short", "x" * 200, 12345678901234):
        body = {"role": "officer", "name": "wu", "password": password}
        answer = api.post("/v1/users", body, "administrator")
        assert answer.status_code == 400
        assert str(password) not in answer.get_data(as_text=True)


def test_the_pages_need_nothing_from_elsewhere_and_run_no_script(api):
    client = logged_in(api)
    for path in ("/login", "/account"):
        answer = client.get(path)
        page = answer.get_data(as_text=True)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'nonce-")
        assert re.search(r"nonce-([\w-]+)", policy)[1] in page
        assert "<script" not in page
        assert "http:" not in page
        assert "https:" not in page
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin", "browsers would post with the origin null"


def test_what_names_are_shown_cannot_become_markup(api):
    answer = log_in(api.app.test_client(), "<b>x</b>", "<script>")
    assert "<b>x" not in answer.get_data(as_text=True)


def test_nobody_is_sent_to_a_provider_that_is_not_there(api):
    check_problem(api.app.test_client().get("/login/op"), 404, "login-provider-unknown")
    answer = api.app.test_client().get("/login/op/back?code=x&state=y")
    assert answer.status_code == 404
