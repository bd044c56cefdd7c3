"""The engine of a bundle: the rules as they decide here, as one file that decides everything again elsewhere.

It is a ZIP that Python runs, with the sources as they are: so nobody writes compiled files into a bundle by running it,
and its SHA-256 is its name. Equal sources and equal libraries make the same file.
"""

import io
import zipfile
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

import service
import vouchers

LIBRARIES: Final = ("eventsourcing", "msgspec")
SEALED: Final = (1980, 1, 1, 0, 0, 0)  # the day of every member of a ZIP, so that equal contents are equal files
# What reads the log of a bundle and tells what came out; everything that decides is in `vouchers`.
_AROUND: Final = (
    "__init__.py",
    "audit/__init__.py",
    "audit/replaying/__init__.py",
    "audit/replaying/parts.py",
    "audit/replaying/sources.py",
    "collecting.py",
)


class Engine(NamedTuple):
    """An engine: its bytes, their SHA-256, and the libraries that it needs, as pip reads them."""

    content: bytes
    digest: str
    libraries: tuple[str, ...]

    @property
    def path(self) -> str:
        """Its place in a bundle."""
        return f"engine/{self.digest}.pyz"


@cache
def engine() -> Engine:
    """The engine of what is installed here."""
    libraries = tuple(f"{name}=={version(name)}" for name in LIBRARIES)
    rules, around = Path(vouchers.__path__[0]), Path(service.__path__[0])
    members = {f"vouchers/{path.relative_to(rules).as_posix()}": path.read_bytes() for path in rules.rglob("*.py")}
    members |= {f"service/{name}": (around / name).read_bytes() for name in _AROUND}
    members["__main__.py"] = Path(__file__).with_name("engine_main.py").read_bytes()
    members["requirements.txt"] = "".join(f"{library}\n" for library in libraries).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            archive.writestr(sealed(name), members[name])
    content = packed.getvalue()
    return Engine(content, sha256(content).hexdigest(), libraries)


def sealed(name: str, kind: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    """A member of a ZIP that is the same whenever and wherever it was packed."""
    member = zipfile.ZipInfo(name, SEALED)
    member.create_system, member.external_attr, member.compress_type = 3, 0o644 << 16, kind
    return member
