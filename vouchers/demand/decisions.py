"""What may happen to a demand next."""

from vouchers.demand import events as demand
from vouchers.demand.state import Demand
from vouchers.refusals import Conflict, NotFound, Refused
from vouchers.values import Value

MOST_OFFERS = 100


class DemandUnknown(NotFound):
    """There is no demand with this number."""

    remedy = "Look at the list of demands."


class DemandExists(Conflict):
    """A demand with this number was already posted."""

    remedy = "Use a new number."


class DemandNotOpen(Conflict):
    """The demand is not open for this."""

    remedy = "Look at the demand for how it stands."


class DemandOver(Refused):
    """The last day of the demand has passed."""

    remedy = "Ask the enterprise to post it again."


class DemandDayPassed(Refused):
    """A demand is open today and later."""

    remedy = "Give a last day that has not passed."


class DemandNotYours(NotFound):
    """The demand is of another enterprise."""

    remedy = "Name a demand of your own."


class OfferUnknown(NotFound):
    """There is no such offer that stands."""

    remedy = "Look at the demand for its offers."


class OfferExists(Conflict):
    """Another offer has this number."""

    remedy = "Use a new number."


class DemandWithoutBudget(Refused):
    """A demand says what the service may cost."""

    remedy = "Give a budget above nothing."


class OfferAboveBudget(Refused):
    """The offer costs more than the enterprise can spend."""


class OfferDaysInvalid(Refused):
    """The service ends before it starts."""

    remedy = "Correct the two days."


class TooManyOffers(Refused):
    """The demand has as many offers as can be compared."""

    remedy = "Ask the enterprise to post it again."


class OrderNotAsOffered(Refused):
    """The order says something else than the accepted offer."""

    remedy = "Register the order with the figures of the accepted offer, or without naming it."


class PostDemand(Value):
    """Post what an enterprise needs; the digest is of the full text, the summary names no person."""

    demand_id: str
    enterprise_id: str
    category: str
    summary: str
    digest: str
    budget: int
    currency: str
    until_on: str


class MakeOffer(Value):
    """Offer to do what is needed, for a gross fee."""

    demand_id: str
    offer_id: str
    provider_id: str
    fee: int
    starts_on: str
    ends_on: str
    product_id: str = ""


class WithdrawOffer(Value):
    """Take an offer back that is not accepted."""

    demand_id: str
    offer_id: str
    provider_id: str


class AcceptOffer(Value):
    """Accept one offer, which is then to be registered as an order."""

    demand_id: str
    offer_id: str
    enterprise_id: str


class WithdrawDemand(Value):
    """Withdraw a demand that has not become an order."""

    demand_id: str
    enterprise_id: str
    reason: str


class Contract(Value):
    """What an order says of its accepted offer, to be compared with it."""

    enterprise_id: str
    provider_id: str
    category: str
    gross: int
    starts_on: str
    ends_on: str


def post(state: Demand, command: PostDemand, on: str) -> list[demand.Event]:
    """Post a demand; the same again changes nothing."""
    posted = demand.Posted(
        command.enterprise_id,
        command.category,
        command.summary,
        command.digest,
        command.budget,
        command.currency,
        command.until_on,
    )
    if state.posted == posted:
        return []
    if command.budget == 0:
        raise DemandWithoutBudget(pointer="/budget")
    if state.posted is not None:
        raise DemandExists(pointer="/demand_id")
    if command.until_on < on:
        raise DemandDayPassed(pointer="/until_on")
    return [posted]


