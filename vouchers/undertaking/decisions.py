"""Who may be seen in an undertaking next."""

from vouchers.refusals import Refused
from vouchers.undertaking import events as undertaking
from vouchers.undertaking.state import Undertaking

MOST_MEMBERS = 500


class UndertakingTooLarge(Refused):
    """An undertaking has at most as many enterprises as one decision can look at."""

    remedy = "Have the controller of the enterprise checked."


def see(state: Undertaking, enterprise_id: str) -> list[undertaking.Event]:
    """Note a member once."""
    if enterprise_id in state.members:
        return []
    if len(state.members) >= MOST_MEMBERS:
        raise UndertakingTooLarge(pointer="/enterprise_id", limit=MOST_MEMBERS)
    return [undertaking.MemberSeen(enterprise_id)]
