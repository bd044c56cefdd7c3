"""The settings of identity: providers of tokens, and the login of people at a browser."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from service.configuring import SettingInvalid, setting

# No symmetric algorithm and no `none`: whoever can check a token must not be able to make one.
ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519", "EdDSA"),
)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
GRANTED: Final = ("enterprise", "provider", "officer", "reviewer", "finance", "regulator")


def check_address(url: str) -> None:
    """Refuse an address that a listener on the way could change: https, or http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not (host and safe) or parts.query or parts.fragment or parts.username:
        remedy = "Give an https:// address without a query; http:// is for this machine only."
        raise SettingInvalid(f"The address {url} cannot be trusted.", remedy=remedy)


def check_issuers(issuers: Iterable["Issuer"]) -> None:
    """Refuse an issuer that could be taken for another, or whose tokens nobody could tell from others."""
    seen: set[str] = set()
    for number, issuer in enumerate(issuers):
        if not (issuer.name and issuer.url and (issuer.audience or issuer.client_id)):
            remedy = "Give every [[issuer]] its name, its url, and an audience or a client_id."
            raise SettingInvalid("An issuer is not described.", pointer=f"/issuer/{number}", remedy=remedy)
        if seen & {issuer.name, issuer.url}:
            remedy = "Give every [[issuer]] a name and a url of its own."
            raise SettingInvalid(f"There are two issuers {issuer.name}.", pointer=f"/issuer/{number}", remedy=remedy)
        seen |= {issuer.name, issuer.url}


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        remedy = "Use up to 40 small letters, digits and hyphens."
        raise SettingInvalid(f"The name {name!r} cannot be part of an address.", remedy=remedy)


def _check_base(url: str) -> None:
    if url:
        check_address(url)
    if url and urlsplit(url).path not in ("", "/"):
        raise SettingInvalid(f"The address {url} has a path.", remedy="Leave out what follows the host.")


@dataclass(frozen=True, slots=True)
class Issuer:
    """An OpenID provider whose tokens are accepted, and how its claims are read."""

    name: str = setting("", "Short name, part of the address of its login.", check=_check_name)
    url: str = setting("", "Its issuer identifier, exactly as its tokens have it.", check=check_address)
    audience: str = setting("", "What its access tokens for this service name as audience.")
    algorithms: tuple[str, ...] = setting(("RS256", "ES256"), "How its tokens may be signed.", among=ALGORITHMS)
    accept_typ: tuple[str, ...] = setting(("at+jwt",), "The types of its access tokens; Keycloak says JWT.")
    roles_claim: str = setting("roles", "Claim with the role; dots go inwards, as in realm_access.roles.")
    role_prefix: str = setting("", "What the provider writes before our roles.")
    roles: tuple[str, ...] = setting(GRANTED, "The roles that it may give.", among=(*GRANTED, "administrator"))
    subject_claim: str = setting("sub", "Claim with the credit code of a firm or the reference of a person.")
    site_claim: str = setting("site", "Claim with the site of a provider, where one is meant.")
    programmes_claim: str = setting("programmes", "Claim with the programmes that the caller is limited to.")
    client_id: str = setting("", "This service's own name there; without it nobody logs in by it.")
    client_secret: str = setting("", "The secret of that name, where it has one.", secret=True)
    scope: str = setting("openid", "What a login asks for.")


@dataclass(frozen=True, slots=True)
class Login:
    """How people log in at a browser, and how long that lasts."""

    url: str = setting("", "The public address, such as https://vouchers.example.org.", check=_check_base)
    idle_minutes: int = setting(30, "A session without a request ends after so long.", least=1, most=1_440)
    longest_hours: int = setting(12, "Every session ends after so long.", least=1, most=168)
    memory_kib: int = setting(65_536, "Memory that checking one password takes.", least=8, most=4_194_304)
    passes: int = setting(3, "Passes over that memory.", least=1, most=100)