def offer(state: Demand, command: MakeOffer, on: str) -> list[demand.Event]:
    """Offer until the last day, up to the budget; the same offer again changes nothing."""
    posted = known(state)
    offered = demand.Offered(
        command.offer_id, command.provider_id, command.product_id, command.fee, command.starts_on, command.ends_on
    )
    before = state.offers.get(command.offer_id)
    if before == offered:
        return []
    _open(state, on)
    if before is not None:
        raise OfferExists(pointer="/offer_id")
    if command.ends_on < command.starts_on:
        raise OfferDaysInvalid(pointer="/ends_on")
    if not 0 < command.fee <= posted.budget:
        remedy = "Offer for the budget or less, and for more than nothing."
        raise OfferAboveBudget(pointer="/fee", remedy=remedy, budget=posted.budget)
    if len(state.offers) >= MOST_OFFERS:
        raise TooManyOffers(pointer="/demand_id")
    return [offered]


def withdraw_offer(state: Demand, command: WithdrawOffer) -> list[demand.Event]:
    """Take an offer back before it is accepted."""
    known(state)
    found = state.offers.get(command.offer_id)
    if found is None or found.provider_id != command.provider_id:
        raise OfferUnknown(pointer="/offer_id")
    if state.status != "open":
        raise DemandNotOpen(f"The demand is {state.status}.", pointer="/demand_id")
    return [demand.OfferWithdrawn(command.offer_id)]


def accept(state: Demand, command: AcceptOffer, on: str) -> list[demand.Event]:
    """Accept an offer until the last day; the same acceptance again changes nothing."""
    _owned(state, command.enterprise_id)
    if state.accepted == command.offer_id:
        return []
    _open(state, on)
    if command.offer_id not in state.offers:
        raise OfferUnknown(pointer="/offer_id")
    return [demand.OfferAccepted(command.offer_id)]


def withdraw(state: Demand, command: WithdrawDemand) -> list[demand.Event]:
    """Withdraw a demand; withdrawn again changes nothing."""
    _owned(state, command.enterprise_id)
    if state.status == "withdrawn":
        return []
    if state.status == "ordered":
        raise DemandNotOpen(f"The demand became order {state.order_id}.", pointer="/demand_id")
    return [demand.Withdrawn(command.reason)]


def as_offered(state: Demand, offer_id: str, contract: Contract, *, cancelled: bool = False) -> None:
    """Refuse an order that is not the accepted offer to the last figure, or that was registered before.

    Where the order before was cancelled, the same offer may be registered again.
    """
    posted = _owned(state, contract.enterprise_id)
    waits = state.status == "accepted" or (state.status == "ordered" and cancelled)
    if not waits or state.accepted != offer_id:
        detail = f"The demand is {state.status}; an order needs its accepted offer."
        raise DemandNotOpen(detail, pointer="/attributes/offer_id")
    accepted = state.offers[offer_id]
    stated = (contract.provider_id, contract.category, contract.gross, contract.starts_on, contract.ends_on)
    offered = (accepted.provider_id, posted.category, accepted.fee, accepted.starts_on, accepted.ends_on)
    names = ("provider_id", "category", "gross", "starts_on", "ends_on")
    for name, says, was in zip(names, stated, offered, strict=True):
        if says != was:
            detail = f"The order says another {name} than the accepted offer."
            raise OrderNotAsOffered(detail, pointer=f"/{name}", offered=was)


def become_order(state: Demand, order_id: str) -> list[demand.Event]:
    """Let the accepted offer become an order."""
    known(state)
    return [demand.Ordered(state.accepted, order_id)]


def known(state: Demand) -> demand.Posted:
    """What was posted."""
    if state.posted is None:
        raise DemandUnknown(pointer="/demand_id")
    return state.posted


def _owned(state: Demand, enterprise_id: str) -> demand.Posted:
    posted = known(state)
    if posted.enterprise_id != enterprise_id:
        raise DemandNotYours(pointer="/demand_id")
    return posted


def _open(state: Demand, on: str) -> None:
    posted = known(state)
    if state.status != "open":
        raise DemandNotOpen(f"The demand is {state.status}.", pointer="/demand_id")
    if on > posted.until_on:
        raise DemandOver(f"Offers could be made and taken until {posted.until_on}.", pointer="/demand_id")
