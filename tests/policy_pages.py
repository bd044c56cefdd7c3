"""Writes docs/policies.md from the shipped policies and the shape of a document: `python -m tests.policy_pages`."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from schemas.policies import load_policy, shipped
from schemas.policy_shape import PolicySchema
from vouchers.policy import Policy, source_tags

PAGE = Path(__file__).parents[1] / "docs" / "policies.md"

HEAD = """\
# Policies

A programme is a TOML file. `vouchers policy check FILE` names the place and the remedy of every fault, plays the file's
own worked examples, and says what it would come to; `vouchers policy adopt` brings it into force, with two people.

This page is written by `python -m tests.policy_pages`.

## What ships

"""
AFTER = """\

The last four columns count the values of the file by what they rest on. *Document*: documents that were read (S, B).
*Reading*: a document together with an inference (I) or a choice of design (D), such as a figure that the document
leaves open. *Choice*: an inference or a choice alone, such as the share of a review sample. **M**: general knowledge
that nobody has confirmed. Set the values with an M from the measures in force before you use them. Worked examples are
not counted.
"""
# What each table says; the tables that only some programmes have, and what holds without them, come second.
EVERY: Mapping[str, str] = {
    "format": "the version of this form: 1",
    "programme": "whose policy it is, its days, currency and zone, how it grants, and who is paid",
    "period": "a calendar year, a window, or twelve months from the grant",
    "deadlines": "use-by and redeem-by days, days ahead, extensions, what counts as in time, what is freed late",
    "money": "base, rounding, least own share, and what happens when the money has run out (`exhaustion`)",
    "order": "evidence, conditions and exclusions of every order, how the own share is proven",
    "provider": "how providers get in: conditions, notice, term, catalogue, whose admissions count",
    "settlement": "who pays and how often, approvals by amount, what a breach takes back",
    "beneficiary": "a class of beneficiaries: who belongs to it, its conditions, its vouchers, what it looks back on",
    "voucher": "a kind of voucher: its face and conditions",
    "category": "a spend category: its subsidy function, limits, provider kinds and evidence; a new one is one table",
    "cap": "a ceiling: its level, period, sum, share or count, and when it holds",
    "subsidy": "a subsidy function that several categories share, by name",
    "tier": "how redemptions of one credit tier are checked: sample, evidence, second person, payment",
}
SOME: Mapping[str, tuple[str, str]] = {
    "quotes": ("how many independent offers an order must show, by its cost", "none are asked for"),
    "supervision": ("ties, splitting, approvals, moves between tiers, second checks, signals", "nothing is looked for"),
    "stacking": (
        "which programmes may pay for one contract, up to which share; levels that pay",
        "others are not looked at",
    ),
    "aid": ("a ceiling on what one undertaking receives over all programmes of a scope", "aid is not counted"),
    "pooling": ("how many vouchers and firms may pay for one order", "several vouchers of one firm"),
    "foreign": (
        "which other currencies prices may be in, and how they are converted",
        "its own money only",
    ),
    "carry_over": ("which share of an expired rest goes on into the next period", "the whole rest expires"),
    "changes": (
        "the day on which size is tested, and what follows when facts change",
        "a grant is final",
    ),
    "facts": ("sources that must be up, and how old facts may be", "facts on record are good enough"),
    "recovery": (
        "interest, days to pay, instalments, write-off, set-off",
        "no interest; thirty days, twelve parts",
    ),
    "support": ("what platforms receive each year, less as their market income grows", "platforms are not supported"),
    "examples": ("worked cases that the policy must come to, or it is neither sound nor adopted", "none are played"),
}
ABOUT = ("clause", "source")


def text() -> str:
    """The whole page."""
    policies = {name: load_policy(path) for name, path in shipped().items()}
    rows = [row for name, (policy, document) in policies.items() for row in shipped_row(name, policy, document)]
    told = {name: [each for each, (_, document) in policies.items() if name in document] for name in SOME}
    return "\n".join([HEAD + "\n".join(rows_with_head(rows)), AFTER, *tables(told), ""])


def rows_with_head(rows: list[str]) -> list[str]:
    """The table of shipped policies."""
    columns = ["file", "programme", "days", "money", "grants", "pays", "categories", "examples"]
    columns += ["document", "reading", "choice", "**M**"]
    return [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns), *rows]


def shipped_row(name: str, policy: Policy, document: Mapping[str, object]) -> Iterator[str]:
    """One shipped policy with what its values rest on."""
    tags = {path: tag for path, tag in source_tags(document).items() if not path.startswith("examples")}
    rests_on = Counter(map(basis_of, tags.values()))
    until = f" to {policy.ends_on}" if policy.ends_on else ""
    grants = "automatically" if policy.grant_mode == "automatic" else "on request"
    cells = [
        f"`{name}`",
        f"{policy.title} ({policy.programme} {policy.version}), {policy.authority}",
        f"{policy.effective_on}{until}",
        policy.currency,
        grants,
        policy.payee,
        len(policy.categories),
        len(policy.examples),
        *(rests_on[each] for each in ("document", "reading", "choice", "M")),
    ]
    yield f"| {' | '.join(map(str, cells))} |"


def basis_of(tag: str) -> str:
    """What a value rests on, by its tag; the weakest ground of several says it."""
    letters = set(re.findall(r"\b([SBMID])(?=\d|\b)", tag))
    if "M" in letters:
        return "M"
    if letters & {"I", "D"}:
        return "reading" if letters & {"S", "B"} else "choice"
    return "document"


def tables(told: Mapping[str, list[str]]) -> Iterator[str]:
    """What each table of a document says, those of every programme first."""
    assert {*EVERY, *SOME, *ABOUT} == {*PolicySchema().fields}, "each table of the shape is told, and no other"
    yield "## Tables of every programme\n"
    yield from ("| table | says |", "|---|---|")
    yield from (f"| `{name}` | {says} |" for name, says in EVERY.items())
    yield "\nA programme that only supports platforms has no beneficiaries, vouchers, categories, ceilings and tiers.\n"
    yield "## Tables of some programmes\n"
    yield from ("| table | says | without it | in |", "|---|---|---|---|")
    for name, (says, without) in SOME.items():
        files = ", ".join(f"`{each}`" for each in told[name]) if len(told[name]) < len(shipped()) - 3 else "nearly all"
        yield f"| `{name}` | {says} | {without} | {files or 'none'} |"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
