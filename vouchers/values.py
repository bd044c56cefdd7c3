"""What is said once and never changed: events, states, commands and rules are values, made and copied in C."""

from dataclasses import MISSING, Field, fields, make_dataclass
from dataclasses import field as outlined
from functools import cache
from typing import Any, dataclass_transform, get_type_hints

import msgspec
from msgspec import field
from msgspec.structs import asdict, replace

__all__ = ["Value", "asdict", "field", "replace"]


class _Fields:
    """The fields of a kind of value as those of a dataclass, for whoever asks for them by `dataclasses`."""

    def __get__(self, _: object, kind: type[msgspec.Struct]) -> dict[str, Field[Any]]:
        return _fields_of(kind)


@cache
def _fields_of(kind: type[msgspec.Struct]) -> dict[str, Field[Any]]:
    hints = get_type_hints(kind)
    outline = make_dataclass(
        kind.__name__,
        [
            (
                each.name,
                hints[each.name],
                outlined(default_factory=each.default_factory)
                if each.default_factory is not msgspec.NODEFAULT
                else outlined(default=MISSING if each.default is msgspec.NODEFAULT else each.default),
            )
            for each in msgspec.structs.fields(kind)
        ],
    )
    return {each.name: each for each in fields(outline)}


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Value(msgspec.Struct, frozen=True, gc=False):
    """A frozen value: compared by its fields, copied with a change by `replace`.

    The search for reference cycles leaves values out: what cannot be changed once it is made is in none.
    """

    __dataclass_fields__ = _Fields()
