"""What may happen to a party's debts next."""

from itertools import pairwise

from vouchers.days import add_days
from vouchers.debt import events as debt
from vouchers.debt.state import Debt, Debts
from vouchers.money import check_amount, exponent_of, format_amount
from vouchers.refusals import Conflict, NotAllowed, NotFound, Refused
from vouchers.texts import same_person
from vouchers.values import Value

MAX_DEBTS = 500


class DebtUnknown(NotFound):
    """This party has no debt with this number."""

    remedy = "List the debts of the party."


class DebtEnded(Conflict):
    """The debt is paid or written off; nothing is owed any more."""

    remedy = "Look at the debt for how it ended."


class TooManyDebts(Refused):
    """One party owes at most 500 debts at a time here."""

    remedy = "Record what was paid, or write off what is lost; then demand again."


class MoreThanOwed(Refused):
    """More was received than is owed."""


class ReceiptDayInvalid(Refused):
    """The money came in the future, or before an earlier receipt was counted."""


class InstalmentsInvalid(Refused):
    """The instalments are not a plan: their days rise, all lie ahead, and together they are what is owed."""


class TooManyInstalments(Refused):
    """The policy allows fewer instalments."""


class WriteOffTooLarge(Refused):
    """The policy does not let so much be written off."""


class WriteOffNotProposed(Conflict):
    """Nobody proposed to write this debt off."""

    remedy = "Propose it first; another person then approves."


class WriteOffNotIndependent(NotAllowed):
    """The person who proposed to write a debt off cannot approve it."""

    remedy = "Let another finance officer approve it."


class Terms(Value):
    """On which terms money is demanded: days to pay, yearly interest in basis points over so many days."""

    grace_days: int
    rate_bp: int
    base_days: int


def demand(
    state: Debts,
    *,
    programme: str,
    currency: str,
    order_id: str,
    redemption_id: str,
    amount: int,
    reason: str,
    on: str,
    terms: Terms,
    bears_from_on: str = "",
) -> list[debt.Event]:
    """Open a debt, its number derived from the redemption.

    Interest runs from the day after the last day to pay, or from another day where one is given.
    """
    if amount == 0:
        return []
    if sum(not each.ended for each in state.debts.values()) >= MAX_DEBTS:
        raise TooManyDebts(limit=MAX_DEBTS)
    earlier = sum(each.demanded.redemption_id == redemption_id for each in state.debts.values())
    due_on = add_days(on, terms.grace_days)
    return [
        debt.Demanded(
            f"{redemption_id}-C{earlier + 1}",
            programme,
            currency,
            order_id,
            redemption_id,
            amount,
            reason,
            on,
            due_on,
            bears_from_on or add_days(due_on, 1),
            terms.rate_bp,
            terms.base_days,
        )
    ]


def receive(state: Debts, *, debt_id: str, amount: int, received_on: str, reference: str, on: str) -> list[debt.Event]:
    """Record what the party paid, first on the interest, then on the demand; the same reference again: nothing."""
    if reference in known(state, debt_id).references:
        return []
    each = open_debt(state, debt_id)
    check_amount(amount, "/amount")
    if not each.last_on <= received_on <= on:
        raise ReceiptDayInvalid(pointer="/received_on", remedy=f"Give a day from {each.last_on} to {on}.")
    owed = each.owed(received_on)
    if not 0 < amount <= owed:
        raise MoreThanOwed(pointer="/amount", remedy=f"Record at most {_written(owed, each)}.", owed=owed)
    to_interest, to_principal = _split(each, amount, received_on)
    return [debt.Received(debt_id, amount, to_interest, to_principal, received_on, reference)]


def net(
    state: Debts, *, programme: str, currency: str, available: int, settlement_id: str, redemption_id: str, on: str
) -> list[debt.Event]:
    """Keep back from a payment to the party what it owes the same programme, the oldest demand first.

    A debt with a plan that is kept is left alone; never more than the payment is kept back.
    """
    found: list[debt.Event] = []
    for debt_id, each in state.debts.items():
        theirs = (each.demanded.programme, each.demanded.currency) == (programme, currency)
        day = max(on, each.last_on)
        amount = min(available, each.owed(day))
        if theirs and amount > 0 and not each.plan:
            to_interest, to_principal = _split(each, amount, day)
            found.append(debt.Netted(debt_id, amount, to_interest, to_principal, day, settlement_id, redemption_id))
            available -= amount
    return found


