"""What can have happened to an undertaking."""

from vouchers.values import Value


class MemberSeen(Value):
    """An enterprise stood under this controller on this day."""

    enterprise_id: str


Event = MemberSeen
