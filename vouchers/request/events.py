"""What can have happened to a request; names and fields are the stored format."""

from vouchers.values import Value


class Answered(Value):
    """A command took effect under this key; fingerprint is the SHA-256 of the command, answer canonical JSON."""

    command: str
    fingerprint: str
    answer: str


Event = Answered
