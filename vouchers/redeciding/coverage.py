"""What of the log is decided again, event by event: at which levels, as part of what, or why not."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Final, NamedTuple

from vouchers.recalling import BY_FIRST, BY_MARK
from vouchers.redeciding.findings import FACT, OUTCOME, POLICY
from vouchers.redeciding.outcomes import CHECKS
from vouchers.wire import TOPICS

# Events that only ever come with a decision that is asked for again; they are compared with it, one by one.
_FOLLOWING: Final[dict[str, tuple[str, ...]]] = {
    "admission": ("NoticeOpened",),
    "aid": ("Counted", "Uncounted"),
    "budget": ("Committed", "Freed", "TransferredIn"),
    "cap": ("Counted", "Uncounted"),
    "clearing": ("NetStated", "PositionStated"),
    "conduct": ("Faulted", "MeasuresDue"),
    "contract": ("Supported", "Unsupported"),
    "correction": ("CarriedOut", "FindingAdded", "NotCarriedOut"),
    "debt": ("Demanded",),
    "demand": ("Ordered",),
    "enterprise": ("Succeeded",),
    "flow": ("Cleared", "Uncleared"),
    "invoice": ("RedLetter",),
    "level": ("Counted", "Uncounted"),
    "order": (
        "ClaimShared",
        "ConvertedFrom",
        "Funded",
        "InvoiceAdded",
        "InvoiceFiled",
        "InvoiceRemoved",
        "InvoiceReversed",
        "OverpaymentFound",
        "Paid",
        "PartnerJoined",
        "PaymentReturned",
        "RedemptionApproved",
        "RedemptionRejected",
        "RestKept",
        "SettlementWithdrawn",
        "Shared",
    ),
    "pair": ("Ordered",),
    "programme": ("PolicyFiled",),
    "provider": ("Readmitted", "SiteAccountSet"),
    "remittance": ("InstructionSent",),
    "review": ("Assigned", "Held", "Required", "Spared"),
    "settlement": ("LineAdded", "Netted", "Proposed"),
    "undertaking": ("MemberSeen",),
    "voucher": (
        "CarriedFrom",
        "ClaimReversed",
        "Claimed",
        "ClawedBack",
        "Issued",
        "Paid",
        "PaymentReturned",
        "Released",
        "Reserved",
    ),
    "watch": ("Listed",),
    "window": ("Counted", "Uncounted"),
}
FOLLOWS: Final = frozenset(f"{kind}.{name}" for kind, names in _FOLLOWING.items() for name in names)
_LOG: Final = "about the log itself; its proofs are checked by vouchers audit verify"
_KEPT: Final = "kept beside a decision, and no part of what it decided"

# Why other events are not decided again, by event or by the whole kind.
WHY_NOT: Final[dict[str, str]] = {
    **dict.fromkeys(("anchor", "bundle", "draw", "erasure", "logkey"), _LOG),
    **dict.fromkeys(("request.Answered", "sample.SeedCommitted"), _KEPT),
    "sample.SeedRevealed": "the seed is the one that was committed to; vouchers sample derive draws with it again",
    "refusal.Recorded": "the request is not in the log, only what spoke against it",
}
_NAMED: Final = {OUTCOME: "1", FACT: "2", POLICY: "3"}


class Covered(NamedTuple):
    """One event: at which levels it is decided again, on its own or with its decision, or why it is not."""

    event: str
    levels: tuple[int, ...]
    how: str

    @property
    def told(self) -> str:
        """The levels for a reader."""
        return " ".join(_NAMED[level] for level in self.levels) or "-"


def covered() -> Iterator[Covered]:
    """Every event of the log, in the order of its kinds."""
    for event, topic in TOPICS.items():
        why_not = WHY_NOT.get(topic) or WHY_NOT.get(topic.partition(".")[0], "")
        asked = (event in BY_FIRST or event in BY_MARK) and not why_not
        levels = [OUTCOME] if event in CHECKS else []
        levels += [FACT] if asked or topic in FOLLOWS else []
        levels += [POLICY] if FACT in levels and any(field.name == "policy_digest" for field in fields(event)) else []
        how = "its command is asked for again" if asked else "compared with its decision" if FACT in levels else why_not
        yield Covered(topic, tuple(levels), how)
