"""What can have happened to an audit bundle; names and fields are the stored format."""

from vouchers.values import Value


class BundleExported(Value):
    """A copy of the log's first entries was made for somebody outside, with what follows from them.

    `manifest_sha256` is of the list of all its files; `formats` are those of its tables. Purpose and recipient name a
    task and an office, not a person.
    """

    origin: str
    size: int
    root_hash: str
    manifest_sha256: str
    formats: tuple[str, ...]
    purpose: str
    recipient: str


class ValuesDisclosed(Value):
    """A bundle disclosed values that are kept outside the log, to its recipient, on the basis `basis`.

    `seqs` are the entries that commit to them: these name the subject and the value, and nothing here says it.
    """

    manifest_sha256: str
    seqs: tuple[int, ...]
    basis: str
    purpose: str
    recipient: str


Event = BundleExported | ValuesDisclosed
