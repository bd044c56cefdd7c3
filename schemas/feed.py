"""What is asked of the event feed, and what an event looks like to its readers."""

import re
from fnmatch import fnmatchcase
from typing import Final

from marshmallow import Schema, fields

from schemas import shapes
from schemas.answers import said
from schemas.requests import PageQuery
from schemas.values import Checked, whole
from vouchers.money import MAX_AMOUNT
from vouchers.refusals import Malformed
from vouchers.wire import EVENTS

MOST_TYPES: Final = 50
EVENT_TYPE: Final = r"^[a-z]{1,20}\.(\*|[A-Za-z]{1,40})$"
_PATTERN: Final = re.compile(EVENT_TYPE)
_TEXT: Final = {"type": "string"}
_TYPES: Final = _TEXT | {"pattern": r"^[a-z]+\.(\*|[A-Za-z]+)(,[a-z]+\.(\*|[A-Za-z]+))*$"}


class EventTypeUnknown(Malformed):
    """There is no event with this name."""

    remedy = "Use stored names such as order.Paid, or order.* for all of a kind."


class TooManyEventTypes(Malformed):
    """Too many names of events are asked for at once."""

    remedy = f"Name at most {MOST_TYPES}, or a whole kind such as order.*."


def check_types(value: object, pointer: str = "") -> tuple[str, ...]:
    """Names of events, or of whole kinds, as a list or as a text with commas."""
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise EventTypeUnknown(pointer=pointer)
    if len(found) > MOST_TYPES:
        raise TooManyEventTypes(pointer=pointer)
    for number, pattern in enumerate(found):
        place = pointer if isinstance(value, str) else f"{pointer}/{number}"
        if not _PATTERN.fullmatch(pattern) or not any(fnmatchcase(name, pattern) for name in EVENTS):
            raise EventTypeUnknown(f"{pattern[:60]!r} is the name of no event.", pointer=place)
    return tuple(dict.fromkeys(found))


class FeedQuery(PageQuery):
    """Where a feed begins, how much of it is wanted, and of which events."""

    start = whole(0, MAX_AMOUNT, metadata={"description": "A log number to begin at, instead of a cursor."})
    types = Checked(check_types, _TYPES, load_default=(), metadata={"description": "Such as order.Paid,voucher.*"})


class CloudEvent(Schema):
    """One event in the form of CloudEvents 1.0, as its reader may see it."""

    specversion = said(_TEXT | {"const": "1.0"})
    id = said(_TEXT | {"description": "The number in the log, unique with the source."})
    source = said(_TEXT | {"format": "uri-reference"})
    type = said(_TEXT | {"description": "The reversed domain, the event's stored name, and v1."})
    subject = said(_TEXT | {"description": "The stream: kind/key."})
    time = said(_TEXT | {"format": "date-time"})
    datacontenttype = said(_TEXT | {"const": "application/json"})
    sequence = said(_TEXT | {"pattern": "^[0-9]{16}$", "description": "Orders the events of the source as texts."})
    streamversion = said(shapes.count(1))
    data = said({"type": "object"})
    entry = said(_TEXT | {"description": "The exact bytes of the entry; for the regulator."}, required=False)
    leafhash = said(_TEXT | {"description": "The hash of its leaf; for the regulator."}, required=False)


class FeedPage(Schema):
    """Some events, and the cursor from which to go on; the end of the feed is no end."""

    items = fields.List(fields.Nested(CloudEvent()), required=True)
    next = said(_TEXT)
    position = said(shapes.count())
