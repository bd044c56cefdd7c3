"""The table `[[quotes]]`: how many independent offers an order must show, by its cost."""

from vouchers.facts import Facts
from vouchers.policy.reading import Table
from vouchers.policy.wording import written
from vouchers.values import Value


class QuoteRule(Value):
    """So many offers for a cost above a sum; for one category, or for all where it names none."""

    above: int
    count: int
    category: str
    clause: str


def read_quotes(table: Table, categories: tuple[str, ...]) -> QuoteRule:
    """One step of the ladder."""
    rule = QuoteRule(
        above=table.whole("above"),
        count=table.whole("count", least=1, most=20),
        category=table.one_of("category", categories, default=""),
        clause=table.clause(),
    )
    table.end()
    return rule


def needed(rules: tuple[QuoteRule, ...], category: str, cost: int) -> QuoteRule | None:
    """The step that an order of this cost stands on: the highest one that it passes."""
    passed = [rule for rule in rules if cost > rule.above and rule.category in ("", category)]
    return max(passed, key=lambda rule: rule.above, default=None)


def offers(attributes: Facts) -> int:
    """How many different offers an order shows in its attribute `quotes`, each by the digest of its document."""
    shown = attributes.get("quotes", ())
    return len({*shown}) if isinstance(shown, tuple) else int(isinstance(shown, str))


def said(rule: QuoteRule, shown: int) -> str:
    """What is missing, in words."""
    return f"An order above {written(rule.above)} needs {rule.count} offers; {shown} are shown."
