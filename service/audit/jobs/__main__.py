"""The program that does jobs: python -m service.audit.jobs PARENT TURN, started by the service itself."""

import os
import sys

# Below those who answer requests, and not so far below that it would keep a lock of the log for long.
_NICE = 10


def main() -> None:
    """Step back before anything heavy is loaded, then work."""
    os.setpriority(os.PRIO_PROCESS, 0, max(_NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    from service.audit.jobs.program import run  # noqa: PLC0415 - loading it is work, too

    run(*map(int, sys.argv[1:]))


if __name__ == "__main__":
    main()
