"""The words of an evaluation: every indicator of a programme's period; shares in basis points, sums in minor units."""

from dataclasses import dataclass

from vouchers.money import WHOLE_BP


@dataclass(frozen=True, slots=True)
class TakeUp:
    """How many were judged and granted, who used it, and how many vouchers each enterprise has ever held."""

    granted: int
    denied: int
    pending: int
    users: int
    take_up_bp: int
    first_users: int
    first_user_bp: int
    unused: int
    held: dict[int, int]
    denials: dict[str, int]
    by_size: dict[str, dict[str, int]]
    by_region: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Value:
    """What was issued and what became of it; expired counts what lies past its use-by day, recorded or not yet.

    `by_region` has issued and paid by the place of registration of the enterprise at its grant.
    """

    vouchers: int
    issued: int
    extended: int
    reserved: int
    claimed: int
    paid: int
    available: int
    expired: int
    returned: int
    revoked: int
    clawed_back: int
    utilisation_bp: int
    breakage_bp: int
    clawback_bp: int
    by_region: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Orders:
    """How many orders came how far, what a typical one costs, and what a unit of subsidy moves."""

    registered: int
    cancelled: int
    lapsed: int
    paid: int
    requests: int
    rejections: int
    rejection_bp: int
    median_subsidy: int
    leverage_bp: int
    refused: dict[str, int]


@dataclass(frozen=True, slots=True)
class Days:
    """Median days of each step, and the average from award to draw-down in tenths of a day; None where none came."""

    grant_to_order: int | None
    order_to_delivery: int | None
    delivery_to_request: int | None
    request_to_payment: int | None
    award_to_payment_tenths: int | None


@dataclass(frozen=True, slots=True)
class Market:
    """Who works with whom: pairs that never met before, concentration (HHI 0 to 10,000), and what crosses regions."""

    pairs: int
    new_pairs: int
    new_pair_bp: int
    providers: int
    hhi: int
    top_bp: int
    top: tuple[tuple[str, int, int], ...]
    cross_region: int
    cross_region_bp: int
    flows: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Tier:
    """How many redemptions of a credit tier were made and drawn, and how many of the drawn were rejected."""

    redemptions: int
    drawn: int
    rejected: int
    hit_bp: int


@dataclass(frozen=True, slots=True)
class Supervision:
    """What made people look: signals by name, money held now, second checks, ties found late, acts by step."""

    signals: dict[str, int]
    held: int
    second_checks: int
    second_hits: int
    late_ties: int
    sanctions: dict[str, int]
    tier_moves: int
    appeals: dict[str, int]


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was demanded back and what came of it; `open` is principal that is still owed."""

    demands: int
    demanded: int
    received: int
    netted: int
    written_off: int
    open: int
    recovery_bp: int


@dataclass(frozen=True, slots=True)
class Kpis:
    """All indicators of a programme's period on a day."""

    programme: str
    period: str
    on: str
    take_up: TakeUp
    value: Value
    orders: Orders
    days: Days
    market: Market
    samples: dict[str, Tier]
    supervision: Supervision
    recovery: Recovery


def share(part: int, whole: int) -> int:
    """A part of a whole in basis points, rounded down; nothing of nothing is nothing."""
    return part * WHOLE_BP // whole if whole else 0
