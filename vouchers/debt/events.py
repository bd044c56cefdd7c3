"""What can have happened to the debts of one party; amounts are minor units of the demand's `currency`."""

from vouchers.values import Value


class Demanded(Value):
    """Paid money is demanded back until `due_on`; every day from `interest_from_on` on bears simple interest.

    The interest of n days is amount * rate_bp * n / (10,000 * base_days), the broken minor unit dropped once.
    """

    debt_id: str
    programme: str
    currency: str
    order_id: str
    redemption_id: str
    amount: int
    reason: str
    demanded_on: str
    due_on: str
    interest_from_on: str
    rate_bp: int
    base_days: int


class Received(Value):
    """The party paid: first the interest up to that day, then the demand itself."""

    debt_id: str
    amount: int
    to_interest: int
    to_principal: int
    received_on: str
    reference: str


class Netted(Value):
    """So much was kept back from a payment to the party: first the interest, then the demand itself."""

    debt_id: str
    amount: int
    to_interest: int
    to_principal: int
    netted_on: str
    settlement_id: str
    redemption_id: str


class Instalment(Value):
    """One part of a plan: how much until when."""

    due_on: str
    amount: int


class InstalmentsAgreed(Value):
    """The demand may be paid in parts; while the plan is kept, nothing is kept back from payments to the party."""

    debt_id: str
    instalments: tuple[Instalment, ...]
    reason: str
    agreed_by: str


class InstalmentMissed(Value):
    """A part was not paid in time: the plan has ended, and all is due at once."""

    debt_id: str
    due_on: str
    expected: int
    received: int


class WriteOffProposed(Value):
    """Somebody proposed not to pursue the rest any more."""

    debt_id: str
    reason: str
    clause: str
    proposed_by: str


class WrittenOff(Value):
    """A second person agreed that the rest is not pursued; the money stays lost and on record."""

    debt_id: str
    principal: int
    interest: int
    reason: str
    clause: str
    proposed_by: str
    approved_by: str
    written_off_on: str


Event = Demanded | Received | Netted | InstalmentsAgreed | InstalmentMissed | WriteOffProposed | WrittenOff
