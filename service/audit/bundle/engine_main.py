"""The engine of a bundle as a program: every entry decided again, with the rules beside this file and nothing else.

    python3 engine/SHA256.pyz BUNDLE [--level 1|2|3] [--decisions FILE]

It needs Python 3.11 or newer and the libraries of its requirements.txt, and no installation. Exit code: 0 everything
came out as it is recorded, 1 something came out otherwise, 3 it could not be run as asked.
"""

import argparse
import sys
import zipfile
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Final

SHOWN: Final = 20


def main(arguments: list[str] | None = None) -> int:
    """Run it as a program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", help="the bundle, packed or not, or its events.jsonl")
    parser.add_argument("--level", type=int, choices=(1, 2, 3), default=3)
    parser.add_argument("--decisions", metavar="FILE", help="a line for each entry; its SHA-256 is the transcript")
    asked = parser.parse_args(arguments)
    try:
        from service.audit.replaying.parts import replay  # noqa: PLC0415 - what is missing is said in words
        from vouchers.refusals import Refused  # noqa: PLC0415
    except ImportError as fault:
        print(f"It could not be run ({fault}): python3 -m pip install {' '.join(_needed())}", file=sys.stderr)
        return 3
    for library in _needed():
        name, _, made_with = library.partition("==")
        if version(name) != made_with:
            print(f"note   {name} {version(name)}, and the bundle was made with {made_with}", file=sys.stderr)
    try:
        with ExitStack() as held:
            output = held.enter_context(Path(asked.decisions).open("wb")) if asked.decisions else None
            found = replay(asked.bundle, level=asked.level, output=output)
    except (Refused, OSError) as fault:
        print(f"It could not be run: {fault}", file=sys.stderr)
        return 3
    print(f"ok     {found.agreeing} entries of {found.turns} decisions come out as they are recorded")
    print(f"ok     {sum(found.stated.values())} are only on record, {found.redacted} redacted")
    for each in found.findings[:SHOWN]:
        print(f"WRONG  record {each.seq}, level {each.level}: {each.sentence}")
    print(f"{found.differing} of the first {found.size} entries come out otherwise. Transcript: {found.transcript}")
    return 1 if found.differing else 0


def _needed() -> list[str]:
    """The libraries with the versions that the bundle was made with."""
    with zipfile.ZipFile(sys.path[0]) as own:
        return own.read("requirements.txt").decode().split()


if __name__ == "__main__":
    sys.exit(main())
