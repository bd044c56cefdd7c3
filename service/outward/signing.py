"""Secrets of webhooks and the signatures made with them, as Standard Webhooks 1.0 has them."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from service.settings import write_once

FILE: Final = "webhooks.key"
PREFIX: Final = "whsec_"


class Signer:
    """Derives every webhook's secrets from one key of the installation, so that no secret is kept in a database."""

    def __init__(self, data: Path) -> None:
        """The key is made when it is first needed, and readable by its owner only."""
        self._path = data / FILE

    def secret(self, webhook_id: str, generation: int) -> bytes:
        """The secret of a webhook in one of its generations."""
        return hmac.digest(self._key(), f"{webhook_id}:{generation}".encode(), hashlib.sha256)

    def shown(self, webhook_id: str, generation: int) -> str:
        """The secret as its owner is told it, once."""
        return PREFIX + base64.b64encode(self.secret(webhook_id, generation)).decode()

    def headers(
        self, webhook_id: str, generations: Sequence[int], message_id: str, second: int, body: bytes
    ) -> dict[str, str]:
        """The three headers of a message, signed with every secret that counts, the newest first."""
        content = b".".join((message_id.encode(), str(second).encode(), body))
        signatures = [sign(self.secret(webhook_id, each), content) for each in sorted(generations, reverse=True)]
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(second),
            "webhook-signature": " ".join(signatures),
        }

    def _key(self) -> bytes:
        if not self._path.exists():
            write_once(self._path, secrets.token_bytes(32))
        return self._path.read_bytes()


def sign(secret: bytes, content: bytes) -> str:
    """The signature of a message: its scheme and HMAC-SHA256."""
    return "v1," + base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()
