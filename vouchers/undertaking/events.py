"""What can have happened to an undertaking."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """An enterprise stood under this controller on this day."""

    enterprise_id: str


Event = MemberSeen
