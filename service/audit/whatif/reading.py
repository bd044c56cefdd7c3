"""Reading what is otherwise: from a file, or from what was typed."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from schemas.faults import read
from schemas.policies import load_policy
from schemas.whatif import WhatIf
from service.audit.whatif.changes import AnyChange, OtherFact, OtherPolicy, OtherValues, Put, Suspended
from vouchers.days import check_day
from vouchers.refusals import Malformed

LARGEST_FILE: Final = 200_000  # bytes


class ChangesUnreadable(Malformed):
    """The file is not TOML, or larger than any question."""


class DayMissing(Malformed):
    """What is otherwise needs the day from which it is."""

    remedy = "Add --since DAY."


class PutMalformed(Malformed):
    """A value of a policy is written PLACE=VALUE."""

    remedy = "Example: --set category.*.rate_bp=4000."


def from_file(path: Path) -> tuple[str, list[AnyChange]]:
    """The title and the changes of a file."""
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        remedy = "Write down only what is otherwise."
        raise ChangesUnreadable(f"The file has more than {LARGEST_FILE:,} bytes.", pointer="/changes", remedy=remedy)
    try:
        document = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise ChangesUnreadable(f"{path.name}: {fault}.", pointer="/changes", remedy="Write it as TOML.") from fault
    told: Mapping[str, Any] = read(WhatIf(), document)
    return told["title"], [*changes_in(told, path.parent)]


def changes_in(told: Mapping[str, Any], folder: Path) -> Iterator[AnyChange]:
    """The changes of a question, whose policies are files of a folder."""
    for each in told["policy"]:
        if each.get("file"):
            yield other_policy(folder / each["file"], each["since"], each["programme"])
        else:
            puts = tuple(Put(place, value) for place, value in each["puts"].items())
            yield OtherValues(each["programme"], each["since"], puts)
    for each in told["suspend"]:
        yield Suspended(each["provider"], each["since"], each["effect"], each["until"])
    for each in told["fact"]:
        for field, value in each["facts"].items():
            yield OtherFact(each["enterprise"], field, value, each["since"])


def other_policy(path: Path, since: str, programme: str = "") -> OtherPolicy:
    """A policy from a file, in the place of the programme's own."""
    policy, document = load_policy(path)
    if programme and policy.programme != programme:
        remedy = f"Name a policy of {programme}, or leave the programme out."
        said = f"{path.name} is a policy of {policy.programme}."
        raise ChangesUnreadable(said, pointer="/policy/file", remedy=remedy)
    return OtherPolicy(policy.programme, since, document)


def put_of(typed: str) -> Put:
    """A value at a place, typed as PLACE=VALUE; what is no value of TOML is a text."""
    place, mark, text = typed.partition("=")
    if not mark or not place.strip():
        raise PutMalformed(pointer="/set")
    try:
        return Put(place.strip(), tomllib.loads(f"value = {text}")["value"])
    except tomllib.TOMLDecodeError:
        return Put(place.strip(), text.strip())


def since_of(day: str) -> str:
    """The day from which what was typed is otherwise."""
    if not day:
        raise DayMissing(pointer="/since")
    return check_day(day, "/since")
