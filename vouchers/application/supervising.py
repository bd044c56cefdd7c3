"""Standing of firms, providers and controllers: tiers that move with a cause, sanctions, appeals, repair."""

from typing import Any

from vouchers.application.cases import Case
from vouchers.application.programmes import in_force
from vouchers.application.standing import controller_of, enlist, facts_known, tier_of, watched
from vouchers.conduct import decisions as conducts
from vouchers.conduct import events as conduct
from vouchers.enterprise import decisions as enterprises
from vouchers.enterprise import events as enterprise
from vouchers.kinds import CONDUCT, ENTERPRISE, ORDER
from vouchers.ledger import Unit
from vouchers.order import decisions as orders
from vouchers.order.events import Registered
from vouchers.policy import Policy
from vouchers.policy.supervision import Supervision
from vouchers.refusals import Cause, Ineligible, Refused
from vouchers.values import Value, replace

Answer = dict[str, Any]


class PaymentsSuspended(Refused):
    """A sanction lets no money of this party's orders leave."""


class NotSupervised(Refused):
    """The policy in force has no rules of supervision for this."""

    remedy = "Adopt a policy that has them."


class OrderNotClean(Refused):
    """This order does not count as paid without fault for this party."""

    remedy = "Name paid orders of the party, registered since its last fault, from which nothing was taken back."


class MoveTier(Value):
    """Move a firm or a provider to another tier, as an officer."""

    subject: str
    tier: str
    reason: str
    clause: str = ""


class RepairCredit(Value):
    """Give a tier back after the time that the programme's policy sets."""

    subject: str
    programme: str


class RewardClean(Value):
    """Move a tier up for paid orders without fault, as the programme's policy says."""

    subject: str
    programme: str
    orders: tuple[str, ...]


def move_tier(unit: Unit, command: MoveTier) -> Answer:
    """Move a tier with its reason; it can be appealed by its number."""
    events = conducts.move(
        unit.load(CONDUCT, command.subject),
        tier_of(unit, command.subject),
        command.tier,
        cause="officer",
        reason=command.reason,
        clause=command.clause,
        on=unit.on,
        by=unit.actor,
    )
    return _apply(unit, command.subject, events)


def repair_credit(unit: Unit, command: RepairCredit) -> Answer:
    """One tier up after months without fault."""
    rules = supervision_of(in_force(unit, command.programme, unit.on)[1])
    events = conducts.repair(
        unit.load(CONDUCT, command.subject),
        tier_of(unit, command.subject),
        months=rules.repair_months,
        on=unit.on,
        clause=rules.clause,
        by=unit.actor,
    )
    return _apply(unit, command.subject, events)


def reward_clean(unit: Unit, command: RewardClean) -> Answer:
    """Count paid orders without fault once each, and move the tier up when they are enough."""
    rules = supervision_of(in_force(unit, command.programme, unit.on)[1])
    move = next((each for each in rules.moves if each.after == "clean"), None)
    if move is None:
        raise NotSupervised(pointer="/programme")
    state, before = unit.load(CONDUCT, command.subject), tier_of(unit, command.subject)
    for order_id in command.orders:
        _check_clean(unit, command.subject, order_id, state.blamed_on)
    events = conducts.reward(state, command.orders, times=move.times)
    after = unit.append(CONDUCT, command.subject, events)
    tier = conducts.stepped(before, -move.steps)
    reason = f"{len(events[0].orders)} paid orders without fault" if isinstance(events[0], conduct.CleanPaid) else ""
    moved = conducts.move(
        after, before, tier, cause="clean", reason=reason, clause=rules.clause, on=unit.on, by=unit.actor
    )
    return _apply(unit, command.subject, moved)


def sanction(unit: Unit, command: conducts.Sanction) -> Answer:
    """Take a step of the ladder; with its controller, against all firms of that controller."""
    events = conducts.sanction(unit.load(CONDUCT, command.subject), command, unit.actor)
    answer = _apply(unit, command.subject, events)
    controller = controller_of(facts_known(unit, command.subject)) if command.with_controller else ""
    if controller:
        linked = conducts.sanction(unit.load(CONDUCT, controller), command, unit.actor)
        unit.append(CONDUCT, controller, linked)
        enlist(unit, controller)
    return {**answer, "controller": controller}


