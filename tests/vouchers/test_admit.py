"""Providers enter the directory."""

from dataclasses import replace

from tests.examples import DIGEST, LAB
from tests.given import given
from vouchers.kinds import PROVIDER
from vouchers.provider.decisions import Admit, ProviderUnknown, admit
from vouchers.provider.events import AccountSet, Admitted

COMMAND = Admit(LAB, "Lab", "register", DIGEST, {"kind": "lab"}, "account:1")
ADMITTED = Admitted("Lab", "register", DIGEST, {"kind": "lab"})
ACCOUNT = AccountSet("account:1")


def test_a_provider_enters_with_its_facts_and_account():
    state = given(PROVIDER).when(admit, COMMAND).then(ADMITTED, ACCOUNT)
    assert state.is_admitted
    assert state.account_ref == "account:1"


def test_the_same_entry_again_changes_nothing():
    given(PROVIDER, ADMITTED, ACCOUNT).when(admit, COMMAND).then()


def test_a_new_fact_leaves_the_account_alone():
    moved = replace(COMMAND, facts={"kind": "lab", "region": "31"})
    event = Admitted("Lab", "register", DIGEST, {"kind": "lab", "region": "31"})
    given(PROVIDER, ADMITTED, ACCOUNT).when(admit, moved).then(event)


def test_a_file_gives_the_first_account_and_never_changes_it():
    given(PROVIDER, ADMITTED).when(admit, COMMAND).then(ACCOUNT)
    given(PROVIDER, ADMITTED, ACCOUNT).when(admit, replace(COMMAND, account_ref="account:2")).then()


def test_a_file_without_accounts_forgets_none():
    given(PROVIDER, ADMITTED, ACCOUNT).when(admit, replace(COMMAND, account_ref="")).then()


def test_an_order_with_a_provider_outside_of_the_directory_is_refused(town):
    with town.refused(ProviderUnknown):
        town.order(provider_id="91110000600037341L")
