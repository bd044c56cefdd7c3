"""What can have happened to a source of facts; names and fields are the stored format."""

from vouchers.values import Value


class WentDown(Value):
    """From this day on the source gives no facts, or none that can be relied on."""

    from_on: str
    reason: str


class CameUp(Value):
    """From this day on the source can be relied on again."""

    from_on: str
    reason: str


class CodeAllowed(Value):
    """A credit code is legal although it fails a check; the evidence by its digest."""

    code: str
    reason: str
    evidence: str


class CodeBarred(Value):
    """A credit code is no longer let through against its check."""

    code: str
    reason: str


Event = WentDown | CameUp | CodeAllowed | CodeBarred
