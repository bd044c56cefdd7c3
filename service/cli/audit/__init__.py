"""The commands `vouchers audit`: one module per group, imported only when it is asked for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import click

from service.cli.lazy import Lazy, Table

# By heading: command -> the module of service.cli.audit that has it, and its line in the overview.
SECTIONS: Final[Mapping[str, Table]] = MappingProxyType(
    {
        "Check a log and question it, also from a bundle alone": {
            "verify": ("verifying", "Check a bundle against a trust file, and name the first bad record."),
            "replay": ("replay", "Decide everything again, and name every entry that comes out otherwise."),
            "test": ("testing", "The standard tests T01 to T26: what contradicts the rules, what deserves a look."),
            "sample": ("sampling", "Samples whose seed neither side can choose: commit, reveal, draw."),
            "sql": ("sql", "A question of your own to the derived tables, which are only read."),
            "explain": ("explain", "How it came to this: decisions, rules, amounts, outside times and proofs."),
            "asof": ("asof", "Any state, total or table as it was recorded at a moment, and by a day."),
            "diff": ("asof", "What differs between two such points, with the entries that changed it."),
            "whatif": ("whatif", "The history under another policy or other facts: who would have got what."),
        },
        "What the log signs, and who vouches for it": {
            "checkpoint": ("checkpoints", "What the log signs of its size and root: sign it now, print it."),
            "proof": ("checkpoints", "That an entry is in the log, as a file that is checked offline."),
            "note": ("checkpoints", "Check a checkpoint or a proof offline."),
            "trust": ("checkpoints", "Whose signatures count: the keys of the log and its witnesses."),
            "receipt": ("receipts", "A decision with its reasons and its proof in one file: made, and checked."),
            "anchor": ("anchor", "Have outsiders vouch for the log; between which times an entry was written."),
            "witness": (
                "witness",
                "For an audit office: cosign a log, so that nobody can rewrite it unseen.",
            ),
        },
        "Keep and hand out the log": {
            "export": ("export", "A bundle for an auditor: the log, its proofs, tables, and what checks them."),
            "tiles": ("tiles", "The log as files that are written once."),
            "refill": ("tiles", "Fill a log up that was restored from an old backup, from its tiles."),
            "guards": ("guards", "Whether the database itself refuses to change the log."),
            "rotate": ("checkpoints", "Let the log be signed with a new key."),
            "reopen": ("checkpoints", "Let a log go on under another name, after a loss."),
            "correct": (
                "correct",
                "What late facts or another rule take back or give, agreed to by two.",
            ),
        },
        "Forget": {
            "vault": (
                "erasing",
                "What is known of people, sealed beside the log under a key of each subject.",
            ),
            "erase": ("erasing", "Forget a subject, with two people behind it."),
            "redact": ("erasing", "Take a text out of an entry that should never have held it."),
            "redactions": ("erasing", "What was taken out of entries, and whether the bytes are gone."),
        },
    }
)


@click.group(cls=Lazy, sections=SECTIONS, package=__name__)
def audit() -> None:
    """Verify, replay, question and re-decide: the log proves itself."""
