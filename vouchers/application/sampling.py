"""Samples that anybody can draw again: a seed for each programme and period, and second checks of what was paid."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from vouchers.application.programmes import compiled, in_force, policy_of
from vouchers.application.supervising import supervision_of
from vouchers.days import add_days, add_months
from vouchers.kinds import ORDER, REVIEW, SAMPLE
from vouchers.ledger import Ledger, Unit
from vouchers.order import decisions as orders
from vouchers.order.events import Paid, Registered
from vouchers.policy import Policy, days_of, period_of
from vouchers.programme import events as programme
from vouchers.refusals import NotFound, Refused
from vouchers.review import decisions as reviews
from vouchers.review import events as review
from vouchers.sample import decisions as samples
from vouchers.sample.state import Sample
from vouchers.values import Value
from vouchers.wire import Entry

Answer = dict[str, Any]

MONTHS = 12


class RecheckPeriodWrong(Refused):
    """Second checks are drawn for whole periods that have ended, counted from January."""


class NothingPaidThen(Refused):
    """This order was not paid in the period that is drawn from."""

    remedy = "Name the orders that were paid in the period."


class SeedStillSecret(NotFound):
    """The seed of this period is not revealed, so nobody can draw again yet."""

    remedy = "Reveal it after the period's last day."


class CommitSeed(Value):
    """Publish the commitment to the seed of a programme's period, which a day lies in."""

    programme: str
    from_on: str


class RevealSeed(Value):
    """Publish the seed of a period that is over."""

    programme: str
    period: str


class DrawRechecks(Value):
    """Draw second checks among redemptions that were paid in the months from a day on."""

    programme: str
    from_on: str
    orders: tuple[str, ...]


class Recheck(Value):
    """Close the second check of a paid redemption: in-order or faulty."""

    order_id: str
    outcome: str
    note: str
    redemption_id: str = ""


class Redrawn(NamedTuple):
    """What drawing again found: how many draws agree, and the first that does not."""

    programme: str
    period: str
    agreeing: int
    drawn: int
    first_difference: str


class Drawn(NamedTuple):
    """Draws that were made before, in basis points by their subject: history is decided again without its secret."""

    draws: Mapping[str, int]


@lru_cache(maxsize=64)
def seed_of(secret: bytes, code: str, period: str) -> bytes:
    """The seed of one programme and period, out of the installation's secret; one says nothing of another."""
    return hashlib.sha256(secret + f"/{code}/{period}".encode()).digest()


def draw_of(seed: bytes | Drawn, subject: str) -> int:
    """Where the draw of a redemption falls, in basis points."""
    if isinstance(seed, Drawn):
        return seed.draws[subject]
    return reviews.draw(hashlib.sha256(seed + b"/" + subject.encode()).digest())


def key_of(code: str, period: str) -> str:
    """The key of a seed's stream."""
    return f"{code}/{period}"


def commit_seed(unit: Unit, command: CommitSeed, *, seed: bytes) -> Answer:
    """Commit to a period's seed before anything is drawn with it; later, another seed is refused."""
    _, policy = in_force(unit, command.programme, command.from_on)
    period = period_of(policy, command.from_on)
    key = key_of(command.programme, period)
    own = seed_of(seed, command.programme, period)
    last_on = days_of(policy, command.from_on)[1]
    state = unit.append(SAMPLE, key, samples.commit(unit.load(SAMPLE, key), own, last_on))
    return {"programme": command.programme, "period": period, "commitment": state.commitment}


def reveal_seed(unit: Unit, command: RevealSeed, *, seed: bytes) -> Answer:
    """Publish the seed of a period that is over; only the committed one is taken."""
    key = key_of(command.programme, command.period)
    own = seed_of(seed, command.programme, command.period)
    state = unit.append(SAMPLE, key, samples.reveal(unit.load(SAMPLE, key), own, unit.on))
    return {"programme": command.programme, "period": command.period, "seed": state.seed_hex}


def seed_today(unit: Unit, policy: Policy, secret: bytes | Drawn) -> tuple[bytes | Drawn, Sample]:
    """The seed that draws today, committed now if nobody has before, and what is published of it."""
    if policy.supervision is None or not policy.supervision.period_seeds:
        return secret, Sample()
    period = period_of(policy, unit.on)
    key = key_of(policy.programme, period)
    state = unit.load(SAMPLE, key)
    if isinstance(secret, Drawn):
        return secret, state
    own = seed_of(secret, policy.programme, period)
    commitment = samples.commit(state, own, days_of(policy, unit.on)[1])
    return own, unit.append(SAMPLE, key, commitment) if commitment else state


def draw_rechecks(unit: Unit, command: DrawRechecks, *, seed: bytes | Drawn) -> Answer:
    """Let the sample decide which redemptions that were paid in a half-year are checked again."""
    rules = supervision_of(in_force(unit, command.programme, unit.on)[1])
    until_on = _last_day(command.from_on, rules.recheck_every_months)
    if unit.on <= until_on:
        remedy = f"Draw from the day after {until_on} on."
        raise RecheckPeriodWrong(f"The period lasts until {until_on}.", pointer="/from_on", remedy=remedy)
    drawn = 0
    for order_id in dict.fromkeys(command.orders):
        registered, paid = _paid_between(unit, order_id, command.programme, command.from_on, until_on)
        policy = policy_of(unit, registered)
        for redemption_id, paid_on in paid.items():
            code, period = registered.programme, period_of(policy, paid_on)
            committed = unit.load(SAMPLE, key_of(code, period)).commitment
            own = seed_of(seed, code, period) if committed and isinstance(seed, bytes) else seed
            before = unit.load(REVIEW, redemption_id)
            events = reviews.draw_again(
                before,
                order_id=order_id,
                programme=code,
                from_on=command.from_on,
                sample_bp=rules.recheck_bp,
                draw_bp=draw_of(own, f"recheck/{redemption_id}"),
            )
            drawn += unit.append(REVIEW, redemption_id, events).recheck == "drawn"
    return {"programme": command.programme, "from_on": command.from_on, "until_on": until_on, "drawn": drawn}


