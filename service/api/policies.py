"""Policies: the rulebooks as they were adopted, those that come with the program, and the check of a new one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Response, request

from schemas.faults import RequestFaulty
from schemas.policies import check, digest, load_policy, shipped
from schemas.requests import PlainQuery
from schemas.strict import EncodingBroken
from schemas.values import day
from service.api import pages
from service.api.answering import Answer, page, reading, state
from service.api.asking import MediaTypeUnsupported, body_bytes, service
from service.api.blueprints import Blueprint
from service.api.versions import tagged
from service.projections import programmes as views
from vouchers import wire
from vouchers.kinds import PROGRAMME
from vouchers.policy import PolicyFault, PolicyFaults
from vouchers.programme.decisions import announced
from vouchers.programme.events import PolicyAdopted
from vouchers.refusals import NotFound, Refused

blueprint = Blueprint("policies", __name__, url_prefix="/v1")

_TYPES: Final = ("application/toml", "application/json")
# What the document of the API says of a policy in a body, which has schemas and checks of its own.
DOCUMENT: Final[dict[str, Any]] = {
    "required": True,
    "description": "A policy as TOML or JSON in UTF-8.",
    "content": {"application/toml": {"schema": {"type": "string"}}, "application/json": {"schema": {}}},
}
_PLAIN = PlainQuery()


class PolicyFaulty(Refused):
    """The policy document has a fault."""


class PolicyUnsound(RequestFaulty):
    """The policy document has faults; each is listed with its place and remedy."""

    status = 422


class PolicyVersionUnknown(NotFound):
    """There is no policy with this name or version."""

    remedy = "List the policies to see their names and versions."


class DayQuery(PlainQuery):
    """An address that may ask for a day."""

    on = day()


_ON_DAY = DayQuery()


@blueprint.post("/policies/check")
@blueprint.doc(requestBody=DOCUMENT)
@blueprint.response(200, pages.CHECKED)
def check_policy() -> Response:
    """Check a policy document and name every fault with its place and remedy; nothing is recorded."""
    text = document_text()
    faults = check(text)
    found: Answer = {"sound": not faults, "faults": [_told(fault) for fault in faults]}
    if not faults:
        rules, document = load_policy(text)
        found |= {"programme": rules.programme, "version": rules.version, "digest": digest(document)}
        found |= {"title": rules.title, "effective_on": rules.effective_on, "ends_on": rules.ends_on}
    return state(found, service().ledger.size())


@blueprint.get("/policies")
@blueprint.response(200, pages.SHIPPED)
def list_shipped() -> Response:
    """The policies that come with the program, by name."""
    items = []
    for name, path in shipped().items():
        rules, document = load_policy(path)
        days = {"effective_on": rules.effective_on, "ends_on": rules.ends_on}
        about = {"programme": rules.programme, "version": rules.version, "title": rules.title}
        items.append({"name": name, **about, **days, "digest": digest(document)})
    return page(items, None, service().ledger.size())


@blueprint.get("/policies/<name:policy>")
@blueprint.response(200, pages.DOCUMENT)
@tagged()
def show_shipped(policy: str) -> Response:
    """One of the policies that come with the program, as a document."""
    path = shipped().get(policy)
    if path is None:
        raise PolicyVersionUnknown(pointer="/path/policy")
    return state({"name": policy, "document": load_policy(path)[1]}, service().ledger.size())


@blueprint.get("/programmes/<name:programme>/policies")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.POLICIES)
def list_policies(values: Answer, programme: str) -> Response:
    """The policies of a programme, with who proposed and who approved each."""
    announced(service().ledger.state(PROGRAMME, programme))
    with reading(values.get("after")) as (session, position):
        items = [row.as_dict() for row in views.policies(session, programme)]
    return page(items, None, position)


@blueprint.get("/programmes/<name:programme>/policies/<name:version>")
@blueprint.arguments(_PLAIN, location="query")
@blueprint.response(200, pages.POLICY)
@tagged()
def show_policy(_: Answer, programme: str, version: str) -> Response:
    """A policy as it was adopted: the whole document, whose canonical text has the digest."""
    known = service().ledger.state(PROGRAMME, programme)
    announced(known)
    adopted = known.policy(version)
    if adopted is None:
        raise PolicyVersionUnknown(pointer="/path/version")
    return state(_shown(adopted), service().ledger.size())


@blueprint.get("/programmes/<name:programme>/policy")
@blueprint.arguments(_ON_DAY, location="query")
@blueprint.response(200, pages.POLICY)
@tagged()
def show_policy_in_force(values: Answer, programme: str) -> Response:
    """The policy that is in force on a day, today unless another is asked for."""
    known = service().ledger.state(PROGRAMME, programme)
    announced(known)
    adopted = known.policy_on(values.get("on") or service().today())
    if adopted is None:
        raise PolicyVersionUnknown("No policy is in force on this day.", pointer="/query/on")
    return state(_shown(adopted), service().ledger.size())


def document_text() -> str:
    """The policy document of a request, still a text."""
    if request.mimetype not in _TYPES:
        remedy = f"Send the document with the header Content-Type: {' or '.join(_TYPES)}."
        raise MediaTypeUnsupported(pointer="/headers/content-type", remedy=remedy)
    try:
        return body_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        detail = f"Byte {fault.start + 1} of the request is not valid UTF-8."
        raise EncodingBroken(detail, remedy="Send the document in UTF-8.") from fault


@contextmanager
def faults_told() -> Iterator[None]:
    """Every fault of a policy document as a refusal with its place."""
    try:
        yield
    except PolicyFaults as found:
        faults = tuple(_refused(fault) for fault in found.faults)
        raise faults[0] if len(faults) == 1 else PolicyUnsound(faults) from found


def _refused(fault: PolicyFault) -> PolicyFaulty:
    pointer = "/" + fault.path.replace("~", "~0").replace("/", "~1").replace(".", "/") if fault.path else ""
    return PolicyFaulty(fault.message, pointer=pointer, remedy=fault.remedy or "Correct the document.")


def _told(fault: PolicyFault) -> Answer:
    return {"path": fault.path, "fault": fault.message, "remedy": fault.remedy}


def _shown(adopted: PolicyAdopted) -> Answer:
    shown: Answer = wire.plain(adopted)
    return {**shown, "document": wire.parse(adopted.document)}
