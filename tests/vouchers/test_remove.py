"""Removal: existing orders finish, are frozen, or become void."""

from dataclasses import replace

import pytest

from tests.examples import INSTITUTE, LAB
from tests.given import given
from vouchers import application as app
from vouchers.application.providing import OrderOfAnotherProvider, RemovalNotVoid, TooManyOrders, VoidOrders
from vouchers.kinds import CAP, PROVIDER
from vouchers.provider.decisions import (
    ProviderRemoved,
    ProviderSuspended,
    ProviderUnknown,
    RemovalEffectUnknown,
    Remove,
    RemovedOtherwise,
    may_be_paid,
    may_take_orders,
    remove,
)
from vouchers.provider.events import Accredited, Admitted, Removed, Suspended

ADMITTED = Admitted("Lab", "register", "", {})
ACCREDITED = Accredited("TEST", "2026-01-01", "2026-12-31")
COMMAND = Remove(LAB, "2026-03-01", "finish", "false reports", "2027-02-28")
REMOVED = Removed("2026-03-01", "finish", "false reports", "2027-02-28")


def test_a_removal_says_what_happens_to_open_orders():
    past = given(PROVIDER, ADMITTED)
    past.when(remove, COMMAND).then(REMOVED)
    past.when(remove, replace(COMMAND, effect="burn")).refused(RemovalEffectUnknown)
    given(PROVIDER).when(remove, COMMAND).refused(ProviderUnknown)


def test_the_same_removal_again_changes_nothing_and_another_is_refused():
    past = given(PROVIDER, ADMITTED, REMOVED)
    past.when(remove, COMMAND).then()
    past.when(remove, replace(COMMAND, effect="void")).refused(RemovedOtherwise)


@pytest.mark.parametrize("effect", ["finish", "void"])
def test_frozen_orders_are_let_go_by_another_effect_of_the_same_removal(effect):
    past = given(PROVIDER, ADMITTED, replace(REMOVED, effect="freeze"))
    past.when(remove, replace(COMMAND, effect=effect)).then(replace(REMOVED, effect=effect))
    past.when(remove, replace(COMMAND, effect=effect, from_on="2026-03-02")).refused(RemovedOtherwise)


def test_an_order_that_was_frozen_finishes_once_the_removal_says_so(town):
    town.order()
    take_out(town, "freeze", "2026-02-02")
    town.deliver()
    town.invoice()
    with town.refused(ProviderRemoved):
        town.redeem()
    take_out(town, "finish", "2026-02-02")
    assert town.redeem()["claimed"]


@pytest.mark.parametrize("effect", ["finish", "freeze", "void"])
def test_a_removed_provider_takes_orders_until_the_day_before(effect):
    past = given(PROVIDER, ADMITTED, ACCREDITED, replace(REMOVED, effect=effect))
    assert may_take_orders(past.state, "TEST", "2026-02-28") is None
    past.when(may_take_orders, "TEST", "2026-03-01").refused(ProviderRemoved)


@pytest.mark.parametrize("effect", ["freeze", "void"])
def test_a_provider_that_is_frozen_or_void_is_paid_until_the_day_before(effect):
    past = given(PROVIDER, ADMITTED, replace(REMOVED, effect=effect))
    assert may_be_paid(past.state, "2026-02-28") is None
    past.when(may_be_paid, "2026-03-01").refused(ProviderRemoved)


def test_a_removal_that_lets_orders_finish_keeps_a_suspension_frozen():
    finishing = given(PROVIDER, ADMITTED, REMOVED)
    assert may_be_paid(finishing.state, "2026-03-01") is None
    frozen = given(PROVIDER, ADMITTED, Suspended("2026-02-01", "freeze", "faults"), REMOVED)
    frozen.when(may_be_paid, "2026-03-01").refused(ProviderSuspended)


def take_out(town, effect, from_on="2026-02-10"):
    """Remove the laboratory from a day on."""
    town.do(app.remove_provider, Remove(LAB, from_on, effect, "false reports"))


