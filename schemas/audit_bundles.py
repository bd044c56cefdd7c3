"""What is answered about bundles of the log that were handed out."""

from typing import Any, Final

from schemas.answers import answer, said, several, shown
from schemas.shapes import TEXT, count

_HEX: Final = {**TEXT, "pattern": "^[0-9a-f]{64}$"}


_BUNDLE: Final[dict[str, Any]] = {
    "manifest_sha256": said({**_HEX, "description": "SHA-256 of MANIFEST.sha256, by which the log knows the bundle."}),
    "size": said({**count(), "description": "How many entries it holds."}),
    "root_hash": said({**_HEX, "description": "The root of the log at that size."}),
    "formats": several(said(TEXT)),
    "purpose": said(TEXT),
    "recipient": said(TEXT),
    "seq": said({**count(), "description": "The entry that records it."}),
    "recorded_at": said(TEXT),
    "by": said({**TEXT, "description": "Who handed it out."}),
}
BUNDLES: Final = shown(
    "AuditBundles",
    "Bundles that were handed out, the first one first.",
    "",
    items=several(answer("AuditBundle", "A bundle that was handed out.", "", **_BUNDLE)),
)
