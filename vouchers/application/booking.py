"""The books of an order: everything that may object is asked at once; then all are written, or none."""

from collections.abc import Callable
from typing import Final

from vouchers.application import ceilings
from vouchers.application.cases import Case
from vouchers.application.programmes import budget_key
from vouchers.application.reasons import told_once
from vouchers.budget import decisions as budgets
from vouchers.kinds import BUDGET, PROVIDER, VOUCHER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order.state import Claim, Order
from vouchers.provider import decisions as providers
from vouchers.refusals import Cause, Ineligible, NotFound, Refused
from vouchers.voucher import decisions as voucher_decisions
from vouchers.voucher import events as voucher


def _provider(unit: Unit, case: Case) -> None:
    """The provider may take orders of the category on this day."""
    provider = unit.load(PROVIDER, case.command.provider_id)
    providers.may_take_orders(provider, case.command.category, unit.on)


def _budget(unit: Unit, case: Case) -> None:
    """The pool has enough left."""
    if case.assessment.pool:
        state = unit.load(BUDGET, case.budget)
        budgets.commit(state, order_id=case.command.order_id, amount=case.assessment.subsidy)


# What may object to an order beside its policy and its voucher; each raises what it has against it.
OBJECTIONS: Final[tuple[Callable[[Unit, Case], None], ...]] = (_provider, _budget)


def refuse_with_all_reasons(unit: Unit, case: Case) -> list[voucher.Event]:
    """Ask everything that can say no, and refuse with each reason once; else what the voucher will record."""
    refusals: list[Refused] = []
    for objection in OBJECTIONS:
        _ask(refusals, lambda objection=objection: objection(unit, case))  # type: ignore[misc]
    reserved: list[voucher.Event] = []
    _ask(refusals, lambda: reserved.extend(_reserve(unit, case)))
    own = {cause: refused for refused in refusals for cause in _causes(refused)}
    causes = told_once(case.assessment.reasons, tuple(own))
    if len(causes) == 1 and causes[0] in own:
        raise own[causes[0]]
    if causes:
        raise Ineligible(causes)
    return reserved


def book(unit: Unit, case: Case, reserved: list[voucher.Event]) -> None:
    """Reserve the subsidy in the voucher, commit it in the budget, and count it against every cap."""
    order_id, subsidy = case.command.order_id, case.assessment.subsidy
    unit.append(VOUCHER, case.command.voucher_id, reserved)
    unit.append(BUDGET, case.budget, budgets.commit(unit.load(BUDGET, case.budget), order_id=order_id, amount=subsidy))
    for cap in case.assessment.caps:
        ceilings.count(unit, cap, order_id, subsidy)


def give_back(unit: Unit, order_id: str, state: Order, amount: int, reason: str, *, whole: bool) -> None:
    """Release an amount of a reservation in the voucher, the caps and the budget."""
    registered = orders.known(state)
    released = voucher_decisions.release(
        unit.load(VOUCHER, registered.voucher_id),
        order_id=order_id,
        category=registered.category,
        amount=amount,
        on=unit.on,
        reason=reason,
    )
    unit.append(VOUCHER, registered.voucher_id, released)
    for stream in registered.caps:
        ceilings.uncount(unit, stream, order_id, amount, registered.registered_on, whole=whole)
    key = budget_key(registered.programme, registered.period, registered.pool)
    unit.append(BUDGET, key, budgets.free(unit.load(BUDGET, key), order_id=order_id, amount=amount))


def claim(unit: Unit, order_id: str, before: Order, redemption_id: str, amount: int) -> None:
    """Turn so much of an order's reservation into a claim, until the redeem-by day."""
    registered = orders.known(before)
    claimed = voucher_decisions.claim(
        unit.load(VOUCHER, registered.voucher_id),
        order_id=order_id,
        redemption_id=redemption_id,
        category=registered.category,
        amount=amount,
        on=unit.on,
    )
    unit.append(VOUCHER, registered.voucher_id, claimed)


def unclaim(unit: Unit, order_id: str, before: Order, claim: Claim, reason: str) -> None:
    """Let the voucher reserve again what was claimed."""
    registered = orders.known(before)
    reversed_ = voucher_decisions.reverse_claim(
        unit.load(VOUCHER, registered.voucher_id),
        order_id=order_id,
        redemption_id=claim.redemption_id,
        category=registered.category,
        amount=claim.amount,
        reason=reason,
    )
    unit.append(VOUCHER, registered.voucher_id, reversed_)


def pay_out(unit: Unit, order_id: str, before: Order, claim: Claim) -> None:
    """Record in the voucher that the bank paid a claim."""
    registered = orders.known(before)
    paid = voucher_decisions.pay(
        unit.load(VOUCHER, registered.voucher_id),
        order_id=order_id,
        redemption_id=claim.redemption_id,
        category=registered.category,
        amount=claim.amount,
    )
    unit.append(VOUCHER, registered.voucher_id, paid)


def take_back(unit: Unit, order_id: str, before: Order, claim: Claim, amount: int, reason: str) -> None:
    """Record in the voucher that money paid for a claim is demanded back."""
    registered = orders.known(before)
    clawed = voucher_decisions.claw_back(
        unit.load(VOUCHER, registered.voucher_id),
        order_id=order_id,
        redemption_id=claim.redemption_id,
        category=registered.category,
        amount=amount,
        reason=reason,
    )
    unit.append(VOUCHER, registered.voucher_id, clawed)


def _reserve(unit: Unit, case: Case) -> list[voucher.Event]:
    command = case.command
    return voucher_decisions.reserve(
        unit.load(VOUCHER, command.voucher_id),
        order_id=command.order_id,
        enterprise_id=command.enterprise_id,
        category=command.category,
        amount=case.assessment.subsidy,
        on=unit.on,
    )


def _ask(refusals: list[Refused], question: Callable[[], object]) -> None:
    try:
        question()
    except NotFound:
        raise
    except Refused as refused:
        refusals.append(refused)


def _causes(refused: Refused) -> tuple[Cause, ...]:
    if isinstance(refused, Ineligible):
        return refused.causes
    return (Cause(refused.code, "", refused.detail, refused.remedy, refused.pointer),)