def paid_between(entries: Iterable[Entry[Any]], code: str, from_on: str, months: int) -> tuple[str, ...]:
    """Every order of a programme of which something was paid in the months from a day on, in the log's order."""
    until_on = _last_day(from_on, months)
    theirs: set[str] = set()
    found: dict[str, None] = {}
    for entry in entries:
        order_id = entry.agg.partition("/")[2]
        if isinstance(entry.data, Registered) and entry.data.programme == code:
            theirs.add(order_id)
        elif isinstance(entry.data, Paid) and order_id in theirs and from_on <= entry.data.paid_on <= until_on:
            found[order_id] = None
    return tuple(found)


def recheck(unit: Unit, command: Recheck) -> Answer:
    """Record what the second check of a paid redemption found; money is demanded back by a step of its own."""
    state = unit.load(ORDER, command.order_id)
    orders.known(state)
    redemption_id = command.redemption_id or state.redemption_id
    current = unit.load(REVIEW, redemption_id)
    events = reviews.recheck(
        current, order_id=command.order_id, reviewer=unit.actor, outcome=command.outcome, note=command.note
    )
    after = unit.append(REVIEW, redemption_id, events)
    return {"order_id": command.order_id, "redemption_id": redemption_id, "recheck": after.recheck}


def derive(ledger: Ledger, code: str, period: str) -> Redrawn:
    """Draw every decision of a period's sample again from its revealed seed, and name the first that differs."""
    sample = ledger.state(SAMPLE, key_of(code, period))
    if not sample.seed_hex:
        raise SeedStillSecret(pointer="/period")
    agreeing = drawn = 0
    for entry in _draws(ledger.entries(), code, period):
        event = entry.data
        redemption_id = entry.agg.partition("/")[2]
        again = isinstance(event, review.RecheckDrawn | review.RecheckSpared)
        draw_bp = draw_of(bytes.fromhex(sample.seed_hex), f"recheck/{redemption_id}" if again else redemption_id)
        spared = isinstance(event, review.Spared | review.RecheckSpared)
        if draw_bp != event.draw_bp or (spared and draw_bp < event.sample_bp):
            return Redrawn(code, period, agreeing, drawn, f"{redemption_id} (log entry {entry.seq})")
        agreeing, drawn = agreeing + 1, drawn + (draw_bp < event.sample_bp)
    return Redrawn(code, period, agreeing, drawn, "")


def _draws(entries: Iterable[Entry[Any]], code: str, period: str) -> Iterable[Entry[Any]]:
    """The draws that were made with a period's seed, in the log's order, found out from the log alone."""
    policies: dict[str, Policy] = {}
    registered: dict[str, Registered] = {}
    committed: set[str] = set()
    paid_on: dict[str, str] = {}
    for entry in entries:
        event = entry.data
        if isinstance(event, programme.PolicyAdopted) and event.programme == code:
            policies[event.version] = compiled(event)
        elif isinstance(event, Registered) and event.programme == code:
            registered[entry.agg.partition("/")[2]] = event
        elif entry.type == "sample.SeedCommitted":
            committed.add(entry.agg.partition("/")[2])
        elif isinstance(event, Paid):
            paid_on[event.redemption_id] = event.paid_on
        elif isinstance(event, review.Spared | review.Assigned | review.RecheckDrawn | review.RecheckSpared):
            order = registered.get(event.order_id)
            policy = policies.get(order.policy_version) if order else None
            again = isinstance(event, review.RecheckDrawn | review.RecheckSpared)
            day = paid_on.get(entry.agg.partition("/")[2], "") if again else entry.eff
            if policy and _is_of(policy, day, period, again=again) and key_of(code, period) in committed:
                yield entry


def _is_of(policy: Policy, day: str, period: str, *, again: bool) -> bool:
    seeded = policy.supervision is not None and (again or policy.supervision.period_seeds)
    return seeded and period_of(policy, day) == period


def _last_day(from_on: str, months: int) -> str:
    """The last day of the months that begin on a day, which must be one of the year's beginnings of such months."""
    month, day = int(from_on[5:7]), from_on[8:]
    if day != "01" or (month - 1) % months or MONTHS % months:
        remedy = f"Give the first day of the months, counted in {months}s from January."
        raise RecheckPeriodWrong(pointer="/from_on", remedy=remedy)
    return add_days(add_months(from_on, months), -1)


def _paid_between(
    unit: Unit, order_id: str, code: str, first_on: str, last_on: str
) -> tuple[Registered, Mapping[str, str]]:
    """The redemptions of an order that were paid in those days, with the day of each."""
    state = unit.load(ORDER, order_id)
    registered = orders.known(state)
    paid = {
        claim.redemption_id: claim.paid_on
        for claim in state.claims.values()
        if claim.status == "paid" and first_on <= claim.paid_on <= last_on
    }
    if registered.programme != code or not paid:
        raise NothingPaidThen(f"{order_id} was not paid then.", pointer="/orders")
    return registered, paid
