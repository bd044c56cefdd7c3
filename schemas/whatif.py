"""What-ifs as files: a TOML text of what is otherwise, each change a table with the day from which it holds."""

from typing import Any, Final

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.faults import MESSAGES, Body, Fault
from schemas.values import Checked, choice, day, name, text, with_tuples
from vouchers.refusals import Malformed
from vouchers.texts import check_facts

MOST_CHANGES: Final = 50


class ChangeEmpty(Malformed):
    """A change of a policy names another file, or values at places of the one in force."""

    remedy = "Give either file or set."


def _puts(least: int, **options: Any) -> fields.Dict:
    """Values by the places of a policy where they are put."""
    return fields.Dict(
        data_key="set",
        keys=fields.String(validate=validate.Length(1, 200)),
        values=fields.Raw(),
        validate=validate.Length(least, MOST_CHANGES),
        error_messages=MESSAGES,
        **options,
    )


class ValuesChange(Body):
    """A programme's policy has other values at some of its places from a day on."""

    programme = name(required=True)
    since = day(required=True)
    puts = _puts(1, required=True)


class PolicyChange(ValuesChange):
    """A programme's policy is otherwise from a day on: another file, or other values at some of its places."""

    file = text(load_default="")
    puts = _puts(0, load_default=dict)

    @validates_schema
    def one_of_both(self, data: dict[str, object], **_: object) -> None:
        """Refuse a change of nothing, and one of everything and some values of it."""
        if bool(data.get("file")) == bool(data.get("puts")):
            raise ValidationError([Fault(ChangeEmpty())])


class Suspension(Body):
    """A provider is suspended from a day on, until another day or for good."""

    provider = name(required=True)
    since = day(required=True)
    until = day(load_default="")
    effect = choice("finish", "freeze", load_default="freeze")


class Statement(Body):
    """A registry states other facts of an enterprise from a day on."""

    enterprise = name(required=True)
    since = day(required=True)
    facts = Checked(lambda value: check_facts(with_tuples(value)), {"type": "object"}, required=True)


class WhatIf(Body):
    """A question: its title, and what is otherwise."""

    title = text(longest=200, load_default="")
    policy = fields.List(fields.Nested(PolicyChange), load_default=list, validate=validate.Length(max=MOST_CHANGES))
    suspend = fields.List(fields.Nested(Suspension), load_default=list, validate=validate.Length(max=MOST_CHANGES))
    fact = fields.List(fields.Nested(Statement), load_default=list, validate=validate.Length(max=MOST_CHANGES))
