"""How paid money comes back: interest, days to pay, instalments, write-off, set-off; and who must approve a batch."""

from typing import Final

from vouchers.money import WHOLE_BP
from vouchers.policy.reading import Table
from vouchers.values import Value

MOST_APPROVALS: Final = 10


class Recovery(Value):
    """The terms of a demand; a document without the table asks no interest and gives thirty days.

    Interest is simple and runs from the day after the last day to pay (`due`), or after the payment (`payment`).
    """

    interest_bp: int = 0
    base_days: int = 365
    grace_days: int = 30
    interest_from: str = "due"  # due | payment
    instalments: int = 12
    write_off_up_to: int = 0
    netting: bool = True
    clause: str = ""


class ApprovalRule(Value):
    """So many people beside its proposer must approve a batch of at least this amount."""

    from_amount: int
    approvals: int


def read_recovery(table: Table) -> Recovery:
    """The table [recovery]; each value has a default, and so has the table."""
    found = Recovery(
        interest_bp=table.whole("interest_bp", default=0, most=WHOLE_BP),
        base_days=table.whole("base_days", default=365, least=360, most=366),
        grace_days=table.whole("grace_days", default=30, most=3_660),
        interest_from=table.one_of("interest_from", ("due", "payment"), default="due"),
        instalments=table.whole("instalments", default=12, most=60),
        write_off_up_to=table.whole("write_off_up_to", default=0),
        netting=table.flag("netting", default=True),
        clause=table.clause(),
    )
    table.end()
    return found


def read_approvals(settlement: Table) -> tuple[ApprovalRule, ...]:
    """The list [[settlement.approvals]]: larger batches need more people, never fewer."""
    rules: list[ApprovalRule] = []
    for table in settlement.tables("approvals"):
        rule = ApprovalRule(
            from_amount=table.whole("from_amount", least=1),
            approvals=table.whole("approvals", least=1, most=MOST_APPROVALS),
        )
        if rules and (rule.from_amount <= rules[-1].from_amount or rule.approvals <= rules[-1].approvals):
            table.fault(
                "from_amount", "The steps do not rise.", "Write larger amounts with more approvals further down."
            )
        rules.append(rule)
        table.end()
    return tuple(rules)


def approvals_needed(rules: tuple[ApprovalRule, ...], total: int) -> int:
    """How many people beside the proposer must approve a batch of this total."""
    return max([1, *(rule.approvals for rule in rules if total >= rule.from_amount)])
