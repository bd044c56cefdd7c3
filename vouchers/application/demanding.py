"""Demands: an enterprise posts what it needs, providers answer, and the accepted offer becomes the order."""

from typing import Any

from vouchers.application.cases import Case
from vouchers.catalogue import decisions as catalogues
from vouchers.demand import decisions as demands
from vouchers.enterprise import decisions as enterprises
from vouchers.kinds import CATALOGUE, DEMAND, ENTERPRISE, ORDER, PROVIDER
from vouchers.ledger import Unit
from vouchers.money import exponent_of
from vouchers.provider import decisions as providers

Answer = dict[str, Any]


def post_demand(unit: Unit, command: demands.PostDemand) -> Answer:
    """Post what an enterprise needs, for providers to answer until a day."""
    exponent_of(command.currency, "/currency")
    enterprises.known(unit.load(ENTERPRISE, command.enterprise_id))
    state = unit.load(DEMAND, command.demand_id)
    unit.append(DEMAND, command.demand_id, demands.post(state, command, unit.on))
    return _answer(unit, command.demand_id)


def make_offer(unit: Unit, command: demands.MakeOffer) -> Answer:
    """Offer to do what is needed: only by a provider that may take orders of the category, of a product it offers."""
    state = unit.load(DEMAND, command.demand_id)
    events = demands.offer(state, command, unit.on)
    if events:
        category = demands.known(state).category
        providers.may_take_orders(unit.load(PROVIDER, command.provider_id), category, unit.on)
        if command.product_id:
            product = {"product_id": command.product_id}
            catalogues.may_be_ordered(unit.load(CATALOGUE, command.provider_id), category, product, unit.on)
        unit.append(DEMAND, command.demand_id, events)
    return _answer(unit, command.demand_id)


def withdraw_offer(unit: Unit, command: demands.WithdrawOffer) -> Answer:
    """Take an offer back before it is accepted."""
    state = unit.load(DEMAND, command.demand_id)
    unit.append(DEMAND, command.demand_id, demands.withdraw_offer(state, command))
    return _answer(unit, command.demand_id)


def accept_offer(unit: Unit, command: demands.AcceptOffer) -> Answer:
    """Accept one offer; its order is registered next, with the same figures."""
    state = unit.load(DEMAND, command.demand_id)
    unit.append(DEMAND, command.demand_id, demands.accept(state, command, unit.on))
    return _answer(unit, command.demand_id)


def withdraw_demand(unit: Unit, command: demands.WithdrawDemand) -> Answer:
    """Withdraw a demand before it becomes an order."""
    state = unit.load(DEMAND, command.demand_id)
    unit.append(DEMAND, command.demand_id, demands.withdraw(state, command))
    return _answer(unit, command.demand_id)


def as_offered(unit: Unit, case: Case) -> None:
    """Object to an order that names a demand and says something else than its accepted offer."""
    command = case.command
    demand_id = command.attributes.get("demand_id")
    if demand_id:
        contract = demands.Contract(
            command.enterprise_id,
            command.provider_id,
            command.category,
            command.gross,
            command.starts_on,
            command.ends_on,
        )
        offer_id = str(command.attributes.get("offer_id", ""))
        state = unit.load(DEMAND, str(demand_id))
        cancelled = bool(state.order_id) and unit.load(ORDER, state.order_id).status == "cancelled"
        demands.as_offered(state, offer_id, contract, cancelled=cancelled)


def become_order(unit: Unit, case: Case) -> None:
    """Let the accepted offer that an order names become this order, so that no second one is made of it."""
    demand_id = case.command.attributes.get("demand_id")
    if demand_id:
        state = unit.load(DEMAND, str(demand_id))
        unit.append(DEMAND, str(demand_id), demands.become_order(state, case.command.order_id))


def _answer(unit: Unit, demand_id: str) -> Answer:
    state = unit.load(DEMAND, demand_id)
    return {
        "demand_id": demand_id,
        "status": state.status,
        "offers": len(state.offers),
        "accepted": state.accepted,
        "order_id": state.order_id,
    }
