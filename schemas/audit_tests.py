"""What is asked and answered about the audit tests and about samples that neither side can choose."""

from typing import Any, Final

from marshmallow import fields

from schemas.answers import answer, said, several, shown
from schemas.faults import Body
from schemas.shapes import TEXT, count
from schemas.values import Checked, choice, day, digest, name, told
from vouchers.draw.decisions import METHODS, MOST_ITEMS, POPULATIONS, DrawItemsOutOfRange

_HEX: Final = {**TEXT, "pattern": "^[0-9a-f]{64}$", "description": "32 bytes in hexadecimal digits."}
_SEQ: Final = {**count(), "description": "The number of an entry."}


def _number_of_items(value: object) -> int:
    if type(value) is int and 1 <= value <= MOST_ITEMS:
        return value
    raise DrawItemsOutOfRange


class SampleBody(Body):
    """What a sample draws from, how and how many, and the SHA-256 of a nonce that stays secret until it is revealed."""

    draw_id = name(required=True, **told("A name of your own for the sample."))
    commitment = digest(required=True, **told("SHA-256 of the 32 bytes of your nonce."))
    population = choice(*POPULATIONS, required=True, **told("What is drawn from."))
    method = choice(*METHODS, required=True, **told("By monetary units, or by strata."))
    items = Checked(_number_of_items, count(1, MOST_ITEMS), required=True, **told("How many."))
    strata = name(load_default="", **told("The column that splits a stratified sample."))
    programme = name(load_default="", **told("Of one programme only."))
    from_on = day(load_default="", **told("From this day on."))
    until_on = day(load_default="", **told("Up to and on this day."))


class NonceBody(Body):
    """The nonce whose SHA-256 was committed."""

    nonce = digest(required=True, **told("Its 32 bytes in hexadecimal digits."))


_TEST: Final[dict[str, Any]] = {
    "test": said({**TEXT, "description": "The name, T01 to T26."}),
    "asks": said({**TEXT, "description": "What it asks."}),
    "grade": said(
        {**TEXT, "description": "finding contradicts the rules, look deserves a look, shown is a picture and no score."}
    ),
    "table": said({**TEXT, "description": "The derived table that it goes over."}),
}
TESTS: Final = shown(
    "AuditTests",
    "The standard audit tests, and what samples are drawn from.",
    "",
    items=several(answer("AuditTest", "One test.", "title", **_TEST, needs=said(TEXT))),
    populations=several(
        answer(
            "Population",
            "What samples are drawn from.",
            "",
            population=said(TEXT),
            text=said(TEXT),
            strata=several(said(TEXT)),
        )
    ),
)
_COMMITTED: Final = answer(
    "SampleCommitted",
    "What was committed to.",
    "",
    commitment=said(_HEX),
    salt=said({**TEXT, "description": "Random of the house, so that nobody could foresee the root."}),
    population=said(TEXT),
    method=said(TEXT),
    items=said(count(1)),
    strata=said(TEXT),
    programme=said(TEXT),
    from_on=said(TEXT),
    until_on=said(TEXT),
)
_SAMPLE: Final[dict[str, Any]] = {
    "draw_id": said(TEXT),
    "seq": said(_SEQ),
    "committed": fields.Nested(_COMMITTED, required=True),
    "revealed": fields.Nested(
        answer(
            "SampleRevealed",
            "What was revealed; the seed is SHA-256 over sample/v1, the root and the nonce.",
            "",
            nonce=said(_HEX),
            size=said(count()),
            root=said(_HEX),
            seed=said(_HEX),
            note_size=said(count()),
            note_digest=said(TEXT),
        ),
        required=False,
    ),
}
SAMPLES: Final = shown(
    "AuditSamples",
    "The samples that were committed to, the oldest first.",
    "",
    items=several(answer("AuditSample", "A sample: committed to, and revealed or not yet.", "", **_SAMPLE)),
)
SAMPLE: Final = shown("KnownAuditSample", "A sample: committed to, and revealed or not yet.", "", **_SAMPLE)
COMMITTED: Final = shown(
    "CommitDrawAnswer", "The sample is committed to.", "", draw_id=said(TEXT), commitment=said(_HEX)
)
REVEALED: Final = shown(
    "RevealDrawAnswer", "The nonce is revealed.", "", draw_id=said(TEXT), size=said(count()), seed=said(_HEX)
)
