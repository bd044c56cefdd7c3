"""Tokens of the local issuer: what they prove, and everything that they must not be believed for."""

import base64
import hmac
import json

import pytest
from freezegun import freeze_time
from joserfc import jwt
from joserfc.jwk import ECKey

from service.desk import Desk
from service.identity import Unauthenticated, a_caller
from service.identity.authenticating import Authenticator, TokenRevoked
from service.identity.files import ISSUER
from service.identity.issuing import ALGORITHM, LONGEST, IssuerFileBroken, LifetimeTooLong, LocalIssuer
from service.identity.verifying import TokenExpired, TokenRefused, TokenWithoutRole
from tests.examples import LAB, PUDONG

NOW = 1_770_000_000
OFFICER = a_caller("officer", "li")


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def desk():
    desk = Desk("memory:")
    yield desk
    desk.close()


@pytest.fixture
def who(tmp_path, desk, clock):
    return Authenticator(tmp_path, desk, (), clock)


def ask(who, text):
    return who.authenticate(f"Bearer {text}")


def forged(who, header=None, key=None, algorithms=None, **changes):
    """A token as the local issuer would sign it, but for some changes; a change to None leaves a claim out."""
    _, claims = who.own.issue(OFFICER, 600, NOW)
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    own = who.own._current().keys[-1][0]
    header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": own.kid} | (header or {})
    header = {name: value for name, value in header.items() if value is not None}
    return jwt.encode(header, claims, key or own, algorithms or [header["alg"]], default_type=None)


@pytest.mark.parametrize(
    "caller",
    [
        a_caller("enterprise", PUDONG),
        a_caller("provider", LAB),
        a_caller("provider", LAB, "site-2"),
        a_caller("officer", "li", programmes=("SH-STIV", "YRD-GIV")),
        a_caller("administrator", "ops"),
    ],
    ids=lambda caller: caller.role,
)
def test_a_token_names_its_caller_with_all_its_limits(who, caller):
    text, claims = who.own.issue(caller, 600, NOW)
    found = ask(who, text)
    assert (found.role, found.subject, found.site, found.programmes) == (
        caller.role,
        caller.subject,
        caller.site,
        caller.programmes,
    )
    assert (found.via, found.credential) == ("token", claims["jti"])
    assert found.actor == f"{caller.role}:{caller.subject}"


def test_a_token_ends_at_its_second(who, clock):
    text, _ = who.own.issue(OFFICER, 600, NOW)
    clock.now = NOW + 599
    assert ask(who, text).subject == "li"
    clock.now = NOW + 600
    with pytest.raises(TokenExpired):
        ask(who, text)


def test_a_token_that_was_never_seen_before_ends_at_its_second_too(who, clock):
    text, _ = who.own.issue(OFFICER, 600, NOW)
    clock.now = NOW + 600
    with pytest.raises(TokenExpired):
        ask(who, text)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_token_of_the_future_opens_nothing_yet(who, clock, name):
    text = forged(who, **{name: NOW + 31})
    with pytest.raises(TokenRefused, match="not valid yet"):
        ask(who, text)
    clock.now += 1
    assert ask(who, text).subject == "li"


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "client_id", "jti", "iat", "exp"])
def test_a_token_has_everything_that_an_access_token_has(who, name):
    with pytest.raises(TokenRefused):
        ask(who, forged(who, **{name: None}))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "https://another-service.example"},
        {"aud": ["account", "another"]},
        {"aud": {"urn": 1}},
        {"exp": "2030-01-01"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 2**70},
        {"iat": -1},
        {"jti": "a\0b"},
        {"sub": ""},
        {"sub": 7},
        {"sub": "Li Wu"},
        {"jti": ""},
        {"jti": "x" * 201},
        {"site": ""},
        {"site": "s-1"},
        {"site": 3},
        {"programmes": []},
        {"programmes": ["SH-STIV", 3]},
        {"programmes": "a/b"},
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_refused(who, changes):
    with pytest.raises(TokenRefused):
        ask(who, forged(who, **changes))


@pytest.mark.parametrize("roles", [None, "guest", ["officer", "finance"], ["Officer"], "officer finance"])
def test_a_token_names_exactly_one_role(who, roles):
    with pytest.raises(TokenWithoutRole):
        ask(who, forged(who, roles=roles))


@pytest.mark.parametrize("roles", [[], 3, ["officer", 3]])
def test_roles_that_cannot_be_read_are_none(who, roles):
    with pytest.raises(TokenRefused):
        ask(who, forged(who, roles=roles))


