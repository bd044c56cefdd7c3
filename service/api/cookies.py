"""The cookie of a session: where it may be set, how it is read, and what keeps other sites from using it."""

from typing import Final
from urllib.parse import urlsplit

from flask import Response, request

from service.identity.sessions import ForgeryRefused
from service.identity.settings import LOOPBACK, Login
from vouchers.refusals import NotAllowed

SESSION: Final = "vouchers"
FORM: Final = "vouchers-form"
UNDER_WAY: Final = "vouchers-login"
TOKEN: Final = "X-CSRF-Token"  # noqa: S105 - a header's name
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS: Final = frozenset({"same-origin", "none"})


class LoginNotHere(NotAllowed):
    """Nobody logs in over a connection that others can listen to."""

    remedy = "Set login.url to the https address of this service; on this machine, http on 127.0.0.1 is enough."


def base_address(login: Login) -> str:
    """Where browsers find the service, without a slash at its end; raises LoginNotHere."""
    if login.url:
        return login.url.rstrip("/")
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        raise LoginNotHere(pointer="/headers/host")
    return f"http://{request.host}"


def read_cookie(login: Login, name: str) -> str:
    """What a cookie of ours holds, or nothing."""
    return request.cookies.get(_full(base_address(login), name), "")


def set_cookie(response: Response, login: Login, name: str, value: str, seconds: int | None = None) -> None:
    """Give the browser a cookie that scripts cannot read and that other sites cannot send along with what they post."""
    base = base_address(login)
    secure = base.startswith("https:")
    response.set_cookie(
        _full(base, name), value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax"
    )


def drop_cookie(response: Response, login: Login, name: str) -> None:
    """Let the browser forget a cookie."""
    set_cookie(response, login, name, "", 0)


def check_same_site(login: Login) -> None:
    """Refuse what a page of another site makes a browser send: browsers say where a request comes from."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if (origin is not None and origin != base_address(login)) or (site is not None and site not in _OURS):
        raise ForgeryRefused(pointer="/headers/origin", remedy="Send it from a page of this service.")


def _full(base: str, name: str) -> str:
    # With this prefix a browser takes the cookie only from this very host, over TLS.
    return f"__Host-{name}" if base.startswith("https:") else name
