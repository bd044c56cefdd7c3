"""What may happen to somebody's standing next."""

from collections.abc import Mapping
from typing import Final

from vouchers.conduct import events as conduct
from vouchers.conduct.state import Conduct
from vouchers.days import add_months
from vouchers.refusals import Conflict, NotAllowed, NotFound, Refused
from vouchers.texts import TIERS, check_tier, same_person
from vouchers.values import Value

# Each step of the ladder: whether new orders are refused, and whether money waits.
LADDER: Final[Mapping[str, tuple[bool, bool]]] = {
    "warned": (False, False),
    "rectify": (True, False),
    "payments": (True, True),
    "removed": (True, False),
    "barred": (True, False),
}
EFFECTS: Final = ("finish", "freeze", "void")


class LevelUnknown(Refused):
    """A sanction is one of the ladder: warned, rectify, payments, removed or barred."""

    remedy = "Say warned, rectify, payments, removed or barred."


class SanctionEffectUnknown(Refused):
    """A sanction says what happens to open orders: finish, freeze or void."""

    remedy = "Say finish, freeze or void."


class SanctionDaysReversed(Refused):
    """A sanction ends on or after the day it begins."""

    remedy = "Give a last day that is not before the first."


class BarNeedsItsEnd(Refused):
    """Somebody is barred for a stated time."""

    remedy = "Give the last day of the bar."


class ActUnknown(NotFound):
    """Nothing with this number was decided about this party."""

    remedy = "Look at the party's record for the number."


class AppealedAlready(Conflict):
    """There was an appeal against this already."""

    remedy = "Wait for its decision; a decided appeal is final here."


class NoAppealOpen(Conflict):
    """There is no open appeal against this."""

    remedy = "Look at the party's conduct for the numbers of its open appeals."


class AppealNeedsSomebodyElse(NotAllowed):
    """Who decided something does not decide the appeal against it, and neither does who appealed."""

    remedy = "Let another officer decide the appeal."


class RepairTooEarly(Refused):
    """The time after which credit can be repaired is not over."""


class NothingToRepair(Refused):
    """The credit tier is not worse than B, or this programme knows no repair."""

    remedy = "Nothing is needed."


class NotEnoughCleanOrders(Refused):
    """A better tier needs more paid orders without fault, each counted once."""


class Sanction(Value):
    """Take a step of the ladder against a party; with its controller, against all firms of that controller too."""

    subject: str
    level: str
    from_on: str
    until_on: str
    effect: str
    reason: str
    clause: str = ""
    with_controller: bool = False


class LiftSanction(Value):
    """End a sanction: `from_on` is the first day without it."""

    subject: str
    act: int
    from_on: str
    reason: str


class Appeal(Value):
    """Appeal against a sanction or a move of the tier."""

    subject: str
    act: int
    grounds: str


class DecideAppeal(Value):
    """Decide an appeal: upheld takes the act back, dismissed leaves it."""

    subject: str
    act: int
    upheld: bool
    reason: str


def move(
    state: Conduct, before: str, tier: str, *, cause: str, reason: str, clause: str, on: str, by: str
) -> list[conduct.Event]:
    """Move to a tier; being there already changes nothing."""
    if check_tier(tier) == before:
        return []
    return [conduct.TierMoved(state.acts + 1, on, before, tier, cause, reason, clause, by)]


def stepped(tier: str, steps: int) -> str:
    """The tier so many steps worse, or better for a negative number; it ends at A and D."""
    place = TIERS.index(tier) if tier in TIERS else TIERS.index("B")
    return TIERS[max(0, min(len(TIERS) - 1, place + steps))]


def blame(state: Conduct, *, order_id: str, redemption_id: str, on: str, reason: str, by: str) -> list[conduct.Event]:
    """Record a fault; each claim blames a party once, so the state is asked for nothing."""
    del state
    return [conduct.Faulted(order_id, redemption_id, on, reason, by)]


def measures_due(
    state: Conduct, *, order_id: str, measures: tuple[str, ...], on: str, reason: str, clause: str
) -> list[conduct.Event]:
    """Record what a breach calls for, once for an order."""
    if not measures or any(each.order_id == order_id for each in state.measures):
        return []
    return [conduct.MeasuresDue(order_id, measures, on, reason, clause)]


def reward(state: Conduct, orders: tuple[str, ...], *, times: int) -> list[conduct.Event]:
    """Count paid orders without fault, each once; fewer than the rule asks for are refused."""
    new = tuple([order for order in dict.fromkeys(orders) if order not in state.rewarded])
    if len(new) < times:
        detail = f"{len(new)} paid orders without fault are new here; {times} are needed."
        raise NotEnoughCleanOrders(detail, pointer="/orders", remedy=f"Name {times} that were not counted yet.")
    return [conduct.CleanPaid(new, state.clean + len(new))]


