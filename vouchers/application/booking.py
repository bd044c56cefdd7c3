"""The books of an order: everything that may object is asked at once; then all are written, or none."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from vouchers.application import ceilings, stacking
from vouchers.application.cases import Case
from vouchers.application.demanding import as_offered, become_order
from vouchers.application.knowing import not_succeeded
from vouchers.application.linking import not_tied
from vouchers.application.programmes import budget_key, policy_of
from vouchers.application.reasons import told_once
from vouchers.application.serving import by_itself, from_catalogue
from vouchers.application.splitting import not_split, remember
from vouchers.application.supervising import no_sanction
from vouchers.application.waiting import nobody_jumps
from vouchers.budget import decisions as budgets
from vouchers.kinds import BUDGET, ORDER, PROVIDER, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Claim, Order
from vouchers.policy import Cap
from vouchers.provider import decisions as providers
from vouchers.refusals import Cause, Ineligible, NotFound, Refused
from vouchers.voucher import decisions as voucher_decisions
from vouchers.voucher import events as voucher
from vouchers.voucher.state import Voucher

Reserved = list[tuple[str, list[voucher.Event]]]


def _provider(unit: Unit, case: Case) -> None:
    """The provider may take orders of the category on this day."""
    provider = unit.load(PROVIDER, case.command.provider_id)
    providers.may_take_orders(provider, case.command.category, unit.on)


def _budget(unit: Unit, case: Case) -> None:
    """The pool has enough left."""
    if case.assessment.pool:
        state = unit.load(BUDGET, case.budget)
        try:
            budgets.commit(state, order_id=case.command.order_id, amount=case.assessment.subsidy)
        except budgets.BudgetExhausted as refused:
            refused.remedy = _what_helps(unit, case) or refused.remedy
            raise


def _what_helps(unit: Unit, case: Case) -> str:
    """What else there is to do where a new order finds no money and may wait for it."""
    new = unit.load(ORDER, case.command.order_id).registered is None
    queue = new and case.policy.money.exhaustion == "queue"
    return "Join the queue; orders are served in the order of their places as money comes." if queue else ""


# What may object to an order beside its policy and its voucher; each raises what it has against it.
OBJECTIONS: Final[tuple[Callable[[Unit, Case], None], ...]] = (
    _provider,
    not_succeeded,
    from_catalogue,
    by_itself,
    as_offered,
    stacking.paid_once,
    stacking.room_for_aid,
    nobody_jumps,
    _budget,
    no_sanction,
    not_tied,
    not_split,
)
# What may object to more of an order that was registered before.
CHANGE_OBJECTIONS: Final = (
    _provider,
    not_succeeded,
    from_catalogue,
    by_itself,
    nobody_jumps,
    _budget,
    no_sanction,
    not_tied,
    not_split,
)


def refuse_with_all_reasons(
    unit: Unit, case: Case, objections: Sequence[Callable[[Unit, Case], None]] = OBJECTIONS
) -> Reserved:
    """Ask everything that can say no, and refuse with each reason once; else what the vouchers will record."""
    refusals: list[Refused] = []
    reserved: Reserved = []

    def vouchers(unit: Unit, case: Case) -> None:
        reserved.extend(_reserve(unit, case))

    for objection in (*objections, vouchers):
        try:
            objection(unit, case)
        except NotFound:
            raise
        except Refused as refused:
            refusals.append(refused)
    if not refusals and case.assessment.eligible:
        return reserved
    own = {cause: refused for refused in refusals for cause in _causes(refused)}
    causes = told_once(case.assessment.reasons, tuple(own))
    if len(causes) == 1 and causes[0] in own:
        raise own[causes[0]]
    if causes:
        raise Ineligible(causes)
    return reserved


def book(unit: Unit, case: Case, reserved: Reserved) -> None:
    """Reserve the subsidy in every voucher, commit it in the budget, and count it against every cap.

    A cap on a firm's part counts that part, and where two firms share it their sum, once.
    """
    order_id, subsidy = case.command.order_id, case.assessment.subsidy
    become_order(unit, case)
    unit.append(ORDER, order_id, case.stored)
    remember(unit, case)
    for voucher_id, events in reserved:
        unit.append(VOUCHER, voucher_id, events)
    unit.append(BUDGET, case.budget, budgets.commit(unit.load(BUDGET, case.budget), order_id=order_id, amount=subsidy))
    for cap in case.common_caps:
        ceilings.count(unit, cap, order_id, subsidy)
    of_firms: dict[str, tuple[Cap, int]] = {}
    for source in case.sources:
        for cap in source.caps:
            _, sum_so_far = of_firms.get(cap.stream, (cap, 0))
            of_firms[cap.stream] = cap, sum_so_far + source.amount
    for cap, amount in of_firms.values():
        ceilings.count(unit, cap, order_id, amount)
    stacking.booked(unit, case)


def take(unit: Unit, order_id: str, before: Order, amount: int, against: Iterable[Cap]) -> None:
    """Reserve more for an order that grows: from its firm's own vouchers, the budget and every ceiling, or refuse."""
    registered = orders.known(before)
    own = [each.voucher_id for each in before.shares if each.enterprise_id == registered.enterprise_id]
    rooms = [(voucher_id, unit.load(VOUCHER, voucher_id).spendable(unit.on)) for voucher_id in own]
    for voucher_id, part in spread(amount, rooms):
        state = unit.load(VOUCHER, voucher_id)
        unit.append(VOUCHER, voucher_id, _reserved(state, order_id, registered.category, part, unit.on))
    key = budget_key(registered.programme, registered.period, registered.pool)
    unit.append(BUDGET, key, budgets.commit(unit.load(BUDGET, key), order_id=order_id, amount=amount))
    for cap in against:
        ceilings.count(unit, cap, order_id, amount, orders=0)
    stacking.taken(unit, order_id, before, amount)


