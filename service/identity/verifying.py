"""Tokens of any issuer, checked one way: who signed it, for whom, when, and which caller its claims name."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from joserfc import jwt
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from service.identity.callers import ROLES, Caller, Unauthenticated, a_caller
from service.identity.settings import Issuer
from vouchers.refusals import NotAllowed, Refused

LARGEST: Final = 8_192  # characters of a token
SKEW: Final = 30  # seconds that another server's clock may be ahead
LONGEST_ID: Final = 200  # characters
_POINTER: Final = "/headers/authorization"
_BEARER: Final = "Bearer"
_END_OF_TIME: Final = 2**53
_TIMES: Final = ("exp", "iat", "nbf")


class TokenRefused(Unauthenticated):
    """The token does not prove who the request comes from."""

    challenge = 'Bearer realm="vouchers", error="invalid_token"'
    remedy = "Ask for a new token where this one was issued."


class TokenExpired(TokenRefused):
    """The token has expired."""


class TokenWithoutRole(NotAllowed):
    """The token names no role that its issuer may give here, or more than one."""

    remedy = "Have the provider put exactly one role of this service into its tokens."


class Keys(Protocol):
    """Where the keys of an issuer are found."""

    def key(self, kid: str) -> Key | None:
        """The key of an id, or nothing."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token proved: the caller, when that ends, and with which key of which issuer it was signed."""

    caller: Caller
    until: int
    issuer: str
    kid: str


class _Registry(JWSRegistry):
    """Takes tokens whose header says more than we ask, as providers' do."""

    max_header_length = 2_048
    max_payload_length = LARGEST


def claimed_issuer(text: str) -> str:
    """The issuer that a token names, before anything of it is believed."""
    parts = text.split(".")
    if len(text) > LARGEST or len(parts) != 3:  # noqa: PLR2004 - header, payload and signature
        raise _refused("This is neither an API key nor a signed token.")
    try:
        payload = json.loads(base64.b64decode(parts[1] + "=" * (-len(parts[1]) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as fault:
        raise _refused("The token cannot be read.") from fault
    return str(payload.get("iss", "")) if isinstance(payload, dict) else ""


def verify(text: str, issuer: Issuer, keys: Keys, now: int) -> Verified:
    """What a token of an issuer proves now, or a refusal."""
    header, claims = decode(text, issuer, keys)
    # RFC 9068: another kind of token, such as one that says who has logged in, opens nothing.
    if str(header.get("typ", "")).lower().removeprefix("application/") not in {t.lower() for t in issuer.accept_typ}:
        raise _refused("The token is of another type than an access token.")
    # Keycloak's tokens are all of the type JWT, and say inside which they are.
    if claims.get("typ", _BEARER) != _BEARER:
        raise _refused("The token is of another type than an access token.")
    until = check_claims(claims, issuer, issuer.audience, now)
    for name in ("sub", "jti"):
        value = claims.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID or not value.isprintable():
            raise _refused(f"The token has no {name}.")
    if not isinstance(claims.get("client_id") or claims.get("azp"), str):
        raise _refused("The token has no client_id.")
    return Verified(caller_of(claims, issuer, "token", claims["jti"]), until, issuer.url, str(header["kid"]))


def decode(text: str, issuer: Issuer, keys: Keys) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a token whose signature holds; raises TokenRefused."""

    def find(token: Any) -> Key:
        header = token.headers()
        kid = header.get("kid")
        key = keys.key(kid) if isinstance(kid, str) and 0 < len(kid) <= LONGEST_ID else None
        if key is None or (key.alg and key.alg != header.get("alg")):
            raise _refused("The token is signed with a key that its issuer does not have.")
        return key

    registry = _Registry(algorithms=list(issuer.algorithms), strict_check_header=False)
    try:
        token = jwt.decode(text, find, list(issuer.algorithms), registry=registry)
    except Refused:
        raise
    except Exception as fault:
        # Whatever a made-up header lets the library stumble over, it proves nothing.
        raise _refused("The token's signature does not hold.") from fault
    return token.header, token.claims


def check_claims(claims: Mapping[str, Any], issuer: Issuer, audience: str, now: int) -> int:
    """Until when a token holds, which is from this issuer, for this audience and valid now; or TokenRefused."""
    if claims.get("iss") != issuer.url:
        raise _refused("The token is of another issuer.")
    named = claims.get("aud")
    if not audience or audience not in (named if isinstance(named, list) else [named]):
        remedy = f"Have the provider put the audience {audience} into its tokens."
        raise TokenRefused("The token is for another service.", pointer=_POINTER, remedy=remedy)
    times = {name: claims[name] for name in _TIMES if name in claims}
    if not {"exp", "iat"} <= set(times) or not all(map(_is_instant, times.values())):
        raise _refused("The token does not say from when and until when it is valid.")
    if not now < times["exp"]:
        raise TokenExpired(pointer=_POINTER)
    if not max(times["iat"], times.get("nbf", 0)) <= now + SKEW:
        raise _refused("The token is not valid yet.")
    return int(times["exp"])


def caller_of(claims: Mapping[str, Any], issuer: Issuer, via: str, credential: str) -> Caller:
    """The caller whom claims name; raises TokenWithoutRole, or TokenRefused for a subject that is nobody here."""
    prefix = issuer.role_prefix
    named = {each.removeprefix(prefix) for each in _texts(claims, issuer.roles_claim) if each.startswith(prefix)}
    found = named & set(ROLES)
    if len(found) != 1 or not found <= set(issuer.roles):
        raise TokenWithoutRole(pointer=_POINTER)
    subject, site = _inside(claims, issuer.subject_claim), _inside(claims, issuer.site_claim)
    # A limit that is there and cannot be read must not become no limit.
    if not isinstance(subject, str) or site == "" or not isinstance(site, str | None):
        raise _refused("What the token says of its caller cannot be read.")
    programmes = _texts(claims, issuer.programmes_claim)
    try:
        return a_caller(found.pop(), subject, site or "", tuple(programmes), via, credential)
    except Refused as refused:
        detail = f"What the token says of its caller cannot be: {refused.detail}"
        raise TokenRefused(detail, pointer=_POINTER, remedy="Have the provider's claims put right.") from refused


def _inside(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by its way inwards where it is part of another."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _texts(claims: Mapping[str, Any], name: str) -> list[str]:
    """The texts of a claim, none where it is missing; one that is there has at least one."""
    value = _inside(claims, name)
    texts = value.split() if isinstance(value, str) else value
    if value is None:
        return []
    if not isinstance(texts, list) or not texts or not all(isinstance(each, str) for each in texts):
        raise _refused(f"The claim {name} of the token cannot be read.")
    return texts


def _is_instant(value: Any) -> bool:
    """Whether a value is a number of seconds since 1970; what is none or infinite is no instant."""
    return type(value) in (int, float) and 0 <= value < _END_OF_TIME


def _refused(detail: str) -> TokenRefused:
    return TokenRefused(detail, pointer=_POINTER)
