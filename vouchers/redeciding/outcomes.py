"""Level 1: an outcome decided again from the facts and the policy that its own event records.

What was used of a ceiling is no fact of the event but of the log, so that its lines belong to level 2.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from vouchers.application.cases import facts_of, lines_of
from vouchers.application.claims import due_on, earlier
from vouchers.application.deciding import judge
from vouchers.application.programmes import compiled
from vouchers.entitlement import events as entitlement
from vouchers.kinds import ORDER, PROGRAMME
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.policy import Assessment, Policy, assess, payee, review_rule
from vouchers.programme import events as programme
from vouchers.recalling import Past
from vouchers.redeciding.findings import OUTCOME, POLICY, REFUSED, Gap, said
from vouchers.review import events as review
from vouchers.sample import events as sample
from vouchers.texts import same_person
from vouchers.wire import Entry

Check = Callable[[Past, Entry[Any]], Iterator[Gap]]

# The streams that an outcome's own record consists of: policies, what an order says of itself, commitments.
OF_THEIR_OWN: Final = frozenset({"order", "programme", "sample"})

# Lines of an order's reasoning that come from the log and not from its own facts.
_OF_THE_LOG: Final = ("cap-", "voucher", "foreign")
_CUT_DOWN: Final = frozenset({"coupon", "stacking"})


def adopted_as(past: Past, code: str, version: str, digest: str) -> programme.PolicyAdopted | None:
    """The adoption that an event names, where there was one."""
    adopted: programme.PolicyAdopted | None = past.slot(PROGRAMME.stream(code)).state.policy(version)
    return adopted if adopted is not None and adopted.digest == digest else None


def _policy(past: Past, event: Any) -> Policy | None:
    adopted = adopted_as(past, event.programme, event.policy_version, event.policy_digest)
    return compiled(adopted) if adopted else None


def _gaps(pairs: Sequence[tuple[str, Any, Any]]) -> Iterator[Gap]:
    """A gap for each value that comes out otherwise."""
    for what, recorded, expected in pairs:
        if recorded != expected:
            yield Gap(OUTCOME, what, said(recorded), said(expected))


def _entitled(past: Past, entry: Entry[Any]) -> Iterator[Gap]:
    """A grant or a denial: the same conditions, the same vouchers or the same reasons."""
    event: entitlement.Granted | entitlement.Denied = entry.data
    adopted = adopted_as(past, event.programme, event.policy_version, event.policy_digest)
    if adopted is None:
        return
    judged = judge(adopted, compiled(adopted), event.enterprise_id, event.facts, entry.eff)
    yield from _gaps([("period", event.period, judged.period), ("rules", event.rules, judged.rules)])
    if isinstance(event, entitlement.Granted):
        if judged.reasons:
            yield Gap(OUTCOME, "decision", "granted", f"denied: {said(judged.reasons[0][2])}")
            return
        numbers = zip(judged.voucher_ids, judged.grants, strict=True)
        due = tuple([entitlement.Allotment(number, each.kind, each.face) for number, each in numbers])
        yield from _gaps([("vouchers", _listed(event.vouchers), _listed(due))])
        return
    own = tuple([(each.code, each.clause, each.text, each.remedy) for each in event.reasons])
    if own[: len(judged.reasons)] != judged.reasons:
        yield Gap(OUTCOME, "reasons", said(own[:1]), said(judged.reasons[:1]))
    elif not judged.reasons and not own:
        yield Gap(OUTCOME, "decision", "denied", "granted")


def _listed(vouchers: tuple[entitlement.Allotment, ...]) -> str:
    return ", ".join(f"{each.voucher_id} {each.kind} {each.face}" for each in vouchers)


def _registered(past: Past, entry: Entry[Any]) -> Iterator[Gap]:
    """An order: nothing of the policy speaks against it, and the subsidy comes out the same, step by step."""
    event: order.Registered = entry.data
    policy = _policy(past, event)
    if policy is None:
        return
    found = assess(policy, facts_of(event, event.registered_on), {})
    if found.reasons:
        yield Gap(OUTCOME, REFUSED, "registered", found.reasons[0].text)
        return
    yield from _terms(event, found)
    yield from _gaps(
        [
            ("pool", event.pool, found.pool),
            ("evidence", event.evidence, found.evidence),
            ("payee", event.payee, payee(policy)),
        ]
    )


def _changed(past: Past, entry: Entry[Any]) -> Iterator[Gap]:
    """New terms of an order: the subsidy on them, on the day of registration or on that of the change."""
    event: order.Changed = entry.data
    state: Order = past.slot(entry.agg).state
    if state.registered is None or (policy := _policy(past, state.registered)) is None:
        return
    after = ORDER.evolve(state, event).registered or state.registered
    days = (state.registered.registered_on, event.changed_on)
    found = [assess(policy, facts_of(after, day), {}) for day in days]
    gaps = [list(_terms(event, each)) for each in found]
    yield from min(gaps, key=len)


def _terms(event: order.Registered | order.Changed, found: Assessment) -> Iterator[Gap]:
    """The base, the subsidy, the own share, and every line of how they were found."""
    yield from _gaps(
        [
            ("base", event.base, found.base),
            ("subsidy", event.subsidy, found.subsidy),
            ("own_share", event.own_share, found.own_share),
        ]
    )
    lines, steps = _own_lines(event.trace), _own_lines(lines_of(found))
    if lines != steps:
        yield from _lines(lines, steps)


def _own_lines(trace: Sequence[order.Line]) -> tuple[order.Line, ...]:
    return tuple([line for line in trace if not line.rule.startswith(_OF_THE_LOG)])


def _lines(recorded: tuple[order.Line, ...], expected: tuple[order.Line, ...]) -> Iterator[Gap]:
    """The first line of a reasoning that differs."""
    if len(recorded) != len(expected):
        yield Gap(OUTCOME, "trace", f"{len(recorded)} lines", f"{len(expected)} lines")
        return
    number, (was, should) = next(
        (at, pair) for at, pair in enumerate(zip(recorded, expected, strict=True), 1) if pair[0] != pair[1]
    )
    yield Gap(OUTCOME, f"trace line {number}", said(was.text), said(should.text))


def _requested(past: Past, entry: Entry[Any]) -> Iterator[Gap]:
    """A claim: the subsidy on the invoices so far, less what earlier claims took."""
    event: order.RedemptionRequested = entry.data
    state: Order = past.slot(entry.agg).state
    if state.registered is None or (policy := _policy(past, state.registered)) is None:
        return
    actual = due_on(policy, state, state.bills.values(), entry.eff)
    if actual.reasons:
        yield Gap(OUTCOME, REFUSED, "requested", actual.reasons[0].text)
        return
    most, lines = actual.subsidy - earlier(state), lines_of(actual)
    cut = any(line.rule in _CUT_DOWN for line in event.trace)
    if event.amount > most or (event.amount < most and not cut):
        yield Gap(OUTCOME, "amount", said(event.amount), said(most))
    if event.trace[: len(lines)] != lines:
        yield from _lines(event.trace[: len(lines)], lines)


def _sampled(past: Past, entry: Entry[Any]) -> Iterator[Gap]:
    """Whether a person checks a claim: the tier's share of the sample, and on which side of it the draw fell."""
    event: review.Spared | review.Assigned = entry.data
    state: Order = past.slot(ORDER.stream(event.order_id)).state
    if state.registered is None or (policy := _policy(past, state.registered)) is None:
        return
    rule = review_rule(policy, event.tier)
    yield from _gaps([("sample_bp", event.sample_bp, rule.sample_bp)])
    if isinstance(event, review.Spared):
        if event.draw_bp < rule.sample_bp:
            yield Gap(OUTCOME, "decision", "spared", "to be checked by a person")
    elif event.evidence != rule.evidence:
        yield Gap(OUTCOME, "evidence", said(event.evidence), said(rule.evidence))


