"""What-ifs: the real history played again with something otherwise, beside the service."""

from typing import Final

from flask import Response

from schemas.audit_jobs import JOB, WhatIfBody
from service.api.answering import Answer
from service.api.audit.jobs import ask
from service.api.blueprints import Blueprint

blueprint = Blueprint("whatifs", __name__, url_prefix="/v1/audit/whatifs")

_BODY: Final = WhatIfBody()


@blueprint.post("")
@blueprint.arguments(_BODY)
@blueprint.response(202, JOB)
def start(values: Answer) -> Response:
    """Let the history be played again, and nothing be written; the answer is a job, at the address in Location."""
    return ask("whatif", _said(values))


def _said(values: Answer) -> Answer:
    """The question as it was asked, without what it leaves open."""
    said = {name: value for name, value in _BODY.dump(values).items() if value}
    for name in said.keys() - {"title"}:
        said[name] = [{part: value for part, value in each.items() if value != ""} for each in said[name]]
    return said
