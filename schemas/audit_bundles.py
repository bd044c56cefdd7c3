"""What is asked and answered about bundles of the log that are handed out."""

from typing import Any, Final

from marshmallow import fields
from marshmallow.validate import Length

from schemas.answers import answer, said, several, shown
from schemas.faults import Body
from schemas.shapes import TEXT, count
from schemas.values import choice, told
from schemas.values import text as words
from vouchers.bundle.decisions import FORMATS

LONGEST_WORDS: Final = 200
_HEX: Final = {**TEXT, "pattern": "^[0-9a-f]{64}$"}


class BundleBody(Body):
    """Whom a bundle is for, what for, and in which forms its tables are wanted beside CSV."""

    purpose = words(longest=LONGEST_WORDS, required=True, **told("A task, not a person."))
    recipient = words(longest=LONGEST_WORDS, required=True, **told("An office, not a person."))
    formats = fields.List(
        choice(*(each for each in FORMATS if each != "csv")),
        load_default=["sqlite"],
        validate=Length(max=len(FORMATS)),
        **told("Tables in these forms too."),
    )


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