def give_back(unit: Unit, order_id: str, state: Order, amount: int, reason: str, *, whole: bool) -> None:
    """Release an amount of a reservation in the caps, the budget and the vouchers, there the latest to expire first."""
    registered = orders.known(state)
    parts = _parts(unit, order_id, state, amount, "reserved", latest=True)
    for voucher_id, part in parts.items():
        released = voucher_decisions.release(
            unit.load(VOUCHER, voucher_id),
            order_id=order_id,
            category=registered.category,
            amount=part,
            on=unit.on,
            reason=reason,
        )
        unit.append(VOUCHER, voucher_id, released)
    _uncount(unit, order_id, state, parts, whole=whole)
    key = budget_key(registered.programme, registered.period, registered.pool)
    unit.append(BUDGET, key, budgets.free(unit.load(BUDGET, key), order_id=order_id, amount=amount))
    stacking.freed(unit, order_id, state, parts, reason, whole=whole)


def claim(unit: Unit, order_id: str, before: Order, redemption_id: str, amount: int) -> None:
    """Turn so much of an order's reservation into a claim, until the redeem-by day; the soonest to expire first."""
    registered = orders.known(before)
    if before.several:
        check_redeem_by(unit, before)
    parts = _parts(unit, order_id, before, amount, "reserved")
    _move(unit, order_id, registered.category, redemption_id, parts, partial(voucher_decisions.claim, on=unit.on))
    if before.several:
        unit.append(ORDER, order_id, [order.ClaimShared(redemption_id, *each) for each in parts.items()])
    stacking.claimed(unit, order_id, before, redemption_id, amount)


def unclaim(unit: Unit, order_id: str, before: Order, claim: Claim, reason: str) -> None:
    """Let the vouchers reserve again what was claimed."""
    _move_claim(unit, order_id, before, claim, partial(voucher_decisions.reverse_claim, reason=reason))


def pay_out(unit: Unit, order_id: str, before: Order, claim: Claim) -> None:
    """Record in the vouchers that the bank paid a claim."""
    _move_claim(unit, order_id, before, claim, voucher_decisions.pay)


def unpay(unit: Unit, order_id: str, before: Order, claim: Claim, reason: str) -> None:
    """Let every voucher that paid hold its part as claimed again, because the bank returned the payment."""
    _move_claim(unit, order_id, before, claim, partial(voucher_decisions.return_payment, reason=reason))


def _move_claim(
    unit: Unit, order_id: str, before: Order, claim: Claim, decide: Callable[..., list[voucher.Event]]
) -> None:
    category, shares = orders.known(before).category, shares_of(before, claim)
    _move(unit, order_id, category, claim.redemption_id, shares, decide)


def _move(
    unit: Unit,
    order_id: str,
    category: str,
    redemption_id: str,
    parts: Mapping[str, int],
    decide: Callable[..., list[voucher.Event]],
) -> None:
    """Move each voucher's part of a redemption, as one of the voucher's decisions says."""
    about = {"order_id": order_id, "redemption_id": redemption_id, "category": category}
    for voucher_id, part in parts.items():
        unit.append(VOUCHER, voucher_id, decide(unit.load(VOUCHER, voucher_id), **about, amount=part))


