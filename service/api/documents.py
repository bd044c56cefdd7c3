"""The document of this API for programs, and a page to read and try it that needs no network beyond this service."""

from functools import lru_cache
from importlib.resources import files
from typing import Final

from flask import Response, current_app, json, render_template, request

from service.api.blueprints import Blueprint
from service.api.documenting import document
from vouchers.refusals import NotFound

blueprint = Blueprint("documents", __name__)

# Our own scripts and styles only; the page's program draws with styles of elements and small pictures in data: URLs.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_OURS: Final = {"docs.js": "text/javascript", "docs.css": "text/css", "plain.css": "text/css"}


_KEPT: Final = "vouchers.document.text"


class FileUnknown(NotFound):
    """The page of the documentation has no such file."""


@blueprint.get("/v1/openapi.json")
@blueprint.response(200, {"type": "object"}, description="An OpenAPI 3.1 document.")
@blueprint.alt_response(304, "NotModified")
def show_document() -> Response:
    """This document."""
    kept = current_app.extensions.get(_KEPT)
    if kept is None:
        kept = current_app.extensions[_KEPT] = json.dumps(document(current_app)).encode()
    response = Response(kept, mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/docs")
@blueprint.response(200, {"type": "string"}, content_type="text/html", description="A page.")
def show_page() -> Response:
    """The page to read this document and to try its routes."""
    response = Response(render_template("docs.html"))
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@blueprint.get("/docs/<name:file>")
@blueprint.response(200, {"type": "string"}, content_type="text/css", description="A script, style or picture.")
@blueprint.alt_response(200, schema={"type": "string"}, content_type="text/javascript", description="A script.")
@blueprint.alt_response(200, schema={"type": "string"}, content_type="image/png", description="A picture.")
def show_file(file: str) -> Response:
    """A script, style or picture of the page."""
    media_type = _FILES.get(file) or _OURS.get(file)
    if media_type is None:
        raise FileUnknown(pointer="/path/file", remedy="Open /docs.")
    response = Response(_content(file), mimetype=media_type)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@lru_cache(maxsize=len(_FILES) + len(_OURS))
def _content(file: str) -> bytes:
    folder = files("service") / "static" if file in _OURS else files("flask_swagger_ui") / "dist"
    return (folder / file).read_bytes()