def lift_sanction(unit: Unit, command: conducts.LiftSanction) -> Answer:
    """End a sanction, and the same one against the party's controller."""
    events = conducts.lift(unit.load(CONDUCT, command.subject), command, unit.actor)
    _free_controllers(unit, command.subject, events)
    return _apply(unit, command.subject, events)


def appeal(unit: Unit, command: conducts.Appeal) -> Answer:
    """Appeal against a sanction or a move of the tier; it stands until the appeal is decided."""
    events = conducts.appeal(unit.load(CONDUCT, command.subject), command, unit.actor)
    return _apply(unit, command.subject, events)


def decide_appeal(unit: Unit, command: conducts.DecideAppeal) -> Answer:
    """Decide an appeal as somebody else than who decided the act."""
    before = tier_of(unit, command.subject)
    events = conducts.decide_appeal(unit.load(CONDUCT, command.subject), command, before, unit.on, unit.actor)
    _free_controllers(unit, command.subject, events)
    return _apply(unit, command.subject, events)


def blame(unit: Unit, registered: Registered, policy: Policy, fault: str, order_id: str, claim: str, why: str) -> None:
    """Record the fault of a party in a rejected claim, and move its tier as the policy says."""
    rules = policy.supervision
    firm, provider = registered.enterprise_id, registered.provider_id
    parties: dict[str, tuple[str, ...]] = {
        "enterprise": (firm,),
        "provider": (provider,),
        "both": (firm, provider),
    }
    if rules is None or fault not in parties:
        return
    for party in parties[fault]:
        before, state = tier_of(unit, party), unit.load(CONDUCT, party)
        blamed = conducts.blame(state, order_id=order_id, redemption_id=claim, on=unit.on, reason=why, by=unit.actor)
        after = unit.append(CONDUCT, party, blamed)
        steps = rules.move_after("rejected", after.faults)
        tier = conducts.stepped(before, steps)
        moved = conducts.move(
            after, before, tier, cause="fault", reason=why, clause=rules.clause, on=unit.on, by=unit.actor
        )
        _apply(unit, party, moved)


def measures_due(unit: Unit, party: str, policy: Policy, order_id: str, reason: str) -> None:
    """Record the measures that a policy with supervision names for a breach, against a party that owes money back."""
    if policy.supervision is not None:
        events = conducts.measures_due(
            unit.load(CONDUCT, party),
            order_id=order_id,
            measures=policy.settlement.measures,
            on=unit.on,
            reason=reason,
            clause=policy.settlement.clause,
        )
        unit.append(CONDUCT, party, events)


def note_officers_move(unit: Unit, subject: str, before: str, tier: str, cause: str) -> None:
    """Put a firm's move by an officer beside its other moves, so that it can be appealed."""
    state = unit.load(CONDUCT, subject)
    moved = conducts.move(state, before, tier, cause="officer", reason=cause, clause="", on=unit.on, by=unit.actor)
    unit.append(CONDUCT, subject, moved)


def no_sanction(unit: Unit, case: Case) -> None:
    """Refuse an order where a sanction stands against the firm, the provider, or the controller of one of them."""
    if case.policy.supervision is None:
        return
    command, facts, listed = case.command, case.facts, watched(unit)
    partners = [each.enterprise_id for each in case.sources if each.enterprise_id != command.enterprise_id]
    parties = {
        command.enterprise_id: "/enterprise_id",
        controller_of(facts.enterprise): "/enterprise_id",
        command.provider_id: "/provider_id",
        controller_of(facts.provider): "/provider_id",
        **dict.fromkeys(partners, "/vouchers"),
        **{controller_of(facts_known(unit, partner)): "/vouchers" for partner in partners},
    }
    if listed.isdisjoint(parties):
        return
    causes = []
    for party, pointer in parties.items():
        standing = conducts.stands_against(unit.load(CONDUCT, party), unit.on) if party in listed else None
        if standing is not None:
            causes.append(_cause(party, standing, pointer))
    if causes:
        raise Ineligible(tuple(causes))


