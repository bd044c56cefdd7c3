"""Reviews: whom the sample draws, and what reviewers decide."""

import hashlib
from dataclasses import dataclass

from vouchers.application.claims import Answer, answer_of, back_to_reserved
from vouchers.kinds import ORDER, REVIEW
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order.state import Order
from vouchers.policy import ReviewRule
from vouchers.review import decisions as reviews
from vouchers.review import events as review


@dataclass(frozen=True, slots=True)
class ApproveReview:
    """Find the redemption of an order in order: the one of this number, or without a number the present one."""

    order_id: str
    note: str = ""
    redemption_id: str = ""


@dataclass(frozen=True, slots=True)
class RejectReview:
    """Reject the redemption of an order, with the reason: the one of this number, or the present one."""

    order_id: str
    reason: str
    redemption_id: str = ""


def assign(unit: Unit, order_id: str, state: Order, rule: ReviewRule, seed: bytes) -> None:
    """Let the sample decide whether a person checks the claim; one that is spared is approved at once."""
    registered = orders.known(state)
    digest = hashlib.sha256(seed + b"/" + state.redemption_id.encode()).digest()
    assignment = review.Assigned(
        registered.programme,
        order_id,
        registered.enterprise_id,
        registered.provider_id,
        unit.actor,
        state.claims[state.redemption_id].amount,
        registered.currency,
        rule.tier,
        rule.sample_bp,
        reviews.draw(digest),
        rule.evidence,
        2 if rule.second_person else 1,
    )
    after = unit.append(REVIEW, state.redemption_id, reviews.assign(assignment))
    if after.outcome == "spared":
        unit.append(ORDER, order_id, orders.approve_redemption(state, state.redemption_id))


def approve_review(unit: Unit, command: ApproveReview) -> Answer:
    """Approve the redemption under review; when enough people have, it may be paid."""
    state = unit.load(ORDER, command.order_id)
    redemption_id = orders.claim_to_review(state, command.redemption_id)
    current = unit.load(REVIEW, redemption_id)
    events = reviews.approve(current, reviewer=unit.actor, note=command.note)
    approved = orders.approve_redemption(state, redemption_id)
    after = unit.append(REVIEW, redemption_id, events)
    if after.outcome == "approved":
        unit.append(ORDER, command.order_id, approved)
    return answer_of(unit, command.order_id)


def reject_review(unit: Unit, command: RejectReview) -> Answer:
    """Reject the redemption under review; the value is reserved again and may be claimed anew."""
    state = unit.load(ORDER, command.order_id)
    redemption_id = orders.claim_to_review(state, command.redemption_id)
    current = unit.load(REVIEW, redemption_id)
    unit.append(REVIEW, redemption_id, reviews.reject(current, reviewer=unit.actor, reason=command.reason))
    events = orders.reject_redemption(state, command.reason, redemption_id)
    back_to_reserved(unit, command.order_id, state, events, command.reason)
    return answer_of(unit, command.order_id)
