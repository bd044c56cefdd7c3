"""The log as files that anybody can hold it to: its newest checkpoint, its tree in tiles, its entries in bundles."""

import gzip
from typing import Final

from flask import Response, request

from service.api.asking import service
from service.api.audit.labels import label
from service.api.blueprints import Blueprint
from service.audit.checkpoints import NoCheckpoint, Signed
from service.audit.tiles import TileUnknown, read_tile
from vouchers.audit.tiles import ENTRIES, TilePathMalformed, parse_path

blueprint = Blueprint("tlog", __name__, url_prefix="/log")

_TEXT: Final = "text/plain"
_BYTES: Final = "application/octet-stream"
_FOR_EVER: Final = "private, max-age=31536000, immutable"
# The bytes of an entry may have to go one day, its leaf stays: whoever keeps a bundle asks for it again after a day.
_FOR_A_DAY: Final = "private, max-age=86400"
_SHOWN: Final = {"type": "string"}
_FILE: Final = {"type": "string", "format": "binary"}


@blueprint.get("/checkpoint")
@blueprint.response(200, _SHOWN, content_type=_TEXT)
@blueprint.alt_response(404, "Problem404")
def show_checkpoint() -> Response:
    """The newest checkpoint: what the log signed of its size and root, and who cosigned it (C2SP tlog-checkpoint)."""
    signed = newest()
    response = Response(signed.note.content, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return label(response, signed.checkpoint.size, signed.checkpoint.root)


@blueprint.get("/tile/<path:tile>")
@blueprint.response(200, _FILE, content_type=_BYTES)
def show_tile(tile: str) -> Response:
    """256 hashes of a level of the tree, or entries/ and 256 entries, of what the newest checkpoint covers."""
    signed = newest()
    try:
        wanted = parse_path(tile)
    except TilePathMalformed as refused:
        # To who reads files, a name that no tile has is a file that is not there.
        raise TileUnknown(pointer="/path/tile") from refused
    if wanted.needs > signed.checkpoint.size:
        raise TileUnknown(pointer="/path/tile")
    response = Response(read_tile(service().ledger, wanted), mimetype=_BYTES)
    response.headers["Cache-Control"] = _FOR_EVER
    if wanted.level == ENTRIES:
        response.headers["Cache-Control"] = _FOR_A_DAY
        response.headers["Vary"] = "Accept-Encoding"
        if request.accept_encodings.quality("gzip"):
            response.data = gzip.compress(response.get_data(), 1, mtime=0)
            response.headers["Content-Encoding"] = "gzip"
    return label(response, signed.checkpoint.size, signed.checkpoint.root)


def newest() -> Signed:
    """The newest checkpoint; raises NoCheckpoint."""
    signed = service().checkpoints.latest()
    if signed is None:
        raise NoCheckpoint
    return signed
