"""Whether a request may take effect."""

from vouchers.refusals import IdempotencyKeyReused
from vouchers.request import events as request
from vouchers.request.state import Request


def recall(state: Request, fingerprint: str) -> request.Answered | None:
    """The earlier answer of the same request, nothing for a new key, a refusal for another request."""
    if state.answered is None:
        return None
    if state.answered.fingerprint != fingerprint:
        raise IdempotencyKeyReused(
            pointer="/idempotency_key",
            remedy="Use a fresh key for a new request; repeat the exact request to get its answer again.",
        )
    return state.answered


def answer(command: str, fingerprint: str, text: str) -> list[request.Event]:
    """Keep the answer under its key."""
    return [request.Answered(command, fingerprint, text)]
