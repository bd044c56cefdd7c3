"""Writes docs/problems.md from the code: `python -m tests.service.problem_pages`."""

import importlib
import pkgutil
from pathlib import Path

from schemas import problems
from schemas.reasons import POLICY_REASONS
from vouchers.refusals import Refused

PAGE = Path(__file__).parents[2] / "docs" / "problems.md"
PACKAGES = ("vouchers", "schemas", "service")

HEAD = """\
# Problems

Every request that is not done is answered with a problem document (RFC 9457, `application/problem+json`):

| member | meaning |
|---|---|
| `type` | `/problems/<code>`, an address of the same service whose page explains the code |
| `title` | the sentence of the code |
| `status` | the HTTP status |
| `detail` | what is wrong this time |
| `instance` | the address that was asked |
| `code` | stable, for programs |
| `remedy` | what helps |
| `errors` | every fault or reason |

An error has a `pointer` (RFC 6901 into the body, or `/query/...`, `/headers/...`, `/path/...`), a `code`, a `detail`
and a `remedy`, and a reason of a policy its `clause`.

Several faults of one body share the code `request-faulty`, several reasons of a policy the code `ineligible`; `errors`
lists them all. A refused request leaves the log unchanged, except that a refused order or claim is put on record in
`refusal/<enterprise>`. A status of 503 means that nothing is wrong with the request: repeat it with the same
idempotency key.

This page is written by `python -m tests.service.problem_pages`.
"""


def refusals() -> list[type[Refused]]:
    """Every kind of refusal of the three packages, by code."""
    for package in PACKAGES:
        folder = str(PAGE.parents[1] / package)
        for module in pkgutil.walk_packages([folder], f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    known = problems.known()
    return [known[code] for code in sorted(known) if known[code].__module__.startswith(PACKAGES)]


def text() -> str:
    """The whole page."""
    lines = [HEAD, "## Codes", "", "| code | status | meaning |", "|---|---|---|"]
    lines += [f"| `{refusal.code}` | {refusal.status} | {problems.sentence(refusal)} |" for refusal in refusals()]
    lines += [f"| `{problems.FAULT_CODE}` | 500 | {problems.FAULT_SENTENCE} |", ""]
    lines += ["## Reasons that every policy can give", "", "| code | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {meaning} |" for code, meaning in POLICY_REASONS.items()]
    lines += [
        "",
        "A policy's own conditions have codes of their own; `/problems/<code>` tells what an adopted policy says.",
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text(), encoding="utf-8")
