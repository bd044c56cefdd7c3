"""An OpenID provider that answers badly, slowly or not at all: what is believed, and for how long."""

import json
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from service.configuring import SettingInvalid, SettingUnknown
from service.identity import fetching
from service.identity.fetching import ProviderUnavailable, fetch
from service.identity.providers import COOL_DOWN, FRESH, STALE, Provider
from service.identity.settings import Issuer, Login, check_address, check_issuers
from service.settings import load_settings

KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


class Teller:
    """A provider that answers as it is told: bytes by path, or a function that writes them itself."""

    def __init__(self):
        self.asked = []
        self.answers = {}
        self.url = ""

    def tell(self, path, answer):
        self.answers[path] = answer if callable(answer) else json.dumps(answer).encode()

    def describe(self, keys=(KEY,), **changes):
        told = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | changes
        self.tell("/.well-known/openid-configuration", told)
        self.tell("/keys", {"keys": [key if isinstance(key, dict) else key.as_dict(private=False) for key in keys]})


@contextmanager
def serving(teller):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            teller.asked.append(self.path)
            answer = teller.answers.get(self.path)
            if callable(answer):
                answer(self)
                return
            self.send_response(200 if answer is not None else 404)
            self.send_header("Content-Length", str(len(answer or b"")))
            self.end_headers()
            self.wfile.write(answer or b"")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        teller.url = f"http://127.0.0.1:{server.server_port}"
        yield
        server.shutdown()


@pytest.fixture
def teller():
    teller = Teller()
    with serving(teller):
        teller.describe()
        yield teller


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def provider(teller, clock):
    return Provider(Issuer("op", teller.url, "vouchers"), clock)


def looks(teller):
    return teller.asked.count("/keys")


def test_keys_are_fetched_once_and_kept(provider, teller):
    assert provider.key("one").thumbprint() == KEY.thumbprint()
    assert provider.key("one") is provider.key("one")
    assert looks(teller) == 1


def test_an_invented_key_costs_one_look_per_cool_down(provider, teller, clock):
    provider.key("one")
    clock.now += COOL_DOWN
    for number in range(20):
        assert provider.key(f"invented-{number}") is None
    assert looks(teller) == 2
    clock.now += COOL_DOWN
    assert provider.key("invented") is None
    assert looks(teller) == 3


def test_a_new_key_is_found_and_a_withdrawn_one_forgotten(provider, teller, clock):
    provider.key("one")
    other = ECKey.generate_key("P-256", {"kid": "two"})
    teller.describe([other])
    clock.now += COOL_DOWN
    assert provider.key("two").thumbprint() == other.thumbprint()
    assert provider.key("one") is None


def test_keys_are_looked_at_again_after_a_while(provider, teller, clock):
    provider.key("one")
    clock.now += FRESH + 1
    assert provider.key("one") is not None
    assert looks(teller) == 2


def test_a_provider_that_falls_silent_is_believed_for_an_hour_and_no_longer(provider, teller, clock):
    provider.key("one")
    teller.answers.clear()
    clock.now += STALE
    assert provider.key("one") is not None
    clock.now += 1
    with pytest.raises(ProviderUnavailable):
        provider.key("one")
    teller.describe()
    clock.now += COOL_DOWN
    assert provider.key("one") is not None


def test_while_one_request_looks_the_others_do_not_wait_for_long(provider, teller, clock, monkeypatch):
    monkeypatch.setattr("service.identity.providers.LONGEST_WAIT", 0.05)
    provider.key("one")
    clock.now += FRESH + 1
    looking, go_on = threading.Event(), threading.Event()

    def slow(handler):
        looking.set()
        go_on.wait(10)
        handler.send_error(503)

    teller.tell("/.well-known/openid-configuration", slow)
    thread = threading.Thread(target=provider.key, args=("one",))
    thread.start()
    assert looking.wait(10)
    # The look has begun, so that nobody else begins one; what is known goes on, what is not stays unknown.
    assert provider.key("one") is not None
    assert provider.key("two") is None
    go_on.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://another.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "http://keys.example/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "ftp://127.0.0.1/keys"},
    ],
    ids=str,
)
def test_a_provider_that_describes_itself_wrongly_is_not_believed(provider, teller, changes):
    teller.describe(**changes)
    with pytest.raises(ProviderUnavailable):
        provider.key("one")


@pytest.mark.parametrize("keys", [None, {}, "x", 3])
def test_a_set_of_keys_that_is_none_is_not_believed(provider, teller, keys):
    teller.tell("/keys", {"keys": keys})
    with pytest.raises(ProviderUnavailable):
        provider.key("one")


WEAK = {"kty": "RSA", "kid": "weak", "n": "v_p4" * 40, "e": "AQAB"}


@pytest.mark.parametrize(
    "key",
    [
        OctKey.generate_key(256, {"kid": "one"}).as_dict(private=True),
        {**KEY.as_dict(private=False), "use": "enc"},
        ECKey.generate_key("P-256", {"kid": "one"}).as_dict(private=True),
        {**KEY.as_dict(private=False), "kid": ""},
        {**WEAK, "kid": "one"},
        {"kty": "EC", "kid": "one", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "kid": "one"},
        {"kty": "AKP", "kid": "one"},
        ["one"],
        None,
    ],
    ids=[
        "symmetric",
        "encrypting",
        "private",
        "unnamed",
        "short",
        "off-curve",
        "incomplete",
        "strange",
        "list",
        "none",
    ],
)
def test_a_key_that_signs_nothing_for_us_is_left_out(provider, teller, key):
    good = RSAKey.generate_key(2048, {"kid": "good"})
    teller.tell("/keys", {"keys": [key, good.as_dict(private=False)]})
    assert provider.key("one") is None
    assert provider.key("good").thumbprint() == good.thumbprint()