def test_open_orders_of_a_provider_that_may_finish_are_paid(town):
    town.order()
    take_out(town, "finish")
    town.go("2026-02-10")
    with town.refused(ProviderRemoved):
        town.order("O-2")
    town.deliver()
    town.invoice()
    town.redeem()
    if town.state().status == "requested":
        town.approve()
    town.propose("S-1", "O-1")
    town.sign("S-1")
    town.confirm("S-1")
    assert town.state().status == "paid"


def test_open_orders_of_a_frozen_provider_wait(town):
    town.order()
    take_out(town, "freeze")
    town.go("2026-02-10")
    town.deliver()
    town.invoice()
    with town.refused(ProviderRemoved):
        town.redeem()
    with town.refused(RemovalNotVoid):
        town.do(app.void_orders, VoidOrders(LAB, ("O-1",)))


def test_void_orders_are_cancelled_and_give_everything_back(town):
    town.order("O-1")
    town.order("O-2", gross=2_000_000)
    before = town.budget().committed
    take_out(town, "void")
    with town.go("2026-02-09").refused(RemovalNotVoid):
        town.do(app.void_orders, VoidOrders(LAB, ("O-1", "O-2")))
    answer = town.go("2026-02-10").do(app.void_orders, VoidOrders(LAB, ("O-1", "O-2")))
    assert answer == {"provider_id": LAB, "voided": ["O-1", "O-2"], "left": []}
    assert [town.state(each).status for each in ("O-1", "O-2")] == ["cancelled", "cancelled"]
    assert town.voucher().available == town.voucher().terms.face
    assert before > town.budget().committed == 0
    registered = town.state("O-1").registered
    assert [town.ledger.state(CAP, each.removeprefix("cap/")).total for each in registered.caps] == [0, 0]


def test_what_is_claimed_stays_for_its_review_when_orders_become_void(town):
    town.tier("D")
    town.claimed("O-1")
    town.order("O-2")
    take_out(town, "void")
    answer = town.go("2026-02-10").do(app.void_orders, VoidOrders(LAB, ("O-1", "O-2")))
    assert (answer["voided"], answer["left"]) == (["O-2"], ["O-1"])
    town.reject("O-1")
    assert town.do(app.void_orders, VoidOrders(LAB, ("O-1", "O-2")))["voided"] == ["O-1"]
    with town.assert_quiet():
        assert town.do(app.void_orders, VoidOrders(LAB, ("O-1", "O-2")))["left"] == []


def test_an_approved_claim_of_a_void_provider_is_taken_back_first(town):
    town.approved("O-1")
    take_out(town, "void")
    with town.go("2026-02-10").refused(ProviderRemoved):
        town.propose("S-1", "O-1")
    assert town.do(app.void_orders, VoidOrders(LAB, ("O-1",)))["left"] == ["O-1"]
    town.reverse("O-1")
    assert town.do(app.void_orders, VoidOrders(LAB, ("O-1",)))["voided"] == ["O-1"]


def test_only_the_removed_providers_own_orders_become_void(town):
    town.admit(INSTITUTE)
    town.accredit(INSTITUTE)
    town.order(provider_id=INSTITUTE)
    take_out(town, "void", "2026-02-02")
    with town.refused(OrderOfAnotherProvider):
        town.do(app.void_orders, VoidOrders(LAB, ("O-1",)))


@pytest.mark.parametrize(("count", "fits"), [(1_000, True), (1_001, False)])
def test_a_thousand_orders_become_void_at_once_and_no_more(town, count, fits):
    town.order()
    take_out(town, "void", "2026-02-02")
    command = VoidOrders(LAB, ("O-1",) * count)
    if fits:
        assert town.do(app.void_orders, command)["voided"] == ["O-1"]
    else:
        with town.refused(TooManyOrders):
            town.do(app.void_orders, command)
