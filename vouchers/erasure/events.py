"""What can have happened to what must be forgettable; names and fields are the stored format."""

from vouchers.values import Value


class ValueCommitted(Value):
    """The value `field` about `subject` is kept outside the log; `digest` commits to its disclosure (RFC 9901)."""

    subject: str
    field: str
    digest: str


class SubjectErased(Value):
    """The key and the disclosures of `subject` were ordered destroyed on the basis `basis`, with two people behind it.

    `fields` are what was known of it, `seqs` the entries that commit to its values: they stay, and open no more.
    """

    subject: str
    fields: tuple[str, ...]
    seqs: tuple[int, ...]
    basis: str
    proposed_by: str
    approved_by: str


class EntryRedacted(Value):
    """A text was taken out of an entry that should not have held it, by `authority`, on the basis `basis`.

    Two people are behind it. `leaf_hash` is the leaf of the entry as it was recorded, in base64; `pointers` say where
    texts were taken out, and `left` is the entry without them, as canonical JSON: what balances and states are made of
    from now on.
    """

    seq: int
    leaf_hash: str
    pointers: tuple[str, ...]
    left: str
    authority: str
    basis: str
    proposed_by: str
    approved_by: str


Event = ValueCommitted | SubjectErased | EntryRedacted
