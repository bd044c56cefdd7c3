"""An installation with a played town, whose log and vault a test may look into, down to the bytes of its files."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from service.audit.trust import load_policy
from service.settings import Settings, create_folder
from service.wiring import Service, Who
from tests.service.clients import frozen
from tests.service.walk import begin, end, walk
from tests.town import Town
from vouchers.audit import TrustPolicy

OFFICER = Who("officer:wang", "officer")
PEOPLE = {"proposed_by": "officer:li", "approved_by": "officer:wang"}


@contextmanager
def an_installation(folder: Path, **stores: str) -> Iterator[Service]:
    """An open installation with a town in which nothing was ordered yet."""
    settings = create_folder(str(folder), **stores)
    with frozen(), Service(settings) as service:
        begin(Town(service.ledger, seed=service.seed))
        yield service


@contextmanager
def a_played_one(folder: Path, steps: int = 60) -> Iterator[Service]:
    """An open installation after a random year, its log signed."""
    with frozen(), Service(Settings(folder, desk="memory:", views="memory:", log="memory:")) as service:
        town = Town(service.ledger, seed=service.seed)
        begin(town)
        walk(town, 1, steps, "2026-11-20")
        end(town)
        service.checkpoints.sign_if_grown()
        yield service


def trusting(service: Service, folder: Path) -> TrustPolicy:
    """A trust file with the log's key, and no witness."""
    path = folder / "trust.policy"
    path.write_text("".join(f"log {key.vkey}\n" for key in service.checkpoints.keys.public) + "quorum none\n")
    return load_policy(path)


def files_with(folder: Path, content: bytes) -> list[str]:
    """The names of all files of a folder that hold some bytes; one that a server removes meanwhile does not."""
    found = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and content in path.read_bytes():
                found.append(str(path.relative_to(folder)))
    return sorted(found)
