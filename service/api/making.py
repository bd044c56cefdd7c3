"""What the service says itself in a command: the day, numbers that follow from what was said, lists from the views."""

from collections.abc import Callable
from typing import Any

from service.api.asking import caller, service
from service.api.programmes import ONE_REPLAY, ReplayBusy
from service.projections.orders import orders
from service.projections.regions import orders_due
from vouchers import application
from vouchers.application.knowing import CODES
from vouchers.application.providing import MOST_VOIDED
from vouchers.application.sampling import paid_between
from vouchers.application.supervising import supervision_of
from vouchers.clearing.decisions import MOST_FLOWS
from vouchers.identifiers import check_firm, make_code
from vouchers.kinds import PROGRAMME, SOURCE
from vouchers.programme.decisions import policy_in_force
from vouchers.refusals import Refused

Values = dict[str, Any]
Maker = Callable[[Values], Any]


class FirmUnnamed(Refused):
    """Who acts for a firm has to name it."""


def today(_: Values) -> str:
    """The present local day."""
    return service().today()


def commitment(_: Values) -> str:
    """What is published of the installation's seed."""
    return service().sampling_commitment


def same_as(name: str) -> Maker:
    """What another member says."""
    return lambda said: said[name]


def currency_of_member(name: str) -> Maker:
    """The currency that an amount is in."""
    return lambda said: said[name]["currency"]


def firm(role: str) -> Maker:
    """The firm that asks; who acts for one has to name it."""

    def make(_: Values) -> str:
        if caller().role != role:
            raise FirmUnnamed(pointer=f"/{role}_id", remedy=f"Add {role}_id: whom you act for.")
        return caller().subject

    return make


def legal(name: str) -> Maker:
    """The code of a firm that may be new: one that fails a check needs to be let through on record."""

    def make(said: Values) -> str:
        return check_firm(said[name], f"/{name}", service().ledger.state(SOURCE, CODES).allowed)

    return make


def demand_number(said: Values) -> str:
    """The number of a demand, the same for the same text."""
    return make_code("D", said["enterprise_id"], said["category"], said["digest"])


def offer_number(said: Values) -> str:
    """The number of an offer, the same for the same figures."""
    figures = (str(said["fee"]["amount"]), said["starts_on"], said["ends_on"])
    return make_code("A", said["demand_id"], said["provider_id"], *figures)


def flows_due(said: Values) -> tuple[str, ...]:
    """The orders whose payments a month's clearing has yet to take in, as many as go together."""
    service().catch_up()
    with service().views.session() as session:
        return tuple(orders_due(session, said["programme"], said["month"], limit=MOST_FLOWS))


def open_orders(said: Values) -> tuple[str, ...]:
    """The orders of a provider that hold money, as many as go together."""
    service().catch_up()
    with service().views.session() as session:
        found = orders(session, provider_id=said["provider_id"], holding=True, limit=MOST_VOIDED)
        return tuple(row.order_id for row in found)


def paid_orders(said: Values) -> tuple[str, ...]:
    """Every order of a programme that was paid in the half-year; raises ReplayBusy while another replay runs."""
    ledger = service().ledger
    adopted = policy_in_force(ledger.state(PROGRAMME, said["programme"]), service().today())
    rules = supervision_of(application.compiled(adopted))
    if not ONE_REPLAY.acquire(blocking=False):
        raise ReplayBusy
    try:
        return paid_between(ledger.entries(), said["programme"], said["from_on"], rules.recheck_every_months)
    finally:
        ONE_REPLAY.release()
