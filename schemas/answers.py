"""What the API answers, member by member."""

from marshmallow import Schema, fields

from schemas import shapes
from schemas.shapes import Shape
from schemas.values import Checked


def said(shape: str | Shape, **options: object) -> Checked:
    """A member of an answer; answers are made by us, and so never checked again."""
    return Checked(lambda value: value, shape, **({"required": True} | options))


_TEXT = {"type": "string"}


class ProblemError(Schema):
    """One fault or reason: where it is, its code, what is wrong, what helps; a policy's reason with its clause."""

    pointer = said(_TEXT | {"description": "A JSON pointer (RFC 6901) into the body; or /query/, /headers/, /path/."})
    code = said(_TEXT | {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"})
    detail = said(_TEXT)
    remedy = said(_TEXT)
    clause = said(_TEXT, required=False)


class Problem(Schema):
    """Why a request was not done (RFC 9457)."""

    type = said(_TEXT | {"format": "uri-reference", "description": "The page that explains the code."})
    title = said(_TEXT | {"description": "The sentence of the code."})
    status = said(shapes.count(400, 599))
    detail = said(_TEXT | {"description": "What is wrong this time."})
    instance = said(_TEXT | {"format": "uri-reference", "description": "The address that was asked."})
    code = said(_TEXT | {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "description": "Stable, for programs."})
    remedy = said(_TEXT | {"description": "What helps."})
    errors = fields.List(fields.Nested(ProblemError()), required=True)
    trace_id = said(_TEXT | {"description": "The trace of the request, to quote to the operator."}, required=False)


PROBLEM = Problem()
