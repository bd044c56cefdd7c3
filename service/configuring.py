"""How settings are declared and read: frozen dataclasses whose fields carry their help, bounds and secrecy."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

from vouchers.refusals import Malformed, Refused

Made = TypeVar("Made")

HIDDEN: Final = "********"
MOST_WORDS: Final = 100
MOST_TABLES: Final = 50
_SWITCH: Final = {"true": True, "false": False, "1": True, "0": False}
_PASSWORD: Final = re.compile(r"(?<=://)([^:@/?#]*):[^@/?#]*(?=@)|((?:^|[?&])(?:password|sslpassword)=)[^&]*")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class SettingUnknown(Malformed):
    """The settings name something that does not exist."""


class SettingInvalid(Malformed):
    """A setting has a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a setting: its help, its bounds or choices, its own check, and whether it is a secret."""

    text: str
    least: int = 0
    most: int = 2**31 - 1
    among: tuple[str, ...] = ()
    check: Callable[[str], object] | None = None
    secret: bool = False


def setting(default: Any, text: str, **about: Any) -> Any:
    """A field of a table of settings: a text, whole number, switch or tuple of texts.

    Beside its help it may have least=, most= (numbers), among= (texts), check= (a function that raises a Refused
    where the text cannot be) and secret=True (never shown).
    """
    return field(default=default, metadata={"about": About(text, **about)})


def table(kind: type) -> Any:
    """A field that is a table of settings of its own, [name] in the file."""
    return field(default_factory=kind)


def tables(text: str) -> Any:
    """A field that is a tuple of tables of one kind, [[name]] in the file; none by default."""
    return field(default=(), metadata={"about": About(text)})


def named(text: str) -> Any:
    """A field that is tables of one kind by name, [field.name] in the file; none by default."""
    return field(default_factory=dict, metadata={"about": About(text)})


@dataclass(frozen=True, slots=True)
class Leaf:
    """One setting: its dotted name, what is said of it, its type and its default."""

    name: str
    about: About
    kind: Any
    default: Any


def leaves(kind: type, prefix: str = "") -> Iterator[Leaf]:
    """Every setting below a table, in the order of its declaration; a list of tables shows one, as name[]."""
    types = get_type_hints(kind)
    for each in settings_of(kind):
        inner, many = table_in(types[each.name])
        name = prefix + each.name
        if inner is None:
            default = each.default if each.default is not MISSING else None
            yield Leaf(name, each.metadata["about"], types[each.name], default)
        else:
            yield from leaves(inner, f"{name}{many}.")


def settings_of(kind: type) -> list[Field[Any]]:
    """The fields of a table that can be set; the data folder and the store's name are not said inside of themselves."""
    return [each for each in fields(kind) if "about" in each.metadata or each.default_factory is not MISSING]


def table_in(kind: Any) -> tuple[type | None, str]:
    """The table behind a field's type, with how several are told apart; no table behind a plain value."""
    if is_dataclass(kind):
        return kind if isinstance(kind, type) else None, ""
    found = [each for each in get_args(kind) if isinstance(each, type) and is_dataclass(each)]
    if found:
        return found[0], "[]" if get_origin(kind) is tuple else ".NAME"
    return None, ""


def build(kind: type[Made], values: Any, pointer: str = "", **given: Any) -> Made:
    """A table of settings from plain values; raises SettingUnknown or SettingInvalid with the place."""
    if not isinstance(values, Mapping):
        raise SettingInvalid(f"{_named(pointer)} is no table.", pointer=pointer, remedy=f"Write [{_dotted(pointer)}].")
    known = {each.name: each for each in settings_of(kind)}
    for name in values:
        if name not in known:
            close = get_close_matches(name, known, 1)
            meant = f"Did you mean {close[0]}? " if close else ""
            raise SettingUnknown(
                f"There is no setting {_dotted(f'{pointer}/{name}')}.",
                pointer=f"{pointer}/{name}",
                remedy=f"{meant}Known: {', '.join(known)}.",
            )
    types = get_type_hints(kind)
    return kind(**given, **{n: _value(types[n], known[n], v, f"{pointer}/{n}") for n, v in values.items()})


def _value(kind: Any, declared: Field[Any], value: Any, pointer: str) -> Any:
    inner, many = table_in(kind)
    if inner is None:
        return _plain(kind, declared.metadata["about"], value, pointer)
    if not many:
        return build(inner, value, pointer)
    if len(value) > MOST_TABLES:
        raise SettingInvalid(f"There are {len(value)}.", pointer=pointer, remedy=f"Keep at most {MOST_TABLES}.")
    if many == "[]":
        if not isinstance(value, Sequence) or isinstance(value, str):
            remedy = f"Write [[{_dotted(pointer)}]]."
            raise SettingInvalid(f"{_named(pointer)} is no list of tables.", pointer=pointer, remedy=remedy)
        return tuple([build(inner, each, f"{pointer}/{number}") for number, each in enumerate(value)])
    if not isinstance(value, Mapping) or not all(map(_NAME.fullmatch, value)):
        remedy = f"Write [{_dotted(pointer)}.NAME] with a name of small letters, digits, hyphens and low lines."
        raise SettingInvalid(f"{_named(pointer)} holds no tables with names.", pointer=pointer, remedy=remedy)
    return {name: build(inner, each, f"{pointer}/{name}") for name, each in value.items()}


def _plain(kind: Any, about: About, value: Any, pointer: str) -> Any:
    if kind is int:
        return _number(about, value, pointer)
    if kind is bool:
        switch = value if isinstance(value, bool) else _SWITCH.get(str(value).lower())
        if switch is None:
            raise _invalid(about, value, pointer, "Say true or false.")
        return switch
    if kind is str:
        return _text(about, value, pointer)
    words = [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value
    if not isinstance(words, Sequence) or len(words) > MOST_WORDS:
        raise _invalid(about, value, pointer, f'Give a list of at most {MOST_WORDS} texts, such as ["a", "b"].')
    return tuple([_text(about, word, pointer) for word in words])


def _number(about: About, value: Any, pointer: str) -> int:
    text = str(value)
    if text.isascii() and text.isdecimal() and type(value) is not bool and about.least <= int(text[:15]) <= about.most:
        return int(text)
    raise _invalid(about, value, pointer, f"Give a whole number from {about.least:,} to {about.most:,}.")


def _text(about: About, value: Any, pointer: str) -> str:
    if not isinstance(value, str):
        raise _invalid(about, value, pointer, "Give a text in quotes.")
    if about.among and value not in about.among:
        raise _invalid(about, value, pointer, f"Use one of {', '.join(about.among)}.")
    try:
        if about.check:
            about.check(value)
    except Refused as refused:
        refused.pointer = pointer
        raise
    return value


def _invalid(about: About, value: Any, pointer: str, remedy: str) -> SettingInvalid:
    shown = HIDDEN if about.secret else masked(repr(value))
    return SettingInvalid(f"{_named(pointer)} is {shown}.", pointer=pointer, remedy=remedy)


def masked(text: str) -> str:
    """A text without the password of an address in it."""
    return _PASSWORD.sub(lambda hit: f"{hit[2]}{HIDDEN}" if hit[2] else f"{hit[1]}:{HIDDEN}", text)


def _dotted(pointer: str) -> str:
    return pointer.strip("/").replace("/", ".")


def _named(pointer: str) -> str:
    return f"The setting {_dotted(pointer)}"
