"""What is answered: state with its position, pages with a cursor, and the outcome of commands."""

import base64
import binascii
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from flask import Response, g, jsonify, request
from sqlalchemy.orm import Session

from service.api.asking import KEY_POINTER, caller, idempotency_key, running, service
from service.api.versions import seen
from service.projections.views import PAGE
from service.wiring import Who
from vouchers.kinds import REQUEST
from vouchers.refusals import IdempotencyKeyReused, Malformed, Unavailable

Answer = dict[str, Any]
Row = TypeVar("Row")

# What counts minor units of an order, in the answers of commands and in the rows of views.
ORDER_MONEY: Final = frozenset(
    {"base", "gross", "invoice_gross", "invoice_net", "net", "own_share", "subsidy"}
    | {"claimed", "clawed_back", "lapsed", "paid", "released", "reserved"}
)
# How long a read waits for the views: so many looks, so far apart.
LOOKS: Final = 100
MOST_AHEAD: Final = 10_000  # entries that may be under way while a read asks for them
PAUSE: Final = 0.02  # seconds
_CURSOR: Final = re.compile(r"[0-9]{1,16}")


class CursorMalformed(Malformed):
    """The cursor is none that this service gave out."""


class ViewsBehind(Unavailable):
    """The views have not reached the position that was asked for."""


class PositionBeyondLog(Malformed):
    """Nobody was given this position: it is far beyond the end of the log."""

    remedy = "Ask with a position that this service gave out."


def money(amount: int, currency: str) -> Answer:
    """An amount in minor units with its currency."""
    return {"amount": amount, "currency": currency}


def with_money(answer: Mapping[str, Any], currency: str, names: frozenset[str] = ORDER_MONEY) -> Answer:
    """An answer in which the whole numbers of these names are amounts of money."""
    return {name: money(value, currency) if name in names else value for name, value in answer.items()}


def places(amounts: Mapping[str, int], currency: str) -> Answer:
    """Amounts by place, each with its currency."""
    return {place: money(amount, currency) for place, amount in amounts.items()}


def act(
    use_case: Callable[..., Any],
    command: object,
    show: Callable[[Answer], Answer],
    status: int = 200,
    filled: Collection[str] = (),
) -> Response:
    """Run a command for the caller and answer with the position that it is in; a repetition answers as before.

    `filled` are the fields that the service filled in, which tell no request from another.
    """
    ledger, key, actor = service().ledger, idempotency_key(), caller().actor
    try:
        with running().alone(actor, key):
            who = Who(actor, caller().role)
            outcome = service().execute(use_case, command, who, key=key, seen=seen(), filled=filled)
    except IdempotencyKeyReused as refused:
        refused.pointer = KEY_POINTER
        raise
    position = outcome.position
    if outcome.replayed:
        # The request's own entry is the last that it appended: the position then is the position now.
        _, position = ledger.head(REQUEST.stream(f"{actor}/{key}"))
    response = jsonify({**show(outcome.answer), "position": position})
    response.status_code = status
    if outcome.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@contextmanager
def reading(after: int | None = None) -> Iterator[tuple[Session, int]]:
    """A session on the views and a position that they have reached: at least `after`, else ViewsBehind after 2 s.

    They have also counted what happened last to the thing that the request is about, where that is known.
    """
    position = _reached(after)
    with service().views.session() as session:
        yield session, position


def _reached(after: int | None) -> int:
    least = max(after or 0, g.get("least", 0))
    position = _wait_for(least)
    if position < least:
        raise ViewsBehind(
            f"The views are at {position}, and {least} was asked for.",
            pointer="/query/after",
            remedy="Ask again in a moment, with a position that this service gave out.",
        )
    return position


def _wait_for(after: int) -> int:
    """The position of the views, as soon as they have counted so many entries, or when the wait is over."""
    views, ledger = service().views, service().ledger
    position = views.reached()
    if after > position and after > ledger.size() + MOST_AHEAD:
        raise PositionBeyondLog(pointer="/query/after")
    for _ in range(LOOKS):
        if position >= after:
            break
        before, position = position, views.catch_up(ledger, limit=PAGE)
        if position == before:
            # Another process has yet to write what was asked for.
            time.sleep(PAUSE)
    return position


def look_up(
    after: int | None, look: Callable[[Any], Row | None], opened: Callable[[], Any] | None = None
) -> tuple[Row, int]:
    """What the views say of a thing that the log knows, and a position that they have reached.

    `opened` gives what it is looked up with; a session, unless it is said.
    """
    for again in (False, True):
        position = _reached(service().ledger.size() if again else after)
        with (opened or service().views.session)() as found_with:
            row = look(found_with)
        if row is not None:
            return row, position
    raise ViewsBehind(pointer="/query/after", remedy="Ask again in a moment.")


def state(shown: Answer, position: int) -> Response:
    """One thing as it stands at a position."""
    return jsonify({**shown, "position": position})


def page(items: Sequence[Any], cursor: int | str | None, position: int) -> Response:
    """One page with the cursor of the next; both ways to go on, also as a Link header (RFC 8288)."""
    following = encode_cursor(cursor) if cursor is not None else None
    response = jsonify({"items": items, "next": following, "position": position})
    response.headers["Link"] = link_to(following)
    return response


def link_to(following: str | None) -> str:
    """The Link header's value: the first page, and the next one where there is one."""
    asked = {name: value for name, value in request.args.items() if name != "cursor"}
    links = [_link(asked, "first")]
    if following is not None:
        links.append(_link({**asked, "cursor": following}, "next"))
    return ", ".join(links)


def _link(parameters: Mapping[str, str], relation: str) -> str:
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f'<{request.path}{query}>; rel="{relation}"'


def encode_cursor(place: int | str) -> str:
    """A place in a list, as a text that says nothing."""
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def decode_cursor(text: str) -> str:
    """The place behind a cursor, or CursorMalformed."""
    try:
        place = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as fault:
        raise _malformed() from fault
    if not place.isprintable():  # No place is named so, and not every store can look it up.
        raise _malformed()
    return place


def number_after(text: str | None, start: int = 0) -> int:
    """The sequence number behind a cursor, or where a list starts without one."""
    if text is None:
        return start
    place = decode_cursor(text)
    if not _CURSOR.fullmatch(place):
        raise _malformed()
    return int(place)


def _malformed() -> CursorMalformed:
    return CursorMalformed(pointer="/query/cursor", remedy="Use the cursor that the page before gave as `next`.")
