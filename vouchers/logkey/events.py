"""What can have happened to the log's key; names and fields are the stored format."""

from vouchers.values import Value


class KeyRotated(Value):
    """The log signs with another key from now on; old and new key both signed a note that says so (C2SP signed-note).

    The text of the note is origin, "vouchers key rotation v1", old_vkey and new_vkey, a line each. A signature is what
    stands behind the name in the note's signature line: the key's identifier and the signature, in base64.
    """

    origin: str
    old_vkey: str
    new_vkey: str
    occasion: str
    old_signature: str
    new_signature: str


class LogReopened(Value):
    """The log goes on under another name and key: entries that it had signed are lost, or it is a copy for a trial.

    What it had signed last is quoted: old_size entries with the root old_root, in base64. It goes on from size entries.
    The new key signed a note of origin, "vouchers log reopened v1", vkey, old_origin, old_size, old_root and size.
    """

    origin: str
    vkey: str
    old_origin: str
    old_vkey: str
    old_size: int
    old_root: str
    size: int
    signature: str


Event = KeyRotated | LogReopened
