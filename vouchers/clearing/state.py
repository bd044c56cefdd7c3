"""How the clearing of a month stands now."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from vouchers.clearing import events as clearing
from vouchers.values import Value, replace

Pair = tuple[str, str]  # who pays, who performed
_NONE: Mapping[Pair, int] = MappingProxyType({})


class Clearing(Value):
    """The flows so far by pair of regions, and the proposal with its positions; `status` as of the last step.

    `status` is open, proposed or approved.
    """

    status: str = "open"
    flows: int = 0
    gross: Mapping[Pair, int] = _NONE
    proposed: clearing.Proposed | None = None
    approved_by: str = ""
    positions: tuple[clearing.PositionStated, ...] = ()
    nets: tuple[clearing.NetStated, ...] = ()


def evolve(state: Clearing, event: clearing.Event) -> Clearing:
    """Apply one event; the past is never refused."""
    match event:
        case clearing.FlowAdded(region_from=region_from, region_to=region_to, amount=amount):
            return _moved(state, (region_from, region_to), amount)
        case clearing.FlowTakenOut(region_from=region_from, region_to=region_to, amount=amount):
            return _moved(state, (region_from, region_to), -amount)
        case clearing.Proposed():
            return replace(state, status="proposed", proposed=event, positions=(), nets=())
        case clearing.PositionStated():
            return replace(state, positions=(*state.positions, event))
        case clearing.NetStated():
            return replace(state, nets=(*state.nets, event))
        case clearing.Approved(approved_by):
            return replace(state, status="approved", approved_by=approved_by)
        case clearing.Withdrawn():
            return replace(state, status="open", proposed=None, positions=(), nets=())
    assert_never(event)


def _moved(state: Clearing, pair: Pair, amount: int) -> Clearing:
    gross = {**state.gross, pair: state.gross.get(pair, 0) + amount}
    return replace(state, flows=state.flows + 1, gross=gross)
