"""A bundle of a town with money in every place, and what somebody with the files in hand does to it."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from service.audit.bundle import verify
from service.audit.bundle.checking import Asked, check
from service.audit.bundle.exporting import MANIFEST, MANIFEST_NOTE, Wanted, export_bundle
from service.audit.signing import Signer
from service.wiring import Service, Who
from tests.audit.signing_worlds import an_installation
from tests.examples import YUAN
from tests.town import Town, a_town
from vouchers.audit import Note, checkpoint_text, to_base64
from vouchers.ledger import copy_into, open_recorder
from vouchers.merkle import Frontier, leaf_hash

OFFICER = Who("officer:li", "officer")


@dataclass
class World:
    """A bundle in a folder, the trust file, an earlier checkpoint that an auditor kept, and the log's own key."""

    folder: Path
    trust: Path
    previous: Path
    signer: Signer
    size: int

    def lines(self) -> list[bytes]:
        return (self.folder / "events.jsonl").read_bytes().splitlines(keepends=True)

    def write(self, lines: Iterable[bytes]) -> None:
        (self.folder / "events.jsonl").write_bytes(b"".join(lines))

    def copy(self, folder: Path) -> "World":
        shutil.copytree(self.folder, folder)
        return World(folder, self.trust, self.previous, self.signer, self.size)

    def check(self, **more) -> verify.Findings:
        return check(Asked(str(self.folder), self.trust, **more))

    def verdict(self, **more) -> tuple[int, str]:
        return self.check(**more).verdict()

    def find(self, topic: str) -> int:
        """The first record of a type."""
        return next(n for n, line in enumerate(self.lines()) if f'"type":"{topic}"'.encode() in line)

    def forge(self, change: Callable[[list[dict]], None]) -> None:
        """Change entries as who runs the system and holds its key: tree, tiles, checkpoint and manifest fit again."""
        entries = [json.loads(line) for line in self.lines()]
        change(entries)
        text = [json.dumps(each, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for each in entries]
        self.rewrite([f"{line}\n".encode() for line in text])

    def rewrite(self, lines: list[bytes]) -> None:
        """Other lines, and everything that is signed over them."""
        self.write(lines)
        shutil.rmtree(self.folder / "tile")
        frontier, leaves = Frontier(), [leaf_hash(line[:-1]) for line in lines]
        frontier.extend(leaves)
        tile = self.folder / "tile" / "0" / f"000.p/{len(leaves)}"
        tile.parent.mkdir(parents=True)
        tile.write_bytes(b"".join(leaves))
        self.sign(len(leaves), frontier.root())

    def sign(self, size: int, root: bytes) -> None:
        """A new checkpoint and a new manifest, both signed."""
        origin = self.signer.key.name
        text = checkpoint_text(origin, size, root)
        (self.folder / "checkpoint").write_bytes(Note(text, (self.signer.sign(text),)).content)
        (self.folder / "checkpoints.jsonl").write_bytes(b"")
        self.seal(f"{origin}\nvouchers bundle v1\n{size}\n{to_base64(root)}\n")

    def sign_again(self) -> None:
        """A new manifest of the files as they are, for the same checkpoint, signed by the log's key."""
        head = (self.folder / MANIFEST_NOTE).read_text().split("\n")[:4]
        self.seal("\n".join(head) + "\n")

    def seal(self, head: str) -> None:
        own = {MANIFEST, MANIFEST_NOTE}
        paths = [path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()]
        digests = [(sha(self.folder / path), path) for path in sorted(paths) if path not in own]
        (self.folder / MANIFEST).write_text("".join(f"{digest}  {path}\n" for digest, path in digests))
        text = f"{head}{sha(self.folder / MANIFEST)}\n"
        (self.folder / MANIFEST_NOTE).write_bytes(Note(text, (self.signer.sign(text),)).content)


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def play(town: Town) -> None:
    """Money in every place: paid, clawed back, claimed, reserved, returned."""
    town.paid("O-1")
    town.claw_back(100 * YUAN, "O-1")
    town.claimed("O-2", 3_000 * YUAN)
    town.order("O-3", gross=2_000 * YUAN, net=2_000 * YUAN)
    town.order("O-4", gross=1_000 * YUAN, net=1_000 * YUAN)
    town.cancel("O-4")
    town.give_back(50 * YUAN)


def a_world(folder: Path, *, formats: tuple[str, ...] = ("sqlite",), more: int = 0) -> World:
    """A town's log in an installation, a checkpoint that an auditor kept, more of the log, and a bundle of it all."""
    with a_town() as town:
        play(town)
        entries = [row.entry for row in town.ledger.rows(0, town.ledger.size())]
    settings = an_installation(folder / "data")
    recorder = open_recorder(settings.log_url)
    copy_into(recorder, entries)
    recorder.close()
    with Service(settings) as service:
        service.checkpoints.sign_if_grown()
        first = service.checkpoints.latest()
        town = Town(service.ledger, seed=service.seed)
        town.record(staff=11)
        town.record(staff=12, as_of_on="2026-01-04")
        for number in range(more):
            town.record(staff=13 + number)
        signer = service.checkpoints.keys.current
        made = export_bundle(service, Wanted(folder / "bundle", formats, "annual audit", "audit office"), OFFICER)
    previous, trust = folder / "kept", folder / "trust.policy"
    previous.write_bytes(first.note.content)
    trust.write_text(f"log {signer.vkey}\nquorum none\n")
    return World(folder / "bundle", trust, previous, signer, made.signed.checkpoint.size)
