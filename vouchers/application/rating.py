"""Ratings: one for each paid order, by the enterprise that ordered."""

from typing import Any

from vouchers.kinds import ORDER, RATING
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.rating import decisions as ratings
from vouchers.rating import events as rating

Answer = dict[str, Any]


def rate_provider(unit: Unit, command: ratings.RateProvider) -> Answer:
    """Rate the provider of a paid order, once."""
    state = unit.load(ORDER, command.order_id)
    registered = orders.known(state)
    if not state.paid or registered.enterprise_id != command.enterprise_id:
        raise ratings.NothingToRate(pointer="/order_id")
    given = rating.Given(
        command.order_id, registered.enterprise_id, registered.provider_id, registered.category, command.stars
    )
    unit.append(RATING, command.order_id, ratings.give(unit.load(RATING, command.order_id), given))
    return {"order_id": command.order_id, "provider_id": registered.provider_id, "stars": command.stars}