def take_back(unit: Unit, order_id: str, before: Order, claim: Claim, amount: int, reason: str) -> None:
    """Record in the vouchers that money paid for a claim is demanded back, of the latest to expire first."""
    registered = orders.known(before)
    rooms = list(reversed(shares_of(before, claim).items()))
    earlier = dict(spread(claim.clawed_back, rooms))
    for voucher_id, sum_so_far in spread(claim.clawed_back + amount, rooms):
        part = sum_so_far - earlier.get(voucher_id, 0)
        if part:
            clawed = voucher_decisions.claw_back(
                unit.load(VOUCHER, voucher_id),
                order_id=order_id,
                redemption_id=claim.redemption_id,
                category=registered.category,
                amount=part,
                reason=reason,
            )
            unit.append(VOUCHER, voucher_id, clawed)


def shares_of(state: Order, claim: Claim) -> dict[str, int]:
    """What each voucher pays of a claim, the soonest to expire first."""
    return dict(claim.shares) or {orders.known(state).voucher_id: claim.amount}


def check_redeem_by(unit: Unit, state: Order) -> None:
    """Refuse a claim after the first of the vouchers could be redeemed: all of them pay, or none."""
    last = min(unit.load(VOUCHER, share.voucher_id).redeem_by_on for share in state.shares)
    if unit.on > last:
        raise voucher_decisions.redeem_by_passed(last, unit.on)


def spread(amount: int, rooms: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """An amount taken from rooms in their order; what fits nowhere stays with the last, whose rules refuse it."""
    parts, left = list[tuple[str, int]](), amount
    for key, room in rooms:
        part = min(left, room)
        left -= part
        parts.append((key, part))
    if left:
        key, part = parts[-1]
        parts[-1] = key, part + left
    return [(key, part) for key, part in parts if part]


def _uncount(unit: Unit, order_id: str, state: Order, parts: Mapping[str, int], *, whole: bool) -> None:
    """Give released parts back to the ceilings: always, or only those of vouchers still in use, as the policy says."""
    registered = orders.known(state)
    policy = policy_of(unit, registered)
    late = policy.deadlines.caps_freed == "within_use_by"
    back = {
        voucher_id: part
        for voucher_id, part in parts.items()
        if not late or unit.on <= unit.load(VOUCHER, voucher_id).use_by_on
    }
    if late and parts and not back:
        return
    freed = dict.fromkeys(registered.caps, sum(back.values()))
    for share in state.several:
        for stream in share.caps:
            freed[stream] = freed.get(stream, 0) + back.get(share.voucher_id, 0)
    for stream, amount in freed.items():
        ceilings.uncount(unit, stream, order_id, amount, registered.registered_on, whole=whole)


def _parts(unit: Unit, order_id: str, state: Order, amount: int, place: str, *, latest: bool = False) -> dict[str, int]:
    """An amount over the vouchers of an order, by what each of them holds for it in a place."""
    if not state.several:
        return {orders.known(state).voucher_id: amount}
    shares = reversed(state.several) if latest else state.several
    held = [(share.voucher_id, unit.load(VOUCHER, share.voucher_id).held.get(order_id)) for share in shares]
    return dict(spread(amount, [(voucher_id, getattr(each, place) if each else 0) for voucher_id, each in held]))


def _reserve(unit: Unit, case: Case) -> Reserved:
    """What every voucher of the order will record; together they have enough, or all of it is refused."""
    subsidy, category = case.assessment.subsidy, case.command.category
    if case.command.vouchers and subsidy > case.room:
        raise voucher_decisions.too_small(case.terms, case.room, subsidy)
    order_id = case.command.order_id
    return [
        (each.voucher_id, _reserved(unit.load(VOUCHER, each.voucher_id), order_id, category, each.amount, unit.on))
        for each in case.sources
    ]


def _reserved(state: Voucher, order_id: str, category: str, amount: int, on: str) -> list[voucher.Event]:
    # Whose voucher it is was asked when the case was gathered: a successor or a lead firm may draw on it too.
    holder = voucher_decisions.terms_of(state).enterprise_id
    return voucher_decisions.reserve(
        state, order_id=order_id, enterprise_id=holder, category=category, amount=amount, on=on
    )


def _causes(refused: Refused) -> tuple[Cause, ...]:
    if isinstance(refused, Ineligible):
        return refused.causes
    return (Cause(refused.code, "", refused.detail, refused.remedy, refused.pointer),)
