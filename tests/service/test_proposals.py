"""Proposals at the desk: one person decides on each, whoever asks at the same time, on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service import proposals
from service.desk import Desk
from service.proposals import ProposalEnded, Proposals, ProposalUnknown, TooManyProposals
from tests.service.walk import address

NOON = "2026-02-02T04:00:00Z"
STORES = ("sqlite", "postgres")


@pytest.fixture(params=STORES)
def desk(request, tmp_path):
    desk = Desk(address(request.param, request, tmp_path, "desk"))
    yield desk
    desk.close()


def propose(desk, by="officer:li", **terms):
    return Proposals(desk).propose("transfer", "SH-STIV", {"amount": 1} | terms, by=by, now=NOON)


def test_of_many_who_decide_at_once_one_does(desk):
    proposal = propose(desk)

    def take(number):
        try:
            return Proposals(desk).take(proposal.proposal_id, f"officer:{number}").decided_by
        except ProposalEnded:
            return ""

    with ThreadPoolExecutor(8) as pool:
        decided = list(pool.map(take, range(8)))
    winner = next(filter(None, decided))
    assert decided.count("") == 7
    assert Proposals(desk).find(proposal.proposal_id).decided_by == winner
    assert take(int(winner.partition(":")[2])) == winner, "the same person may go on after an interruption"


def test_what_is_given_back_can_be_decided_by_somebody_else(desk):
    number = propose(desk).proposal_id
    desks = Proposals(desk)
    desks.take(number, "officer:wu")
    with pytest.raises(ProposalEnded):
        desks.withdraw(number, "officer:li")
    assert desks.end(number, "officer:wu", "open").status == "open"
    assert desks.take(number, "officer:zhou").decided_by == "officer:zhou"
    assert desks.end(number, "officer:zhou", "approved").status == "approved"
    with pytest.raises(ProposalEnded):
        desks.take(number, "officer:wu")


def test_the_same_proposal_of_the_same_person_is_one_and_of_another_is_another(desk):
    assert propose(desk).proposal_id == propose(desk).proposal_id
    assert propose(desk, by="officer:wu").proposal_id != propose(desk).proposal_id
    assert [each.number for each in Proposals(desk).waiting("SH-STIV")] == [1, 2]
    assert [each.number for each in Proposals(desk).waiting(after=1)] == [2]
    assert Proposals(desk).waiting("OTHER") == []


def test_no_more_proposals_wait_than_people_can_look_at(desk, monkeypatch):
    monkeypatch.setattr(proposals, "MOST_OPEN", 2)
    propose(desk, to="A")
    propose(desk, to="B")
    with pytest.raises(TooManyProposals):
        propose(desk, to="C")
    Proposals(desk).withdraw(propose(desk, to="A").proposal_id, "officer:li")
    assert propose(desk, to="C").status == "open"


def test_what_was_never_proposed_is_unknown(desk):
    with pytest.raises(ProposalUnknown):
        Proposals(desk).take("P-0", "officer:wu")
