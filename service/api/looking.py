"""Second looks at enterprises: facts are corrected, one takes the place of another, grants are looked at again."""

from typing import Any, Final

from flask import Response, jsonify

from schemas.requests import NoBody
from schemas.values import name
from service.api import pages
from service.api.acting import Act, read
from service.api.answering import Answer
from service.api.asking import caller, idempotency_key, service
from service.api.blueprints import Blueprint
from service.projections.entitlements import entitlements
from service.reassessing import look_again, recheck_groups
from service.wiring import Who
from vouchers import application
from vouchers.enterprise.decisions import known
from vouchers.kinds import ENTERPRISE

blueprint = Blueprint("looking", __name__, url_prefix="/v1")

MOST_GRANTS: Final = 1_000


class SecondLookBody(NoBody):
    """Which grants are looked at: all, or those of a programme."""

    programme = name()


def _programmes(said: dict[str, Any]) -> tuple[str, ...]:
    """The programmes that granted something to the enterprise whose place is taken."""
    service().catch_up()
    with service().views.session() as session:
        rows = entitlements(session, enterprise_id=said["predecessor_id"], limit=MOST_GRANTS)
    return tuple(dict.fromkeys(row.programme for row in rows if row.outcome in ("granted", "passed")))


_CORRECTION: Final = Act("/enterprises/<name:enterprise_id>/corrections", application.correct_facts)
_SUCCESSION: Final = Act(
    "/enterprises/<name:predecessor_id>/succession", application.record_succession, made={"programmes": _programmes}
)
_LOOK: Final = SecondLookBody()
_TAG: Final = ["enterprises"]


@blueprint.post(_CORRECTION.path, tags=_TAG)
@blueprint.arguments(_CORRECTION.schema)
@blueprint.response(200, pages.LOOKED)
def correct_facts(values: Answer, enterprise_id: str) -> Response:
    """Put facts in the place of wrong ones and look again at what was granted; decisions stand, and findings open."""
    return _run(_CORRECTION, read(_CORRECTION, values, {"enterprise_id": enterprise_id}), enterprise_id)


@blueprint.post(_SUCCESSION.path, tags=_TAG)
@blueprint.arguments(_SUCCESSION.schema)
@blueprint.response(200, pages.LOOKED)
def record_succession(values: Answer, predecessor_id: str) -> Response:
    """Let an enterprise take the place of another: what that one was granted passes to it."""
    return _run(_SUCCESSION, read(_SUCCESSION, values, {"predecessor_id": predecessor_id}), predecessor_id)


@blueprint.post("/enterprises/<name:enterprise_id>/second-look", tags=_TAG)
@blueprint.arguments(_LOOK)
@blueprint.response(200, pages.LOOKED)
def look_at(values: Answer, enterprise_id: str) -> Response:
    """Look again at what an enterprise was granted, on the facts known now; what the policy says follows at once."""
    known(service().ledger.state(ENTERPRISE, enterprise_id))
    return _looked({"enterprise_id": enterprise_id}, enterprise_id, values.get("programme", ""))


def _run(row: Act, asked: tuple[Any, tuple[str, ...]], enterprise_id: str) -> Response:
    command, filled = asked
    outcome = service().execute(row.use_case, command, _who(), key=idempotency_key(), filled=filled)
    return _looked(outcome.answer, enterprise_id)


def _looked(answer: Answer, enterprise_id: str, programme: str = "") -> Response:
    """The answer with what the second look found, and the position after it."""
    looks = look_again(service(), enterprise_id, _who(), programme=programme)
    over = recheck_groups(service(), [enterprise_id], _who())
    return jsonify({**answer, "looks": looks, "over": over, "position": service().ledger.size()})


def _who() -> Who:
    return Who(caller().actor, caller().role)
