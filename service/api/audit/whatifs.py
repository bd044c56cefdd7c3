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
    return ask("whatif", values)
