"""The OpenAPI document of the API, written from its routes, their schemas and the table of roles."""

import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final, cast

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import fields
from werkzeug.routing import IntegerConverter

from schemas.answers import PROBLEM
from schemas.faults import Body
from schemas.shapes import count, referred
from schemas.values import Checked
from service.api.asking import installed
from service.api.audit.labels import ROOT, SIZE, is_labelled
from service.api.blueprints import Blueprint, Name
from service.api.wording import ABOUT, LICENCE, ORDINALS, PARTS, register
from service.permissions import RULES
from vouchers.money import MAX_AMOUNT

OPENAPI: Final = "3.1.0"
TITLE: Final = "Innovation vouchers"
_NAME: Final = {"type": "string", "pattern": f"^{Name.regex}$"}
_PAGING: Final = frozenset({"after", "cursor", "limit"})  # Whatever else an address asks for may not be there.


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
    api.register_converter(IntegerConverter, lambda part: dict(count(part.min or 0, part.max or MAX_AMOUNT)))
    schemes = register(api.spec.components, installed(app).service.settings.issuer)
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
        _complete(operation, method, found["paths"][path], schemes)
        if is_labelled(path):
            _label(operation)
    for methods in found["paths"].values():
        for part in methods.get("parameters", ()):
            part.setdefault("description", PARTS.get(part["name"], ""))
            if part["name"] in ORDINALS and part["schema"]["type"] == "integer":
                part["schema"]["minimum"] = 1
    return found


def _options(blueprints: Mapping[str, Blueprint]) -> dict[str, Any]:
    tags = [{"name": name, "description": _told(each)} for name, each in blueprints.items()]
    return {
        "title": TITLE,
        "version": version("innovation-vouchers"),
        "openapi_version": OPENAPI,
        "marshmallow_plugin": MarshmallowPlugin(_names()),
        "info": {"description": ABOUT, "license": LICENCE},
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


def _complete(operation: dict[str, Any], method: str, path: Mapping[str, Any], schemes: list[Any]) -> None:
    """Add what follows from the tables: who may, which key is needed, which problems there are."""
    _fill(operation, method)
    rule = RULES.get(operation["operationId"])
    parts = {each["name"] for each in path.get("parameters", ()) if each["in"] == "path"}
    if rule is None:
        operation["security"] = []
        _add(operation, [404] * bool(parts) + [429, 500, 503])
        return
    operation["security"] = schemes
    told = f"For: {', '.join(sorted(rule.roles))}."
    operation["description"] = "\n\n".join(filter(None, [operation.get("description", ""), told]))
    statuses = [400, 401, 403, 429, 500, 503]
    asks = {each["name"] for each in operation.get("parameters", ()) if each.get("in") == "query"}
    statuses += [404, 409, 422] * bool(parts or method != "get" or asks - _PAGING)
    statuses += [408, 413, 415] * ("requestBody" in operation)
    if method != "get":
        key = "IdempotencyKey" if rule.moves_money else "OptionalIdempotencyKey"
        operation.setdefault("parameters", []).append({"$ref": f"#/components/parameters/{key}"})
    _add(operation, sorted(statuses))


def _fill(operation: dict[str, Any], method: str) -> None:
    """Say of an answer that nothing is said of what every answer is, and which headers come with it."""
    responses = operation.setdefault("responses", {})
    if not any(status < "400" for status in responses):
        responses["2XX"] = {"description": "Done."}
    for status, response in responses.items():
        if status.startswith("2") and status != "204" and "content" not in response and "$ref" not in response:
            response["content"] = {"application/json": {"schema": referred("Answer")}}
        names = ["Location"] * (status in ("201", "202")) + ["Retry-After"] * (status == "202")
        names += ["Idempotency-Replayed"] * (method == "post" and status[0] == "2")
        names += ["Link"] * any(_is_page(each) for each in response.get("content", {}).values())
        for name in names:
            response.setdefault("headers", {}).setdefault(name, {"$ref": f"#/components/headers/{name}"})


def _label(operation: dict[str, Any]) -> None:
    """Say of the answers of the audit that they state the tree that they hold for."""
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            headers = response.setdefault("headers", {})
            headers.update({name: {"$ref": f"#/components/headers/{name}"} for name in (SIZE, ROOT)})


def _is_page(content: Mapping[str, Any]) -> bool:
    return str(content.get("schema", {}).get("$ref", "")).endswith("Page")


def _add(operation: dict[str, Any], statuses: list[int]) -> None:
    responses = operation.setdefault("responses", {})
    for status in statuses:
        # A page tells of itself what goes wrong there.
        if "content" not in responses.get(str(status), {}):
            responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
