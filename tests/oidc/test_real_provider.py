"""Tokens and logins of a real OpenID provider: believed where they should be, and nowhere else."""

import re
from dataclasses import replace
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, build_opener

import pytest

from service.api.asking import install
from service.identity import ROLES, providers
from service.identity.settings import Issuer
from tests.examples import CHANGNING, LAB
from tests.oidc.conftest import AUDIENCE, BACK
from tests.service.clients import an_api, check_problem, frozen
from tests.service.test_permission_walk import check_roles

pytestmark = pytest.mark.oidc


@pytest.fixture(autouse=True)
def _look_again_at_once(monkeypatch):
    monkeypatch.setattr(providers, "COOL_DOWN", 0)


@pytest.fixture
def issuer(provider):
    return Issuer(
        "op",
        provider.issuer,
        AUDIENCE,
        roles=ROLES,
        subject_claim="subject",
        client_id="vouchers",
        client_secret="secret of vouchers",
    )


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The API of a town whose clock goes on after its founding, because the provider's does."""
    with frozen():
        context = an_api(tmp_path_factory.mktemp("oidc-town"))
        api = context.__enter__()
    yield api
    context.__exit__(None, None, None)


@pytest.fixture
def api(town, issuer):
    return trusting(town, issuer)


def trusting(api, issuer, **changes):
    """The same API, which has seen no token yet, with an issuer that may be described otherwise."""
    api.service.settings = replace(api.service.settings, issuer=(replace(issuer, **changes),))
    install(api.app, api.service)
    return api


def bearer(provider, client, **asked):
    return {"Authorization": f"Bearer {provider.token(client, **asked)}"}


def me(api, headers):
    return api.client().get("/v1/me", headers=headers)


@pytest.mark.parametrize("role", ROLES)
def test_the_same_walk_passes_with_tokens_of_a_real_provider(api, provider, role):
    check_roles(api, role, bearer(provider, role))


def test_a_site_of_a_provider_is_taken_from_its_claim(api, provider):
    told = me(api, bearer(provider, "site")).json
    assert (told["role"], told["subject"], told["site"], told["via"]) == ("provider", LAB, "site-2", "token")


def test_a_token_for_another_service_is_refused(api, provider):
    answer = me(api, bearer(provider, "officer", resource="urn:example:another"))
    problem = check_problem(answer, 401, "token-refused")
    assert AUDIENCE in problem["remedy"]


def test_a_token_without_a_role_of_ours_is_told_so(api, provider):
    check_problem(me(api, bearer(provider, "nobody")), 403, "token-without-role")


def test_a_provider_gives_only_the_roles_that_it_may_give(api, issuer, provider):
    trusting(api, issuer, roles=("enterprise", "provider"))
    assert me(api, bearer(provider, "enterprise")).status_code == 200
    check_problem(me(api, bearer(provider, "officer")), 403, "token-without-role")


def test_roles_are_found_where_keycloak_has_them(api, issuer, provider):
    trusting(api, issuer, roles_claim="realm_access.roles")
    told = me(api, bearer(provider, "keycloak")).json
    assert (told["role"], told["subject"]) == ("officer", "li")


def test_tokens_of_a_provider_that_is_not_in_the_settings_are_refused(api, provider):
    api.service.settings = replace(api.service.settings, issuer=())
    install(api.app, api.service)
    check_problem(me(api, bearer(provider, "officer")), 401, "token-refused")


def test_only_the_algorithms_of_the_settings_are_believed(api, issuer, provider):
    trusting(api, issuer, algorithms=("RS256",))
    check_problem(me(api, bearer(provider, "officer")), 401, "token-refused")


def test_a_revoked_token_of_a_provider_opens_nothing_more(api, provider):
    headers = bearer(provider, "officer")
    jti = me(api, headers).json["credential"]
    assert api.post("/v1/revoked-tokens", {"jti": jti, "reason": "stolen"}, "administrator").status_code == 201
    check_problem(me(api, headers), 401, "token-revoked")


def test_new_keys_are_fetched_when_a_token_names_one_and_old_ones_are_forgotten(api, provider):
    old = bearer(provider, "officer")
    assert me(api, old).status_code == 200
    provider.change_keys()
    assert me(api, bearer(provider, "officer")).status_code == 200
    check_problem(me(api, old), 401, "token-refused")


