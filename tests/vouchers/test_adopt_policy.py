"""Adopting a policy: two people, one document, one version."""

from dataclasses import replace
from hashlib import sha256

import pytest

from tests.examples import DIGEST, SH, SH_CODE, YRD, adoption, revised
from tests.given import given
from vouchers import application as app
from vouchers.kinds import PROGRAMME
from vouchers.programme.decisions import (
    Announce,
    PolicyBroken,
    PolicyNotAsStated,
    PolicyNotInForce,
    PolicyOfAnotherProgramme,
    PolicyVersionExists,
    ProgrammeUnknown,
    SecondPersonNeeded,
    adopt_policy,
    policy_in_force,
)
from vouchers.programme.events import Announced, PolicyAdopted

ANNOUNCED = Announced(SH_CODE, "Shanghai vouchers", "Science commission", "CNY", DIGEST)
COMMAND = adoption(SH)
ADOPTED = PolicyAdopted(
    SH_CODE, "2025", "2025-09-01", "2030-08-31", COMMAND.digest, COMMAND.document, "officer:li", "officer:wu"
)


@pytest.fixture
def announced(empty_town):
    empty_town.do(app.announce, Announce(SH_CODE, "Shanghai vouchers", "Science commission", "CNY", DIGEST))
    return empty_town


def test_the_event_carries_the_whole_document():
    given(PROGRAMME, ANNOUNCED).when(adopt_policy, COMMAND).then(ADOPTED)


def test_the_same_document_again_changes_nothing():
    given(PROGRAMME, ANNOUNCED, ADOPTED).when(adopt_policy, COMMAND).then()


@pytest.mark.parametrize("name", ["officer:li", "Officer:Li", " officer:li "])
def test_one_person_alone_adopts_nothing(name):
    alone = replace(COMMAND, approved_by=name)
    given(PROGRAMME, ANNOUNCED).when(adopt_policy, alone).refused(SecondPersonNeeded)


def test_another_text_under_a_known_version_is_refused():
    other = replace(COMMAND, digest="1" * 64)
    given(PROGRAMME, ANNOUNCED, ADOPTED).when(adopt_policy, other).refused(PolicyVersionExists)


def test_a_programme_must_be_announced_first(empty_town):
    with empty_town.refused(ProgrammeUnknown):
        empty_town.do(app.adopt_policy, COMMAND)


@pytest.mark.parametrize(("day", "in_force"), [("2025-09-01", True), ("2030-08-31", True)])
def test_a_policy_holds_on_its_first_and_last_day(day, in_force):
    assert policy_in_force(given(PROGRAMME, ANNOUNCED, ADOPTED).state, day) == ADOPTED


@pytest.mark.parametrize("day", ["2025-08-31", "2030-09-01"])
def test_a_policy_does_not_hold_the_day_before_or_after(day):
    refused = given(PROGRAMME, ANNOUNCED, ADOPTED).when(policy_in_force, day).refused(PolicyNotInForce)
    assert "2025 from 2025-09-01 to 2030-08-31" in refused.detail


def test_of_two_policies_in_force_the_one_adopted_last_counts():
    later = replace(ADOPTED, version="2026", effective_on="2026-07-01")
    state = given(PROGRAMME, ANNOUNCED, ADOPTED, later).state
    assert policy_in_force(state, "2026-06-30") == ADOPTED
    assert policy_in_force(state, "2026-07-01") == later


def test_a_digest_of_something_else_is_refused(announced):
    with announced.refused(PolicyNotAsStated):
        announced.do(app.adopt_policy, replace(COMMAND, digest="1" * 64))


@pytest.mark.parametrize("change", [{"version": "2026"}, {"effective_on": "2025-09-02"}, {"ends_on": ""}])
def test_an_adoption_that_says_something_else_than_its_document_is_refused(announced, change):
    with announced.refused(PolicyNotAsStated) as caught:
        announced.do(app.adopt_policy, replace(COMMAND, **change))
    assert caught.value.pointer == f"/{next(iter(change))}"


def test_a_policy_in_another_currency_than_its_programme_is_refused(empty_town):
    empty_town.do(app.announce, Announce(SH_CODE, "Shanghai vouchers", "Science commission", "EUR", DIGEST))
    with empty_town.refused(PolicyNotAsStated) as caught:
        empty_town.do(app.adopt_policy, COMMAND)
    assert caught.value.pointer == "/currency"


def test_the_policy_of_another_programme_is_refused(announced):
    with announced.refused(PolicyOfAnotherProgramme):
        announced.do(app.adopt_policy, replace(adoption(YRD), programme=SH_CODE))


@pytest.mark.parametrize("document", ["{", "[]", "{}", '{"format": 1}', "nothing at all"])
def test_a_document_with_a_hole_is_never_adopted(announced, document):
    digest = sha256(document.encode()).hexdigest()
    with announced.refused(PolicyBroken):
        announced.do(app.adopt_policy, replace(COMMAND, document=document, digest=digest))


def test_an_order_keeps_the_policy_of_its_registration(town):
    town.order("O-1")
    town.go("2026-02-03").do(app.adopt_policy, revised(SH, "2026", effective_on="2026-02-03"))
    town.order("O-2")
    for order_id in ("O-1", "O-2"):
        town.deliver(order_id)
        town.invoice(order_id)
        town.redeem(order_id)
    assert town.state("O-1").registered.policy_version == "2025"
    assert town.state("O-2").registered.policy_version == "2026"
    assert town.state("O-1").claimed == 5_000_00
