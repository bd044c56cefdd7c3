"""A document on its way out, and a look at all of them: what lies in the store is what its digest says."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from service.evidence.keeping import Store, Stream
from service.evidence.register import Document, Register
from vouchers.refusals import Unavailable

_PART: Final = 1 << 16  # bytes
_MOST_NAMED: Final = 1_000
_PAGE: Final = 1_000


class DocumentDamaged(Unavailable):
    """The document in the store is not the one that was brought."""

    remedy = "Tell the operator: vouchers evidence check names it; it has to come back from a copy."


@dataclass(slots=True)
class Checked:
    """What a look at every document found; the lists name at most a thousand."""

    documents: int = 0
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)  # not what their digest says
    lost: list[str] = field(default_factory=list)  # in the register and not in the store
    stray: list[str] = field(default_factory=list)  # in the store and not in the register
    unfinished: int = 0  # uploads that were killed

    @property
    def is_sound(self) -> bool:
        """Whether every document that was brought is there, as it was brought."""
        return not self.damaged and not self.lost


def verified(stream: Stream, digest: str) -> Iterator[bytes]:
    """The parts of a document, which is closed after them; the last is held back until all are known to be right."""
    hashed, last = hashlib.sha256(), b""
    try:
        while part := stream.read(_PART):
            hashed.update(part)
            if last:
                yield last
            last = part
    finally:
        stream.close()
    if hashed.hexdigest() != digest:
        raise DocumentDamaged
    yield last


def check(store: Store, register: Register) -> Checked:
    """Look at every document in the register and in the store."""
    found = Checked(unfinished=len(list(store.incoming.glob("*"))))
    for document in _registered(register):
        _look(store, document, found)
    for digest in store.digests():
        if register.document(digest) is None:
            found.stray += [digest] * (len(found.stray) < _MOST_NAMED)
    return found


def _look(store: Store, document: Document, found: Checked) -> None:
    there = store.get(document.digest)
    if there is None:
        found.lost += [document.digest] * (len(found.lost) < _MOST_NAMED)
        return
    found.documents += 1
    found.bytes += there.size
    try:
        for _ in verified(there.stream, document.digest):
            pass
    except DocumentDamaged:
        found.damaged += [document.digest] * (len(found.damaged) < _MOST_NAMED)


def _registered(register: Register) -> Iterator[Document]:
    after = ""
    while page := register.documents(after, _PAGE):
        yield from page
        after = page[-1].digest
