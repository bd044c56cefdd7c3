"""Who does the work of an order: what a policy asks of the provider beside its accreditation."""

from typing import Any

from vouchers.application.cases import Case
from vouchers.catalogue import decisions as catalogues
from vouchers.kinds import CATALOGUE, ORDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order.subcontracting import ReportSubcontracting
from vouchers.order.subcontracting import report_subcontracting as report
from vouchers.policy.explain import percent
from vouchers.refusals import Refused

Answer = dict[str, Any]


class Subcontracted(Refused):
    """The provider passes more of the work on than the policy allows."""


def from_catalogue(unit: Unit, case: Case) -> None:
    """Object to an order of a product that is not on offer, or of a provider that publishes too little."""
    command, rule = case.command, case.policy.admission
    if "product_id" in command.attributes:
        state = unit.load(CATALOGUE, command.provider_id)
        catalogues.may_be_ordered(state, command.category, command.attributes, unit.on)
    if rule.min_catalogue:
        state = unit.load(CATALOGUE, command.provider_id)
        catalogues.publishes_enough(state, command.category, rule.min_catalogue, rule.publishes, unit.on)


def by_itself(unit: Unit, case: Case) -> None:  # noqa: ARG001 - every objection is asked with the same two
    """Object to a middleman: an order of which more is passed on than the policy allows."""
    most = case.policy.admission.subcontract_max_bp
    stated = case.command.attributes.get("subcontracted_bp", 0)
    if most is not None and not (type(stated) is int and 0 <= stated <= most):
        share = percent(stated) if type(stated) is int else str(stated)
        raise Subcontracted(
            f"{share} of the work is passed on to others; the policy allows {percent(most)}.",
            pointer="/attributes/subcontracted_bp",
            remedy="Order from whoever does the work.",
        )


def report_subcontracting(unit: Unit, command: ReportSubcontracting) -> Answer:
    """Record how much of an order was passed on; a reviewer judges whether it is too much."""
    state = unit.load(ORDER, command.order_id)
    orders.known(state)
    after = unit.append(ORDER, command.order_id, report(state, command, unit.actor))
    return {"order_id": command.order_id, "subcontracted_bp": after.subcontracted_bp}
