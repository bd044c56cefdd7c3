"""An auditor's samples: committed by a nonce's digest, and revealed once a signed checkpoint covers the commitment."""

from dataclasses import fields
from typing import Any

from vouchers.draw import decisions as draws
from vouchers.draw.events import Committed
from vouchers.kinds import DRAW
from vouchers.ledger import Unit
from vouchers.values import Value

Answer = dict[str, Any]


class CommitDraw(Value):
    """Fix what a sample draws from, how and how many, and the digest of a nonce; `salt` is random of the house."""

    draw_id: str
    commitment: str
    salt: str
    population: str
    method: str
    items: int
    strata: str = ""
    programme: str = ""
    from_on: str = ""
    until_on: str = ""


class RevealDraw(Value):
    """Publish the nonce of a sample, with the root at its commitment and the signed checkpoint that covers it."""

    draw_id: str
    nonce: str
    size: int
    root: str
    note_size: int
    note_digest: str


def commit_draw(unit: Unit, command: CommitDraw) -> Answer:
    """Commit to a sample before its seed can be known to anybody."""
    asked = Committed(**{each.name: getattr(command, each.name) for each in fields(Committed)})
    state = unit.append(DRAW, command.draw_id, draws.commit(unit.load(DRAW, command.draw_id), asked))
    return {"draw_id": command.draw_id, "commitment": draws.known(state).commitment}


def reveal_draw(unit: Unit, command: RevealDraw) -> Answer:
    """Reveal the nonce of a sample, which makes its seed."""
    events = draws.reveal(
        unit.load(DRAW, command.draw_id),
        command.nonce,
        size=command.size,
        root=command.root,
        note_size=command.note_size,
        note_digest=command.note_digest,
    )
    state = unit.append(DRAW, command.draw_id, events)
    assert state.revealed is not None, "it was revealed above, or before"
    return {"draw_id": command.draw_id, "size": state.revealed.size, "seed": state.revealed.seed}
