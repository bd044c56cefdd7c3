"""Accounts: a change needs a second person, and the account belongs to the payee."""

import pytest

from tests.examples import LAB, PUDONG
from tests.given import given
from vouchers import application as app
from vouchers.account.decisions import (
    AccountApproverNotIndependent,
    AccountOfAnother,
    ApproveAccount,
    DeclineAccount,
    NoAccountProposed,
    ProposeAccount,
    propose,
)
from vouchers.account.events import Approved, Declined, Proposed
from vouchers.application.accounting import PayeeUnknown, account_of
from vouchers.kinds import ACCOUNT, PROVIDER
from vouchers.ledger import Meta
from vouchers.provider.decisions import ProviderUnknown
from vouchers.provider.sites import AddSite, SiteUnknown

PROPOSE, APPROVE = ProposeAccount(LAB, "account:2", LAB), ApproveAccount(LAB, "account:2")


def account(town, payee_id=LAB, site="", payee="provider"):
    """Where a party is paid now."""
    return town.ledger.execute(
        lambda unit: account_of(unit, payee_id, site, payee=payee), Meta("officer:li", "officer", town.on)
    ).result


def test_a_change_of_account_needs_a_second_person(town):
    town.do(app.propose_account, PROPOSE, actor="officer:li")
    assert account(town) == "account:1"
    with town.refused(AccountApproverNotIndependent):
        town.do(app.approve_account, APPROVE, actor="officer:li")
    town.do(app.approve_account, APPROVE, actor="finance:qian")
    assert account(town) == town.ledger.state(PROVIDER, LAB).account_ref == "account:2"


def test_only_the_account_that_was_proposed_is_approved(town):
    with town.refused(NoAccountProposed):
        town.do(app.approve_account, APPROVE, actor="finance:qian")
    town.do(app.propose_account, PROPOSE)
    with town.refused(NoAccountProposed):
        town.do(app.approve_account, ApproveAccount(LAB, "account:3"), actor="finance:qian")


def test_a_later_proposal_takes_the_place_of_one_that_waits(town):
    town.do(app.propose_account, PROPOSE)
    town.do(app.propose_account, ProposeAccount(LAB, "account:3", LAB))
    with town.refused(NoAccountProposed):
        town.do(app.approve_account, APPROVE, actor="finance:qian")
    town.do(app.approve_account, ApproveAccount(LAB, "account:3"), actor="finance:qian")
    assert account(town) == "account:3"


def test_a_declined_account_leaves_the_one_in_use(town):
    town.do(app.propose_account, PROPOSE)
    town.do(app.decline_account, DeclineAccount(LAB, "account:2", "the letter is forged"), actor="finance:qian")
    with town.refused(NoAccountProposed):
        town.do(app.approve_account, APPROVE, actor="finance:qian")
    assert account(town) == "account:1"


@pytest.mark.parametrize("reason", ["", " "])
def test_the_account_belongs_to_the_payee_or_somebody_says_why_not(town, reason):
    with town.refused(AccountOfAnother):
        town.do(app.propose_account, ProposeAccount(LAB, "account:2", PUDONG, "", reason))
    town.do(app.propose_account, ProposeAccount(LAB, "account:2", PUDONG, "", "the parent holds all accounts"))
    proposed = town.events(f"account/{LAB}")[-1]
    assert (proposed.holder_id, proposed.reason) == (PUDONG, "the parent holds all accounts")


def test_a_registry_file_proposes_another_account_and_changes_none(town):
    town.admit(account="account:2")
    assert account(town) == "account:1"
    with town.assert_quiet():
        town.admit(account="account:2")
    town.do(app.approve_account, APPROVE, actor="finance:qian")
    assert account(town) == "account:2"


def test_a_registry_file_does_not_propose_again_what_was_declined(town):
    town.admit(account="account:2")
    town.do(app.decline_account, DeclineAccount(LAB, "account:2", "the letter is forged"), actor="finance:qian")
    with town.assert_quiet():
        town.admit(account="account:2")
    town.do(app.propose_account, PROPOSE)
    assert town.ledger.state(ACCOUNT, LAB).proposed is not None


def test_the_same_steps_again_change_nothing(town):
    town.do(app.propose_account, PROPOSE)
    with town.assert_quiet():
        town.do(app.propose_account, PROPOSE)
    town.do(app.approve_account, APPROVE, actor="finance:qian")
    with town.assert_quiet():
        town.do(app.approve_account, APPROVE, actor="finance:qian")
        town.do(app.propose_account, PROPOSE)
    declining = DeclineAccount(LAB, "account:3", "not theirs")
    town.do(app.propose_account, ProposeAccount(LAB, "account:3", LAB))
    town.do(app.decline_account, declining, actor="finance:qian")
    with town.assert_quiet():
        town.do(app.decline_account, declining, actor="finance:qian")


def test_the_old_account_may_be_proposed_to_call_a_waiting_change_off():
    change = Proposed(LAB, "", "account:2", LAB, "", "officer:li")
    back = ProposeAccount(LAB, "account:1", LAB)
    past = given(ACCOUNT, change)
    past.when(propose, back, current="account:1", by="officer:li").then(
        Proposed(LAB, "", "account:1", LAB, "", "officer:li")
    )
    given(ACCOUNT).when(propose, back, current="account:1", by="officer:li").then()
    given(ACCOUNT, change, Declined(LAB, "", "account:2", "finance:qian", "no")).when(
        propose, back, current="account:1", by="officer:li"
    ).then()


def test_each_site_has_its_own_account(town):
    town.do(app.add_site, AddSite(LAB, "north", "North site", "310113"))
    assert account(town, site="north") == "account:1"
    town.move_account("account:9", site="north")
    assert (account(town), account(town, site="north")) == ("account:1", "account:9")
    with town.refused(SiteUnknown):
        town.move_account("account:9", site="south")


def test_an_enterprise_is_reimbursed_on_an_account_of_its_own(town):
    assert account(town, PUDONG, payee="enterprise") == ""
    town.move_account("account:firm", PUDONG)
    assert account(town, PUDONG, payee="enterprise") == account(town, PUDONG) == "account:firm"
    assert town.events(f"account/{PUDONG}")[-1] == Approved(PUDONG, "", "account:firm", "finance:qian")


def test_nobody_is_paid_who_is_neither_provider_nor_enterprise(town):
    with town.refused(PayeeUnknown):
        town.move_account("account:2", "91110000600037341L")
    with town.refused(ProviderUnknown):
        town.move_account("account:2", PUDONG, site="north")


def test_a_payment_goes_to_the_account_of_the_day_on_which_the_bank_is_told(town):
    town.approved("O-1")
    town.move_account("account:2")
    town.propose("S-1", "O-1")
    town.sign("S-1")
    assert town.settlement("S-1").lines["O-1-R1"].account_ref == "account:2"
