"""Replays for the regulator: every decision decided again, beside the service."""

from typing import Final

from flask import Response

from schemas.audit_jobs import JOB, ReplayBody
from service.api.answering import Answer
from service.api.audit.jobs import ask
from service.api.blueprints import Blueprint

blueprint = Blueprint("replays", __name__, url_prefix="/v1/audit/replays")

_BODY: Final = ReplayBody()


@blueprint.post("")
@blueprint.arguments(_BODY)
@blueprint.response(202, JOB)
def start(values: Answer) -> Response:
    """Let every decision be decided again; the answer is a job, at the address in Location."""
    return ask("replay", values, values.get("size"))
