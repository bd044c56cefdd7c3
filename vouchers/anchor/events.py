"""What can have happened to the log's anchor; names and fields are the stored format."""

from collections.abc import Mapping

from vouchers.values import Value


class AnchorRecorded(Value):
    """Outsiders vouched for the log's first entries; whatever comes after this was written later than they say.

    The note with all its signatures by its SHA-256; when each witness cosigned it, by the witness's key name and key
    ID; the token of a time stamping authority (RFC 3161) by its SHA-256 with the time it states, or nothing.
    """

    origin: str
    size: int
    root_hash: str
    note_sha256: str
    cosignature_times: Mapping[str, str]
    tsr_sha256: str
    tsr_at: str


Event = AnchorRecorded
