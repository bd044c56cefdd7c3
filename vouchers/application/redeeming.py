"""Redemptions: the claim on the actual cost, its check, and the ways back."""

import hashlib
from dataclasses import dataclass
from typing import Any

from vouchers.application.ordering import facts_of, give_back, lines_of
from vouchers.application.programmes import of_version
from vouchers.kinds import ORDER, PROVIDER, REVIEW, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.policy import ReviewRule, review_rule, settle
from vouchers.provider import decisions as providers
from vouchers.refusals import Ineligible
from vouchers.review import decisions as reviews
from vouchers.review import events as review
from vouchers.voucher import decisions as voucher_decisions

Answer = dict[str, Any]


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


def request_redemption(unit: Unit, command: orders.RequestRedemption, *, seed: bytes) -> Answer:
    """Claim the subsidy on the actual cost, give the rest back, and let the sample decide who checks it."""
    state = unit.load(ORDER, command.order_id)
    registered = orders.at_step(state, "invoiced")
    assert state.invoice is not None, "an invoiced order has an invoice"
    providers.may_be_paid(unit.load(PROVIDER, registered.provider_id), unit.on)
    policy = of_version(unit, registered.programme, registered.policy_version)
    rule = review_rule(policy, registered.tier)
    actual = settle(policy, facts_of(registered, unit.on), state.invoice.gross, state.invoice.net, state.held)
    if actual.reasons:
        raise Ineligible(actual.reasons)
    evidence = _evidence(state, command)
    after = unit.append(
        ORDER,
        command.order_id,
        orders.request_redemption(
            state,
            amount=actual.subsidy,
            requested_by=unit.actor,
            evidence=evidence,
            needed=tuple(dict.fromkeys((*registered.evidence, *rule.evidence))),
            trace=lines_of(actual),
            order_id=command.order_id,
        ),
    )
    _claim(unit, command.order_id, state, after, actual.subsidy)
    _assign(unit, command.order_id, after, rule, seed)
    return _answer(unit, command.order_id)


def approve_review(unit: Unit, command: ApproveReview) -> Answer:
    """Approve the redemption under review; when enough people have, it may be paid."""
    state = unit.load(ORDER, command.order_id)
    orders.known(state)
    orders.at_round(state, command.redemption_id)
    current = unit.load(REVIEW, state.redemption_id)
    events = reviews.approve(current, reviewer=unit.actor, note=command.note)
    orders.at_step(state, "requested")
    after = unit.append(REVIEW, state.redemption_id, events)
    if after.outcome == "approved":
        unit.append(ORDER, command.order_id, orders.approve_redemption(state))
    return _answer(unit, command.order_id)


def reject_review(unit: Unit, command: RejectReview) -> Answer:
    """Reject the redemption under review; the value is reserved again and may be claimed anew."""
    state = unit.load(ORDER, command.order_id)
    orders.known(state)
    orders.at_round(state, command.redemption_id)
    current = unit.load(REVIEW, state.redemption_id)
    unit.append(REVIEW, state.redemption_id, reviews.reject(current, reviewer=unit.actor, reason=command.reason))
    events = orders.reject_redemption(state, command.reason)
    _back_to_reserved(unit, command.order_id, state, events, command.reason)
    return _answer(unit, command.order_id)


def reverse_redemption(unit: Unit, command: orders.ReverseRedemption) -> Answer:
    """Take a redemption back before a settlement takes it up; a review that was still open is closed."""
    state = unit.load(ORDER, command.order_id)
    orders.at_round(state, command.redemption_id)
    events = orders.reverse_redemption(state, command.reason)
    current = unit.load(REVIEW, state.redemption_id)
    closed = reviews.close(current, order_id=command.order_id, reason=command.reason)
    unit.append(REVIEW, state.redemption_id, closed)
    _back_to_reserved(unit, command.order_id, state, events, command.reason)
    return _answer(unit, command.order_id)


def claw_back(unit: Unit, command: orders.ClawBack) -> Answer:
    """Demand paid money back."""
    state = unit.load(ORDER, command.order_id)
    registered = orders.known(state)
    unit.append(ORDER, command.order_id, orders.claw_back(state, command))
    unit.append(
        VOUCHER,
        registered.voucher_id,
        voucher_decisions.claw_back(
            unit.load(VOUCHER, registered.voucher_id),
            order_id=command.order_id,
            redemption_id=state.redemption_id,
            category=registered.category,
            amount=command.amount,
            reason=command.reason,
        ),
    )
    return {**_answer(unit, command.order_id), "clawed_back": command.amount}


def _evidence(state: Order, command: orders.RequestRedemption) -> dict[str, str]:
    """What the log already holds by digest, then what the payee adds."""
    assert state.registered is not None
    held = {"contract": state.registered.contract_digest}
    if state.invoice is not None:
        held["invoice"] = state.invoice.invoice
    if state.delivery is not None:
        held["service_report"] = state.delivery.report_digest
    return held | {kind: digest for kind, digest in command.evidence.items() if kind not in held}


def _claim(unit: Unit, order_id: str, before: Order, after: Order, amount: int) -> None:
    registered = orders.known(before)
    rest = before.held - amount
    if rest:
        give_back(unit, order_id, before, rest, "actual cost below the reservation", whole=False)
    unit.append(
        VOUCHER,
        registered.voucher_id,
        voucher_decisions.claim(
            unit.load(VOUCHER, registered.voucher_id),
            order_id=order_id,
            redemption_id=after.redemption_id,
            category=registered.category,
            amount=amount,
            on=unit.on,
        ),
    )


def _assign(unit: Unit, order_id: str, state: Order, rule: ReviewRule, seed: bytes) -> None:
    registered = orders.known(state)
    digest = hashlib.sha256(seed + b"/" + state.redemption_id.encode()).digest()
    assignment = review.Assigned(
        registered.programme,
        order_id,
        registered.enterprise_id,
        registered.provider_id,
        unit.actor,
        state.claimed,
        registered.currency,
        rule.tier,
        rule.sample_bp,
        reviews.draw(digest),
        rule.evidence,
        2 if rule.second_person else 1,
    )
    after = unit.append(REVIEW, state.redemption_id, reviews.assign(assignment))
    if after.outcome == "spared":
        unit.append(ORDER, order_id, orders.approve_redemption(state))


def _back_to_reserved(unit: Unit, order_id: str, state: Order, events: list[order.Event], reason: str) -> None:
    registered = orders.known(state)
    unit.append(ORDER, order_id, events)
    unit.append(
        VOUCHER,
        registered.voucher_id,
        voucher_decisions.reverse_claim(
            unit.load(VOUCHER, registered.voucher_id),
            order_id=order_id,
            redemption_id=state.redemption_id,
            category=registered.category,
            amount=state.claimed,
            reason=reason,
        ),
    )


def _answer(unit: Unit, order_id: str) -> Answer:
    state = unit.load(ORDER, order_id)
    return {
        "order_id": order_id,
        "status": state.status,
        "redemption_id": state.redemption_id,
        "claimed": state.claimed,
    }
