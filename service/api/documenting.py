"""The OpenAPI document of the API, written from its routes, their schemas and the table of roles."""

import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final, cast

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import fields

from schemas.answers import PROBLEM
from schemas.faults import Body
from schemas.problems import MEDIA_TYPE
from schemas.shapes import SHAPES, count, referred
from schemas.values import Checked
from service.api.blueprints import Blueprint, Name
from service.permissions import RULES

OPENAPI: Final = "3.1.0"
TITLE: Final = "Innovation vouchers"
_ABOUT: Final = """\
Innovation vouchers are granted from registry facts, spent with accredited providers on eligible services, and paid from
public money. Money is a whole number of minor units with its currency; days are local to the installation; documents
are named by their SHA-256. Every answer names the position of the log that it shows, and a read may ask for `after` a
position. Whatever is refused is answered with a problem document (RFC 9457) whose `code` is stable.\
"""
_NAME: Final = {"type": "string", "pattern": f"^{Name.regex}$"}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A fresh one for each new request, the same one to repeat a request. A structured string in quotes"
    " (draft-ietf-httpapi-idempotency-key-header-07) or a bare token.",
    "schema": {"type": "string", "pattern": '^([A-Za-z0-9][A-Za-z0-9._:-]{0,63}|"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")$'},
    "example": "7d9c1a52-4f0e-4a8e-9c0b-2f6f8f0f8b11",
}
_ANSWER: Final = {
    "title": "Answer",
    "type": "object",
    "properties": {"position": count()},
    "description": "Members named as everywhere: *_on a day, *_id a number or code, sums of money with their currency.",
}
_TAG: Final = {"type": "string", "pattern": '^(W/)?"[^"]*"$'}
_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag that the thing was read with: the request takes effect on that version only.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,16}([.][^"]{1,64})?"$'},
    "example": '"3.5feceb66ffc86f38"',
}
_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag that the client has: while it holds, the answer is 304 without a body.",
    "schema": {"type": "string"},
    "required": False,
}
_PAGING: Final = frozenset({"after", "cursor", "limit"})  # Whatever else an address asks for may not be there.
_ERRORS: Final = {
    400: "The request is malformed.",
    401: "The request has no valid key or token.",
    403: "The caller may not do this.",
    404: "There is no such thing, or it is not the caller's to see.",
    408: "The body did not come in time.",
    409: "The request contradicts what has already happened.",
    412: "What this was decided on has changed since it was looked at.",
    413: "The body is too large.",
    415: "The body is not announced as a media type that is read here.",
    422: "The rules do not allow this; every reason is listed.",
    428: "The request has to say which version it was decided on.",
    429: "Too many requests came from this caller.",
    500: "The service failed.",
    503: "The service cannot answer now; the request may be repeated with the same key.",
}


class _Api(flask_smorest.Api):
    """flask-smorest's, for the document alone: errors are answered by our own handlers."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    ERROR_SCHEMA = PROBLEM

    def _register_error_handlers(self) -> None:
        """Leave the app's handlers as they are."""

    def _register_responses(self) -> None:
        """Leave out the library's own responses, tags and pages."""

    _register_etag_headers = _register_pagination_header = _register_responses


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of an app: made when it is first asked for, and kept."""
    found = app.extensions.get("vouchers.document")
    if found is None:
        found = app.extensions["vouchers.document"] = _written(app)
    return cast("dict[str, Any]", found)


def operations(found: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of a document with its path and method."""
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield path, method, operation


