"""What needs no key: what each problem means, and whom to tell of a weakness."""

from typing import Final

from flask import Response, render_template, request

from schemas import problems
from schemas.problems import Page
from schemas.reasons import POLICY_REASONS
from service import clock
from service.api.asking import service
from service.api.blueprints import Blueprint
from vouchers import wire
from vouchers.days import add_days
from vouchers.kinds import PROGRAMME
from vouchers.refusals import Ineligible, NotFound

blueprint = Blueprint("public", __name__)

_TEXT, _PAGE = "text/plain", "text/html"
# Scripts, pictures and forms have no business here.
_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_SHOWN: Final = {"type": "string"}
_MOST_PROGRAMMES: Final = 100
_HOLDS: Final = 180  # days; whoever reads it later asks again


class ProblemUnknown(NotFound):
    """There is no problem with this code."""


class ContactUnknown(NotFound):
    """This installation names nobody to tell of a weakness."""

    remedy = "Tell whoever operates it; the setting contact.security names an address."


@blueprint.get("/problems")
@blueprint.response(200, _SHOWN, content_type=_TEXT)
@blueprint.alt_response(200, schema=_SHOWN, content_type=_PAGE)
def list_problems() -> Response:
    """Every problem with its meaning, as a page or as text."""
    pages = problems.pages()
    if _wants_page():
        return _page(render_template("problems.html", pages=pages))
    return Response("".join(f"{page.status} {page.code}: {page.sentence}\n" for page in pages), mimetype=_TEXT)


@blueprint.get("/problems/<name:code>")
@blueprint.response(200, _SHOWN, content_type=_TEXT)
@blueprint.alt_response(200, schema=_SHOWN, content_type=_PAGE)
def explain_problem(code: str) -> Response:
    """What a code means, whether it is ours or a reason of an adopted policy, as a page or as text."""
    page = _found(code)
    if page is None:
        raise ProblemUnknown(pointer="/path/code", remedy="Copy the code from the problem document.")
    if _wants_page():
        return _page(render_template("problem.html", page=page))
    return Response(page.text, mimetype=_TEXT)


@blueprint.get("/.well-known/security.txt")
@blueprint.response(200, _SHOWN, content_type=_TEXT)
@blueprint.alt_response(404, "Problem404")
def tell_contact() -> Response:
    """Whom to tell of a weakness (RFC 9116)."""
    contact = service().settings.contact.security
    if not contact:
        raise ContactUnknown(pointer="/path")
    until = add_days(clock.today("UTC"), _HOLDS)
    return Response(f"Contact: {contact}\nExpires: {until}T00:00:00Z\nPreferred-Languages: zh, en\n", mimetype=_TEXT)


def _wants_page() -> bool:
    return request.accept_mimetypes.best_match([_TEXT, _PAGE], _TEXT) == _PAGE


def _page(text: str) -> Response:
    response = Response(text, mimetype=_PAGE)
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _found(code: str) -> Page | None:
    if code == problems.FAULT_CODE:
        return problems.FAULT_PAGE
    if refusal := problems.known().get(code):
        return problems.page_of(refusal)
    if code in POLICY_REASONS:
        return Page(code, POLICY_REASONS[code], Ineligible.status)
    conditions = _conditions(code)
    if not conditions:
        return None
    sentence = " ".join(dict.fromkeys(text for text, _ in conditions))
    remedies = tuple(dict.fromkeys(remedy for _, remedy in conditions))
    return Page(code, sentence, Ineligible.status, remedies)


def _conditions(code: str) -> list[tuple[str, str]]:
    """The sentences and remedies of the adopted policies' conditions with this code."""
    ledger = service().ledger
    documents = [
        wire.parse(adopted.document)
        for name in ledger.names("programme/", limit=_MOST_PROGRAMMES)
        for adopted in ledger.state(PROGRAMME, name.removeprefix("programme/")).policies
    ]
    return [found for document in documents for found in problems.conditions(document, code)]
