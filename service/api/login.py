"""Login of people at a browser, by password or by an OpenID provider: pages that need no script."""

import secrets
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from flask import Response, redirect, render_template, request

from schemas.answers import PROBLEM
from schemas.problems import MEDIA_TYPE
from service import clock
from service.api.asking import identity
from service.api.blueprints import Blueprint, View
from service.api.cookies import (
    FORM,
    SESSION,
    UNDER_WAY,
    base_address,
    check_same_site,
    drop_cookie,
    read_cookie,
    set_cookie,
)
from service.identity import Caller
from service.identity.logins import PATIENCE, begin, finish
from service.identity.sessions import ForgeryRefused, Session, SessionEnded, check_forgery, forgery_token
from vouchers.refusals import Malformed, Refused

blueprint = Blueprint("login", __name__)

MOST_FIELDS: Final = 10
LONGEST_FORM: Final = 8_192  # bytes
_HOURS: Final = 3_600  # seconds
_SHOWN: Final = {"type": "string"}
_PAGE: Final[dict[str, Any]] = {"content_type": "text/html", "description": "A page."}
_AGAIN: Final[dict[str, Any]] = {
    "content_type": "text/html",
    "description": "The page to log in at, with what is wrong.",
}
_REFUSED: Final[dict[str, Any]] = {"content_type": MEDIA_TYPE, "description": "A problem."}
_FORM: Final = {
    "type": "object",
    "properties": {name: {"type": "string", "maxLength": 128} for name in ("name", "password", "fresh", "token")},
    "required": ["token"],
}


class FormUnreadable(Malformed):
    """The form cannot be read."""

    remedy = "Send it from the page at /login."


def _answers(status: int, *, pages: Iterable[int] = (), problems: Iterable[int] = ()) -> Callable[[View], View]:
    """What a route answers: a page, or a way to one; the same page with what is wrong; or a problem document."""

    def told(view: View) -> View:
        for each in problems:
            view = blueprint.alt_response(each, schema=PROBLEM, **_REFUSED)(view)
        for each in pages:
            view = blueprint.alt_response(each, schema=_SHOWN, **_AGAIN)(view)
        answered: View = blueprint.response(status, _SHOWN, **_PAGE)(view)
        return answered

    return told


def _takes_form(view: View) -> View:
    """A route that a form is sent to."""
    content = {"application/x-www-form-urlencoded": {"schema": _FORM}}
    documented: View = blueprint.doc(requestBody={"required": True, "content": content})(view)
    return documented


class FormOutdated(Malformed):
    """The page to log in at was open for too long, or is of another browser."""

    remedy = "Log in on this one."


@blueprint.get("/login")
@_answers(200, problems=[403])
def show_form() -> Response:
    """The page to log in at."""
    return _form()


@blueprint.post("/login")
@_takes_form
@_answers(303, pages=[400, 401, 429, 503], problems=[400, 403, 503])
def log_in() -> Response:
    """Log in with a name and a password."""
    check_same_site(identity().login)
    said = _read_form()
    try:
        check_forgery(read_cookie(identity().login, FORM), said.get("token", ""))
    except ForgeryRefused:
        return _form(FormOutdated())
    try:
        user = identity().users.log_in(
            said.get("name", ""), said.get("password", ""), request.remote_addr or "", clock.seconds()
        )
    except Refused as refused:
        return _form(refused)
    return _begun(user.caller, user.name)


@blueprint.get("/login/<name:issuer>")
@_answers(303, problems=[403, 404])
def go_to_provider(issuer: str) -> Response:
    """Go to an OpenID provider to log in there."""
    back = f"{base_address(identity().login)}/login/{issuer}/back"
    begun = begin(identity().provider(issuer), identity().authenticator.own, back, clock.seconds())
    response = _redirected(begun.address)
    set_cookie(response, identity().login, UNDER_WAY, begun.cookie, PATIENCE)
    return response


@blueprint.get("/login/<name:issuer>/back")
@_answers(303, pages=[400, 401, 403, 503], problems=[403, 404, 503])
def come_back(issuer: str) -> Response:
    """Come back from an OpenID provider, logged in."""
    provider, local = identity().provider(issuer), identity().authenticator.own
    cookie = read_cookie(identity().login, UNDER_WAY)
    try:
        who = finish(provider, local, request.args, cookie, clock.seconds())
    except Refused as refused:
        return _form(refused)
    return _begun(who, f"{issuer}:{who.actor}")


