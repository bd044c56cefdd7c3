"""What can have become known of a party's links; names and fields are the stored format."""

from vouchers.values import Value


class LinkRecorded(Value):
    """A link to another party became known; it holds from `from_on` to `until_on`, both included, or without end.

    `direction` is `over` where this party controls or holds the other, `under` where it is held, `beside` elsewhere.
    """

    other: str
    kind: str
    direction: str
    share_bp: int
    from_on: str
    until_on: str
    source: str
    digest: str
    by: str


class LinkEnded(Value):
    """The link of this kind to the other party ended: `until_on` is its last day."""

    other: str
    kind: str
    until_on: str
    source: str
    by: str


Event = LinkRecorded | LinkEnded
