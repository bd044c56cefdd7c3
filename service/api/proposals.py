"""Proposals: a policy or a transfer between pools that one person proposes and another approves."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Response, jsonify

from schemas.commands import body_of
from schemas.policies import canonical, digest, load_policy
from schemas.requests import NoBody, ProgrammeQuery
from schemas.values import amount_in, day, text
from service import clock
from service.api import pages
from service.api.acting import check_pools
from service.api.answering import Answer, number_after, page, state
from service.api.asking import caller, service
from service.api.blueprints import Blueprint
from service.api.currencies import in_money
from service.api.policies import DOCUMENT, document_text, faults_told
from service.permissions import RoleNotAllowed
from service.proposals import Proposal, Proposals
from service.reach import check_programme
from service.wiring import Who
from vouchers import application
from vouchers.application import Outcome
from vouchers.budget.decisions import TransferBudget
from vouchers.kinds import PROGRAMME
from vouchers.programme.decisions import AdoptPolicy, Announce, SecondPersonNeeded, announced
from vouchers.refusals import Refused, Unavailable
from vouchers.texts import same_person

blueprint = Blueprint("proposals", __name__, url_prefix="/v1")

_TRANSFER: Final = body_of(TransferBudget, {"programme", "period", "pool", "proposed_by"})
_NOTHING, _LIST = NoBody(), ProgrammeQuery()


class FilingQuery(NoBody):
    """The filing of a policy with the higher authority: its reference and its day."""

    filing = text()
    filed_on = day()


_FILING = FilingQuery()


@blueprint.post("/proposals/policies")
@blueprint.doc(requestBody=DOCUMENT)
@blueprint.arguments(_FILING, location="query")
@blueprint.response(201, pages.PROPOSAL)
def propose_policy(values: Answer) -> Response:
    """Propose a policy, as TOML or JSON; a document with faults is refused with all of them."""
    with faults_told():
        rules, document = load_policy(document_text())
    check_programme(caller(), rules.programme)
    terms = {"version": rules.version, "effective_on": rules.effective_on, "ends_on": rules.ends_on}
    terms |= {"title": rules.title, "authority": rules.authority, "currency": rules.currency}
    return _propose(
        "policy", rules.programme, {**terms, **values, "digest": digest(document), "document": canonical(document)}
    )


@blueprint.post("/programmes/<name:programme>/budgets/<name:period>/<name:pool>/transfers")
@blueprint.arguments(_TRANSFER)
@blueprint.response(201, pages.PROPOSAL)
def propose_transfer(values: Answer, programme: str, period: str, pool: str) -> Response:
    """Propose that free money of a pool goes to another pool."""
    currency = announced(service().ledger.state(PROGRAMME, programme)).currency
    terms = {"period": period, "pool": pool, **values, "amount": amount_in(currency, values, "amount")}
    check_pools(programme, pool, values["to_pool"])
    return _propose("transfer", programme, terms)


@blueprint.get("/proposals")
@blueprint.arguments(_LIST, location="query")
@blueprint.response(200, pages.PROPOSALS)
def list_proposals(values: Answer) -> Response:
    """What waits for a second person, in the order of proposing."""
    limit = values["limit"]
    found = _desk().waiting(values.get("programme", ""), after=number_after(values.get("cursor")), limit=limit)
    items = [_shown(each, whole=False) for each in found]
    return page(items, found[-1].number if len(found) == limit else None, service().ledger.size())


@blueprint.get("/proposals/<name:proposal_id>")
@blueprint.response(200, pages.PROPOSAL)
def show_proposal(proposal_id: str) -> Response:
    """One proposal with all that it says, and what became of it."""
    return state(_shown(_found(proposal_id), whole=True), service().ledger.size())


@blueprint.post("/proposals/<name:proposal_id>/approval")
@blueprint.arguments(_NOTHING)
@blueprint.response(200, pages.APPROVED)
def approve_proposal(_: Answer, proposal_id: str) -> Response:
    """Approve a proposal as a second person: it takes effect now. Approving again answers the same."""
    by = caller().actor
    _to_decide(proposal_id)
    proposal = _desk().take(proposal_id, by)
    try:
        outcome = _CARRY_OUT[proposal.kind](proposal)
    except Unavailable:
        # It may have taken effect: nobody else decides on it, and the same person asks again.
        raise
    except Refused:
        _desk().end(proposal_id, by, "open")
        raise
    _desk().end(proposal_id, by, "approved")
    shown = in_money(outcome.answer, {"programme": proposal.programme})
    return jsonify({**shown, "proposal_id": proposal_id, "status": "approved", "position": outcome.position})


@blueprint.post("/proposals/<name:proposal_id>/withdrawal")
@blueprint.arguments(_NOTHING)
@blueprint.response(200, pages.PROPOSAL)
def withdraw_proposal(_: Answer, proposal_id: str) -> Response:
    """Withdraw a proposal that nobody has approved."""
    _to_decide(proposal_id)
    _desk().withdraw(proposal_id, caller().actor)
    return state(_shown(_found(proposal_id), whole=False), service().ledger.size())


def _adopt(proposal: Proposal) -> Outcome:
    """Adopt the policy; the programme is announced with its first one."""
    terms = proposal.terms
    if service().ledger.state(PROGRAMME, proposal.programme).announced is None:
        if same_person(caller().actor, proposal.proposed_by):
            raise SecondPersonNeeded(pointer="/approved_by", remedy="Let another officer approve it.")
        words = (terms["title"], terms["authority"], terms["currency"], service().sampling_commitment)
        _run(application.announce, Announce(proposal.programme, *words), "")
    says = {name: terms.get(name, "") for name in ("version", "effective_on", "ends_on", "digest", "document")}
    filing = {name: terms.get(name, "") for name in ("filing", "filed_on")}
    people = {"proposed_by": proposal.proposed_by, "approved_by": caller().actor}
    command = AdoptPolicy(programme=proposal.programme, **says, **people, **filing)
    return _run(application.adopt_policy, command, proposal.proposal_id)


def _transfer(proposal: Proposal) -> Outcome:
    command = TransferBudget(programme=proposal.programme, **proposal.terms, proposed_by=proposal.proposed_by)
    return _run(application.transfer_budget, command, proposal.proposal_id)


_CARRY_OUT: Final[Mapping[str, Callable[[Proposal], Outcome]]] = {"policy": _adopt, "transfer": _transfer}


def _run(use_case: Callable[..., Any], command: object, key: str) -> Outcome:
    # The proposal's number is the key: whatever happens to the answer, it takes effect once.
    return service().execute(use_case, command, Who(caller().actor, caller().role), key=key)


def _propose(kind: str, programme: str, terms: dict[str, Any]) -> Response:
    proposal = _desk().propose(kind, programme, terms, by=caller().actor, now=clock.now())
    response = state(_shown(proposal, whole=False), service().ledger.size())
    response.status_code = 201
    response.headers["Location"] = f"/v1/proposals/{proposal.proposal_id}"
    return response


def _to_decide(proposal_id: str) -> None:
    """Refuse who may not decide on a proposal: on policies officers alone do."""
    if _found(proposal_id).kind == "policy" and caller().role != "officer":
        raise RoleNotAllowed(f"The role {caller().role} may not do this.", remedy="This is for officer.")


def _found(proposal_id: str) -> Proposal:
    proposal = _desk().find(proposal_id)
    check_programme(caller(), proposal.programme)
    return proposal


def _shown(proposal: Proposal, *, whole: bool) -> Answer:
    said = proposal._asdict()
    del said["number"]
    terms = dict(said.pop("terms"))
    if not whole:
        terms.pop("document", "")
    if proposal.kind == "transfer":
        terms = in_money(terms, {"programme": proposal.programme})
    return {**said, "terms": terms}


def _desk() -> Proposals:
    return Proposals(service().desk)