def money_may_leave(unit: Unit, registered: Registered) -> None:
    """Refuse to pay an order while a sanction against one of its parties keeps the money."""
    listed = watched(unit)
    if not listed:
        return
    parties = [registered.enterprise_id, registered.provider_id]
    parties += [controller_of(facts_known(unit, party)) for party in parties]
    if listed.isdisjoint(parties):
        return
    for party in [each for each in parties if each in listed]:
        standing = conducts.keeps_money(unit.load(CONDUCT, party), unit.on)
        if standing is not None:
            text = f"{party} is under sanction ({standing.level}) from {standing.from_on}: {standing.reason}"
            remedy = "Leave its orders out until the sanction is lifted."
            raise PaymentsSuspended(text.rstrip(".") + ".", pointer="/orders", remedy=remedy)


def supervision_of(policy: Policy) -> Supervision:
    """The rules of supervision of a policy, or a refusal where it has none."""
    if policy.supervision is None:
        raise NotSupervised(pointer="/programme")
    return policy.supervision


def _apply(unit: Unit, subject: str, events: list[conduct.Event]) -> Answer:
    """Append to the conduct, and let the firm's own stream have the tier that its next order is checked by."""
    after = unit.append(CONDUCT, subject, events)
    if events:
        enlist(unit, subject)
    firm = unit.load(ENTERPRISE, subject)
    for event in events:
        if isinstance(event, conduct.TierMoved) and firm.is_known:
            moved: list[enterprise.Event] = enterprises.change_credit_tier(
                firm, enterprises.ChangeCreditTier(subject, event.tier, f"{event.cause}: {event.reason}")
            )
            unit.append(ENTERPRISE, subject, moved)
    return {"subject": subject, "tier": tier_of(unit, subject), "act": after.acts}


def _free_controllers(unit: Unit, subject: str, events: list[conduct.Event]) -> None:
    """Let a sanction that was imposed with a party's end for its controllers too, whoever controls it by now."""
    lifted = [each for each in events if isinstance(each, conduct.SanctionLifted)]
    sanctions = unit.load(CONDUCT, subject).sanctions
    for event, controller in [(each, other) for each in lifted for other in _controllers(unit, subject)]:
        imposed = replace(sanctions[event.act].imposed, act=0)
        for act, known in unit.load(CONDUCT, controller).sanctions.items():
            if replace(known.imposed, act=0) == imposed:
                command = conducts.LiftSanction(controller, act, event.from_on, event.reason)
                unit.append(CONDUCT, controller, conducts.lift(unit.load(CONDUCT, controller), command, unit.actor))


def _controllers(unit: Unit, subject: str) -> list[str]:
    """Everybody who is or was on record as the controller of a party."""
    known = [each.facts for each in unit.load(ENTERPRISE, subject).known] or [facts_known(unit, subject)]
    return sorted({controller_of(facts) for facts in known} - {"", subject})


def _check_clean(unit: Unit, subject: str, order_id: str, since_on: str) -> None:
    state = unit.load(ORDER, order_id)
    registered = orders.known(state)
    theirs = subject in {registered.enterprise_id, registered.provider_id}
    if not theirs or not state.paid or state.clawed_back or registered.registered_on < since_on:
        raise OrderNotClean(f"{order_id} is no paid order without fault of this party.", pointer="/orders")


def _cause(party: str, standing: conduct.Sanctioned, pointer: str) -> Cause:
    until = f" until {standing.until_on}" if standing.until_on else ""
    text = f"{party} is under sanction ({standing.level}) from {standing.from_on}{until}: {standing.reason}"
    remedy = "Wait until it ends, or appeal against it."
    return Cause("under-sanction", standing.clause, text.rstrip(".") + ".", remedy, pointer)
