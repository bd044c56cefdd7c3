"""What a party owes now, debt by debt."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from vouchers.days import add_days, days_between
from vouchers.debt import events as debt
from vouchers.money import WHOLE_BP
from vouchers.values import Value, replace


class Debt(Value):
    """One demand: `principal` is what is left of it, `accrued` its interest so far in minor units * bp * days.

    `counted_on` is the last day whose interest is in `accrued`, `last_on` the day of the last payment.
    """

    demanded: debt.Demanded
    principal: int
    counted_on: str
    last_on: str
    accrued: int = 0
    interest_paid: int = 0
    received: int = 0
    netted: int = 0
    plan: tuple[debt.Instalment, ...] = ()
    plan_principal: int = 0
    proposal: debt.WriteOffProposed | None = None
    written_off: int = 0
    ended: bool = False
    references: tuple[str, ...] = ()

    def interest(self, on: str) -> int:
        """The interest that is open at the end of a day."""
        if self.ended:
            return 0
        due = self.accrued_by(on) // (WHOLE_BP * self.demanded.base_days)
        return due - self.interest_paid

    def accrued_by(self, on: str) -> int:
        """The interest up to a day in minor units * bp * days, which no rounding has touched."""
        days = max(0, days_between(self.counted_on, on))
        return self.accrued + self.principal * self.demanded.rate_bp * days

    def owed(self, on: str) -> int:
        """Everything that is open at the end of a day."""
        return 0 if self.ended else self.principal + self.interest(on)

    @property
    def status(self) -> str:
        """The word for it: open, instalments, paid or written off."""
        if self.written_off:
            return "written_off"
        if self.ended:
            return "paid"
        return "instalments" if self.plan else "open"


_NONE: Mapping[str, Debt] = MappingProxyType({})


class Debts(Value):
    """All debts of one party, in the order of their demand."""

    debts: Mapping[str, Debt] = _NONE


def evolve(state: Debts, event: debt.Event) -> Debts:
    """Apply one event; the past is never refused."""
    match event:
        case debt.Demanded():
            return _with(state, event.debt_id, _opened(event))
        case debt.Received(debt_id=debt_id, amount=amount, received_on=on):
            each = _less(state.debts[debt_id], event.to_interest, event.to_principal, on)
            references = (*each.references, event.reference)
            return _with(state, debt_id, replace(each, received=each.received + amount, references=references))
        case debt.Netted(debt_id=debt_id, amount=amount, netted_on=on):
            each = _less(state.debts[debt_id], event.to_interest, event.to_principal, on)
            return _with(state, debt_id, replace(each, netted=each.netted + amount))
        case debt.InstalmentsAgreed(debt_id=debt_id, instalments=plan):
            each = state.debts[debt_id]
            return _with(state, debt_id, replace(each, plan=plan, plan_principal=each.principal))
        case debt.InstalmentMissed(debt_id=debt_id):
            return _with(state, debt_id, replace(state.debts[debt_id], plan=(), plan_principal=0))
        case debt.WriteOffProposed(debt_id=debt_id):
            return _with(state, debt_id, replace(state.debts[debt_id], proposal=event))
        case debt.WrittenOff(debt_id=debt_id, principal=principal, interest=interest):
            lost = replace(state.debts[debt_id], principal=0, plan=(), written_off=principal + interest, ended=True)
            return _with(state, debt_id, lost)
    assert_never(event)


def _opened(event: debt.Demanded) -> Debt:
    return Debt(event, event.amount, add_days(event.interest_from_on, -1), event.demanded_on)


def _less(each: Debt, to_interest: int, to_principal: int, on: str) -> Debt:
    """A debt after a payment: the interest is counted up to its day, and stops when nothing is left."""
    after = replace(
        each,
        accrued=each.accrued_by(on),
        counted_on=max(each.counted_on, on),
        last_on=max(each.last_on, on),
        principal=each.principal - to_principal,
        interest_paid=each.interest_paid + to_interest,
    )
    return replace(after, ended=after.owed(on) == 0)


def _with(state: Debts, debt_id: str, each: Debt) -> Debts:
    return replace(state, debts={**state.debts, debt_id: each})
