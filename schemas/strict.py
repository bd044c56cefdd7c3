"""JSON as we accept it: UTF-8, no member twice, nothing but whole numbers, shallow, and text that can be stored."""

import json
from collections.abc import Iterable
from typing import Any, Final

from vouchers.money import MAX_AMOUNT
from vouchers.refusals import Malformed
from vouchers.texts import check_text

DEEPEST: Final = 12  # levels of arrays and objects
LONGEST_STRING: Final = 4_000  # characters
LONGEST_NAME: Final = 80  # characters
MOST_MEMBERS: Final = 5_000  # values in one document
_LONGEST_NUMBER: Final = 20  # digits; longer ones are out of every range and cost time to read


class EncodingBroken(Malformed):
    """The request is not valid UTF-8."""


class JsonMalformed(Malformed):
    """The request is not valid JSON."""


class JsonTooDeep(Malformed):
    """The request nests arrays or objects too deeply."""


class JsonTooMany(Malformed):
    """The request holds too many values."""


class MemberRepeated(Malformed):
    """The request names the same member twice."""


class NumberNotWhole(Malformed):
    """The request holds a number that is not a whole number within 2^53-1."""


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its members came twice."""

    repeated: tuple[str, ...] = ()


class _NotWhole(str):
    """The text of a number that cannot be kept exactly."""

    __slots__ = ()


def read_json(body: bytes) -> Any:
    """The plain value of a JSON document; the first fault is refused with its place."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as fault:
        detail = f"Byte {fault.start + 1} of the request is not valid UTF-8."
        raise EncodingBroken(detail, remedy="Send the JSON document in UTF-8.") from fault
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_NotWhole,
            parse_constant=_NotWhole,
        )
    except json.JSONDecodeError as fault:
        detail = f"Line {fault.lineno}, column {fault.colno}: {fault.msg}."
        raise JsonMalformed(detail, remedy="Send one JSON document.") from fault
    except RecursionError as fault:
        raise _too_deep("") from fault
    _check(value)
    return value


def member(pointer: str, name: str | int) -> str:
    """The JSON pointer (RFC 6901) of a member; a name too long or unprintable is cut and made readable."""
    shown = str(name)[:LONGEST_NAME].encode("utf-8", "replace").decode()
    return f"{pointer}/{shown.replace('~', '~0').replace('/', '~1')}"


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    made = _Object(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        made.repeated = tuple(name for name in made if names.count(name) > 1)
    return made


def _whole(text: str) -> int | _NotWhole:
    if len(text) > _LONGEST_NUMBER or abs(int(text)) > MAX_AMOUNT:
        return _NotWhole(text[:_LONGEST_NUMBER])
    return int(text)


def _check(document: Any) -> None:
    """Walk a document without recursion and refuse a fault of it; texts and numbers are looked at where they stand."""
    waiting: list[tuple[str, int, Any]] = [("", 0, (document,))]
    seen = 0
    while waiting:
        pointer, depth, container = waiting.pop()
        seen += len(container)
        if seen > MOST_MEMBERS:
            raise JsonTooMany(pointer=pointer, remedy=f"Send at most {MOST_MEMBERS:,} values.")
        if depth > DEEPEST:
            raise _too_deep(pointer)
        for name, value in _named(pointer, container):
            if isinstance(value, dict | list):
                waiting.append((member(pointer, name) if depth else "", depth + 1, value))
            # A text that can be printed can be kept.
            elif not (type(value) is str and value.isprintable() and len(value) <= LONGEST_STRING):
                _check_plain(value, member(pointer, name) if depth else "")


def _named(pointer: str, container: Any) -> Iterable[tuple[str | int, Any]]:
    """What a container holds, by name or number; its names are checked."""
    if not isinstance(container, dict):
        return enumerate(container)
    if isinstance(container, _Object) and container.repeated:
        raise MemberRepeated(pointer=member(pointer, container.repeated[0]), remedy="Name each member once.")
    for name in container:
        if not (name.isprintable() and len(name) <= LONGEST_NAME):
            check_text(name, member(pointer, name), LONGEST_NAME)
    return container.items()


def _check_plain(value: Any, pointer: str) -> None:
    if isinstance(value, _NotWhole):
        remedy = "Write a whole number; money counts in fen or cents."
        raise NumberNotWhole(f"{value[:30]} is not a whole number within 2^53-1.", pointer=pointer, remedy=remedy)
    if isinstance(value, str):
        check_text(value, pointer, LONGEST_STRING)


def _too_deep(pointer: str) -> JsonTooDeep:
    return JsonTooDeep(pointer=pointer, remedy=f"Nest at most {DEEPEST} levels.")
