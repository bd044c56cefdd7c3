"""What can have happened to a correction; names and fields are the stored format."""

from vouchers.values import Value


class Proposed(Value):
    """Somebody proposed to put right what was decided on a wrong basis.

    `basis` is facts, policy or suspension; `change` says in words what should have held, `change_digest` is SHA-256
    over it as data. The findings were made on the log of `size` entries with this `root`. `total` sums the findings,
    in minor units of `currency`.
    """

    programme: str
    basis: str
    change: str
    change_digest: str
    size: int
    root: str
    currency: str
    findings: int
    total: int
    reason: str
    proposed_by: str


class FindingAdded(Value):
    """One finding of a correction was put on record, with what is to follow from it.

    `measure` is claw_back, write_off, revoke or grant. `stands` is what was paid and not taken back, or was unused,
    when it was found: where that has changed, the measure is not carried out. `seqs` are the entries it rests on.
    """

    number: int
    measure: str
    enterprise_id: str
    order_id: str
    redemption_id: str
    voucher_id: str
    amount: int
    stands: int
    seqs: tuple[int, ...]
    reason: str


class Approved(Value):
    """A person other than the proposer agreed; with the second one the correction is carried out."""

    approved_by: str
    needed: int


class Rejected(Value):
    """Somebody other than the proposer did not agree; everything stays as it is."""

    rejected_by: str
    reason: str


class CarriedOut(Value):
    """What follows from a finding was done, by events beside this one."""

    number: int
    measure: str


class NotCarriedOut(Value):
    """What follows from a finding could not be done any more; an officer has to look at it."""

    number: int
    measure: str
    code: str
    text: str


Event = Proposed | FindingAdded | Approved | Rejected | CarriedOut | NotCarriedOut
