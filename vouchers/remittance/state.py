"""What the bank was told of a batch, file by file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from vouchers.remittance import events as remittance
from vouchers.values import Value, replace

_NONE: Mapping[str, str] = MappingProxyType({})


class Remittance(Value):
    """The files in their order, what stands in them, and by instruction the file that it stands in."""

    files: tuple[remittance.FileMade, ...] = ()
    sent: tuple[remittance.InstructionSent, ...] = ()
    file_of: Mapping[str, str] = _NONE


def evolve(state: Remittance, event: remittance.Event) -> Remittance:
    """Apply one event; the past is never refused."""
    match event:
        case remittance.FileMade():
            return replace(state, files=(*state.files, event))
        case remittance.InstructionSent(file_id=file_id, instruction_id=instruction_id):
            file_of = {**state.file_of, instruction_id: file_id}
            return replace(state, sent=(*state.sent, event), file_of=file_of)
    assert_never(event)
