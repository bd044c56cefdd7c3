"""Corrections over HTTP: looked at, agreed to, or rejected; they are proposed at the console, from a what-if."""

from typing import Any, Final

from flask import Response, jsonify

from schemas import corrections as answers
from schemas.requests import NoBody, PageQuery, ReasonBody
from service.api.answering import Answer, act, decode_cursor, encode_cursor, money, with_money
from service.api.asking import caller, service
from service.api.audit.labels import label
from service.api.blueprints import Blueprint
from service.reach import check_programme, reaches
from vouchers import application
from vouchers.application.correcting import correction_told
from vouchers.correction.decisions import ApproveCorrection, RejectCorrection, known
from vouchers.correction.state import Correction
from vouchers.kinds import CORRECTION

blueprint = Blueprint("corrections", __name__, url_prefix="/v1/audit")

_NOTHING, _REASON, _PAGE = NoBody(), ReasonBody(), PageQuery()
_TOTAL: Final = frozenset({"total"})


@blueprint.get("/corrections")
@blueprint.arguments(_PAGE, location="query")
@blueprint.response(200, answers.CORRECTIONS)
def list_corrections(values: Answer) -> Response:
    """Every correction and how it stands, by its number."""
    ledger = service().ledger
    size, root = ledger.tree.head()
    after = decode_cursor(values["cursor"]) if "cursor" in values else ""
    names = ledger.names(CORRECTION.stream(""), CORRECTION.stream(after) if after else "", values["limit"])
    found = [_told(name.partition("/")[2]) for name in names]
    items = [each for each, programme in found if reaches(caller(), programme, caller().site)]
    following = encode_cursor(names[-1].partition("/")[2]) if len(names) == values["limit"] else None
    return label(jsonify({"items": items, "next": following, "position": size}), size, root)


@blueprint.get("/corrections/<name:correction_id>")
@blueprint.response(200, answers.WHOLE)
def show_correction(correction_id: str) -> Response:
    """One correction: what it rests on, every finding, and what became of it."""
    size, root = service().ledger.tree.head()
    state = _within_reach(correction_id)
    proposed = known(state)
    names = ("reason", "proposed_by", "basis", "change", "size", "root")
    told = {**_told(correction_id)[0], **{name: getattr(proposed, name) for name in names}}
    told["finding_list"] = [_finding(each, proposed.currency) for each in state.findings]
    return label(jsonify({**told, "position": size}), size, root)


@blueprint.post("/corrections/<name:correction_id>/approval")
@blueprint.arguments(_NOTHING)
@blueprint.response(200, answers.STEP)
def approve(_: Answer, correction_id: str) -> Response:
    """Agree to a correction; with the second one who does, what follows from its findings is carried out."""
    _within_reach(correction_id)
    return act(application.approve_correction, ApproveCorrection(correction_id), _shown)


@blueprint.post("/corrections/<name:correction_id>/rejection")
@blueprint.arguments(_REASON)
@blueprint.response(200, answers.STEP)
def reject(values: Answer, correction_id: str) -> Response:
    """Do not agree to a correction; everything stays as it is."""
    _within_reach(correction_id)
    return act(application.reject_correction, RejectCorrection(correction_id, values["reason"]), _shown)


def _within_reach(correction_id: str) -> Correction:
    state = service().ledger.state(CORRECTION, correction_id)
    check_programme(caller(), known(state).programme)
    return state


def _told(correction_id: str) -> tuple[Answer, str]:
    told = correction_told(correction_id, service().ledger.state(CORRECTION, correction_id))
    return _shown(told), told["programme"]


def _shown(answer: Answer) -> Answer:
    shown = with_money(answer, answer["currency"], _TOTAL)
    del shown["currency"]
    return shown


def _finding(finding: Any, currency: str) -> Answer:
    told = {name: getattr(finding, name) for name in finding.__dataclass_fields__}
    return told | {name: money(told[name], currency) for name in ("amount", "stands")}
