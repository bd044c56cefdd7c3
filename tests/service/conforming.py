"""Every answer that a test gets is held against the document of the interface."""

import json
import re
import threading
from typing import Any

import jsonschema_rs
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.documenting import document, operations

_STREAMS = ("application/x-ndjson", "text/event-stream")
_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')
_gate = threading.Lock()
_known: dict[frozenset[str], "Told"] = {}


class Told:
    """What the document tells of each operation, with the members of answers complete."""

    def __init__(self, found: dict[str, Any]) -> None:
        """Take a document."""
        found = json.loads(json.dumps(found))
        for schema in found["components"]["schemas"].values():
            if "properties" in schema and schema.get("title") != "Answer":
                schema.setdefault("additionalProperties", False)
        self.components = found["components"]
        self.operations = {operation["operationId"]: operation for _, _, operation in operations(found)}
        self.validators: dict[tuple[str, str, str], Any] = {}

    def fault(self, endpoint: str, response: TestResponse) -> str:
        """What an answer says that the document does not, or nothing."""
        operation = self.operations.get(endpoint)
        if operation is None:
            return ""
        told = operation["responses"].get(str(response.status_code))
        if told is None and response.status_code // 100 == 2:
            told = operation["responses"].get("2XX")
        if told is None:
            return f"{endpoint} answers {response.status_code}, of which the document says nothing"
        if "$ref" in told:
            told = self.components["responses"][told["$ref"].rpartition("/")[2]]
        content = told.get("content", {})
        if response.data and content and response.mimetype not in content:
            return f"{endpoint} answers {response.mimetype}, and the document says {sorted(content)}"
        if not response.data or response.mimetype not in ("application/json", "application/problem+json"):
            return ""
        name = (endpoint, str(response.status_code), response.mimetype)
        if name not in self.validators:
            schema = content.get(response.mimetype, {}).get("schema", {})
            # With all the components each of some hundred validators would take its megabytes.
            used = self._used(schema)
            self.validators[name] = jsonschema_rs.validator_for({**schema, "components": {"schemas": used}})
        errors = self.validators[name].iter_errors(response.json)
        faults = [f"/{'/'.join(map(str, error.instance_path))}: {error.message}" for error in errors]
        return f"{name}: {faults[:3]}" if faults else ""

    def _used(self, schema: Any) -> dict[str, Any]:
        """The component schemas that a schema needs."""
        found: dict[str, Any] = {}
        waiting = [schema]
        while waiting:
            names = set(_REFERENCE.findall(json.dumps(waiting.pop()))) - found.keys()
            found |= {name: self.components["schemas"][name] for name in names}
            waiting += [found[name] for name in names]
        return found


class ConformingClient(FlaskClient):
    """A client that notices where an answer is not what the document tells."""

    def open(self, *arguments: Any, **options: Any) -> TestResponse:
        """Ask, and hold the answer against the document."""
        response = super().open(*arguments, **options)
        if response.mimetype in _STREAMS:
            return response
        adapter = self.application.url_map.bind("localhost")
        try:
            endpoint, _ = adapter.match(response.request.path, response.request.method)
        except Exception:  # noqa: BLE001 - what is at no address is told nowhere
            return response
        fault = told(self.application).fault(endpoint, response)
        assert not fault, fault
        return response


def told(app: Flask) -> Told:
    """What the document of an app tells; apps with the same routes share it."""
    routes = frozenset(f"{rule.endpoint} {rule.rule}" for rule in app.url_map.iter_rules())
    with _gate:
        if routes not in _known:
            _known[routes] = Told(document(app))
        return _known[routes]


def conform(app: Flask) -> Flask:
    """The app, whose test clients hold every answer against its document."""
    app.test_client_class = ConformingClient
    return app
