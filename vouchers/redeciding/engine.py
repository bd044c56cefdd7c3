"""Every decision of a log, decided again: from its own record, from the log before it, under the policy in force."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from vouchers.kinds import PROGRAMME
from vouchers.ledger import Unit
from vouchers.recalling import BESIDE, MISTAKES, SECRET, Past, Turn, draws_of, is_apart, recall, turns
from vouchers.redeciding.findings import (
    FACT,
    OUTCOME,
    POLICY,
    REFUSED,
    Finding,
    Gap,
    differences,
    level_of,
    said,
)
from vouchers.redeciding.outcomes import CHECKS, OF_THEIR_OWN, Check, adopted_as
from vouchers.refusals import Refused
from vouchers.wire import TOPICS, Entry

ALL_LEVELS: Final = (OUTCOME, FACT, POLICY)


class Judged(NamedTuple):
    """An entry that was decided again: at which levels, and what came out otherwise.

    `redacted` says that a text was taken out of its decision, so that nobody can come to the same words.
    """

    entry: Entry[Any]
    levels: tuple[int, ...]
    gaps: tuple[Gap, ...]
    redacted: bool = False

    @property
    def findings(self) -> Iterator[Finding]:
        """The gaps with their place in the log."""
        entry = self.entry
        topic = TOPICS[type(entry.data)]
        return (Finding(entry.seq, entry.agg, topic, entry.eff, *gap) for gap in self.gaps)


def redecide(
    entries: Iterable[Entry[Any]], past: Past, *, level: int = POLICY, start: int = 0
) -> Iterator[tuple[Turn, list[Judged]]]:
    """Every turn with what came of its entries, from the entry of number `start` on, up to a level."""
    for turn in turns(entries):
        if turn.first.seq < start:
            for entry in turn.entries:
                past.add(entry)
            continue
        yield turn, list(judged_again(turn, past, level))


def judged_again(turn: Turn, past: Past, level: int = POLICY) -> Iterator[Judged]:
    """The entries of one turn, each with what came out otherwise; afterwards the past includes them."""
    if any(entry.redacted for entry in turn.entries):
        for entry in turn.entries:
            past.add(entry)
            yield Judged(entry, (), (), redacted=True)
    elif level < FACT:
        for entry in turn.entries:
            yield _alone(entry, past, level)
            if entry.agg.partition("/")[0] in OF_THEIR_OWN:
                past.add(entry)
    else:
        again, is_same = _again(turn, past)
        if is_same and isinstance(again, Unit):
            # The same came out of the log before it: so its facts, its outcome and its policy are the same as well.
            past.adopt(turn.entries, again.changes())
            levels = ALL_LEVELS[:level]
            yield from [Judged(entry, () if type(entry.data) in BESIDE else levels, ()) for entry in turn.entries]
        else:
            yield from _compared(turn, past, again, level)


def _again(turn: Turn, past: Past) -> tuple[Unit | Refused | None, bool]:
    """What the command behind a turn comes to on the log before it, and whether that is what the turn wrote.

    Where several may have been behind it and none wrote it, the likeliest is answered, one that is refused last;
    nothing where the log does not tell what was asked for.
    """
    likeliest: Unit | Refused | None = None
    meta = turn.meta
    try:
        for call in recall(turn, past):
            if call.use_case in SECRET:
                continue
            try:
                unit = call.play(past, meta, lambda: draws_of(turn))
            except Refused as refused:
                likeliest = likeliest or refused
                continue
            if turn.is_written_by(unit.pending):
                return unit, True
            if not isinstance(likeliest, Unit):
                likeliest = unit
    except MISTAKES as mistake:
        detail = f"{type(mistake).__name__}: the rules cannot be applied to what is on record before it."
        likeliest = likeliest or RulesNotApplicable(detail)
    return likeliest, False


class RulesNotApplicable(Refused):
    """The rules cannot be applied to what is on record."""

    remedy = "Look at the entries before it: one of them was not made by these rules."


def _told_apart(entry: Entry[Any], first: Entry[Any], cause: int) -> Iterator[Gap]:
    pairs = (("cause", entry.cause, cause), ("eff", entry.eff, first.eff), ("actor", entry.actor, first.actor))
    for what, recorded, expected in (*pairs, ("auth", entry.auth, first.auth)):
        if recorded != expected:
            yield Gap(FACT, what, said(recorded), said(expected))


def _compared(turn: Turn, past: Past, again: Unit | Refused | None, level: int) -> Iterator[Judged]:
    """The entries of a turn that came out otherwise, or that cannot be asked for again, one by one."""
    pending = list(again.pending) if isinstance(again, Unit) else []
    left = {(each.stream, each.version): each.event for each in pending}
    for number, entry in enumerate(turn.entries):
        alone = _alone(entry, past, level)
        gaps = list(alone.gaps)
        if isinstance(again, Refused) and not number and not gaps:
            gaps.append(Gap(FACT, REFUSED, "recorded", again.detail))
        if is_apart(entry, turn.first, turn.cause) and number:
            gaps += _told_apart(entry, turn.first, turn.cause)
        if isinstance(again, Unit) and type(entry.data) not in BESIDE:
            expected = left.pop((entry.agg, entry.ver), None)
            gaps += _gaps_of(entry, expected, gaps)
        if not past.add(entry):
            gaps.append(Gap(FACT, REFUSED, "recorded", "It cannot follow what its stream holds."))
        levels = alone.levels if again is None or type(entry.data) in BESIDE else ALL_LEVELS[:level]
        if number == len(turn.entries) - 1:
            gaps += [
                Gap(FACT, "turn", "nothing", f"{TOPICS[type(event)]} of {stream}")
                for (stream, _), event in left.items()
            ]
        yield Judged(entry, levels, tuple(gaps))


def _gaps_of(entry: Entry[Any], expected: object, known: list[Gap]) -> Iterator[Gap]:
    """What of an entry comes out otherwise on the log before it, beside what its own record showed already.

    Where the facts or the policy differ, what follows from them does too, and is not told again.
    """
    if expected is None:
        yield Gap(FACT, "entry", TOPICS[type(entry.data)], "nothing")
        return
    found = [Gap(level_of(what.partition(".")[0]), what, *rest) for what, *rest in differences(entry.data, expected)]
    if any(gap.level == POLICY for gap in found):
        return  # Said by the entry alone, where the third level is asked for.
    facts = [gap for gap in found if gap.level == FACT]
    if facts:
        yield from facts
    elif not known:
        yield from (gap._replace(level=FACT) for gap in found)


def _alone(entry: Entry[Any], past: Past, level: int) -> Judged:
    """An entry by its own record: its outcome, and whether its policy was in force."""
    checks: list[tuple[int, Check]] = []
    if type(entry.data) in CHECKS:
        checks.append((OUTCOME, CHECKS[type(entry.data)]))
    if level >= POLICY and hasattr(entry.data, "policy_digest"):
        checks.append((POLICY, _in_force))
    gaps: list[Gap] = []
    for at, check in checks:
        try:
            gaps += check(past, entry)
        except (Refused, *MISTAKES) as mistake:
            gaps.append(Gap(at, REFUSED, "recorded", said(str(mistake) or type(mistake).__name__)))
    return Judged(entry, tuple(at for at, _ in checks), tuple(gaps))


def _in_force(past: Past, entry: Entry[Any]) -> Iterator[Gap]:
    """Whether the policy that an event names was adopted before it, and in force on its day."""
    event = entry.data
    code = getattr(event, "programme", "") or _programme_of(past, entry)
    adopted = adopted_as(past, code, event.policy_version, event.policy_digest)
    named = f"{event.policy_version} ({event.policy_digest[:12]})"
    if adopted is None:
        yield Gap(POLICY, "policy", named, "one that was adopted before")
        return
    in_force = past.slot(PROGRAMME.stream(code)).state.policy_on(entry.eff)
    if in_force is not None and in_force.digest != adopted.digest:
        yield Gap(POLICY, "policy", named, f"{in_force.version} ({in_force.digest[:12]})")


def _programme_of(past: Past, entry: Entry[Any]) -> str:
    """The programme of an event that leaves it to its stream: that for which a provider evaluated itself."""
    evaluated = getattr(past.slot(entry.agg).state, "evaluated", None)
    return evaluated.programme if evaluated else ""
