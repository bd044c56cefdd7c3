"""What needs no key: the page behind each problem's type."""

from flask import Response

from schemas import problems
from schemas.reasons import POLICY_REASONS
from service.api.asking import service
from service.api.blueprints import Blueprint
from vouchers import wire
from vouchers.kinds import PROGRAMME
from vouchers.refusals import Ineligible, NotFound

blueprint = Blueprint("public", __name__)


class ProblemUnknown(NotFound):
    """There is no problem with this code."""


@blueprint.get("/problems/<name:code>")
def explain_problem(code: str) -> Response:
    """What a code means, whether it is ours or a reason of an adopted policy."""
    text = _page(code)
    if text is None:
        raise ProblemUnknown(pointer="/path/code", remedy="Copy the code from the problem document.")
    return Response(text, mimetype="text/plain")


def _page(code: str) -> str | None:
    if code == problems.FAULT_CODE:
        return problems.page(code, problems.FAULT_SENTENCE, 500, (problems.FAULT_REMEDY,))
    if refusal := problems.known().get(code):
        told = (refusal.remedy,) if refusal.remedy else ()
        return problems.page(code, problems.sentence(refusal), refusal.status, told)
    if code in POLICY_REASONS:
        return problems.page(code, POLICY_REASONS[code], Ineligible.status)
    conditions = _conditions(code)
    if not conditions:
        return None
    sentence = " ".join(dict.fromkeys(text for text, _ in conditions))
    remedies = tuple(dict.fromkeys(remedy for _, remedy in conditions))
    return problems.page(code, sentence, Ineligible.status, remedies)


def _conditions(code: str) -> list[tuple[str, str]]:
    """The sentences and remedies of the adopted policies' conditions with this code."""
    ledger = service().ledger
    documents = [
        wire.parse(adopted.document)
        for name in ledger.names("programme/", limit=_MOST_PROGRAMMES)
        for adopted in ledger.state(PROGRAMME, name.removeprefix("programme/")).policies
    ]
    return [found for document in documents for found in problems.conditions(document, code)]


_MOST_PROGRAMMES = 100
