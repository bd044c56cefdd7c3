"""An auditor's samples in an installation: committed to, revealed under a signed checkpoint, and drawn by anybody."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from service.audit.checkpoints import Signed
from service.audit.replaying.sources import Opened
from service.audit.suite.logs import Log
from service.audit.suite.populations import Sample, check_population, draw
from service.wiring import Service
from vouchers.application.drawing import CommitDraw, RevealDraw
from vouchers.draw import events as draws
from vouchers.draw.decisions import DrawUnknown, known
from vouchers.kinds import DRAW
from vouchers.refusals import NotFound, Refused
from vouchers.values import asdict

SALT_BYTES = 16
LOOKED_AT = 1_000  # checkpoints after a commitment


class NonceStillSecret(NotFound):
    """The nonce of this sample is not revealed, so nobody can draw it yet."""

    remedy = "The auditor who committed to it reveals the nonce once a signed checkpoint covers the commitment."


class NotCosigned(Refused):
    """No witness has cosigned a checkpoint that covers the commitment, so that the log's end could be rewritten."""

    remedy = "Wait until the witness was asked, which is every ten minutes, or ask now: vouchers audit anchor now."


class Known(NamedTuple):
    """A sample as the log has it: its name, the entry that commits to it, and what was committed and revealed."""

    draw_id: str
    seq: int
    committed: draws.Committed
    revealed: draws.Revealed | None

    def as_data(self) -> dict[str, Any]:
        """The sample as plain values."""
        committed = asdict(self.committed)
        revealed = self.revealed and asdict(self.revealed)
        return {"draw_id": self.draw_id, "seq": self.seq, "committed": committed, "revealed": revealed}


def salted(command: CommitDraw) -> CommitDraw:
    """A commitment with the random part of the house, and a population that there is."""
    check_population(command.population, command.strata)
    return CommitDraw(**{**_fields(command), "salt": secrets.token_hex(SALT_BYTES)})


def _fields(command: CommitDraw) -> dict[str, Any]:
    return asdict(command)


def revealing(service: Service, draw_id: str, nonce: str) -> RevealDraw:
    """The command that reveals a nonce: with the root after the commitment, and the checkpoint that covers it."""
    seq = sample_known(service, draw_id).seq
    signed = _covering(service, seq)
    return RevealDraw(
        draw_id=draw_id,
        nonce=nonce,
        size=seq + 1,
        root=service.ledger.tree.root(seq + 1).hex(),
        note_size=signed.checkpoint.size,
        note_digest=hashlib.sha256(signed.note.content).hexdigest(),
    )


def _covering(service: Service, seq: int) -> Signed:
    """The first checkpoint that covers an entry; where there are witnesses, the first that one of them cosigned."""
    signed = service.checkpoints.covering(seq)
    if not service.settings.witness:
        return signed
    for each in service.checkpoints.page(seq, LOOKED_AT):
        if any(signature.name != each.checkpoint.origin for signature in each.note.signatures):
            return each
    raise NotCosigned(pointer="/draw_id")


def sample_known(service: Service, draw_id: str) -> Known:
    """A sample by its name; one that was never committed to is unknown."""
    entries = service.ledger.history(DRAW.stream(draw_id))
    if not entries:
        raise DrawUnknown(pointer="/draw_id")
    state = service.ledger.state(DRAW, draw_id)
    return Known(draw_id, entries[0].seq, known(state), state.revealed)


def samples_known(service: Service) -> list[Known]:
    """Every sample that was committed to, in the order of the log."""
    names = service.ledger.names("draw/")
    return sorted((sample_known(service, name.partition("/")[2]) for name in names), key=lambda each: each.seq)


def draw_known(service: Service, sample: Known, told: Callable[[int], None] = lambda _: None) -> Sample:
    """The items of a revealed sample, drawn from what the log held before the commitment."""
    if sample.revealed is None:
        raise NonceStillSecret(pointer="/draw_id")
    log = Log(Opened(service.ledger), sample.seq)
    return draw(sample.committed, bytes.fromhex(sample.revealed.seed), log, told)