def repair(state: Conduct, before: str, *, months: int, on: str, clause: str, by: str) -> list[conduct.Event]:
    """One tier up once the months since the last fault or worse move are over; the day itself counts."""
    if not months or before not in TIERS or before <= "B":
        raise NothingToRepair(pointer="/subject")
    earliest = add_months(state.blamed_on, months) if state.blamed_on else on
    if on < earliest:
        detail = f"The last fault is of {state.blamed_on}; credit can be repaired from {earliest} on."
        raise RepairTooEarly(detail, pointer="/subject", remedy=f"Ask again from {earliest} on.")
    reason = f"no fault since {state.blamed_on}" if state.blamed_on else "no fault on record"
    return move(state, before, stepped(before, -1), cause="repair", reason=reason, clause=clause, on=on, by=by)


def sanction(state: Conduct, command: Sanction, by: str) -> list[conduct.Event]:
    """Impose a sanction; one of the same level and days that stands already is not imposed twice."""
    if command.level not in LADDER:
        raise LevelUnknown(pointer="/level")
    if command.effect not in EFFECTS:
        raise SanctionEffectUnknown(pointer="/effect")
    if command.level == "barred" and not command.until_on:
        raise BarNeedsItsEnd(pointer="/until_on")
    if command.until_on and command.until_on < command.from_on:
        raise SanctionDaysReversed(pointer="/until_on")
    same = (command.level, command.from_on, command.until_on, command.effect)
    for known in state.sanctions.values():
        imposed = known.imposed
        if not known.lifted_on and same == (imposed.level, imposed.from_on, imposed.until_on, imposed.effect):
            return []
    return [
        conduct.Sanctioned(
            state.acts + 1,
            command.level,
            command.from_on,
            command.until_on,
            command.effect,
            command.reason,
            command.clause,
            by,
        )
    ]


def lift(state: Conduct, command: LiftSanction, by: str) -> list[conduct.Event]:
    """End a sanction; the same end again changes nothing."""
    known = state.sanctions.get(command.act)
    if known is None:
        raise ActUnknown(pointer="/act")
    if known.lifted_on and known.lifted_on <= command.from_on:
        return []
    return [conduct.SanctionLifted(command.act, command.from_on, command.reason, by)]


def appeal(state: Conduct, command: Appeal, by: str) -> list[conduct.Event]:
    """Appeal once against an act."""
    _decider(state, command.act)
    if command.act in state.appeals:
        raise AppealedAlready(pointer="/act")
    return [conduct.Appealed(command.act, command.grounds, by)]


def decide_appeal(state: Conduct, command: DecideAppeal, tier: str, on: str, by: str) -> list[conduct.Event]:
    """Decide an appeal as somebody else; an upheld one lifts the sanction or undoes the move in the same step."""
    if state.appeals.get(command.act) != "open":
        raise NoAppealOpen(pointer="/act")
    if same_person(by, _decider(state, command.act)) or same_person(by, state.appellants[command.act]):
        raise AppealNeedsSomebodyElse(pointer="/act")
    outcome = "upheld" if command.upheld else "dismissed"
    decided: list[conduct.Event] = [conduct.AppealDecided(command.act, outcome, command.reason, by)]
    if command.upheld and command.act in state.sanctions:
        decided.append(conduct.SanctionLifted(command.act, on, command.reason, by))
    elif command.upheld:
        undone = state.moves[command.act]
        steps = TIERS.index(undone.tier_before) - TIERS.index(undone.tier)
        decided += move(
            state, tier, stepped(tier, steps), cause="appeal", reason=command.reason, clause=undone.clause, on=on, by=by
        )
    return decided


def stands_against(state: Conduct, on: str) -> conduct.Sanctioned | None:
    """The heaviest sanction that refuses new orders on a day."""
    if not state.sanctions:
        return None
    standing = [each for each in state.on(on) if LADDER[each.level][0]]
    return max(standing, key=lambda each: list(LADDER).index(each.level), default=None)


def keeps_money(state: Conduct, on: str) -> conduct.Sanctioned | None:
    """The sanction that lets no money of open orders leave on a day."""
    if not state.sanctions:
        return None
    standing = [each for each in state.on(on) if LADDER[each.level][1] or each.effect in {"freeze", "void"}]
    return max(standing, key=lambda each: list(LADDER).index(each.level), default=None)


def _decider(state: Conduct, act: int) -> str:
    if act in state.sanctions:
        return state.sanctions[act].imposed.by
    if act in state.moves:
        return state.moves[act].by
    raise ActUnknown(pointer="/act")
