"""What can have happened to the clearing of a month; amounts in minor units of the programme's currency."""

from vouchers.values import Value


class FlowAdded(Value):
    """A confirmed payment: the enterprise's region pays what the provider's region performed."""

    redemption_id: str
    order_id: str
    region_from: str
    region_to: str
    amount: int
    paid_on: str


class FlowTakenOut(Value):
    """A payment of an earlier clearing that the bank has sent back since."""

    redemption_id: str
    order_id: str
    region_from: str
    region_to: str
    amount: int
    clearing: str


class PositionStated(Value):
    """What one region owes another after their flows in both directions are set against one another."""

    region_from: str
    region_to: str
    amount: int


class NetStated(Value):
    """What a region receives from all others together; below zero where it pays. All of them add up to nothing."""

    region: str
    amount: int


class Proposed(Value):
    """The positions of the month were put together: the number of flows, and the gross of what they moved."""

    programme: str
    month: str
    currency: str
    flows: int
    gross: int
    proposed_by: str


class Approved(Value):
    """A second person approved the positions."""

    approved_by: str


class Withdrawn(Value):
    """The positions were withdrawn before their approval; flows may be added again."""

    withdrawn_by: str
    reason: str


Event = FlowAdded | FlowTakenOut | PositionStated | NetStated | Proposed | Approved | Withdrawn
