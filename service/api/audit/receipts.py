"""The receipt of a decision, for the party that it is about and for the office."""

from typing import Final

from flask import Response

from schemas import receipts as answers
from service.api.answering import Answer
from service.api.asking import caller, predecessors, service
from service.api.audit.labels import label
from service.api.blueprints import Blueprint
from service.audit.finding import NothingNamed, decision_of
from service.audit.receipts import make_receipt
from service.audit.receipts.making import EntryUnknown
from service.audit.replaying.sources import Opened
from service.outward.audience import audience_of

blueprint = Blueprint("receipts", __name__, url_prefix="/v1/audit/receipts")

_QUERY: Final = answers.ReceiptQuery()
_JSON: Final = "application/json"


@blueprint.get("")
@blueprint.arguments(_QUERY, location="query")
@blueprint.response(200, answers.RECEIPT)
def find_receipt(values: Answer) -> Response:
    """The receipt of the decision about an order, a claim, a voucher or a firm."""
    try:
        seq = decision_of(Opened(service().ledger), values["about"])
    except NothingNamed as refused:  # What is another's is as unknown as what never was.
        raise EntryUnknown(pointer="/query/about") from refused
    return _receipt(seq)


@blueprint.get("/<int:seq>")
@blueprint.response(200, answers.RECEIPT)
def show_receipt(seq: int) -> Response:
    """A decision with its reasons, balances and proof, in one file that is checked offline."""
    return _receipt(seq)


def _receipt(seq: int) -> Response:
    made = make_receipt(service(), seq, audience_of(caller(), predecessors()))
    response = Response(made.content, mimetype=_JSON)
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{seq}.json"'
    checkpoint = made.proof.checkpoint
    return label(response, checkpoint.size, checkpoint.root)
