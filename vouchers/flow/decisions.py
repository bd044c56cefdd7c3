"""What may happen to the flow of a redemption next."""

from vouchers.flow import events as flow
from vouchers.flow.state import Flow


def clear(state: Flow, cleared: flow.Cleared) -> list[flow.Event]:
    """Take a payment into a clearing, once in its life."""
    return [cleared] if state.cleared is None else []


def unclear(state: Flow, clearing: str) -> list[flow.Event]:
    """Take it out again."""
    return [flow.Uncleared(clearing)] if state.cleared else []
