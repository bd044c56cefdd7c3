"""The folder of a witness: its two keys, its memory, and the logs that it mirrors."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from service.audit.signing import Signer
from service.settings import write_once
from vouchers.audit import COSIGNATURE, ML_DSA_44
from vouchers.refusals import Conflict, NotFound

FILES: Final = {COSIGNATURE: "ed25519.key", ML_DSA_44: "ml-dsa-44.key"}
MIRROR: Final = "mirror"
LONGEST_KEY: Final = 65_536  # bytes of a key's file


class WitnessFolderMissing(NotFound):
    """There is no witness here."""

    remedy = "Set one up: vouchers audit witness setup NAME --data DIR."


class WitnessNamedOtherwise(Conflict):
    """The witness of this folder has another name, which its cosignatures state."""

    remedy = "Choose an empty folder for another witness; one witness never changes its name."


def set_up(folder: Path, name: str) -> list[Signer]:
    """Make a witness's folder and keys, for its owner only; where they are there, they stay as they are."""
    fresh = {kind: Signer.new(name, kind) for kind in FILES}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for kind, file in FILES.items():
        write_once(folder / file, fresh[kind].text.encode())
    signers = open_keys(folder)
    if any(signer.key.name != name for signer in signers):
        raise WitnessNamedOtherwise(f"The witness of this folder is {signers[0].key.name}.", pointer="/name")
    return signers


def open_keys(folder: Path) -> list[Signer]:
    """The keys of a witness that was set up; raises WitnessFolderMissing or SigningKeyBroken."""
    if not all((folder / file).is_file() for file in FILES.values()):
        raise WitnessFolderMissing(f"There is no witness in {folder}.", pointer="/data")
    return [Signer.parse(_read(folder / file)) for file in FILES.values()]


def vkeys(signers: Sequence[Signer]) -> list[str]:
    """The public halves, one a line, for the log's operator and for trust files."""
    return [signer.vkey for signer in signers]


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(LONGEST_KEY).decode("utf-8", "replace")
