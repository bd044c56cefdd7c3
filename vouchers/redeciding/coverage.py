"""What of the log is decided again, event by event: at which levels, as part of what, or why not."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Final, NamedTuple

from vouchers.redeciding.engine import ASKED, MARKS
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
    "correction": ("CarriedOut", "NotCarriedOut"),
    "debt": ("Demanded",),
    "demand": ("Ordered",),
    "flow": ("Cleared", "Uncleared"),
    "invoice": ("RedLetter",),
    "level": ("Counted", "Uncounted"),
    "order": (
        "ClaimShared",
        "ConvertedFrom",
        "CouponsFreed",
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
    "provider": ("AccountSet", "Admitted"),
    "review": ("Assigned", "Held", "Required", "Spared"),
    "round": ("Closed",),
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
# Of these, some stand by themselves as well: a provider that an officer enters, a party that a link puts on the list.
EITHER: Final = frozenset({"provider.AccountSet", "provider.Admitted", "undertaking.MemberSeen", "watch.Listed"})
_SAID: Final = "stated by people or registries: a fact that decisions rest on, and none itself"
_OFFICE: Final = "an act of office with its reason; no rule computes it"
_LOG: Final = "about the log itself; its proofs are checked by vouchers audit verify"
_KEPT: Final = "kept beside a decision, and no part of what it decided"
_TOLD: Final = "the request is not in the log, only what spoke against it"
_BANK: Final = "what a bank wrote or was sent; what follows from it is decided again where it says so"
_MANY: Final = "found by a look over many streams, which the log does not name"

# Why other events are not decided again, by event or by the whole kind.
WHY_NOT: Final[dict[str, str]] = {
    **dict.fromkeys(("anchor", "bundle", "draw", "erasure", "logkey", "sample"), _LOG),
    **dict.fromkeys(("account", "catalogue", "demand", "rating", "link", "signer", "source", "enterprise"), _SAID),
    **dict.fromkeys(("bankline", "remittance", "statement"), _BANK),
    **dict.fromkeys(("admission", "provider", "programme", "round", "clearing"), _OFFICE),
    "correction": "found by a what-if, and proposed by a person; what follows is decided again",
    "request": _KEPT,
    "sample.SeedRevealed": "the seed is the one that was committed to; vouchers sample derive draws with it again",
    "sample.SeedCommitted": _KEPT,
    "refusal": _TOLD,
    "aid.OtherAidDeclared": _SAID,
    "aid.DeclarationWithdrawn": _SAID,
    "admission.SelfEvaluated": _SAID,
    "admission.Objected": _SAID,
    "support.IncomeStated": _SAID,
    "order.SubcontractingReported": _SAID,
    "order.CouponsIssued": "set aside by its enterprise in orders of its own",
    "booklet.Issued": "set aside by its enterprise in orders of its own",
    "booklet.DoubleUseFound": "what was signed twice is kept as digests only",
    "enterprise.OverCapFound": _MANY,
    "enterprise.OverCapClosed": _OFFICE,
    "conduct.CleanPaid": _MANY,
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
        asked = event in ASKED or event in MARKS
        levels = [OUTCOME] if event in CHECKS else []
        levels += [FACT] if asked or topic in FOLLOWS else []
        levels += [POLICY] if any(field.name == "policy_digest" for field in fields(event)) else []
        how = "its command is asked for again" if asked else "compared with its decision"
        if FACT not in levels:
            how = WHY_NOT.get(topic) or WHY_NOT.get(topic.partition(".")[0], "")
            levels = [level for level in levels if level == OUTCOME]
        yield Covered(topic, tuple(levels), how)
