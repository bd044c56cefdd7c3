"""What is asked and answered about long work of the audit: replays, tests, bundles, what-ifs, draws."""

import re
from typing import Any, Final

from marshmallow import fields
from marshmallow.validate import Length

from schemas.answers import PROBLEM, answer, page_of, said, several, shown
from schemas.faults import Body
from schemas.requests import PageQuery
from schemas.shapes import TEXT, count, one_of
from schemas.values import Checked, NumberOutOfRange, choice, flag, told
from schemas.values import text as words
from schemas.whatif import MOST_CHANGES, Statement, Suspension, ValuesChange
from vouchers.bundle.decisions import FORMATS
from vouchers.money import MAX_AMOUNT
from vouchers.refusals import Malformed

KINDS: Final = ("replay", "tests", "bundle", "whatif", "draw")
STATES: Final = ("waiting", "running", "done", "failed", "cancelled")
LONGEST_WORDS: Final = 200
DEEPEST: Final = 3
_TEST_NAME: Final = "T(0[1-9]|1[0-9]|2[0-6])"
_NAMES: Final = re.compile(f"standard|{_TEST_NAME}(,{_TEST_NAME}){{0,25}}")
_SUITE: Final = {"type": "string", "pattern": f"^({_NAMES.pattern})$"}


class SuiteMalformed(Malformed):
    """Tests are named T01 to T26, with commas between them; standard stands for all."""

    remedy = "Such as T05,T07."


def _suite(value: object) -> str:
    if isinstance(value, str) and _NAMES.fullmatch(value):
        return value
    raise SuiteMalformed


def _between(least: int, most: int) -> Any:
    def check(value: object) -> int:
        if type(value) is int and least <= value <= most:
            return value
        raise NumberOutOfRange(remedy=f"Give a whole number from {least:,} to {most:,}.")

    return check


def _size() -> Checked:
    return Checked(
        _between(1, MAX_AMOUNT),
        count(1, MAX_AMOUNT),
        **told("Over the first so many entries; all where it is missing."),
    )


class ReplayBody(Body):
    """Over how many entries everything is decided again, and how deep."""

    size = _size()
    level = Checked(
        _between(1, DEEPEST),
        count(1, DEEPEST),
        load_default=DEEPEST,
        **told("1 the outcome from its own record, 2 also from the log before it, 3 also the policy in force."),
    )


class TestsBody(Body):
    """Which audit tests are run, over how many entries."""

    __test__ = False  # No test of pytest.
    suite = Checked(_suite, _SUITE, load_default="standard", **told("Names with commas between them, or standard."))
    size = _size()
    replay = flag(load_default=False, **told("Decide everything again first, for T20 to T22."))


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
    replayed = flag(load_default=False, **told("Decide everything again, and put what came out into it."))


class WhatIfBody(Body):
    """What is otherwise: values of policies, suspensions, facts of enterprises; nothing plays the history as it was."""

    title = words(longest=LONGEST_WORDS, load_default="", **told("A title of the report."))
    policy = fields.List(fields.Nested(ValuesChange), load_default=list, validate=Length(max=MOST_CHANGES))
    suspend = fields.List(fields.Nested(Suspension), load_default=list, validate=Length(max=MOST_CHANGES))
    fact = fields.List(fields.Nested(Statement), load_default=list, validate=Length(max=MOST_CHANGES))


class JobsQuery(PageQuery):
    """Which jobs: those of a kind."""

    kind = choice(*KINDS)


_INSTANT: Final = {"type": ["string", "null"], "format": "date-time"}
_RESULT: Final = answer(
    "AuditJobResult",
    "A file that a job made.",
    "",
    name=said({**TEXT, "description": "Its name in the address below."}),
    address=said({**TEXT, "format": "uri-reference", "description": "Where it is read."}),
    media_type=said(TEXT),
    bytes=said({**count(), "description": "Its length."}),
    sha256=said("Digest"),
)
_PROGRESS: Final = answer(
    "AuditJobProgress",
    "How far a job is.",
    "",
    step=said({**TEXT, "description": "What is being done; empty before it begins."}),
    done=said({**count(), "description": "Entries that are done."}),
    all=said({**count(), "description": "Entries in all."}),
)
_JOB: Final[dict[str, Any]] = {
    "job_id": said({**TEXT, "description": "The number of the job."}),
    "kind": said(one_of(*KINDS)),
    "state": said(one_of(*STATES)),
    "asked": said({"type": "object", "description": "What was asked for, as it was understood."}),
    "asked_by": said({**TEXT, "description": "Who asked."}),
    "asked_at": said("Instant"),
    "ended_at": said({**_INSTANT, "description": "When it ended; of one that broke off, when it was last heard of."}),
    "size": said({**count(), "description": "The size of the tree that it rests on."}),
    "root": said({**TEXT, "pattern": "^[0-9a-f]{64}$", "description": "The root of that tree."}),
    "progress": fields.Nested(_PROGRESS, required=True),
    "outcome": said({"type": "object", "description": "What came of it in short; the results have all of it."}),
    "results": several(_RESULT),
    "problem": fields.Nested(PROBLEM, required=False),
}
JOB: Final = shown("KnownAuditJob", "Long work of the audit: how far it is, and what came of it.", "", **_JOB)
JOBS: Final = page_of(answer("AuditJob", "Long work of the audit: how far it is, and what came of it.", "", **_JOB))
