"""What can have happened to the aid of an enterprise; amounts in minor units."""

from vouchers.values import Value


class Counted(Value):
    """Aid arose from an order or a grant of this service, on the day on which the right to it arose."""

    source_id: str
    programme: str
    granted_on: str
    amount: int


class Uncounted(Value):
    """Aid that was counted on the day `granted_on` is not received after all."""

    source_id: str
    granted_on: str
    amount: int
    reason: str


class OtherAidDeclared(Value):
    """Aid of another body, as the enterprise declared it or a public register states it."""

    declaration_id: str
    measure: str
    granted_on: str
    amount: int
    source: str
    digest: str


class DeclarationWithdrawn(Value):
    """A declared aid was an error, or was recovered by the body that had granted it."""

    declaration_id: str
    reason: str


Event = Counted | Uncounted | OtherAidDeclared | DeclarationWithdrawn
