"""Run the measurements: python -m bench NAME|all [--quick]; the names are those below."""

import argparse
import importlib
import sys

NAMES = (
    "redeem",
    "hot",
    "postgres",
    "rebuild",
    "folding",
    "scale",
    "entitlement",
    "service",
    "tree",
    "verify",
    "replay",
    "suite",
)


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=(*NAMES, "all"))
    parser.add_argument("--quick", action="store_true", help="small sizes and one round: does it run, not how fast")
    parser.add_argument("--events", type=int, default=1_000_000, help="scale: the size of the long log")
    chosen = parser.parse_args(arguments)
    names = NAMES if chosen.name == "all" else (chosen.name,)
    reached = []
    for name in names:
        options = {"events": chosen.events} if name == "scale" else {}
        reached.append(importlib.import_module(f"bench.{name}").run(quick=chosen.quick, **options))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
