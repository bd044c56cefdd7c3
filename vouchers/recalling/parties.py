"""What was asked for about programmes, providers, conduct, demands and corrections, where one event is not enough."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from vouchers import application as app
from vouchers.application.sampling import CommitSeed
from vouchers.application.supervising import RepairCredit, RewardClean
from vouchers.conduct import decisions as conducts
from vouchers.conduct import events as conduct
from vouchers.correction import decisions as corrections
from vouchers.correction import events as correction
from vouchers.demand import events as demand
from vouchers.kinds import DEMAND, ORDER, PROVIDER
from vouchers.ledger import Unit
from vouchers.programme import events as programme
from vouchers.provider import decisions as providers
from vouchers.provider import events as provider
from vouchers.recalling.calls import Call, Recall, filled, plain
from vouchers.recalling.past import Past
from vouchers.recalling.turns import Turn, key_of
from vouchers.values import Value

_MOVED = plain(app.move_tier, "subject")


class Entered(Value):
    """A line of a register: a provider with the accreditations that it has there."""

    entry: providers.Admit
    accredited: tuple[providers.Accredit, ...]


def enter(unit: Unit, command: Entered) -> None:
    """Enter a provider in the directory and accredit it at once."""
    app.admit(unit, command.entry)
    for each in command.accredited:
        app.accredit(unit, each)


def _adopted(turn: Turn, _past: Past) -> Iterator[Call]:
    """A policy, with its filing where that was recorded beside it."""
    filed = turn.one(programme.PolicyFiled)
    told = {"filing": filed.reference, "filed_on": filed.filed_on} if filed else {}
    yield from filled(app.adopt_policy, turn.first.data, told)


def _admitted(turn: Turn, past: Past) -> Iterator[Call]:
    """An entry of the directory, with the accreditations that a register's file gave it at once."""
    event, account = turn.one(provider.Admitted), turn.one(provider.AccountSet)
    state = past.slot(PROVIDER.stream(turn.key)).state
    proposed = [entry.data.account_ref for entry in turn.entries if entry.agg.startswith("account/")]
    account_ref = account.account_ref if account else next(iter(proposed), "")
    if event is not None:
        entry = providers.Admit(turn.key, event.name, event.source, event.digest, event.facts, account_ref)
    else:
        entry = providers.Admit(turn.key, state.name, "", "", dict(state.facts), account_ref)
    given = [
        providers.Accredit(turn.key, each.category, each.from_on, each.until_on)
        for each in turn.all(provider.Accredited)
    ]
    yield Call(enter, Entered(entry, tuple(given))) if given else Call(app.admit, entry)


def _renewed(turn: Turn, past: Past) -> Iterator[Call]:
    """A renewal names its programme, which the event does not."""
    for code in sorted(past.programmes):
        command = providers.RenewAccreditation(turn.key, code, turn.first.data.category)
        yield Call(app.renew_accreditation, command)


def _moved(turn: Turn, past: Past) -> Iterator[Call]:
    """A tier that moved: by an officer, or given back by a programme's rule after a time without fault."""
    event: conduct.TierMoved = turn.first.data
    if event.cause == "officer":
        yield from _MOVED(turn, past)
    else:
        for code in sorted(past.programmes):
            yield Call(app.repair_credit, RepairCredit(turn.key, code))


def _rewarded(turn: Turn, past: Past) -> Iterator[Call]:
    """Paid orders without fault, counted by the rule of a programme."""
    orders = turn.first.data.orders
    registered = [past.slot(ORDER.stream(each)).state.registered for each in orders[:1]]
    own = [each.programme for each in registered if each]
    for code in dict.fromkeys((*own, *sorted(past.programmes))):
        yield Call(app.reward_clean, RewardClean(turn.key, code, orders))


def _sanctioned(turn: Turn, _past: Past) -> Iterator[Call]:
    """A sanction, with its controller where a second one was written beside it."""
    told = {"subject": turn.key, "with_controller": len(turn.keys(conduct.Sanctioned)) > 1}
    yield from filled(app.sanction, turn.first.data, told)


def _lifted(turn: Turn, _past: Past) -> Iterator[Call]:
    """A sanction that ended; controllers come first in the log, the party itself last."""
    *_, last = [entry for entry in turn.entries if isinstance(entry.data, conduct.SanctionLifted)]
    event: conduct.SanctionLifted = last.data
    yield Call(app.lift_sanction, conducts.LiftSanction(key_of(last), event.act, event.from_on, event.reason))


def appeal_decided(turn: Turn, _past: Past) -> Iterator[Call]:
    """An appeal and how it ended; where it was upheld, the sanction ended with it."""
    for subject, event in zip(turn.keys(conduct.AppealDecided), turn.all(conduct.AppealDecided), strict=False):
        command = conducts.DecideAppeal(subject, event.act, event.outcome == "upheld", event.reason)
        yield Call(app.decide_appeal, command)


def _seed_committed(turn: Turn, _past: Past) -> Iterator[Call]:
    """The commitment to the seed of a period, by the last day of it."""
    yield Call(app.commit_seed, CommitSeed(turn.key.partition("/")[0], turn.first.data.last_on))


def _taken_up(turn: Turn, past: Past) -> Iterator[Call]:
    """An offer that was accepted, or a need that was withdrawn, by the one whose need it is."""
    posted = past.slot(DEMAND.stream(turn.key)).state.posted
    told = {"demand_id": turn.key, "enterprise_id": posted.enterprise_id if posted else ""}
    accepted = turn.one(demand.OfferAccepted) is not None
    yield from filled(app.accept_offer if accepted else app.withdraw_demand, turn.first.data, told)


def _offer_withdrawn(turn: Turn, past: Past) -> Iterator[Call]:
    """An offer that its provider took back."""
    event: demand.OfferWithdrawn = turn.first.data
    offered = past.slot(DEMAND.stream(turn.key)).state.offers.get(event.offer_id)
    told = {"demand_id": turn.key, "provider_id": offered.provider_id if offered else ""}
    yield from filled(app.withdraw_offer, event, told)


def _proposed(turn: Turn, _past: Past) -> Iterator[Call]:
    """A correction with its findings."""
    names = [each.name for each in fields(corrections.Finding)]
    found = [
        corrections.Finding(*(getattr(each, name) for name in names)) for each in turn.all(correction.FindingAdded)
    ]
    told: dict[str, Any] = {"correction_id": turn.key, "findings": tuple(found)}
    yield from filled(app.propose_correction, turn.first.data, told)


def agreed(turn: Turn, _past: Past) -> Iterator[Call]:
    """A correction that somebody agreed to; with the second one it was carried out."""
    for key in turn.keys(correction.Approved):
        yield Call(app.approve_correction, corrections.ApproveCorrection(key))


PARTIES: Final[Mapping[str, Recall]] = {
    "programme.PolicyAdopted": _adopted,
    "provider.Admitted": _admitted,
    "provider.AccountSet": _admitted,
    "provider.Renewed": _renewed,
    "conduct.TierMoved": _moved,
    "conduct.CleanPaid": _rewarded,
    "conduct.Sanctioned": _sanctioned,
    "conduct.SanctionLifted": _lifted,
    "conduct.AppealDecided": appeal_decided,
    "sample.SeedCommitted": _seed_committed,
    "correction.Proposed": _proposed,
    "correction.Approved": agreed,
    "correction.Rejected": plain(app.reject_correction, "correction_id"),
    "demand.OfferAccepted": _taken_up,
    "demand.Withdrawn": _taken_up,
    "demand.OfferWithdrawn": _offer_withdrawn,
}
