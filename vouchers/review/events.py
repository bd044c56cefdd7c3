"""What can have happened in a review; names and fields are the stored format."""

from vouchers.facts import Fact
from vouchers.values import Value


class Spared(Value):
    """The sample did not draw this redemption: draw_bp is not below sample_bp."""

    order_id: str
    tier: str
    sample_bp: int
    draw_bp: int


class Assigned(Value):
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


class Approved(Value):
    """A reviewer found the redemption in order."""

    order_id: str
    reviewer: str
    note: str


class Rejected(Value):
    """A reviewer rejected the redemption, with the reason."""

    order_id: str
    reviewer: str
    reason: str


class Closed(Value):
    """The claim was taken back before reviewers had decided it; the review ends without a decision."""

    order_id: str
    reason: str


class Required(Value):
    """A person must check the redemption though the sample did not draw it; why, and the clause that says so."""

    order_id: str
    reason: str
    clause: str


class Signalled(Value):
    """Something about the redemption deserves a look; it is no verdict. `figures` is what was compared."""

    order_id: str
    signal: str
    text: str
    clause: str
    figures: dict[str, Fact]


class Overridden(Value):
    """A reviewer approved in spite of these signals, with the reason."""

    order_id: str
    reviewer: str
    signals: tuple[str, ...]
    reason: str


class Held(Value):
    """The money of the redemption waits until an officer lifts the hold."""

    order_id: str
    cause: str


class HoldLifted(Value):
    """An officer let the money go, with the reason."""

    order_id: str
    officer: str
    reason: str


class TiesRechecked(Value):
    """After payment the parties' ties were looked at up to a day; `finding` is "" or the way that was found."""

    order_id: str
    until_on: str
    finding: str


class RecheckDrawn(Value):
    """The paid redemption is checked again: the sample of the half-year that began on `from_on` drew it."""

    order_id: str
    programme: str
    from_on: str
    sample_bp: int
    draw_bp: int


class RecheckSpared(Value):
    """The sample of the half-year did not draw the paid redemption: draw_bp is not below sample_bp."""

    order_id: str
    programme: str
    from_on: str
    sample_bp: int
    draw_bp: int


class Rechecked(Value):
    """A reviewer checked a paid redemption again: in-order or faulty, with what was found."""

    order_id: str
    reviewer: str
    outcome: str
    note: str


Event = (
    Spared
    | Assigned
    | Approved
    | Rejected
    | Closed
    | Required
    | Signalled
    | Overridden
    | Held
    | HoldLifted
    | TiesRechecked
    | RecheckDrawn
    | RecheckSpared
    | Rechecked
)
