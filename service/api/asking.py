"""What a request says: who asks, the body, the query, the idempotency key; all checked before anything is done."""

import re
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from flask import current_app, g, request
from marshmallow import Schema

from schemas.faults import read
from schemas.strict import MemberRepeated, read_json
from service import clock
from service.api.cookies import SAFE, SESSION, TOKEN, check_same_site, read_cookie
from service.api.limiting import count, count_address, count_failure
from service.api.running import Running
from service.identity import Caller, Unauthenticated
from service.identity.house import Identity
from service.identity.sessions import check_forgery
from service.observing.nearness import is_near
from service.permissions import OPEN, check_role
from service.reach import address_of, check_reach
from service.wiring import Service
from vouchers.kinds import ENTERPRISE
from vouchers.refusals import Malformed, Refused

LARGEST_BODY: Final = 256 * 1024  # bytes
KEY_POINTER: Final = "/headers/idempotency-key"
_IDEMPOTENCY_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_EXTENSION: Final = "vouchers"
# Whoever watches over the service must hear from it however often others ask.
UNCOUNTED: Final = frozenset({"health.alive", "health.ready"})


class MediaTypeUnsupported(Refused):
    """The request's body is not announced as application/json."""

    status = 415


class IdempotencyKeyMissing(Malformed):
    """A request that moves money needs the header Idempotency-Key."""


class IdempotencyKeyMalformed(Malformed):
    """An idempotency key has 1 to 64 letters, digits, full stops, low lines, colons and hyphens."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What every route may use: the open service, and how its clients prove who they are."""

    service: Service
    identity: Identity
    running: Running


def install(app: Any, service: Service) -> None:
    """Let the routes of an app find the service."""
    app.extensions[_EXTENSION] = Installation(service, Identity(service.settings, service.desk), Running())


def installed(app: Any) -> Installation:
    """What every route of an app may use."""
    return cast("Installation", app.extensions[_EXTENSION])


def share_identity(main: Any, other: Any) -> None:
    """Let another application know the same people, keys and tokens."""
    known = installed(main).identity
    other.extensions[_EXTENSION] = replace(other.extensions[_EXTENSION], identity=known)


def service() -> Service:
    """The installation that answers this request."""
    return installed(current_app).service


def identity() -> Identity:
    """Everything that the installation knows of who asks."""
    return installed(current_app).identity


def running() -> Running:
    """The requests that are being answered in this process."""
    return installed(current_app).running


def caller() -> Caller:
    """Who this request comes from."""
    return cast("Caller", g.caller)


def predecessors() -> tuple[str, ...]:
    """The enterprises whose place the caller has taken: what was theirs is the caller's."""
    firm = caller()
    return service().ledger.state(ENTERPRISE, firm.subject).predecessors if firm.role == "enterprise" else ()


def idempotency_key() -> str:
    """The request's idempotency key, or nothing where none is needed and none was given."""
    return str(g.idempotency_key)


def admit() -> None:
    """Refuse a request without a key, with a role that may not use the route, or without its idempotency key."""
    endpoint = request.endpoint
    if is_near(service().settings.observing) or endpoint in UNCOUNTED:
        return
    if endpoint is None or endpoint in OPEN:
        count_address()
        return
    try:
        g.caller = _identified()
    except Unauthenticated:
        count_failure()
        raise
    count(g.caller.actor)
    rule = check_role(g.caller, endpoint)
    check_reach(g.caller, endpoint, address_of(endpoint, request.view_args, request.args), service().ledger)
    g.idempotency_key = _idempotency_key(needed=rule.moves_money)


def _identified() -> Caller:
    """Who proves to be asking: by a key or token, or at a browser by the cookie of a session."""
    authorization = request.headers.get("Authorization", "")
    login = identity().login
    secret = read_cookie(login, SESSION) if request.cookies and not authorization else ""
    if not secret:
        return identity().authenticator.authenticate(authorization)
    session = identity().sessions.find(secret, clock.seconds())
    if request.method not in SAFE:
        # A browser sends the cookie along whoever made it ask; our own pages know more than that.
        check_same_site(login)
        check_forgery(secret, request.headers.get(TOKEN, ""))
    return session.caller


def body(schema: Schema) -> dict[str, Any]:
    """The checked members of the request's JSON body; no body at all is an empty object."""
    if not request.content_length and "Transfer-Encoding" not in request.headers:
        return read(schema, {})
    if request.mimetype != "application/json":
        remedy = "Send JSON with the header Content-Type: application/json."
        raise MediaTypeUnsupported(pointer="/headers/content-type", remedy=remedy)
    data = body_bytes()
    return read(schema, read_json(data) if data else {})


def body_bytes() -> bytes:
    """The request's body as it was sent, no larger than the limit."""
    data = request.get_data(cache=False)
    if request.content_length is None:
        # A body of unknown length was cut at the limit in silence; asking for one byte more tells.
        request.stream.read(1)
    return data


def query(schema: Schema) -> dict[str, Any]:
    """The checked parameters of the request's address."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise MemberRepeated(pointer=f"/query/{name[:80]}", remedy="Name each parameter once.")
    return read(schema, request.args.to_dict(), "/query")


def _idempotency_key(*, needed: bool) -> str:
    text = request.headers.get("Idempotency-Key")
    if not text and needed:
        remedy = "Send a fresh Idempotency-Key for each new request, and the same one to repeat a request."
        raise IdempotencyKeyMissing(pointer=KEY_POINTER, remedy=remedy)
    if text is None:
        return ""
    # A structured field's string comes in quotes; a bare token is understood as well.
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if not _IDEMPOTENCY_KEY.fullmatch(bare):
        raise IdempotencyKeyMalformed(pointer=KEY_POINTER, remedy="Use a UUID.")
    return bare
