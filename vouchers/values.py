"""What is said once and never changed: events, states, commands and rules are values, made and copied in C."""

import dataclasses
from dataclasses import Field
from functools import cache
from typing import Any, dataclass_transform, get_type_hints

import msgspec
from msgspec import field
from msgspec.structs import FieldInfo, asdict, replace

__all__ = ["Value", "asdict", "field", "replace"]


class _Fields:
    """The fields of a kind of value as those of a dataclass, for whoever asks for them by `dataclasses`."""

    def __get__(self, _: object, kind: type[msgspec.Struct]) -> dict[str, Field[Any]]:
        return _fields_of(kind)


@cache
def _fields_of(kind: type[msgspec.Struct]) -> dict[str, Field[Any]]:
    hints = get_type_hints(kind)
    members = [(each.name, hints[each.name], _outlined(each)) for each in msgspec.structs.fields(kind)]
    return {each.name: each for each in dataclasses.fields(dataclasses.make_dataclass(kind.__name__, members))}


def _outlined(member: FieldInfo) -> Any:
    """One field as it would be in a dataclass, which takes no default that has no hash."""
    default, factory = member.default, member.default_factory
    if factory is not msgspec.NODEFAULT:
        return dataclasses.field(default_factory=factory)
    if default is msgspec.NODEFAULT:
        return dataclasses.field()
    hashed = type(default).__hash__ is not None
    return dataclasses.field(default=default) if hashed else dataclasses.field(default_factory=lambda: default)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Value(msgspec.Struct, frozen=True, gc=False):
    """A frozen value: compared by its fields, copied with a change by `replace`.

    The search for reference cycles leaves values out: what cannot be changed once it is made is in none.
    """

    __dataclass_fields__ = _Fields()
