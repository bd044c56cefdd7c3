"""What is asked of webhooks, and how they are shown."""

from typing import Final

from marshmallow import Schema, fields

from schemas import shapes
from schemas.answers import said
from schemas.faults import Body
from schemas.feed import EVENT_TYPE, check_types
from schemas.requests import PageQuery
from schemas.shapes import SHAPES
from schemas.values import Checked, ChoiceUnknown, NumberOutOfRange, text
from vouchers.money import MAX_AMOUNT
from vouchers.texts import check_text

LONGEST_URL: Final = 2_000
LONGEST_OVERLAP: Final = 2_592_000  # seconds: thirty days
_TEXT: Final = {"type": "string"}
_COUNT: Final = dict(shapes.count())
NOW: Final = "now"


def _check_start(value: object) -> int | str:
    if value == NOW:
        return NOW
    if type(value) is not int or not 0 <= value <= MAX_AMOUNT:
        raise ChoiceUnknown(remedy='Give a log number from 0 on, or "now".')
    return value


def _check_overlap(value: object) -> int:
    if type(value) is not int or not 0 <= value <= LONGEST_OVERLAP:
        raise NumberOutOfRange(remedy=f"Give a whole number of seconds from 0 to {LONGEST_OVERLAP:,}.")
    return value


_START: Final = {"oneOf": [{"type": "integer", "minimum": 0, "maximum": MAX_AMOUNT}, {"const": NOW}]}
_URL: Final = _TEXT | {"format": "uri", "maxLength": LONGEST_URL}
_TYPES: Final = {
    "type": "array",
    "items": _TEXT | {"pattern": EVENT_TYPE, "examples": ["order.Paid", "voucher.*"]},
    "maxItems": 50,
}
_INSTANT: Final = {"oneOf": [dict(SHAPES["Instant"]), {"const": ""}]}


class WebhookBody(Body):
    """A new webhook: where it goes, which events it wants, and from where in the log on."""

    url = Checked(lambda value: check_text(value, "", LONGEST_URL), _URL, required=True)
    types = Checked(check_types, _TYPES, load_default=())
    description = text(longest=200, load_default="")
    start = Checked(_check_start, _START, load_default=NOW)


class ReplayBody(Body):
    """From where in the log on everything is sent again."""

    start = Checked(_check_start, _START, required=True)


class RotationBody(Body):
    """For how many seconds the secrets before still sign beside the new one."""

    overlap = Checked(_check_overlap, shapes.count(0, LONGEST_OVERLAP))


class LettersQuery(PageQuery):
    """One page of dead letters."""


class WebhookSecret(Schema):
    """A secret that signs, without its text."""

    generation = said(shapes.count())
    until = said(_INSTANT | {"description": "When it ends; empty where nothing is to take its place."})


class WebhookListed(Schema):
    """A webhook in a list."""

    webhook_id = said("Name")
    owner = said(_TEXT | {"description": "role:subject, whose events it carries."})
    url = said(_TEXT | {"format": "uri"})
    types = said(_TYPES | {"description": "Names of events or of kinds; none means all."})
    description = said(_TEXT)
    status = said(shapes.one_of("active", "paused", "disabled", "removed"))
    reason = said(_TEXT | {"description": "Why it is not active."})
    next = said(_COUNT | {"description": "The log number it is at."})
    waiting = said(_COUNT | {"description": "Events that wait for another attempt."})
    dead = said(_COUNT | {"description": "Events that were given up."})
    failures = said(_COUNT | {"description": "Failures in a row."})
    last_failure = said(_TEXT)
    last_success_at = said(_INSTANT)
    created_at = said("Instant")
    secrets = fields.List(fields.Nested(WebhookSecret()), required=True)


class Webhook(WebhookListed):
    """A webhook as it stands."""

    secret = said(_TEXT | {"pattern": "^whsec_", "description": "Told once, when it is made."}, required=False)
    position = said(_COUNT)


class WebhookPage(Schema):
    """Some webhooks."""

    items = fields.List(fields.Nested(WebhookListed()), required=True)
    next = said(_TEXT | {"type": ["string", "null"]})
    position = said(_COUNT)


class Letter(Schema):
    """An event that was given up."""

    number = said(_COUNT | {"description": "Its number in the log."})
    stream = said(_TEXT)
    attempts = said(_COUNT)
    failure = said(_TEXT)
    failed_at = said("Instant")


class LetterPage(Schema):
    """Some dead letters."""

    items = fields.List(fields.Nested(Letter()), required=True)
    next = said(_TEXT | {"type": ["string", "null"]})
    position = said(_COUNT)


class Revived(Schema):
    """How many dead letters are tried again."""

    revived = said(_COUNT)
    position = said(_COUNT)


class Tested(Schema):
    """What a receiver made of a test message."""

    delivered = said({"type": "boolean"})
    status = said(_COUNT | {"description": "The receiver's status; 0 where it gave none."})
    failure = said(_TEXT)
    message_id = said(_TEXT)
    position = said(_COUNT)
