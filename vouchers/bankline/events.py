"""What can have happened to one line of a bank; names and fields are the stored format."""

from vouchers.values import Value


class Heard(Value):
    """The bank told us: a debit or a credit of an account on a day, or that an instruction is not carried out."""

    bank_account: str
    statement_id: str
    source: str
    direction: str
    amount: int
    currency: str
    booked_on: str
    bank_reference: str
    bank_reason: str
    instruction_id: str


class Stated(Value):
    """What a notification told ahead now stands in a statement."""

    statement_id: str
    booked_on: str


class Matched(Value):
    """The line is what happened to one of our payments or debts, and the books say so since."""

    outcome: str
    settlement_id: str
    redemption_id: str
    instruction_id: str
    party_id: str
    debt_id: str


class LeftOpen(Value):
    """The books could not take the line: a person has to look. `cause` is a code, `text` its sentence."""

    cause: str
    text: str


class ResolutionProposed(Value):
    """A person says what the line is; as it moves money, another one has to agree."""

    outcome: str
    settlement_id: str
    redemption_id: str
    instruction_id: str
    party_id: str
    debt_id: str
    reason: str
    proposed_by: str


class ResolutionDeclined(Value):
    """Somebody does not agree with what was proposed; the line is open again."""

    reason: str
    declined_by: str


class Resolved(Value):
    """A second person agreed, and the books say so since."""

    outcome: str
    settlement_id: str
    redemption_id: str
    instruction_id: str
    party_id: str
    debt_id: str
    proposed_by: str
    approved_by: str


class SetAside(Value):
    """The books stay as they are: the line is none of ours, such as a fee, or stands in them already as a payment."""

    reason: str
    settlement_id: str
    redemption_id: str
    instruction_id: str
    set_aside_by: str


Event = Heard | Stated | Matched | LeftOpen | ResolutionProposed | ResolutionDeclined | Resolved | SetAside
