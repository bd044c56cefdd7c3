"""What can have happened to somebody's standing; names and fields are the stored format."""

from vouchers.values import Value


class Faulted(Value):
    """A reviewer found a fault of this party in a claim."""

    order_id: str
    redemption_id: str
    on: str
    reason: str
    by: str


class TierMoved(Value):
    """The credit tier moved; `cause` is officer, fault, clean, repair or appeal, `act` its number for an appeal."""

    act: int
    on: str
    tier_before: str
    tier: str
    cause: str
    reason: str
    clause: str
    by: str


class CleanPaid(Value):
    """These paid orders were found without fault and count once towards a better tier."""

    orders: tuple[str, ...]
    total: int


class Sanctioned(Value):
    """A step of the ladder: warned, rectify, payments, removed or barred, with its days and effect on open orders.

    It holds from `from_on` on, and to `until_on` included where that is given; `effect` is finish, freeze or void.
    """

    act: int
    level: str
    from_on: str
    until_on: str
    effect: str
    reason: str
    clause: str
    by: str


class SanctionLifted(Value):
    """A sanction ends: this is the first day without it."""

    act: int
    from_on: str
    reason: str
    by: str


class Appealed(Value):
    """The party appealed against an act."""

    act: int
    grounds: str
    by: str


class AppealDecided(Value):
    """Somebody who had not decided the act decided the appeal: upheld or dismissed, with the reason."""

    act: int
    outcome: str
    reason: str
    by: str


class MeasuresDue(Value):
    """A breach in this order calls for the policy's measures against the party; each is taken by a step of its own."""

    order_id: str
    measures: tuple[str, ...]
    on: str
    reason: str
    clause: str


Event = Faulted | TierMoved | CleanPaid | Sanctioned | SanctionLifted | Appealed | AppealDecided | MeasuresDue