@pytest.mark.parametrize("kind", ["JWT", "id+jwt", None, "at+jwt+x", "secevent+jwt"])
def test_another_kind_of_token_opens_nothing(who, kind):
    with pytest.raises(TokenRefused, match="another type"):
        ask(who, forged(who, {"typ": kind}))


@pytest.mark.parametrize("inside", ["ID", "Refresh", "", [], 7])
def test_a_token_that_says_inside_that_it_is_no_access_token_opens_nothing(who, inside):
    with pytest.raises(TokenRefused, match="another type"):
        ask(who, forged(who, typ=inside))
    assert ask(who, forged(who, typ="Bearer")).subject == "li"


@pytest.mark.parametrize("kind", ["AT+JWT", "application/at+jwt"])
def test_the_type_is_read_as_media_types_are(who, kind):
    assert ask(who, forged(who, {"typ": kind})).subject == "li"


def test_a_token_without_a_signature_is_refused(who):
    with pytest.warns(match="none"):
        text = forged(who, {"alg": "none"}, algorithms=["none"])
    with pytest.raises(TokenRefused):
        ask(who, text)


def test_the_public_key_is_no_secret_to_sign_with(who):
    own = who.own._current().keys[-1][0]
    head, payload, _ = forged(who).split(".")
    signed = f"{altered_head(head, {'alg': 'HS256'})}.{payload}"
    mac = hmac.digest(own.as_pem(private=False), signed.encode(), "sha256")
    with pytest.raises(TokenRefused):
        ask(who, f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")


def test_another_key_under_our_key_id_is_refused(who):
    with pytest.raises(TokenRefused, match="signature"):
        ask(who, forged(who, key=ECKey.generate_key("P-256")))


@pytest.mark.parametrize("kid", [None, "", "unknown", "../../etc/passwd", 7])
def test_an_unknown_key_is_refused(who, kid):
    with pytest.raises(TokenRefused):
        ask(who, forged(who, {"kid": kid}) if not isinstance(kid, int) else altered(forged(who), {"kid": kid}))


def test_a_key_that_a_token_brings_along_is_not_used(who):
    own = ECKey.generate_key("P-256")
    header = {"jwk": own.as_dict(private=False), "jku": "https://attacker.example/keys", "kid": "mine"}
    with pytest.raises(TokenRefused):
        ask(who, forged(who, header, own))


def test_a_critical_extension_that_we_do_not_know_is_refused(who):
    with pytest.raises(TokenRefused):
        ask(who, altered(forged(who), {"crit": ["exp"], "exp": 1}))


def altered(text, header):
    head, payload, signature = text.split(".")
    return ".".join([altered_head(head, header), payload, signature])


def altered_head(head, header):
    return encoded(json.loads(base64.urlsafe_b64decode(head + "==")) | header)


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("name", ["alg", "typ", "kid", "crit", "b64", "zip", "cty", "x5c", "jwk", "jku"])
@pytest.mark.parametrize("value", [None, "", 0, True, [], {}, [[]], {"a": {}}, "x" * 300, 1e308, "\ud800"], ids=repr)
def test_a_header_of_any_shape_lets_nobody_in(who, name, value):
    with pytest.raises(TokenRefused):
        ask(who, altered(forged(who), {name: value}))


def test_a_changed_claim_breaks_the_signature(who):
    text, claims = who.own.issue(OFFICER, 600, NOW)
    head, _, signature = text.split(".")
    with pytest.raises(TokenRefused, match="signature"):
        ask(who, ".".join([head, encoded(claims | {"roles": ["finance"]}), signature]))


DEEP = "[" * 3_000 + "]" * 3_000


@pytest.mark.parametrize(
    "text",
    ["", "x", "a.b", "a.b.c", "a.b.c.d.e", "....", "é.é.é", "x" * 8_193, f"{'x' * 4_000}.{'x' * 4_200}.x"]
    + [f"x.{base64.urlsafe_b64encode(part.encode()).decode()}.x" for part in (DEEP, "[]", "3", "{", '{"iss": 3}')],
    ids=lambda text: text[:12],
)
def test_what_is_no_token_is_refused(who, text):
    with pytest.raises(Unauthenticated):
        ask(who, text)


def test_the_signature_of_a_too_large_token_is_not_even_checked(who):
    text = forged(who, filler="x" * 8_192)
    with pytest.raises(TokenRefused, match="neither"):
        ask(who, text)


def test_a_token_of_another_installation_opens_nothing(who, tmp_path):
    (tmp_path / "other").mkdir()
    text, _ = LocalIssuer(tmp_path / "other").issue(OFFICER, 600, NOW)
    with pytest.raises(TokenRefused, match="unknown here"):
        ask(who, text)


def test_a_revoked_token_opens_nothing_in_any_process(who, tmp_path, desk, clock):
    text, claims = who.own.issue(OFFICER, 600, NOW)
    other = Authenticator(tmp_path, desk, (), clock)
    assert ask(who, text) == ask(other, text)
    revoked = who.revocations.revoke(claims["jti"], "2026-02-02T04:00:00Z", by="administrator:ops", reason="stolen")
    for each in (who, other):
        with pytest.raises(TokenRevoked):
            ask(each, text)
    again = who.revocations.revoke(claims["jti"], "2026-03-01T00:00:00Z", by="administrator:chen")
    assert again == revoked
    assert who.revocations.list() == [revoked]


def test_one_revocation_leaves_the_other_tokens_alone(who):
    (ended, claims), (kept, _) = (who.own.issue(OFFICER, 600, NOW) for _ in range(2))
    who.revocations.revoke(claims["jti"], "2026-02-02T04:00:00Z", by="administrator:ops")
    assert ask(who, kept).subject == "li"
    with pytest.raises(TokenRevoked):
        ask(who, ended)


def test_older_tokens_outlive_a_new_signing_key_until_they_end(who, tmp_path, clock):
    old, _ = who.own.issue(OFFICER, 600, NOW)
    kid, kept = LocalIssuer(tmp_path).rotate(NOW)  # Another process.
    fresh, _ = who.own.issue(OFFICER, 600, NOW)
    assert kept == 1
    assert {key["kid"] for key in who.own.public_keys()["keys"]} >= {kid}
    assert ask(who, old) == ask(who, old)
    assert ask(who, fresh).subject == "li"
    assert LocalIssuer(tmp_path).rotate(NOW + LONGEST)[1] == 1, "the first key is needed no longer"


def test_keys_that_leaked_end_at_once_with_all_their_tokens(who, tmp_path):
    seen, _ = who.own.issue(OFFICER, 600, NOW)
    unseen, _ = who.own.issue(OFFICER, 600, NOW)
    ask(who, seen)
    assert LocalIssuer(tmp_path).rotate(NOW, at_once=True)[1] == 0
    for text in (seen, unseen):
        with pytest.raises(TokenRefused):
            ask(who, text)
    assert ask(who, who.own.issue(OFFICER, 600, NOW)[0]).subject == "li"


def test_the_published_keys_have_no_private_part_and_the_file_is_its_owners_only(who, tmp_path):
    text, _ = who.own.issue(OFFICER, 600, NOW)
    published = who.own.public_keys()
    assert [set(key) for key in published["keys"]] == [{"kty", "crv", "x", "y", "use", "alg", "kid"}]
    key = ECKey.import_key(published["keys"][0])
    assert jwt.decode(text, key, [ALGORITHM]).claims["sub"] == "li"
    assert (tmp_path / ISSUER).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("seconds", [0, -1, LONGEST + 1])
def test_no_token_is_valid_for_ever_or_for_no_time(who, seconds):
    with pytest.raises(LifetimeTooLong):
        who.own.issue(OFFICER, seconds, NOW)


@pytest.mark.parametrize(
    "damage", [b"{", b"[]", b'{"issuer": "x"}', b'{"issuer": "x", "keys": [{"key": {}}]}', b"\xff"]
)
def test_a_damaged_file_of_signing_keys_lets_nobody_in_and_is_not_overwritten(who, tmp_path, damage):
    text, _ = who.own.issue(OFFICER, 600, NOW)
    (tmp_path / ISSUER).write_bytes(damage)
    with pytest.raises(IssuerFileBroken):
        ask(who, text)
    with pytest.raises(IssuerFileBroken):
        who.own.rotate(NOW)
    assert (tmp_path / ISSUER).read_bytes() == damage


def test_only_so_many_tokens_are_remembered(who, monkeypatch):
    monkeypatch.setattr("service.identity.authenticating.MOST_REMEMBERED", 3)
    texts = [who.own.issue(OFFICER, 600, NOW)[0] for _ in range(5)]
    assert {ask(who, text).subject for text in texts * 2} == {"li"}
    assert len(who._remembered) == 3


def test_the_clock_of_the_service_decides(tmp_path, desk):
    who = Authenticator(tmp_path, desk)
    text, _ = who.own.issue(OFFICER, 600, NOW)
    with freeze_time("2026-02-02T02:49:59Z"):
        assert ask(who, text).subject == "li"
    with freeze_time("2026-02-02T02:50:00Z"), pytest.raises(TokenExpired):
        ask(who, text)