def agree_instalments(
    state: Debts, *, debt_id: str, instalments: tuple[debt.Instalment, ...], most: int, reason: str, by: str, on: str
) -> list[debt.Event]:
    """Let a debt be paid in parts that together are its whole principal; interest runs on what is left of it."""
    each = open_debt(state, debt_id)
    if instalments and each.plan == instalments:
        return []
    if len(instalments) > most:
        raise TooManyInstalments(pointer="/instalments", remedy=f"Agree on at most {most}.", most=most)
    days = [part.due_on for part in instalments]
    rising = all(first < second for first, second in pairwise(days))
    whole = sum(part.amount for part in instalments) == each.principal
    if not (days and rising and days[0] > on and whole and min(part.amount for part in instalments) > 0):
        raise InstalmentsInvalid(
            pointer="/instalments",
            remedy=f"Name days after {on} in their order, and amounts of {_written(each.principal, each)} together.",
        )
    return [debt.InstalmentsAgreed(debt_id, instalments, reason, by)]


def miss_instalment(state: Debts, *, debt_id: str, on: str) -> list[debt.Event]:
    """End a plan whose due parts were not paid by the end of their day; stays quiet while it is kept."""
    each = known(state, debt_id)
    due = [part for part in each.plan if part.due_on < on]
    expected = sum(part.amount for part in due)
    received = each.plan_principal - each.principal
    if not due or received >= expected:
        return []
    return [debt.InstalmentMissed(debt_id, due[-1].due_on, expected, received)]


def propose_write_off(
    state: Debts, *, debt_id: str, limit: int, reason: str, clause: str, by: str, on: str
) -> list[debt.Event]:
    """Propose not to pursue what is left, up to what the policy lets be written off."""
    each = open_debt(state, debt_id)
    _check_small(each, limit, on)
    proposal = debt.WriteOffProposed(debt_id, reason, clause, by)
    return [] if each.proposal == proposal else [proposal]


def approve_write_off(state: Debts, *, debt_id: str, limit: int, by: str, on: str) -> list[debt.Event]:
    """Agree as a second person that what is left is not pursued; agreeing again changes nothing."""
    each = known(state, debt_id)
    if each.written_off:
        return []
    open_debt(state, debt_id)
    if each.proposal is None:
        raise WriteOffNotProposed(pointer="/debt_id")
    if same_person(by, each.proposal.proposed_by):
        raise WriteOffNotIndependent(pointer="/approved_by")
    _check_small(each, limit, on)
    reason, clause, proposed_by = each.proposal.reason, each.proposal.clause, each.proposal.proposed_by
    interest = each.interest(on)
    return [debt.WrittenOff(debt_id, each.principal, interest, reason, clause, proposed_by, by, on)]


def known(state: Debts, debt_id: str) -> Debt:
    """A debt, or a refusal where there is none."""
    if debt_id not in state.debts:
        raise DebtUnknown(pointer="/debt_id")
    return state.debts[debt_id]


def open_debt(state: Debts, debt_id: str) -> Debt:
    """A debt of which something is still owed."""
    each = known(state, debt_id)
    if each.ended:
        raise DebtEnded(pointer="/debt_id", status=each.status)
    return each


def _split(each: Debt, amount: int, on: str) -> tuple[int, int]:
    """How much of a payment goes to the interest of a day, and how much to the demand."""
    to_interest = min(amount, each.interest(on))
    return to_interest, amount - to_interest


def _check_small(each: Debt, limit: int, on: str) -> None:
    owed = each.owed(on)
    if owed > limit:
        remedy = f"Up to {_written(limit, each)} may be written off; {_written(owed, each)} is owed."
        raise WriteOffTooLarge(pointer="/debt_id", remedy=remedy, owed=owed, limit=limit)


def _written(amount: int, each: Debt) -> str:
    currency = each.demanded.currency
    return format_amount(amount, exponent_of(currency), currency)
