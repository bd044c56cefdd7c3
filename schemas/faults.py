"""Requests that break their schema: every fault at once, each with its code, place and remedy."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Final, Self, cast

from marshmallow import RAISE, Schema, ValidationError, missing

from schemas.strict import member
from vouchers.refusals import Malformed, Refused


class FieldUnknown(Malformed):
    """The request has a member that this operation does not know."""


class FieldMissing(Malformed):
    """The request lacks a member that this operation needs."""


class FieldOfAnotherType(Malformed):
    """A member of the request has another type than it must have."""


class RequestFaulty(Malformed):
    """The request has faults; each is listed with its place and remedy."""

    remedy = "Follow the remedy of each fault."

    def __init__(self, faults: tuple[Refused, ...]) -> None:
        """Carry all faults; the first one gives the sentence."""
        self.faults = faults
        first = faults[0]
        super().__init__(first.detail, pointer=first.pointer, remedy=first.remedy)


class Fault(str):
    """A refusal as a message of marshmallow, which keeps the place."""

    __slots__ = ("refused",)
    refused: Refused

    def __new__(cls, refused: Refused) -> Self:
        """The message of a refusal."""
        made = super().__new__(cls, refused.detail)
        made.refused = refused
        return made

    def format(self, *_: object, **__: object) -> "Fault":
        """The message itself: it has no blanks to fill in."""
        return self

    def __deepcopy__(self, _: object) -> "Fault":
        """The message itself: nothing changes it."""
        return self


def unknown(remedy: str = "Leave it out, or check its spelling.") -> Fault:
    """The fault of a member that nobody asked for."""
    return Fault(FieldUnknown(remedy=remedy))


Messages = dict[str, str | list[Any] | dict[Any, Any]]

MESSAGES: Final[Messages] = {
    "required": Fault(FieldMissing(remedy="Add it.")),
    "null": Fault(FieldOfAnotherType("It must not be null.", remedy="Give a value, or leave it out.")),
}


class Body(Schema):
    """What a request may say; unknown members are refused."""

    class Meta:
        """Unknown members are faults."""

        unknown = RAISE

    # What the document of the API says beyond the members: JSON Schema of which members need one another.
    rules: ClassVar[Mapping[str, Any]] = {}

    error_messages = {  # noqa: RUF012 - marshmallow's way to set messages
        "unknown": unknown(),
        "type": Fault(FieldOfAnotherType("It must be an object.", remedy="Give an object with named members.")),
    }

    def __deepcopy__(self, _: object) -> Self:
        """The schema itself: it is made once, and nothing changes it."""
        return self

    @cached_property
    def checks(self) -> Mapping[str, Callable[[object], Any]]:
        """The check of each member, where every member has a check and nothing else is asked; else none."""
        plain = [name for name, each in self.fields.items() if hasattr(each, "check") and not each.validators]
        if any(self._hooks.values()) or len(plain) < len(self.fields):
            return {}
        return {name: cast("Any", self.fields[name]).check for name in plain}

    def read_plainly(self, document: Any) -> dict[str, Any] | None:
        """The checked values of a document in which nothing is wrong, in a third of the time; else nothing."""
        checks = self.checks
        if not checks or not isinstance(document, dict):
            return None
        try:
            values = {name: checks[name](value) for name, value in document.items() if value is not None}
        except (KeyError, Refused):
            return None
        if len(values) < len(checks):
            for name in checks.keys() - document.keys():
                field = self.fields[name]
                if field.required:
                    return None
                if field.load_default is not missing:
                    default = field.load_default
                    values[name] = default() if callable(default) else default
        return values if len(document.keys() - values.keys()) == 0 else None


def read(schema: Schema, document: Any, pointer: str = "") -> dict[str, Any]:
    """The checked values of a document, or a refusal with all its faults; a single fault is refused as itself."""
    plain = schema.read_plainly(document) if isinstance(schema, Body) else None
    if plain is not None:
        return plain
    try:
        loaded: dict[str, Any] = schema.load(document)
    except ValidationError as error:
        faults = tuple(_faults(pointer, error.messages))
        if len(faults) == 1:
            raise faults[0] from error
        raise RequestFaulty(faults) from error
    return loaded


def ask(check: Callable[..., Any], *arguments: object) -> Any:
    """What a check returns; its refusal becomes a message of marshmallow."""
    try:
        return check(*arguments)
    except Refused as refused:
        raise ValidationError([Fault(refused)]) from refused


def _faults(pointer: str, messages: Any) -> Iterator[Refused]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _faults(pointer if name == "_schema" else member(pointer, name), inner)
    elif isinstance(messages, list):
        for message in messages:
            yield from _faults(pointer, message)
    else:
        yield _placed(messages, pointer)


def _placed(message: Any, pointer: str) -> Refused:
    """A fresh refusal with its place: the messages of a schema are shared by all requests."""
    if not isinstance(message, Fault):
        return FieldOfAnotherType(str(message), pointer=pointer, remedy="Correct the value.")
    source = message.refused
    return type(source)(source.detail, pointer=pointer + source.pointer, remedy=source.remedy, **source.facts)
