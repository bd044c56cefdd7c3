"""What can have happened in a review; names and fields are the stored format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spared:
    """The sample did not draw this redemption: draw_bp is not below sample_bp."""

    order_id: str
    tier: str
    sample_bp: int
    draw_bp: int


@dataclass(frozen=True, slots=True)
class Assigned:
    """The redemption must be checked by a person before payment; `approvals_needed` is one or two."""

    programme: str
    order_id: str
    enterprise_id: str
    provider_id: str
    requested_by: str
    amount: int
    currency: str
    tier: str
    sample_bp: int
    draw_bp: int
    evidence: tuple[str, ...]
    approvals_needed: int


@dataclass(frozen=True, slots=True)
class Approved:
    """A reviewer found the redemption in order."""

    order_id: str
    reviewer: str
    note: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A reviewer rejected the redemption, with the reason."""

    order_id: str
    reviewer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The claim was taken back before reviewers had decided it; the review ends without a decision."""

    order_id: str
    reason: str


Event = Spared | Assigned | Approved | Rejected | Closed
