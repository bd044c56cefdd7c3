"""How sums, rates and lists are written in the sentences of a policy; whole numbers only."""

from collections.abc import Iterable


def written(amount: int) -> str:
    """Minor units with thousands separators and two decimals: 1,234.50."""
    # An assessment writes fifteen sums; this spelling costs a third of the general one.
    return f"{amount // 100:,}.{amount % 100:02d}" if amount >= 0 else f"-{written(-amount)}"


def percent(basis_points: int) -> str:
    """Basis points as a percentage without needless zeros: 50 %, 12.5 %."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0") + " %" if rest else f"{whole} %"


def listed(words: Iterable[str], last: str = "or") -> str:
    """Words as a list in a sentence: a, b or c; "none" for no word."""
    *first, final = [*words] or ["none"]
    return f"{', '.join(first)} {last} {final}" if first else final
