"""What is asked and answered about the audit tests and about samples that neither side can choose."""

import re
from typing import Any, Final

from marshmallow import fields

from schemas.answers import answer, said, several, shown
from schemas.faults import Body
from schemas.shapes import TEXT, TRUTH, count
from schemas.values import Checked, choice, day, digest, name, told, whole
from vouchers.draw.decisions import METHODS, MOST_ITEMS, POPULATIONS, DrawItemsOutOfRange
from vouchers.money import MAX_AMOUNT
from vouchers.refusals import Malformed

_TEST_NAME: Final = "T(0[1-9]|1[0-9]|2[0-6])"
_NAMES: Final = re.compile(f"standard|{_TEST_NAME}(,{_TEST_NAME}){{0,25}}")
_SUITE: Final = {"type": "string", "pattern": f"^({_NAMES.pattern})$"}
_HEX: Final = {**TEXT, "pattern": "^[0-9a-f]{64}$", "description": "32 bytes in hexadecimal digits."}
_SEQ: Final = {**count(), "description": "The number of an entry."}
_AMOUNT: Final = {"type": ["integer", "null"], "description": "Minor units of the currency, where there is a sum."}


class SuiteMalformed(Malformed):
    """Tests are named T01 to T26, with commas between them; standard stands for all."""

    remedy = "Such as T05,T07."


def _suite(value: object) -> str:
    if isinstance(value, str) and _NAMES.fullmatch(value):
        return value
    raise SuiteMalformed


def _number_of_items(value: object) -> int:
    if type(value) is int and 1 <= value <= MOST_ITEMS:
        return value
    raise DrawItemsOutOfRange


class FindingsQuery(Body):
    """Which tests, and over how much of the log."""

    suite = Checked(_suite, _SUITE, load_default="standard", **told("Names with commas between them, or standard."))
    size = whole(0, MAX_AMOUNT, **told("Only the first so many entries."))


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
FINDINGS: Final = shown(
    "AuditFindings",
    "What the audit tests found.",
    "",
    size=said({**count(), "description": "Over how many entries they went."}),
    root=said({**TEXT, "description": "The root of the log at that size, in hexadecimal digits."}),
    digest=said({**_HEX, "description": "SHA-256 over all findings; every engine comes to the same."}),
    engine=said(TEXT),
    numbers=said({"type": "object", "additionalProperties": {"type": "integer"}}),
    tests=several(
        answer(
            "AuditTestRun",
            "One test as it was run.",
            "title",
            **_TEST,
            status=said({**TEXT, "description": "ran, or not given where what it needs was not given."}),
            rows=said({**count(), "description": "How many rows of its table there are."}),
            complete=said({**TRUTH, "description": "Whether all findings are listed."}),
            findings=several(
                answer(
                    "AuditFinding",
                    "One finding, with the entries that it rests on.",
                    "",
                    test=said(TEXT),
                    grade=said(TEXT),
                    aggregate=said({**TEXT, "description": "The stream or the thing that it is about."}),
                    amount=said(_AMOUNT),
                    currency=said(TEXT),
                    seqs=several(said(_SEQ)),
                    entries=said({**count(), "description": "How many entries it rests on; the first are listed."}),
                    explanation=said({**TEXT, "description": "A sentence."}),
                    facts=said({"type": "object", "description": "The words and figures of the sentence."}),
                )
            ),
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
ITEMS: Final = shown(
    "SampleItems",
    "A sample as anybody draws it again.",
    "",
    draw_id=said(TEXT),
    population=said({**count(), "description": "How many items there were to draw from."}),
    amount=said({**count(), "description": "Their sum in minor units."}),
    currency=said(TEXT),
    items=several(
        answer(
            "SampleItem",
            "One item of the sample.",
            "",
            name=said(TEXT),
            seq=said(_SEQ),
            amount=said(count()),
            stratum=said(TEXT),
            why=said({**TEXT, "description": "certain, cell or stratum."}),
            place=said({**count(), "description": "The cell, or the rank of its ticket."}),
            stands_for=said({**count(), "description": "Minor units of the population, or items of the stratum."}),
        )
    ),
)
COMMITTED: Final = shown(
    "CommitDrawAnswer", "The sample is committed to.", "", draw_id=said(TEXT), commitment=said(_HEX)
)
REVEALED: Final = shown(
    "RevealDrawAnswer", "The nonce is revealed.", "", draw_id=said(TEXT), size=said(count()), seed=said(_HEX)
)
