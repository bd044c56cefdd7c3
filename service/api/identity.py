"""Who is who: the caller itself, keys, revoked tokens, users, and what regulators looked at; for administrators."""

from typing import Any

from flask import Response, jsonify

from schemas import answers_identity as answers
from schemas.identity import AccessesQuery, KeyBody, PasswordBody, RevocationBody, UserBody
from schemas.requests import NoBody, PlainQuery
from service import clock
from service.api.answering import Answer, number_after, page, state
from service.api.asking import caller, identity, service
from service.api.blueprints import Blueprint
from service.identity import create_key, list_keys, revoke_key

blueprint = Blueprint("identity", __name__)

_KEY, _TOKEN, _USER, _PASSWORD, _NOTHING = KeyBody(), RevocationBody(), UserBody(), PasswordBody(), NoBody()
_ACCESSES, _PLAIN = AccessesQuery(), PlainQuery()
_LONG: int = 3_600  # seconds that anybody may keep our public keys


@blueprint.get("/.well-known/jwks.json")
@blueprint.response(200, answers.PUBLIC_KEYS)
def show_public_keys() -> Response:
    """The public keys of the local issuer (RFC 7517), with which anybody can check its tokens."""
    response = jsonify(identity().authenticator.own.public_keys())
    response.headers["Cache-Control"] = f"public, max-age={_LONG}"
    return response


@blueprint.get("/v1/me")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, answers.ME)
def show_me(_: Answer) -> Response:
    """Who the service takes the caller for."""
    who = caller()
    shown = {"role": who.role, "subject": who.subject, "site": who.site, "programmes": [*who.programmes]}
    return state({**shown, "via": who.via, "credential": who.credential}, service().ledger.size())


@blueprint.get("/v1/keys")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, answers.KEYS)
def list_all_keys(_: Answer) -> Response:
    """All API keys, revoked ones too, never their text."""
    return _all([key.shown() for key in list_keys(identity().data)])


@blueprint.post("/v1/keys")
@blueprint.arguments(_KEY)
@blueprint.response(201, answers.KEY_MADE)
def make_key(values: Answer) -> Response:
    """A new API key; its text is told this once."""
    text, key = create_key(identity().data, **values, now=clock.now(), by=caller().actor)
    return _made({"key": text, **key.shown()})


@blueprint.post("/v1/keys/<name:key_id>/revocation")
@blueprint.arguments(_NOTHING)
@blueprint.response(200, answers.KEY)
def end_key(_: Answer, key_id: str) -> Response:
    """End a key for ever."""
    return jsonify(revoke_key(identity().data, key_id, clock.now(), by=caller().actor).shown())


@blueprint.get("/v1/revoked-tokens")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, answers.TOKENS)
def list_revoked_tokens(_: Answer) -> Response:
    """The tokens that were ended last, the latest first."""
    return _all([each._asdict() for each in identity().authenticator.revocations.list()])


@blueprint.post("/v1/revoked-tokens")
@blueprint.arguments(_TOKEN)
@blueprint.response(201, answers.TOKEN)
def revoke_token(values: Answer) -> Response:
    """End a token for ever, whoever issued it."""
    by = caller().actor
    return _made(identity().authenticator.revocations.revoke(**values, now=clock.now(), by=by)._asdict())


@blueprint.get("/v1/users")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, answers.USERS)
def list_users(_: Answer) -> Response:
    """Everybody who logs in with a password."""
    return _all([user._asdict() for user in identity().users.list()])


@blueprint.post("/v1/users")
@blueprint.arguments(_USER)
@blueprint.response(201, answers.USER)
def add_user(values: Answer) -> Response:
    """Somebody who may log in with a password from now on."""
    return _made(identity().users.add(**values, now=clock.now(), by=caller().actor)._asdict())


@blueprint.post("/v1/users/<name:name>/password")
@blueprint.arguments(_PASSWORD)
@blueprint.response(200, answers.USER)
def set_password(values: Answer, name: str) -> Response:
    """Another password for a user, whose sessions end."""
    return jsonify(identity().set_password(name, values["password"])._asdict())


@blueprint.post("/v1/users/<name:name>/end")
@blueprint.arguments(_NOTHING)
@blueprint.response(200, answers.USER)
def disable_user(_: Answer, name: str) -> Response:
    """Let a user log in no longer, and end the sessions that are open."""
    return jsonify(identity().disable(name, clock.now())._asdict())


@blueprint.get("/v1/sessions")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, answers.SESSIONS)
def list_sessions(_: Answer) -> Response:
    """Who is logged in at a browser now, by a password or by an OpenID provider; the latest first."""
    return _all([each.shown() for each in identity().sessions.list(clock.seconds())])


@blueprint.post("/v1/sessions/<name:name>/end")
@blueprint.arguments(_NOTHING)
@blueprint.response(200, answers.ENDED)
def end_sessions(_: Answer, name: str) -> Response:
    """End every session of a name; how many there were."""
    return jsonify({"name": name, "ended": identity().sessions.end_all(name)})


@blueprint.get("/v1/accesses")
@blueprint.arguments(_ACCESSES, location="query")
@blueprint.response(200, answers.ACCESSES)
def list_accesses(values: Answer) -> Response:
    """What regulators looked at, in the order in which they did."""
    after, limit = number_after(values.get("cursor")), values["limit"]
    lines = identity().accesses.list(after=after, limit=limit, actor=values.get("actor", ""))
    following = lines[-1].seq if len(lines) == limit else None
    return page([line.shown() for line in lines], following, service().ledger.size())


def _all(items: list[Any]) -> Response:
    return page(items, None, service().ledger.size())


def _made(shown: Answer) -> Response:
    response = jsonify(shown)
    response.status_code = 201
    return response
