"""What every table of a policy document is made of: whole numbers, lists of words, tests and conditions."""

from typing import Any

from marshmallow import RAISE, Schema, fields


def whole() -> fields.Integer:
    """A whole number, never one that only looks like it."""
    return fields.Integer(strict=True)


def words() -> fields.List[Any]:
    """A list of words."""
    return fields.List(fields.String())


class PolicyTable(Schema):
    """Any table of a policy: it may name its clause and the source of its values, and nothing unknown."""

    class Meta:
        """Unknown keys are faults."""

        unknown = RAISE

    clause = fields.String()
    source = fields.Raw()


class TestSchema(PolicyTable):
    """What a condition asks: one operator on one fact, a size class, or a combination."""

    __test__ = False

    any = fields.List(fields.Nested(lambda: TestSchema))
    all = fields.List(fields.Nested(lambda: TestSchema))
    class_ = fields.String(data_key="class")
    of = fields.String()
    fact = fields.String()
    one_of = fields.List(fields.Raw())
    none_of = fields.List(fields.Raw())
    includes = words()
    starts_with = words()
    not_starts_with = words()
    below = whole()
    at_most = whole()
    at_least = whole()
    is_true = fields.Boolean()
    is_false = fields.Boolean()
    older_than_months = whole()
    within_months = whole()


class ConditionSchema(PolicyTable):
    """A condition with its code, its sentence and its remedy."""

    code = fields.String(required=True)
    text = fields.String(required=True)
    remedy = fields.String(required=True)
    of = fields.String()
    at = words()
    test = fields.Nested(TestSchema, required=True)