def test_no_more_keys_are_read_than_a_provider_can_need(provider, teller):
    shown = KEY.as_dict(private=False)
    teller.tell("/keys", {"keys": [{**shown, "kid": f"k{number}"} for number in range(200)]})
    assert provider.key("k49") is not None
    assert provider.key("k50") is None


def redirecting(handler):
    handler.send_response(302)
    handler.send_header("Location", "/keys")
    handler.end_headers()


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 65_536)
    except OSError:
        pass


def cut_short(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")


@pytest.mark.parametrize(
    "answer",
    [
        redirecting,
        endless,
        cut_short,
        lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"),
        lambda handler: handler.send_error(500),
        lambda handler: handler.connection.close(),
        ["a", "list"],
        lambda handler: (handler.send_response(200), handler.end_headers(), handler.wfile.write(b"[" * 100_000)),
        lambda handler: (handler.send_response(200), handler.end_headers(), handler.wfile.write(b'{"a": "\xff"}')),
    ],
    ids=["redirect", "endless", "cut", "no-http", "error", "closed", "list", "deep", "charset"],
)
def test_a_bad_answer_is_a_provider_that_cannot_be_asked(teller, answer):
    teller.tell("/x", answer)
    with pytest.raises(ProviderUnavailable):
        fetch(f"{teller.url}/x")


def test_an_answer_that_drips_is_not_waited_for(teller, monkeypatch):
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)

    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            pass

    teller.tell("/x", drip)
    began = time.perf_counter()
    with pytest.raises(ProviderUnavailable):
        fetch(f"{teller.url}/x")
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize(
    "url",
    ["http://op.example", "https://", "op.example", "https://u:p@op.example", "https://op.example/?x=1", "https://[x"]
    + ["https://op.example/#x", "ldap://127.0.0.1", "http://127.0.0.1.evil.example"],
)
def test_an_address_that_others_could_answer_for_is_refused(url):
    with pytest.raises(SettingInvalid):
        check_address(url)


@pytest.mark.parametrize(
    "url", ["https://op.example", "https://op.example/realms/x", "http://127.0.0.1:8", "http://[::1]"]
)
def test_an_address_over_tls_or_on_this_machine_is_taken(url):
    assert check_address(url) is None


def settings(tmp_path, text):
    (tmp_path / "vouchers.toml").write_text(text)
    return load_settings(str(tmp_path), {})


def test_issuers_and_logins_are_read_from_the_settings(tmp_path):
    found = settings(
        tmp_path,
        """
        [login]
        url = "https://vouchers.example.org"
        idle_minutes = 10

        [[issuer]]
        name = "ministry"
        url = "https://login.example.org/realms/innovation"
        audience = "vouchers"
        algorithms = ["RS256"]
        accept_typ = ["at+jwt", "JWT"]
        roles_claim = "realm_access.roles"
        role_prefix = "vouchers-"
        roles = ["officer", "finance"]
        client_id = "vouchers"

        [[issuer]]
        name = "firms"
        url = "https://id.example.org"
        audience = "https://vouchers.example.org"
        """,
    )
    assert found.login == Login(url="https://vouchers.example.org", idle_minutes=10)
    first, second = found.issuer
    assert (first.accept_typ, first.roles, first.role_prefix) == (
        ("at+jwt", "JWT"),
        ("officer", "finance"),
        "vouchers-",
    )
    assert second.algorithms == ("RS256", "ES256")
    assert "administrator" not in second.roles


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ('algorithms = ["HS256"]', SettingInvalid),
        ('algorithms = ["none"]', SettingInvalid),
        ('url = "http://op.example"', SettingInvalid),
        ('name = "../x"', SettingInvalid),
        ('roles = ["clerk"]', SettingInvalid),
        ('typ = "JWT"', SettingUnknown),
    ],
)
def test_an_issuer_that_nobody_could_trust_is_refused_in_the_settings(tmp_path, line, refusal):
    with pytest.raises(refusal):
        settings(tmp_path, f"[[issuer]]\n{line}\n")


GOOD = Issuer("op", "https://op.example", "vouchers")


@pytest.mark.parametrize(
    "issuers",
    [
        (replace(GOOD, name=""),),
        (replace(GOOD, url=""),),
        (replace(GOOD, audience=""),),
        (GOOD, replace(GOOD, name="other")),
        (GOOD, replace(GOOD, url="https://other.example")),
    ],
)
def test_issuers_that_cannot_be_told_apart_are_refused(issuers):
    check_issuers((GOOD, Issuer("firms", "https://id.example", client_id="vouchers")))
    with pytest.raises(SettingInvalid):
        check_issuers(issuers)


def test_the_settings_that_the_page_shows_are_settings(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "identity.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        check_issuers(settings(tmp_path, block).issuer)
