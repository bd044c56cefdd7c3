"""The language of conditions: small tables over facts, compiled once into checks that answer in well under 1 µs."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias

from vouchers.days import add_months
from vouchers.facts import Fact, Facts
from vouchers.policy.reading import Table
from vouchers.policy.rules import Check, Condition
from vouchers.policy.sizes import CLASSES, SETTLED, SIZE_CLASSES
from vouchers.policy.wording import listed, written

MONEY_FACTS: Final = frozenset({"revenue", "revenue_previous", "assets", "registered_capital", "aid_five_years"})
DEEPEST: Final = 4
Holds: TypeAlias = Callable[[Facts, str], bool]


def read_condition(table: Table, of: str = "enterprise", at: tuple[str, ...] = ("grant",)) -> Condition:
    """One condition with its code, clause, sentence and remedy; `of` and `at` are the defaults of its place."""
    condition = Condition(
        code=table.text("code"),
        clause=table.clause(),
        text=table.text("text"),
        remedy=table.text("remedy"),
        of=table.one_of("of", ("enterprise", "provider", "order"), default=of),
        at=table.words("at", default=at, known=("grant", "order")),
        check=read_check(table.table("test")),
    )
    table.end()
    return condition


def read_when(table: Table, of: str = "enterprise") -> Condition:
    """A condition that only chooses, and so needs no sentence: a check with the place of its facts."""
    side = table.one_of("of", ("enterprise", "provider", "order"), default=of)
    return Condition("when", "", "", "", side, (), read_check(table))


def read_check(table: Table, depth: int = 1) -> Check:
    """The check that one table asks for; a fault where it asks for none, or for two."""
    for key, combine in (("any", _any_of), ("all", _all_of)):
        if table.has(key):
            if depth >= DEEPEST:
                table.fault(key, f"Conditions may be nested {DEEPEST} deep.", "Split it into several conditions.")
            below = table.tables(key, required=True) if depth < DEEPEST else []
            table.asked.add(key)
            check = combine([read_check(each, depth + 1) for each in below])
            table.end()
            return check
    check = _read_class(table) if table.has("class") else _read_leaf(table)
    table.end()
    return check


def _read_class(table: Table) -> Check:
    """A check of a named size class."""
    name = table.one_of("class", tuple(SIZE_CLASSES))
    wanted = table.words("one_of", known=CLASSES)
    of_the_year, measures = SIZE_CLASSES.get(name, SIZE_CLASSES["EU-SME"])
    settled = f"{SETTLED}{name}"

    def classify(facts: Facts) -> str:
        # Where a policy asks for several years, the class that has settled over them is among the facts.
        return str(facts[settled]) if settled in facts else of_the_year(facts)

    says = {size: f"size class {name} = {size} (needed: {listed(wanted)})" for size in CLASSES}
    return Check(
        holds=lambda facts, _on: classify(facts) in wanted,
        says=lambda facts: says[classify(facts)],
        missing=lambda facts: tuple(fact for fact in measures(facts) if fact not in facts),
    )


def _read_leaf(table: Table) -> Check:
    """A check of one fact by one operator."""
    fact = table.text("fact")
    table.asked.update(OPERATORS)
    asked = [key for key in OPERATORS if table.has(key)]
    if len(asked) != 1:
        table.fault(
            "", f"A condition asks one thing; this one asks {len(asked)}.", f"Give one of: {listed(OPERATORS)}."
        )
        return _NOTHING
    holds, wanted = OPERATORS[asked[0]](table, asked[0], fact)
    show = _shown_money if fact in MONEY_FACTS else _shown
    absent, present = (fact,), ()
    return Check(
        holds=holds,
        says=lambda facts: f"{fact} = {show(facts[fact])} (needed: {wanted})",
        missing=lambda facts: present if fact in facts else absent,
    )


def _any_of(checks: Sequence[Check]) -> Check:
    """At least one holds; every fact asked for must be known."""
    return Check(
        holds=lambda facts, on: any(check.holds(facts, on) for check in checks),
        says=lambda facts: " or ".join(check.says(facts) for check in checks),
        missing=partial(_missing_of_all, checks),
    )


def _all_of(checks: Sequence[Check]) -> Check:
    """Every one holds."""
    return Check(
        holds=lambda facts, on: all(check.holds(facts, on) for check in checks),
        says=lambda facts: " and ".join(check.says(facts) for check in checks),
        missing=partial(_missing_of_all, checks),
    )


def _missing_of_all(checks: Sequence[Check], facts: Facts) -> tuple[str, ...]:
    """Every fact that any of the checks lacks, each once."""
    return tuple(dict.fromkeys(name for check in checks for name in check.missing(facts)))


_NOTHING: Final = Check(holds=lambda _facts, _on: False, says=lambda _facts: "", missing=lambda _facts: ())


def _shown(value: Fact) -> str:
    """A fact as a reader wants to see it."""
    if isinstance(value, tuple):
        return listed(value, "and")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown_money(value: Fact) -> str:
    """A sum in minor units as a reader wants to see it."""
    return written(value) if isinstance(value, int) else _shown(value)


def _one_of(table: Table, key: str, fact: str) -> tuple[Holds, str]:
    """The fact is one of these words or numbers."""
    wanted = _scalars(table, key)
    return lambda facts, _on: facts[fact] in wanted, listed(map(str, wanted))


def _none_of(table: Table, key: str, fact: str) -> tuple[Holds, str]:
    """The fact, or every item of a list fact, is none of these."""
    wanted = frozenset(_scalars(table, key))

    def holds(facts: Facts, _on: str) -> bool:
        value = facts[fact]
        return wanted.isdisjoint(value) if isinstance(value, tuple) else value not in wanted

    return holds, f"none of {listed(sorted(map(str, wanted)))}"


def _includes(table: Table, key: str, fact: str) -> tuple[Holds, str]:
    """A list fact contains at least one of these."""
    wanted = frozenset(table.words(key))

    def holds(facts: Facts, _on: str) -> bool:
        value = facts[fact]
        return isinstance(value, tuple) and not wanted.isdisjoint(value)

    return holds, f"includes {listed(sorted(wanted))}"


def _starts_with(table: Table, key: str, fact: str) -> tuple[Holds, str]:
    """A text fact begins with one of these."""
    wanted = table.words(key)

    def holds(facts: Facts, _on: str) -> bool:
        value = facts[fact]
        return isinstance(value, str) and value.startswith(wanted)

    return holds, f"begins with {listed(wanted)}"


def _not_starts_with(table: Table, key: str, fact: str) -> tuple[Holds, str]:
    """A text fact begins with none of these."""
    unwanted = table.words(key)

    def holds(facts: Facts, _on: str) -> bool:
        value = facts[fact]
        return isinstance(value, str) and not value.startswith(unwanted)

    return holds, f"does not begin with {listed(unwanted)}"


def _below(table: Table, key: str, fact: str) -> tuple[Holds, str]:
    """A number fact is less than this."""
    mark = table.whole(key)

    def holds(facts: Facts, _on: str) -> bool:
        value = facts[fact]
        return isinstance(value, int) and value < mark

    return holds, f"below {_mark(fact, mark)}"


def _at_most(table: Table, key: str, fact: str) -> tuple[Holds, str]:
    """A number fact is this or less."""
    mark = table.whole(key)

    def holds(facts: Facts, _on: str) -> bool:
        value = facts[fact]
        return isinstance(value, int) and value <= mark

    return holds, f"at most {_mark(fact, mark)}"


def _at_least(table: Table, key: str, fact: str) -> tuple[Holds, str]:
    """A number fact is this or more."""
    mark = table.whole(key)

    def holds(facts: Facts, _on: str) -> bool:
        value = facts[fact]
        return isinstance(value, int) and value >= mark

    return holds, f"at least {_mark(fact, mark)}"


def _is(table: Table, key: str, fact: str) -> tuple[Holds, str]:
    """A yes-or-no fact is yes (is_true) or no (is_false)."""
    if not table.flag(key, default=True):
        table.fault(key, "This can only be true.", "Write is_true = true or is_false = true.")
    wanted = key == "is_true"
    return lambda facts, _on: facts[fact] is wanted, "true" if wanted else "false"


def _older_than(table: Table, key: str, fact: str) -> tuple[Holds, str]:
    """A day lies more than so many months back."""
    months = table.whole(key, most=1_200)

    def holds(facts: Facts, on: str) -> bool:
        value = facts[fact]
        return isinstance(value, str) and add_months(value, months) < on

    return holds, f"more than {months} months ago"


def _within_last(table: Table, key: str, fact: str) -> tuple[Holds, str]:
    """A day lies at most so many months back."""
    months = table.whole(key, most=1_200)

    def holds(facts: Facts, on: str) -> bool:
        value = facts[fact]
        return isinstance(value, str) and on <= add_months(value, months)

    return holds, f"at most {months} months ago"


OPERATORS: Final[Mapping[str, Callable[[Table, str, str], tuple[Holds, str]]]] = MappingProxyType(
    {
        "one_of": _one_of,
        "none_of": _none_of,
        "includes": _includes,
        "starts_with": _starts_with,
        "not_starts_with": _not_starts_with,
        "below": _below,
        "at_most": _at_most,
        "at_least": _at_least,
        "is_true": _is,
        "is_false": _is,
        "older_than_months": _older_than,
        "within_months": _within_last,
    }
)


def _mark(fact: str, mark: int) -> str:
    """The number that a fact is held against, as money where the fact is money."""
    return written(mark) if fact in MONEY_FACTS else f"{mark:,}"


def _scalars(table: Table, key: str) -> tuple[str | int, ...]:
    """A list of words or whole numbers, at least one."""
    table.asked.add(key)
    value = table.content.get(key)
    if isinstance(value, list | tuple) and value and all(isinstance(item, str | int) for item in value):
        return tuple(value)
    table.fault(key, "This must be a list of words or whole numbers.", "Write them in brackets.")
    return ()
