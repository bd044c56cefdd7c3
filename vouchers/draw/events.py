"""What can have happened to an auditor's sample; names and fields are the stored format."""

from vouchers.values import Value


class Committed(Value):
    """An auditor fixed what is drawn, and the SHA-256 of a nonce that nobody else knows yet.

    The population is what the log held before this entry. `salt` is random of the house: with it, nobody could foresee
    the root of the log after this entry. `strata` names the column that splits a stratified sample.
    """

    commitment: str
    salt: str
    population: str
    method: str
    items: int
    strata: str
    programme: str
    from_on: str
    until_on: str


class Revealed(Value):
    """The nonce, after a signed checkpoint covered the commitment: everybody can now draw the same sample.

    `size` counts the entries up to the commitment, `root` is the log's root at that size, and `seed` is SHA-256 over
    "sample/v1", root and nonce. `note_size` and `note_digest` are of the signed checkpoint.
    """

    nonce: str
    size: int
    root: str
    seed: str
    note_size: int
    note_digest: str


Event = Committed | Revealed
