"""What may happen between an enterprise and a provider next."""

from vouchers.pair import events as pair
from vouchers.pair.state import Pair


def remember(state: Pair, ordered: pair.Ordered) -> list[pair.Event]:
    """Remember an order; one that is known already changes nothing."""
    return [] if any(each.order_id == ordered.order_id for each in state.orders) else [ordered]
