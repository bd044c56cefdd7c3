"""How a decision came about, for the party that it is about and for the office."""

from flask import Response, jsonify

from schemas import receipts as answers
from service.api.asking import caller, predecessors, service
from service.api.audit.labels import label
from service.api.blueprints import Blueprint
from service.audit.explaining import explain_decision
from service.outward.audience import audience_of

blueprint = Blueprint("decisions", __name__, url_prefix="/v1/audit/decisions")


@blueprint.get("/<int:seq>/explanation")
@blueprint.response(200, answers.EXPLANATION)
def explain(seq: int) -> Response:
    """Which rules, facts and arithmetic a decision rests on, when it was recorded by outside clocks, and its proof."""
    size, root = service().ledger.tree.head()
    found = explain_decision(service(), seq, audience_of(caller(), predecessors()))
    return label(jsonify({**found, "position": size}), size, root)
