"""Login by an OpenID provider: the authorization code flow with PKCE, a state, and a nonce.

What belongs to a login under way is in a cookie of the browser, signed by the local issuer: whoever never comes back
leaves nothing behind, and any process can answer the way back.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from service.identity.callers import Caller
from service.identity.fetching import fetch
from service.identity.issuing import LocalIssuer
from service.identity.providers import Provider
from service.identity.verifying import TokenRefused, caller_of, check_claims, decode
from vouchers.refusals import Malformed

PATIENCE: Final = 600  # seconds that somebody may take at the provider
LONGEST_CODE: Final = 2_048  # characters
_TYPE: Final = "login+jwt"


class LoginNotFinished(Malformed):
    """The login at the provider did not come to its end here."""

    remedy = "Begin again at /login."


class Begun(NamedTuple):
    """A login that was begun: where the browser goes, and what its cookie keeps meanwhile."""

    address: str
    cookie: str


def begin(provider: Provider, local: LocalIssuer, back: str, now: int) -> Begun:
    """Send a browser to the provider, so that it is known again when it is back at an address."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    kept = {"aud": provider.issuer.url, "state": state, "nonce": nonce, "verifier": verifier, "back": back}
    asked = {
        "response_type": "code",
        "client_id": provider.issuer.client_id,
        "redirect_uri": back,
        "scope": provider.issuer.scope,
        "state": state,
        "nonce": nonce,
        "code_challenge": _base64(hashlib.sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    address = provider.endpoint("authorization_endpoint")
    cookie, _ = local.sign(kept, _TYPE, PATIENCE, now)
    return Begun(f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", cookie)


def finish(provider: Provider, local: LocalIssuer, answer: Mapping[str, str], cookie: str, now: int) -> Caller:
    """Whoever the provider says has logged in; the answer, the browser and the provider must be those of before."""
    begun = _begun(provider, local, cookie, now)
    if not hmac.compare_digest(str(begun["state"]).encode(), answer.get("state", "").encode("utf-8", "replace")):
        raise LoginNotFinished
    if answer.get("iss", provider.issuer.url) != provider.issuer.url:
        raise LoginNotFinished("The answer is of another provider than the one that was asked.")
    if not 0 < len(answer.get("code", "")) <= LONGEST_CODE:
        raise LoginNotFinished("The provider did not let you in.")
    told = _redeemed(provider, answer["code"], begun)
    return _identified(provider, str(told.get("id_token", "")), str(begun["nonce"]), now)


def _begun(provider: Provider, local: LocalIssuer, cookie: str, now: int) -> dict[str, Any]:
    """The login that a browser has begun, or LoginNotFinished."""
    try:
        header, claims = decode(cookie, local.issuer, local)
        check_claims(claims, local.issuer, provider.issuer.url, now)
    except TokenRefused as refused:
        raise LoginNotFinished from refused
    if header.get("typ") != _TYPE:
        raise LoginNotFinished
    return claims


def _redeemed(provider: Provider, code: str, begun: Mapping[str, Any]) -> dict[str, Any]:
    """What the provider gives for the code; raises LoginNotFinished where it gives nothing."""
    issuer = provider.issuer
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": begun["back"],
        "code_verifier": begun["verifier"],
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if issuer.client_secret:
        pair = f"{quote(issuer.client_id, safe='')}:{quote(issuer.client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        asked["client_id"] = issuer.client_id
    told = fetch(provider.endpoint("token_endpoint"), urlencode(asked).encode(), **headers)
    if "id_token" not in told:
        raise LoginNotFinished("The provider did not take back its own code.")
    return told


def _identified(provider: Provider, text: str, nonce: str, now: int) -> Caller:
    """Whom a token of the provider names, which must be for us and for this login."""
    issuer = provider.issuer
    _, claims = decode(text, issuer, provider)
    check_claims(claims, issuer, issuer.client_id, now)
    others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (others or "azp" in claims) and claims.get("azp") != issuer.client_id:
        raise LoginNotFinished("The provider's token is for another service.")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode("utf-8", "replace"), nonce.encode()):
        raise LoginNotFinished("The provider's token is of another login.")
    return caller_of(claims, issuer, "session", "")


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
