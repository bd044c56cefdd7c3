"""Login by an OpenID provider: the authorization code flow with PKCE, a state, and a nonce."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from sqlalchemy import BigInteger, Column, Table, Text, delete, func, select

from service.desk import TABLES, Desk
from service.identity.callers import Caller
from service.identity.fetching import fetch
from service.identity.providers import Provider
from service.identity.verifying import caller_of, check_claims, decode
from vouchers.refusals import Malformed, Unavailable

PATIENCE: Final = 600  # seconds that somebody may take at the provider
MOST: Final = 10_000  # logins under way
LONGEST_CODE: Final = 2_048  # characters
_LOGINS: Final = Table(
    "logins",
    TABLES,
    Column("digest", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("issuer", "state", "nonce", "verifier", "back")),
    Column("until", BigInteger, nullable=False),
)


class LoginNotFinished(Malformed):
    """The login at the provider did not come to its end here."""

    remedy = "Begin again at /login."


class TooManyUnderWay(Unavailable):
    """Too many logins are under way."""


class Begun(NamedTuple):
    """A login that was begun: where the browser goes, and the secret that its cookie keeps meanwhile."""

    address: str
    secret: str


class Logins:
    """The logins of an installation that are under way."""

    def __init__(self, desk: Desk) -> None:
        """Keep them at a desk: whoever answers the way back may be another process."""
        self._desk = desk

    def begin(self, provider: Provider, back: str, now: int) -> Begun:
        """Send a browser to the provider, and know it again when it is back at an address."""
        secret, state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        row = {"state": state, "nonce": nonce, "verifier": verifier, "back": back, "until": now + PATIENCE}
        with self._desk.writing() as desk:
            desk.execute(delete(_LOGINS).where(_LOGINS.c.until <= now))
            if desk.execute(select(func.count()).select_from(_LOGINS)).scalar_one() >= MOST:
                raise TooManyUnderWay
            desk.execute(_LOGINS.insert().values(**row, digest=_digest(secret), issuer=provider.issuer.url))
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
        return Begun(f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", secret)

    def finish(self, provider: Provider, answer: Mapping[str, str], secret: str, now: int) -> Caller:
        """Whoever the provider says has logged in; the answer, the browser and the provider must be those of before."""
        begun = self._taken(secret)
        same = begun is not None and hmac.compare_digest(begun.state.encode(), answer.get("state", "").encode())
        if begun is None or not same or begun.until <= now or begun.issuer != provider.issuer.url:
            raise LoginNotFinished
        if answer.get("iss", begun.issuer) != begun.issuer:
            raise LoginNotFinished("The answer is of another provider than the one that was asked.")
        if not 0 < len(answer.get("code", "")) <= LONGEST_CODE:
            raise LoginNotFinished("The provider did not let you in.")
        told = _redeemed(provider, answer["code"], begun)
        return self._identified(provider, str(told.get("id_token", "")), begun.nonce, now)

    def _taken(self, secret: str) -> Any:
        """The login of a browser, which is over with this."""
        with self._desk.writing() as desk:
            row = desk.execute(select(_LOGINS).where(_LOGINS.c.digest == _digest(secret))).one_or_none()
            desk.execute(delete(_LOGINS).where(_LOGINS.c.digest == _digest(secret)))
        return row

    def _identified(self, provider: Provider, text: str, nonce: str, now: int) -> Caller:
        issuer = provider.issuer
        _, claims = decode(text, issuer, provider)
        check_claims(claims, issuer, issuer.client_id, now)
        others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (others or "azp" in claims) and claims.get("azp") != issuer.client_id:
            raise LoginNotFinished("The provider's token is for another service.")
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise LoginNotFinished("The provider's token is of another login.")
        return caller_of(claims, issuer, "session", "")


def _redeemed(provider: Provider, code: str, begun: Any) -> dict[str, Any]:
    """What the provider gives for the code; raises LoginNotFinished where it gives nothing."""
    issuer = provider.issuer
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": begun.back,
        "code_verifier": begun.verifier,
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


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
