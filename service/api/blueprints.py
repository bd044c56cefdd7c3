"""The blueprint of every module of the API: flask-smorest's, reading bodies and addresses in our strict way."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import flask_smorest
from flask import Request, request
from marshmallow import Schema
from webargs.flaskparser import FlaskParser
from werkzeug.routing import BaseConverter

from schemas.faults import Body
from service.api.asking import body, query

_NOTHING: Final = Body()  # What the address of a request with a body may ask for.
View = TypeVar("View", bound=Callable[..., Any])


class Name(BaseConverter):
    """A part of an address that can be a number or code of ours; anything else is at no address."""

    regex = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}"


class _Parser(FlaskParser):
    """What a request says, checked by a schema; every fault is refused with its code, place and remedy."""

    DEFAULT_VALIDATION_STATUS = 400

    def parse(self, argmap: Any, _: Request | None = None, *, location: str | None = None, **__: Any) -> Any:
        """The checked members of the body, or the checked parameters of the address."""
        if location == "query":
            return query(argmap)
        if request.args:
            query(_NOTHING)
        return body(argmap)


class Blueprint(flask_smorest.Blueprint):
    """Routes with what they take and what they answer, so that the document of the API follows from the code.

    A view takes first what its `arguments` read, then the parts of its address by name. It returns a response of its
    own; `response` tells its status and schema. Schemas are instances: a class would be built anew for each request.
    """

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, *names: Any, **options: Any) -> None:
        """As flask-smorest's; the document also tells which routes know versions."""
        super().__init__(*names, **options)
        self._prepare_doc_cbks.append(_tell_versions)

    def arguments(self, schema: Schema, *, location: str = "json", **options: Any) -> Callable[[View], View]:
        """Read the body (`json`) or the parameters of the address (`query`) by a schema."""
        needed = any(field.required for field in schema.fields.values())
        found: Callable[[View], View] = super().arguments(schema, location=location, **({"required": needed} | options))
        return found


def _tell_versions(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
    """What the document says of a route that shows a version, or that is decided on one."""
    mark = doc_info.get("version")
    if mark is None:
        return doc
    part = {"tagged": "IfNoneMatch", "needed": "IfMatch", "welcome": "OptionalIfMatch"}[mark]
    doc.setdefault("parameters", []).append(part)
    if mark == "tagged":
        doc["responses"][304] = "NotModified"
        doc["responses"][200].setdefault("headers", {})["ETag"] = "ETag"
    else:
        statuses = (412, 428) if mark == "needed" else (412,)
        doc.setdefault("responses", {}).update({status: f"Problem{status}" for status in statuses})
    return doc
