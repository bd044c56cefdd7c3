"""A log in a list, a witness in a folder, and servers for both that answer on this machine only."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from service.audit.signing import Signer
from service.audit.witness.app import create_app
from service.audit.witness.folder import open_keys, set_up
from service.audit.witness.settings import Witness as Address
from service.audit.witness.store import Store
from service.audit.witness.submissions import Submission
from service.audit.witness.witness import Witness
from tests.service.console import ROOT
from vouchers.audit import Note, checkpoint_text
from vouchers.merkle import consistency_proof, root_of

VECTORS = ROOT.parent / "shared" / "vectors"
ORIGIN = "vouchers.example/log"
OFFICE = "audit-office.example/w1"
NOW = 1_800_000_000


class Log:
    """A log as its witness sees it: leaves, and a key."""

    def __init__(self, size: int = 0, *, story: str = "", signer: Signer | None = None) -> None:
        self.signer = signer or Signer.new(ORIGIN)
        self.leaves: list[bytes] = []
        self.grow(size, story)

    def grow(self, count: int, story: str = "") -> None:
        at = len(self.leaves)
        self.leaves += [sha256(f"{story}{at + number}".encode()).digest() for number in range(count)]

    def root(self, size: int | None = None) -> bytes:
        return root_of(self.leaves[:size])

    def note(self, size: int | None = None) -> Note:
        size = len(self.leaves) if size is None else size
        text = checkpoint_text(self.signer.key.name, size, self.root(size))
        return Note(text, (self.signer.sign(text),))

    def prove(self, old: int, new: int) -> list[bytes]:
        if not 0 < old < new:
            return []
        return consistency_proof(old, new, lambda level, at: root_of(self.leaves[at << level : (at + 1) << level]))

    def submission(self, old: int, size: int | None = None) -> bytes:
        note = self.note(size)
        return Submission(old, tuple(self.prove(old, int(note.text.split("\n")[1]))), note.content).content


class Office:
    """An audit office with a witness; its clock is moved by hand."""

    def __init__(self, folder: Path, *logs: Log) -> None:
        self.folder = folder / "witness"
        self.signers = set_up(self.folder, OFFICE)
        self.store = Store(self.folder)
        self.now = NOW
        self.witness = Witness(self.store, open_keys(self.folder), lambda: self.now)
        for log in logs:
            self.store.trust(log.signer.key.name, log.signer.vkey)

    @property
    def app(self):
        return create_app(self.witness, self.folder)

    def size(self, origin: str = ORIGIN) -> int:
        return self.store.view(origin).size

    def address(self, url: str) -> Address:
        return Address(url, "", tuple(signer.vkey for signer in self.signers))


class _Silent(WSGIRequestHandler):
    def log(self, *_):
        """Say nothing."""


@contextmanager
def served(application) -> Iterator[str]:
    """Serve a WSGI application on a free port; its address."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