def test_without_the_provider_keys_still_work_and_tokens_wait(api, issuer, provider):
    headers = bearer(provider, "officer")
    trusting(api, issuer, url="http://127.0.0.1:9")
    check_problem(me(api, headers), 401, "token-refused")  # Whose issuer is now unknown.
    assert api.get("/v1/me", "officer").status_code == 200
    answer = api.client().get("/login/op", base_url="http://localhost")
    check_problem(answer, 503, "provider-unavailable")


class Stay(HTTPRedirectHandler):
    """Follows every redirect but those to us."""

    def redirect_request(self, request, fp, code, msg, headers, newurl):
        ours = newurl.startswith(BACK)
        return None if ours else super().redirect_request(request, fp, code, msg, headers, newurl)


def led_back(address):
    """The address of ours to which a browser is led in the end from a page of the provider's."""
    browser = build_opener(Stay, ProxyHandler({}), HTTPCookieProcessor(CookieJar()))
    with pytest.raises(HTTPError) as last:
        browser.open(address, timeout=10)
    assert last.value.code in (302, 303)
    location = last.value.headers["Location"]
    last.value.close()
    return location


def begun(api, client, account):
    """The address at the provider to which our login leads, where somebody logs in."""
    answer = client.get("/login/op", base_url="http://localhost")
    assert answer.status_code == 303
    return f"{answer.headers['Location']}&login_hint={account}"


def back(client, address):
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}", base_url="http://localhost")


def test_somebody_logs_in_at_the_provider_and_asks_the_api_with_a_session(api, provider):
    client = api.app.test_client()
    answer = back(client, led_back(begun(api, client, "firm")))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    page = client.get("/account", base_url="http://localhost").get_data(as_text=True)
    assert CHANGNING in page
    told = client.get("/v1/me", base_url="http://localhost").json
    assert (told["role"], told["subject"], told["via"]) == ("enterprise", CHANGNING, "session")
    token = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    left = client.post("/logout", data={"token": token[1]}, base_url="http://localhost")
    assert left.status_code == 303
    check_problem(client.get("/v1/me", base_url="http://localhost"), 401, "unauthenticated")


def test_what_leaves_for_the_provider_is_bound_to_the_browser_and_the_code_to_its_verifier(api, provider):
    asked = parse_qs(urlsplit(begun(api, api.app.test_client(), "firm")).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert len(asked["state"][0]) == len(asked["nonce"][0]) == 43
    assert asked["redirect_uri"] == [BACK]


def test_an_answer_to_another_browser_is_not_taken(api, provider):
    client, other = api.app.test_client(), api.app.test_client()
    address = led_back(begun(api, client, "firm"))
    begun(api, other, "firm")
    for each in (other, api.app.test_client()):
        answer = back(each, address)
        assert answer.status_code == 400
        assert "did not come to its end" in answer.get_data(as_text=True)
        assert each.get("/v1/me", base_url="http://localhost").status_code == 401


def test_the_form_is_good_after_somebody_has_been_at_the_provider_and_came_back_by_hand(api, provider):
    client = api.app.test_client()
    page = client.get("/login", base_url="http://localhost").get_data(as_text=True)
    begun(api, client, "firm")
    said = {"name": "x", "password": "y", "token": re.search(r'name="token" value="([0-9a-f]{64})"', page)[1]}
    assert client.post("/login", data=said, base_url="http://localhost").status_code == 401


def test_an_answer_is_taken_once(api, provider):
    client = api.app.test_client()
    address = led_back(begun(api, client, "firm"))
    assert back(client, address).status_code == 303
    assert back(client, address).status_code == 400


@pytest.mark.parametrize("change", [("state=", "state=x"), ("code=", "code=x"), ("iss=", "iss=x")])
def test_a_changed_answer_is_not_taken(api, provider, change):
    client = api.app.test_client()
    answer = back(client, led_back(begun(api, client, "firm")).replace(*change))
    assert answer.status_code == 400
    assert client.get("/v1/me", base_url="http://localhost").status_code == 401


def test_whoever_has_no_role_at_the_provider_does_not_get_in(api, provider):
    client = api.app.test_client()
    answer = back(client, led_back(begun(api, client, "nobody")))
    assert answer.status_code == 403
    assert "names no role" in answer.get_data(as_text=True)


def test_a_login_that_was_given_up_at_the_provider_is_none(api, provider):
    client = api.app.test_client()
    asked = parse_qs(urlsplit(begun(api, client, "firm")).query)
    answer = back(client, f"{BACK}?error=access_denied&state={asked['state'][0]}")
    assert answer.status_code == 400
    assert "did not let you in" in answer.get_data(as_text=True)
