"""Who may read a document: officials, whoever brought it, and the parties of an order in which it has its place."""

from collections.abc import Iterator
from typing import Any, Final

from service.belonging import Line, check_order
from service.evidence.register import Register
from service.identity import FIRMS, Caller
from service.reach import is_narrow
from vouchers import wire
from vouchers.kinds import ORDER
from vouchers.ledger import Ledger
from vouchers.order.events import Registered
from vouchers.refusals import NotFound

# Digests of an order's entries that are of no document.
_OTHER: Final = frozenset({"policy_digest"})


class EvidenceUnknown(NotFound):
    """There is no such document, or it is not yours to see."""

    remedy = "Name the order that the document is about behind the address: ?order_id=..."


def check_document(caller: Caller, digest: str, order_id: str, ledger: Ledger, register: Register, line: Line) -> None:
    """Refuse a document to everybody but those it is for; one that is refused is as unknown as none.

    A firm may name any digest in an order of its own. That it is a document of the order is believed where one of the
    order's parties brought it, or the official who named it.
    """
    brought_by = {each.actor for each in register.uploads(digest)}
    if not is_narrow(caller) and (caller.role not in FIRMS or caller.actor in brought_by):
        return
    if not order_id:
        raise EvidenceUnknown(pointer="/query/order_id")
    try:
        registered = check_order(caller, ledger.state(ORDER, order_id), line)
    except NotFound:
        raise EvidenceUnknown(pointer="/query/order_id") from None
    named_by = {entry.actor for entry in ledger.history(ORDER.stream(order_id)) if digest in _digests(entry.data)}
    if not named_by or not brought_by & (named_by | _parties(registered)):
        raise EvidenceUnknown(pointer="/path/digest")


def _parties(registered: Registered) -> set[str]:
    return {f"enterprise:{registered.enterprise_id}", f"provider:{registered.provider_id}"}


def _digests(event: Any) -> Iterator[str]:
    """Every digest of a document in an event."""
    for name, value in wire.plain(event).items():
        if name == "evidence" and isinstance(value, dict):
            yield from value.values()
        elif name.endswith("digest") and name not in _OTHER:
            yield value
