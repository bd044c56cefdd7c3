"""Re-deciding: every decision of the log, from its own record, from the log before it, under the policy in force."""

from vouchers.recalling import History, Past, Turn, turns
from vouchers.redeciding.engine import ALL_LEVELS, Judged, judged_again, redecide
from vouchers.redeciding.findings import FACT, OUTCOME, POLICY, Finding, Gap

__all__ = [
    "ALL_LEVELS",
    "FACT",
    "OUTCOME",
    "POLICY",
    "Finding",
    "Gap",
    "History",
    "Judged",
    "Past",
    "Turn",
    "judged_again",
    "redecide",
    "turns",
]