def _written(app: Flask) -> dict[str, Any]:
    blueprints = {name: each for name, each in app.blueprints.items() if isinstance(each, Blueprint)}
    api = _Api(app, spec_kwargs=_options(blueprints))
    api.register_converter(Name, lambda _: _NAME)
    api.spec.components.parameter("IdempotencyKey", "header", {**_KEY, "required": True})
    api.spec.components.parameter("OptionalIdempotencyKey", "header", {**_KEY, "required": False})
    _register_versions(api.spec.components)
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer", "description": "An API key."})
    api.spec.components.schema("Answer", dict(_ANSWER))
    for name, shape in SHAPES.items():
        api.spec.components.schema(name, dict(shape))
    for status, sentence in _ERRORS.items():
        content = {MEDIA_TYPE: {"schema": PROBLEM}}
        api.spec.components.response(f"Problem{status}", {"description": sentence, "content": content})
    api.ma_plugin.converter.add_attribute_function(_shaped)
    for name, blueprint in blueprints.items():
        blueprint.register_views_in_doc(api, app, api.spec, name=name, parameters=None)
    found: dict[str, Any] = api.spec.to_dict()
    _add_bodies_rules(api, found)
    endpoints = {
        (api.flask_plugin.flaskpath2openapi(rule.rule), method.lower()): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    for path, method, operation in operations(found):
        operation["operationId"] = endpoints[path, method]
        _complete(operation, method, found["paths"][path])
    return found


def _register_versions(components: Any) -> None:
    components.parameter("IfMatch", "header", {**_MATCH, "required": True})
    components.parameter("OptionalIfMatch", "header", {**_MATCH, "required": False})
    components.parameter("IfNoneMatch", "header", dict(_NONE_MATCH))
    components.header("ETag", {"description": "The version that is shown.", "schema": dict(_TAG)})
    components.response("NotModified", {"description": "The client has this version already."})


def _options(blueprints: Mapping[str, Blueprint]) -> dict[str, Any]:
    tags = [{"name": name, "description": _told(each)} for name, each in blueprints.items()]
    return {
        "title": TITLE,
        "version": version("innovation-vouchers"),
        "openapi_version": OPENAPI,
        "marshmallow_plugin": MarshmallowPlugin(_names()),
        "info": {"description": _ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/", "description": "This service."}],
        "tags": tags,
    }


def _names() -> Callable[[Any], str]:
    """What schemas are called: as their classes are, the second of a name also as its file is."""
    given: dict[str, type] = {}

    def name_of(schema: Any) -> str:
        kind = schema if isinstance(schema, type) else type(schema)
        file = kind.__module__.rpartition(".")[2].title()
        return kind.__name__ if given.setdefault(kind.__name__, kind) is kind else f"{file}{kind.__name__}"

    return name_of


def _told(blueprint: Blueprint) -> str:
    """What a module's own sentence says of its routes."""
    return blueprint.description or (sys.modules[blueprint.import_name].__doc__ or "").split("\n")[0]


def _shaped(_: Any, field: fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """What a field of ours looks like."""
    if not isinstance(field, Checked) or not field.shape:
        return {}
    if not isinstance(ret.get("default"), str | int) or ret["default"] == "":
        ret.pop("default", None)  # What no request can say.
    shape = referred(field.shape)
    return {"anyOf": [shape, {"type": "null"}]} if field.allow_none else shape


def _add_bodies_rules(api: _Api, found: Mapping[str, Any]) -> None:
    """Add to each schema what its class says beyond its members: which of them need one another."""
    for key, name in api.ma_plugin.converter.refs.items():
        schema = key[0]
        described = found["components"]["schemas"][name]
        described.setdefault("description", (schema.__doc__ or "").strip())
        if issubclass(schema, Body):
            described.update(schema.rules)


def _complete(operation: dict[str, Any], method: str, path: Mapping[str, Any]) -> None:
    """Add what follows from the tables: who may, which key is needed, which problems there are."""
    _fill(operation)
    rule = RULES.get(operation["operationId"])
    parts = {each["name"] for each in path.get("parameters", ()) if each["in"] == "path"}
    if rule is None:
        operation["security"] = []
        _add(operation, [404] * bool(parts) + [429, 500, 503])
        return
    operation["security"] = [{"key": []}]
    told = f"For: {', '.join(sorted(rule.roles))}."
    operation["description"] = "\n\n".join(filter(None, [operation.get("description", ""), told]))
    statuses = [400, 401, 403, 429, 500, 503]
    asks = {each["name"] for each in operation.get("parameters", ()) if each.get("in") == "query"}
    statuses += [404] * bool(parts or method != "get" or asks - _PAGING) + [409, 422] * (method != "get")
    statuses += [408, 413, 415] * ("requestBody" in operation)
    if method != "get":
        key = "IdempotencyKey" if rule.moves_money else "OptionalIdempotencyKey"
        operation.setdefault("parameters", []).append({"$ref": f"#/components/parameters/{key}"})
    _add(operation, sorted(statuses))


def _fill(operation: dict[str, Any]) -> None:
    """Say of an answer that nothing is said of what every answer is."""
    responses = operation.setdefault("responses", {})
    if not any(status < "400" for status in responses):
        responses["2XX"] = {"description": "Done."}
    for status, response in responses.items():
        if status.startswith("2") and status != "204" and "content" not in response and "$ref" not in response:
            response["content"] = {"application/json": {"schema": referred("Answer")}}


def _add(operation: dict[str, Any], statuses: list[int]) -> None:
    responses = operation.setdefault("responses", {})
    for status in statuses:
        # A page tells of itself what goes wrong there.
        if "content" not in responses.get(str(status), {}):
            responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
