"""The witness over HTTP: one address to send checkpoints to, others to read its view and its mirror (tlog-witness)."""

from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Flask, Response, request, send_from_directory
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from service.audit.witness.folder import MIRROR
from service.audit.witness.submissions import LARGEST
from service.audit.witness.witness import SizeNotLast, Witness
from vouchers.audit.tiles import parse_path
from vouchers.refusals import Refused

_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"
_FRESH: Final = "no-store"
_FOR_EVER: Final = "public, max-age=31536000, immutable"


class OriginHash(BaseConverter):
    """The SHA-256 of a log's origin in small hexadecimal digits."""

    regex = "[0-9a-f]{64}"


def create_app(witness: Witness, folder: Path) -> Flask:
    """The application of a witness with this folder."""
    app = Flask("witness", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    app.url_map.converters["hash"] = OriginHash

    @app.post("/add-checkpoint")
    def add_checkpoint() -> Response:
        return _told(witness.add_checkpoint(request.get_data(cache=False)))

    @app.get("/<hash:origin>/checkpoint")
    def checkpoint(origin: str) -> Response:
        return _told(witness.checkpoint(origin))

    @app.get("/<hash:origin>/mirror/checkpoint")
    def mirrored(origin: str) -> Response:
        return _file(folder / MIRROR / origin, "checkpoint", _TEXT, _FRESH)

    @app.get("/<hash:origin>/mirror/tile/<path:tile>")
    def tile(origin: str, tile: str) -> Response:
        return _file(folder / MIRROR / origin / "tile", parse_path(tile).path, _BYTES, _FOR_EVER)

    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _failed)
    return app


def _refused(refused: Exception) -> Response:
    """A refusal in a sentence; the one about sizes as tlog-witness has it, for programs."""
    assert isinstance(refused, Refused)
    if isinstance(refused, SizeNotLast):
        return _told(f"{refused.size}\n".encode(), HTTPStatus.CONFLICT, refused.media_type)
    return _told(f"{refused.detail} {refused.remedy}".rstrip().encode() + b"\n", refused.status)


def _failed(fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    return _told(f"{fault.description}\n".encode(), fault.code or HTTPStatus.INTERNAL_SERVER_ERROR)


def _told(content: bytes, status: int = HTTPStatus.OK, media_type: str = _TEXT) -> Response:
    return Response(content, status, {"Cache-Control": _FRESH}, content_type=media_type)


def _file(folder: Path, path: str, media_type: str, caching: str) -> Response:
    answer = send_from_directory(folder, path, mimetype=media_type)
    answer.headers["Cache-Control"] = caching
    return answer
