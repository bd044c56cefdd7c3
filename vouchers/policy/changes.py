"""Facts that change after a grant: which of them count, and what becomes of value that was granted on others."""

from collections.abc import Sequence
from typing import Final

from vouchers.facts import Facts
from vouchers.policy.conditions import read_when
from vouchers.policy.reading import Table
from vouchers.policy.rules import Condition
from vouchers.policy.sizes import CLASSES, SETTLED, SIZE_CLASSES
from vouchers.refusals import Cause as Reason
from vouchers.values import Value

CAUSES: Final = (
    "left-size-class",
    "left-region",
    "struck-off",
    "dissolved",
    "bankrupt",
    "listed",
    "merged",
    "other",
)
# The mildest first: where several causes meet, the severest of each counts.
UNRESERVED: Final = ("keep", "revoke")
RESERVED: Final = ("honour", "release_undelivered", "release")
CLAIMS: Final = ("honour", "check", "reject")

# What a firm is like is tested on the day that the policy names; where it is and whose it is, on the order's day.
MEASURES: Final = frozenset({"sector", "staff", "revenue", "revenue_previous", "assets", "registered_capital"})


class ChangeRule(Value):
    """What follows from one cause; `reasons` are the codes of denial that show it, `when` a look at the facts."""

    cause: str
    reasons: tuple[str, ...]
    when: Condition | None
    unreserved: str  # keep | revoke
    reserved: str  # honour | release_undelivered | release
    claims: str  # honour | check | reject
    clause: str

    def meets(self, reasons: tuple[Reason, ...], facts: Facts, on: str) -> bool:
        """Whether this cause is found in the facts, or in what speaks against a grant on them."""
        if self.when is not None:
            check = self.when.check
            if not check.missing(facts) and check.holds(facts, on):
                return True
        return any(reason.code in self.reasons for reason in reasons)


class Changes(Value):
    """The rules about facts that change; without rules a grant is final for its period, as it is without a table."""

    test_facts_on: str  # order | contract | grant
    consecutive_years: int
    rules: tuple[ChangeRule, ...]
    clause: str

    @property
    def need_history(self) -> bool:
        """Whether a decision rests on more than the facts of one day."""
        return self.consecutive_years > 1


class FactNeeds(Value):
    """What must be true of the facts before anything is decided: sources that are up, facts that are young enough."""

    sources: tuple[str, ...]
    max_age_days: int  # 0: any age
    clause: str


class Treatment(Value):
    """What becomes of each kind of value, the severest over all causes."""

    unreserved: str = UNRESERVED[0]
    reserved: str = RESERVED[0]
    claims: str = CLAIMS[0]


def read_changes(table: Table) -> Changes:
    """The table [changes] with a table [changes.cause.NAME] for each cause."""
    changes = Changes(
        test_facts_on=table.one_of("test_facts_on", ("order", "contract", "grant"), default="order"),
        consecutive_years=table.whole("consecutive_years", default=1, least=1, most=10),
        rules=tuple(_rule(name, each) for name, each in table.named("cause", required=False).items()),
        clause=table.clause(),
    )
    table.end()
    return changes


def read_fact_needs(table: Table) -> FactNeeds:
    """The table [facts]; without it the facts on record are good enough, however old."""
    needs = FactNeeds(
        sources=table.words("needs", default=()),
        max_age_days=table.whole("max_age_days", default=0, most=3_660),
        clause=table.clause(),
    )
    table.end()
    return needs


def causes_of(changes: Changes, reasons: tuple[Reason, ...], facts: Facts, on: str) -> tuple[ChangeRule, ...]:
    """Every cause that the facts show; what no rule speaks of is a cause too, and takes nothing away."""
    met = tuple(rule for rule in changes.rules if rule.meets(reasons, facts, on))
    if met or not reasons:
        return met
    return (ChangeRule("other", (), None, UNRESERVED[0], RESERVED[0], CLAIMS[0], changes.clause),)


def treatment_of(rules: Sequence[ChangeRule]) -> Treatment:
    """What several causes together mean: of each kind of value, the severest treatment."""
    return Treatment(
        max((rule.unreserved for rule in rules), key=UNRESERVED.index, default=UNRESERVED[0]),
        max((rule.reserved for rule in rules), key=RESERVED.index, default=RESERVED[0]),
        max((rule.claims for rule in rules), key=CLAIMS.index, default=CLAIMS[0]),
    )


def tested(changes: Changes, of_the_day: Facts, of_the_test: Facts) -> Facts:
    """The facts that an order is tested on: the measures of the test's day, all else of the order's day."""
    if changes.test_facts_on == "order":
        return of_the_day
    kept = {name: value for name, value in of_the_day.items() if name not in MEASURES}
    return kept | {name: value for name, value in of_the_test.items() if name in MEASURES}


def with_settled_classes(changes: Changes, facts: Facts, years: Sequence[tuple[int, Facts]]) -> Facts:
    """The facts with the size class that has settled over the years, where the policy asks for several years."""
    if not changes.need_history:
        return facts
    settled = {
        f"{SETTLED}{name}": found
        for name in SIZE_CLASSES
        if (found := settled_class(name, years, changes.consecutive_years))
    }
    return {**facts, **settled}


def settled_class(name: str, years: Sequence[tuple[int, Facts]], needed: int) -> str:
    """The class after years of accounts: it moves once so many consecutive years all lie on the same side of it.

    It then moves to the nearest of those years. A year without accounts breaks the row.
    """
    classify, measures = SIZE_CLASSES[name]
    settled, row, last_year = "", list[int](), 0
    for year, facts in years:
        if any(measure not in facts for measure in measures(facts)):
            continue
        found = CLASSES.index(classify(facts))
        if not settled:
            settled = CLASSES[found]
        now = CLASSES.index(settled)
        goes_on = row and year == last_year + 1 and (row[-1] > now) == (found > now)
        row = [*row, found] if goes_on else [found]
        if found == now:
            row = []
        elif len(row) >= needed:
            settled = CLASSES[min(row) if found > now else max(row)]
            row = []
        last_year = year
    return settled


def _rule(name: str, table: Table) -> ChangeRule:
    """One cause and what follows from it."""
    if name not in CAUSES:
        table.fault("", f'"{name}" is no cause that is known here.', f"Name one of: {', '.join(CAUSES)}.")
    rule = ChangeRule(
        cause=name,
        reasons=table.words("reasons", default=()),
        when=read_when(table.table("when")) if table.has("when") else None,
        unreserved=table.one_of("unreserved", UNRESERVED),
        reserved=table.one_of("reserved", RESERVED),
        claims=table.one_of("claims", CLAIMS),
        clause=table.clause(),
    )
    if not rule.reasons and rule.when is None:
        table.fault("", "Nothing shows this cause.", "Give reasons (codes of denial) or when (a look at the facts).")
    table.end()
    return rule