@blueprint.get("/account")
@_answers(200, pages=[303], problems=[403])
def show_account() -> Response:
    """Who is logged in at this browser."""
    secret = read_cookie(identity().login, SESSION)
    session = _session(secret)
    if session is None:
        return _redirected("/login")
    return _page("login_account.html", session=session, token=forgery_token(secret), told="")


@blueprint.post("/account/password")
@_takes_form
@_answers(303, pages=[400, 401, 429, 503], problems=[400, 403, 503])
def change_password() -> Response:
    """Choose another password; every session ends but this browser's, which gets a new one."""
    check_same_site(identity().login)
    secret = read_cookie(identity().login, SESSION)
    said = _read_form()
    check_forgery(secret, said.get("token", ""))
    session = _session(secret)
    if session is None:
        return _redirected("/login")
    try:
        address = request.remote_addr or ""
        user = identity().users.log_in(session.name, said.get("password", ""), address, clock.seconds())
        identity().set_password(user.name, said.get("fresh", ""))
    except Refused as refused:
        page = _page("login_account.html", session=session, token=forgery_token(secret), told=_sentence(refused))
        return _marked(page, refused)
    return _begun(user.caller, user.name)


@blueprint.post("/logout")
@_takes_form
@_answers(303, problems=[400, 403])
def log_out() -> Response:
    """End the session of this browser."""
    check_same_site(identity().login)
    secret = read_cookie(identity().login, SESSION)
    check_forgery(secret, _read_form().get("token", ""))
    identity().sessions.end(secret)
    response = _redirected("/login")
    drop_cookie(response, identity().login, SESSION)
    return response


def _begun(who: Caller, name: str) -> Response:
    """A fresh session: whatever the browser had before is no longer good."""
    identity().sessions.end(read_cookie(identity().login, SESSION))
    secret = identity().sessions.begin(who, name, clock.seconds())
    response = _redirected("/account")
    for done in (FORM, UNDER_WAY):
        drop_cookie(response, identity().login, done)
    set_cookie(response, identity().login, SESSION, secret, identity().login.longest_hours * _HOURS)
    return response


def _session(secret: str) -> Session | None:
    try:
        return identity().sessions.find(secret, clock.seconds()) if secret else None
    except SessionEnded:
        return None


def _form(refused: Refused | None = None) -> Response:
    """The page to log in at, with what went wrong."""
    secret = secrets.token_urlsafe(32)
    names = [provider.issuer.name for provider in identity().providers()]
    told = _sentence(refused) if refused else ""
    response = _page("login.html", told=told, providers=names, token=forgery_token(secret))
    set_cookie(response, identity().login, FORM, secret, PATIENCE)
    return response if refused is None else _marked(response, refused)


def _sentence(refused: Refused) -> str:
    return f"{refused.detail} {refused.remedy}"


def _marked(response: Response, refused: Refused) -> Response:
    """A page as the answer to what was refused."""
    response.status_code = refused.status
    if "retry_after" in refused.facts:
        response.headers["Retry-After"] = str(refused.facts["retry_after"])
    return response


def _page(template: str, **values: Any) -> Response:
    nonce = secrets.token_urlsafe(16)
    response = Response(render_template(template, nonce=nonce, **values))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    # Without any referrer a browser would not say either that what it posts comes from a page of ours.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _redirected(address: str) -> Response:
    response = redirect(address, 303, Response)
    assert isinstance(response, Response)
    return response


def _read_form() -> dict[str, str]:
    """The fields of a form; one that stands twice, or more than a form of ours has, cannot be read."""
    if request.mimetype != "application/x-www-form-urlencoded" or (request.content_length or 0) > LONGEST_FORM:
        raise FormUnreadable
    try:
        pairs = parse_qsl(
            request.get_data(cache=False).decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as fault:
        raise FormUnreadable from fault
    if len(dict(pairs)) != len(pairs):
        raise FormUnreadable
    return dict(pairs)
