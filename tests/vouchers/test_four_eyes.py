"""Four eyes: the second person is another one, in whatever role and however the name is typed."""

import pytest

from tests.examples import LAB
from vouchers import application as app
from vouchers.account.decisions import AccountApproverNotIndependent, ApproveAccount, ProposeAccount
from vouchers.budget.decisions import TransferBudget, TransferNotIndependent
from vouchers.review.decisions import ReviewerNotIndependent
from vouchers.settlement.decisions import ApproverNotIndependent
from vouchers.texts import same_person


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("finance:sun", "finance:sun", True),
        ("finance:sun", "finance:Sun", True),
        ("finance:sun", "officer:sun", True),
        ("reviewer:sun", "officer:SUN", True),
        ("finance:sun", "finance:sung", False),
        ("finance:sun", "finance:qian", False),
        ("provider:sun", "officer:sun", False),
        ("enterprise:sun", "provider:sun", False),
    ],
)
def test_one_person_in_two_roles_of_the_office_is_one_person(one, other, same):
    assert same_person(one, other) is same_person(other, one) is same


@pytest.mark.parametrize("again", ["finance:sun", "finance:Sun", "officer:sun"])
def test_who_proposed_a_batch_approves_it_in_no_other_role(town, again):
    town.approved()
    town.propose("S-1", "O-1")  # as finance:sun
    with town.refused(ApproverNotIndependent):
        town.sign("S-1", again)
    town.sign("S-1", "officer:qian")
    assert town.settlement("S-1").approved_by == "officer:qian"


@pytest.mark.parametrize("again", ["reviewer:zhao", "reviewer:Zhao", "officer:zhao"])
def test_who_approved_a_claim_is_not_the_second_to_approve_it(town, again):
    town.tier("D")
    town.claimed()
    town.approve(reviewer="reviewer:zhao")
    with town.refused(ReviewerNotIndependent):
        town.approve(reviewer=again)
    town.approve(reviewer="reviewer:feng")
    assert town.state().status == "approved"


@pytest.mark.parametrize("again", ["officer:li", "finance:li"])
def test_who_proposed_an_account_approves_it_in_no_other_role(town, again):
    town.do(app.propose_account, ProposeAccount(LAB, "account:2", LAB), actor="officer:li")
    with town.refused(AccountApproverNotIndependent):
        town.do(app.approve_account, ApproveAccount(LAB, "account:2"), actor=again)
    assert town.do(app.approve_account, ApproveAccount(LAB, "account:2"), actor="finance:wu")


def test_who_proposed_a_transfer_between_pools_approves_it_in_no_other_role(town):
    move = TransferBudget("SH-STIV", "2026", "TEST", "RND", 100, "letter 3", "officer:li")
    with town.refused(TransferNotIndependent):
        town.do(app.transfer_budget, move, actor="finance:Li")
    assert town.do(app.transfer_budget, move, actor="finance:wu")
