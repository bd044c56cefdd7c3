"""A document on its way in: looked at, measured and hashed as it comes, kept only where it is what was announced."""

import hashlib
import time
from pathlib import Path
from typing import IO, Final, NamedTuple

from service import clock
from service.evidence.keeping import EvidenceStoreUnavailable, Store
from service.evidence.register import Document, Register, Upload
from service.evidence.stores import new_file, open_store
from service.evidence.types import inspector_of
from service.wiring import Service
from vouchers.refusals import Refused

MEGABYTE: Final = 1 << 20
_PART: Final = 1 << 16  # bytes


class DocumentTooLarge(Refused):
    """The document is larger than may be kept."""

    status = 413


class DocumentTooSlow(Refused):
    """The document took longer to come than it may."""

    status = 408
    remedy = "Send it again over a faster connection."


class DocumentEmpty(Refused):
    """The document has no content."""

    remedy = "Send the document as the body of the request."


class DigestMismatch(Refused):
    """The document has another digest than the address names."""

    remedy = "Compute the SHA-256 of the very bytes that are sent, and send all of them."


class Taken(NamedTuple):
    """A document that is kept: what it is, when this caller first brought it, and whether that is now."""

    document: Document
    uploaded_at: str
    fresh: bool


class Archive:
    """The evidence of an installation: the store with its register."""

    def __init__(self, service: Service) -> None:
        """Open what the settings name."""
        self.settings = service.settings.evidence
        self.store: Store = open_store(service.settings.data, self.settings)
        self.register = Register(service.desk, self.settings)
        self._service = service

    def take(self, digest: str, media_type: str, stream: IO[bytes], actor: str) -> Taken:
        """Keep a document; a refusal leaves nothing of it."""
        try:
            with new_file(self.store.incoming) as (file, path):
                size = self._copy(digest, media_type, stream, file, path)
                return self._keep(Document(digest, media_type, size), path, actor)
        except OSError as fault:
            raise EvidenceStoreUnavailable from fault

    def _copy(self, digest: str, media_type: str, stream: IO[bytes], file: IO[bytes], path: Path) -> int:
        """Write what comes to a file; its size. Raises what is wrong with it."""
        inspector, hashed, size = inspector_of(media_type), hashlib.sha256(), 0
        most, until = self.settings.largest_megabytes * MEGABYTE, time.monotonic() + self.settings.seconds
        while part := stream.read(_PART):
            size += len(part)
            if size > most:
                raise DocumentTooLarge(remedy=f"Send at most {most:,} bytes.")
            if time.monotonic() > until:
                raise DocumentTooSlow
            hashed.update(part)
            inspector.feed(part)
            file.write(part)
        if not size:
            raise DocumentEmpty
        if hashed.hexdigest() != digest:
            raise DigestMismatch(f"The digest of what came is {hashed.hexdigest()}.", pointer="/path/digest")
        file.flush()
        inspector.finish(path)
        return size

    def _keep(self, document: Document, path: Path, actor: str) -> Taken:
        now, today = clock.now(), self._service.today()
        fresh = actor not in [each.actor for each in self.register.uploads(document.digest)]
        if fresh:
            self.register.use(actor, today, document.size)
        try:
            if fresh or not self._holds(document.digest):
                self.store.put(document.digest, path)
        except EvidenceStoreUnavailable:
            if fresh:
                self.register.unuse(actor, today, document.size)
            raise
        known = self.register.document(document.digest) or document
        return Taken(known, self.register.enter(document, Upload(actor, now)), fresh)

    def _holds(self, digest: str) -> bool:
        found = self.store.get(digest)
        if found is None:
            return False
        found.stream.close()
        return True
