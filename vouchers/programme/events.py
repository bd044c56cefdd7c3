"""What can have happened to a programme; names and fields are the stored format."""

from vouchers.values import Value


class Announced(Value):
    """The programme was made public, with the commitment (SHA-256) to its secret sampling seed."""

    programme: str
    title: str
    authority: str
    currency: str
    sampling_commitment: str


class PolicyAdopted(Value):
    """Two people adopted a policy; `document` is the whole rulebook as canonical JSON text."""

    programme: str
    version: str
    effective_on: str
    ends_on: str
    digest: str
    document: str
    proposed_by: str
    approved_by: str


class PolicyFiled(Value):
    """The adopted version was filed with the higher authority before its rates apply."""

    programme: str
    version: str
    reference: str
    filed_on: str


class Closed(Value):
    """No new orders are taken from this day on; open orders run to their end."""

    reason: str
    closed_on: str


Event = Announced | PolicyAdopted | PolicyFiled | Closed
