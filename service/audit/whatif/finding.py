"""Findings: what the difference between two courses means for money that was paid and value that was granted."""

from collections.abc import Iterator

from service.audit.whatif.comparing import Compared
from service.audit.whatif.sums import Order
from vouchers.application import compiled
from vouchers.correction.decisions import Finding
from vouchers.kinds import ORDER, PROGRAMME
from vouchers.ledger import Ledger
from vouchers.order.decisions import known

MOST_SEQS = 50


def findings(ledger: Ledger, found: Compared, programme: str, reason: str) -> list[Finding]:
    """What is to follow in one programme: paid too much, unused value that is not due, grants that were denied."""
    return [
        *_paid_too_much(ledger, found, programme, reason),
        *_not_due(found, programme, reason),
        *_denied(found, programme, reason),
    ]


def _paid_too_much(ledger: Ledger, found: Compared, programme: str, reason: str) -> Iterator[Finding]:
    """What an order was paid above what it would have been, taken from its last claims first."""
    for order_id, here in found.history.orders.items():
        if here.programme != programme:
            continue
        there = found.other.orders.get(order_id)
        over = here.paid - here.clawed_back - (there.paid - there.clawed_back if there else 0)
        limit = _limit(ledger, order_id) if over > 0 else 0
        for redemption_id, stands in reversed([*here.claims.items()]):
            part = min(over, stands)
            if part > 0:
                measure = "write_off" if part <= limit else "claw_back"
                yield _finding(measure, here, order_id, redemption_id, part, stands, reason)
                over -= part


def _finding(
    measure: str, here: Order, order_id: str, redemption_id: str, amount: int, stands: int, reason: str
) -> Finding:
    seqs = tuple([note.seq for note in here.notes[:MOST_SEQS]])
    return Finding(measure, here.enterprise_id, order_id, redemption_id, "", amount, stands, seqs, reason)


def _not_due(found: Compared, programme: str, reason: str) -> Iterator[Finding]:
    """Vouchers with unused value that would never have been issued."""
    for voucher_id, each in found.history.vouchers.items():
        if each.programme == programme and each.available > 0 and voucher_id not in found.other.vouchers:
            named = (each.enterprise_id, "", "", voucher_id)
            yield Finding("revoke", *named, each.available, each.available, (), reason)


def _denied(found: Compared, programme: str, reason: str) -> Iterator[Finding]:
    """Enterprises that would have been granted something and were granted nothing."""
    have = {each.enterprise_id for each in found.history.vouchers.values() if each.programme == programme}
    missing: dict[str, int] = {}
    for each in found.other.vouchers.values():
        if each.programme == programme and each.enterprise_id not in have:
            missing[each.enterprise_id] = missing.get(each.enterprise_id, 0) + each.face
    for enterprise_id, face in missing.items():
        yield Finding("grant", enterprise_id, "", "", "", face, 0, (), reason)


def _limit(ledger: Ledger, order_id: str) -> int:
    """Up to which amount the order's own policy lets a demand be given up."""
    registered = known(ledger.state(ORDER, order_id))
    adopted = ledger.state(PROGRAMME, registered.programme).policy(registered.policy_version)
    return compiled(adopted).recovery.write_off_up_to if adopted else 0
