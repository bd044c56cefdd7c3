"""Policy documents at the border: TOML or JSON text to a checked, canonical document and its compiled policy."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast

from marshmallow import ValidationError

from schemas.policy_shape import PolicySchema
from vouchers import wire
from vouchers.policy import Policy, PolicyFault, PolicyFaults, disagreements, parse

LONGEST_TEXT: Final = 200_000  # characters
MOST_LEVELS: Final = 20  # tables within tables
LARGEST_DOCUMENT: Final = 60_000  # bytes of canonical text; one log entry takes 65,535

_TOO_DEEP: Final = f"Tables are nested more than {MOST_LEVELS} deep."


def load_policy(policy: Path | str) -> tuple[Policy, dict[str, Any]]:
    """A policy and its document, from a file or from the text itself; raises PolicyFaults with every fault."""
    document = _document(_read(policy) if isinstance(policy, Path) else policy)
    faults = _faults(document)
    if faults:
        raise PolicyFaults(tuple(faults))
    return parse(document), document


def check(text: str) -> list[PolicyFault]:
    """Every fault of a policy text: where it is, what is wrong, what helps; nothing for a sound one."""
    try:
        return _faults(_document(text))
    except PolicyFaults as unreadable:
        return list(unreadable.faults)


def canonical(document: Mapping[str, object]) -> str:
    """The one spelling of a document, as the log keeps it; raises PolicyFaults on what the log cannot keep."""
    strange = list(_unstorable(document, ""))
    if strange:
        raise PolicyFaults(tuple(strange))
    return wire.canonical(document).decode()


def digest(document: Mapping[str, object]) -> str:
    """The SHA-256 of the canonical text in hexadecimal digits."""
    return sha256(canonical(document).encode()).hexdigest()


def shipped() -> dict[str, Path]:
    """The policies that come with the package, by the name of their file."""
    folder = Path(str(files("vouchers"))) / "policies"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _read(path: Path) -> str:
    """The text of a file, never much more of it than a policy may have."""
    with path.open("rb") as file:
        content = file.read(4 * LONGEST_TEXT + 4)  # UTF-8 takes at most four bytes for a character.
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        place = f"line {line}, byte {fault.start + 1}"
        raise _fault(place, "This is not UTF-8 text.", "Save the file as UTF-8.") from fault


def _document(text: str) -> dict[str, Any]:
    """The tables of a TOML or JSON text; raises PolicyFaults with line and column where it cannot be read."""
    if len(text) > LONGEST_TEXT:
        raise _fault("", f"The text is longer than {LONGEST_TEXT:,} characters.", "Split the programme into policies.")
    try:
        is_json = text.lstrip().startswith("{")
        document = json.loads(text, object_pairs_hook=_once) if is_json else tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        sentence, _, place = str(fault).rpartition(" (at ")
        raise _fault(place.rstrip(")"), f"This is not TOML: {sentence}.", "Correct this line.") from fault
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        raise _fault(place, f"This is not JSON: {fault.msg}.", "Correct this line.") from fault
    except RecursionError as fault:
        raise _fault("", _TOO_DEEP, "Write the policy in flat tables.") from fault
    except PolicyFaults:  # A name that is given twice.
        raise
    except ValueError as fault:  # Python refuses to read an integer of thousands of digits.
        raise _fault("", "A number is too long to be read.", "Write minor units or basis points.") from fault
    return cast("dict[str, Any]", document)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The pairs of a JSON object, each name once, as TOML demands of its tables."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise _fault(name, "This name is given twice.", "Remove one of the two.")
    return dict(pairs)


def _faults(document: Mapping[str, Any]) -> list[PolicyFault]:
    """All faults of meaning and of shape, each path once, in the words that help most."""
    found = list(_unstorable(document, ""))
    if any(fault.message == _TOO_DEEP for fault in found):
        return found
    if not found and len(canonical(document).encode()) > LARGEST_DOCUMENT:
        remedy = "Shorten texts, or split the programme into policies."
        found.append(PolicyFault("", f"The document is larger than {LARGEST_DOCUMENT:,} bytes.", remedy))
    try:
        found.extend(disagreements(parse(document)))
    except PolicyFaults as faults:
        found.extend(faults.faults)
    try:
        PolicySchema().load(document)
    except ValidationError as invalid:
        found.extend(_of_shape(invalid.messages, ""))
    told: dict[str, PolicyFault] = {}
    for fault in found:
        if not any(fault.path == path or fault.path.startswith((f"{path}.", f"{path}[")) for path in told if path):
            told[fault.path] = fault
    return list(told.values())


def _of_shape(messages: object, path: str) -> Iterator[PolicyFault]:
    """The faults of the schema, its nesting written as paths."""
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            if key in {"key", "value", "_schema"}:
                yield from _of_shape(below, path)
            else:
                yield from _of_shape(below, f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}".strip("."))
    elif isinstance(messages, list):
        yield PolicyFault(path, " ".join(map(str, messages)), "See the shipped policies for an example.")


def _unstorable(value: object, path: str, level: int = 0) -> Iterator[PolicyFault]:
    """What the log cannot keep for ever: broken numbers, dates that are not texts, names that are not plain."""
    if level > MOST_LEVELS:
        yield PolicyFault(path, _TOO_DEEP, "Write the policy in flat tables.")
    elif isinstance(value, Mapping):
        for key, below in value.items():
            if not (key.isascii() and key.isprintable()):
                yield PolicyFault(path, f"The name {key!r} is not plain ASCII.", "Use letters, digits, - and _.")
            yield from _unstorable(below, f"{path}.{key}".strip("."), level + 1)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _unstorable(below, f"{path}[{index}]", level + 1)
    elif not isinstance(value, bool | int | str):
        remedy = "Write money in minor units, rates in basis points, and days as texts in quotes."
        yield PolicyFault(path, f"A {type(value).__name__} cannot be kept.", remedy)
    elif isinstance(value, int) and abs(value) > wire.MAX_INTEGER:
        yield PolicyFault(path, "This number is too large to be exact.", "Write a smaller number.")


def _fault(path: str, message: str, remedy: str) -> PolicyFaults:
    """One fault alone."""
    return PolicyFaults((PolicyFault(path, message, remedy),))
