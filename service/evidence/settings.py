"""The settings of the evidence store."""

import re
from dataclasses import dataclass
from typing import Final

from service.configuring import SettingInvalid, setting

_ADDRESS: Final = re.compile(
    r"folder:[^\x00-\x1f]{1,200}"
    r"|s3:(https://[A-Za-z0-9.-]+|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?(/[A-Za-z0-9._-]{1,100}){1,6}"
)


def _store(address: str) -> None:
    if not _ADDRESS.fullmatch(address):
        remedy = "Write folder:PATH, or s3:https://HOST/BUCKET/PREFIX; plain http only for 127.0.0.1."
        raise SettingInvalid("This is no address of an evidence store.", remedy=remedy)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where documents are kept, and how much of them."""

    store: str = setting("folder:evidence", "folder:PATH in the data folder, or s3:https://HOST/BUCKET.", check=_store)
    region: str = setting("us-east-1", "Region that requests to an S3 store are signed for.")
    access_key: str = setting("", "Name of the key for an S3 store.")
    secret_key: str = setting("", "The key for an S3 store.", secret=True)
    largest_megabytes: int = setting(20, "Size of one document.", least=1, most=1_024)
    daily_megabytes: int = setting(500, "What one caller may bring in a day.", least=1, most=1_000_000)
    daily_documents: int = setting(1_000, "How many documents one caller may bring in a day.", least=1, most=1_000_000)
    seconds: int = setting(300, "How long one document may take to come.", least=1, most=3_600)
    at_once: int = setting(2, "Documents that one process takes at a time; each holds a thread.", least=1, most=64)
