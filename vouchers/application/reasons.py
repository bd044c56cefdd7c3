"""The reasons against an order: each thing said once, the most fundamental first."""

from collections.abc import Sequence
from typing import Final

from vouchers.refusals import Cause

# A reason on the left only says again, or follows from, what one on the right says.
_SAID_BY: Final = {
    "voucher-use-by-passed": {"voucher-expired"},
    "category-not-covered": {"category-unknown"},
    "not-accredited": {"category-unknown"},
    "asked-out-of-range": {"nothing-to-reserve"},
    "nothing-to-reserve": {"category-unknown", "cost-out-of-range", "pieces-out-of-range", "attribute-missing"},
    "cap-pool-exceeded": {"budget-missing"},
}
# What stands further up makes everything below it idle; a policy's own conditions come between the two lists.
_FIRST: Final = (
    "programme-mismatch",
    "policy-not-in-force",
    "voucher-expired",
    "voucher-use-by-passed",
    "order-too-late",
    "category-unknown",
    "category-not-covered",
    "provider-suspended",
    "not-accredited",
    "provider-kind-not-allowed",
    "provider-not-qualified",
    "provider-in-own-area",
    "related-party",
    "beneficiary-class-unknown",
)
_LAST: Final = (
    "cost-out-of-range",
    "cost-below-minimum",
    "cost-above-maximum",
    "asked-out-of-range",
    "nothing-to-reserve",
    "too-many-open-orders",
    "voucher-too-small",
    "budget-missing",
    "budget-exhausted",
)
_WEIGHTS: Final = {code: place - len(_FIRST) for place, code in enumerate(_FIRST)} | {
    code: place + 1 for place, code in enumerate(_LAST)
}


def told_once(of_policy: Sequence[Cause], of_books: Sequence[Cause]) -> tuple[Cause, ...]:
    """What the policy and the books (voucher, budget, provider) say against an order, by weight.

    Where both give the same reason, the policy's stays: it has its clause.
    """
    told = {cause.code for cause in of_policy}
    causes = [*of_policy, *(cause for cause in of_books if cause.code not in told)]
    codes = {cause.code for cause in causes}
    kept = [cause for cause in causes if not _SAID_BY.get(cause.code, set()) & codes]
    return tuple(sorted(kept, key=_weight))


def _weight(cause: Cause) -> int:
    if cause.code.startswith("cap-"):
        return len(_LAST) + 1
    return _WEIGHTS.get(cause.code, 0)
