"""What can have been refused; names and fields are the stored format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: its code, the clause, the sentence and the remedy."""

    code: str
    clause: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A money command was refused; nothing else changed."""

    enterprise_id: str
    command: str
    code: str
    programme: str
    category: str
    order_id: str
    amount: int
    reasons: tuple[Why, ...]


Event = Recorded
