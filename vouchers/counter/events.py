"""What can have happened at the counter about an order; names and fields are the stored format."""

from vouchers.values import Value


class CodeAccepted(Value):
    """The provider presented a one-time code of the enterprise, who thereby accepted the delivery and the claim.

    The digest is keyed with a secret of the installation; the code itself is kept nowhere.
    """

    code_digest: str
    enterprise_id: str
    provider_id: str


Event = CodeAccepted