def _sampled_again(_past: Past, entry: Entry[Any]) -> Iterator[Gap]:
    """A second check: the draw is below the sample's share, or not."""
    event: review.RecheckDrawn | review.RecheckSpared = entry.data
    drawn = event.draw_bp < event.sample_bp
    if drawn is not isinstance(event, review.RecheckDrawn):
        yield Gap(OUTCOME, "decision", *(("spared", "drawn") if drawn else ("drawn", "spared")))


def _overpaid(_past: Past, entry: Entry[Any]) -> Iterator[Gap]:
    """What was paid too much is what was paid less what is due."""
    event: order.OverpaymentFound = entry.data
    yield from _gaps([("amount", event.amount, event.paid - event.due)])


def _adopted(_past: Past, entry: Entry[Any]) -> Iterator[Gap]:
    """A policy: its document has the digest stated, and two people are behind it."""
    event: programme.PolicyAdopted = entry.data
    digest = hashlib.sha256(event.document.encode()).hexdigest()
    if event.digest != digest:
        yield Gap(POLICY, "digest", event.digest, digest)
    if same_person(event.proposed_by, event.approved_by):
        yield Gap(POLICY, "approved_by", event.approved_by, "another person")


def _revealed(past: Past, entry: Entry[Any]) -> Iterator[Gap]:
    """A seed: the one that was committed to before anything was drawn with it."""
    event: sample.SeedRevealed = entry.data
    committed = past.slot(entry.agg).state.commitment
    digest = hashlib.sha256(bytes.fromhex(event.seed_hex)).hexdigest()
    yield from _gaps([("seed", f"one of commitment {committed}", f"one of commitment {digest}")])


CHECKS: Final[dict[type, Check]] = {
    entitlement.Granted: _entitled,
    entitlement.Denied: _entitled,
    order.Registered: _registered,
    order.Changed: _changed,
    order.RedemptionRequested: _requested,
    order.OverpaymentFound: _overpaid,
    review.Spared: _sampled,
    review.Assigned: _sampled,
    review.RecheckDrawn: _sampled_again,
    review.RecheckSpared: _sampled_again,
    programme.PolicyAdopted: _adopted,
    sample.SeedRevealed: _revealed,
}
