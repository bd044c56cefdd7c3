"""Recalling what was decided about programmes and parties, where the first event alone does not tell the command."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from service.audit.whatif.past import Past, Run
from service.audit.whatif.recalling import Recall, command_of, fill, first_that_fits, plain
from service.audit.whatif.turns import Turn, key_of
from service.audit.whatif.worlds import Call
from vouchers import application as app
from vouchers.application.entitling import Entitle, ImportFacts
from vouchers.application.reassessing import Reassess
from vouchers.conduct import events as conduct
from vouchers.correction import decisions as corrections
from vouchers.correction import events as correction
from vouchers.enterprise import decisions as enterprises
from vouchers.enterprise import events as enterprise
from vouchers.entitlement import events as entitlement
from vouchers.kinds import ENTERPRISE
from vouchers.ledger import Unit
from vouchers.programme import events as programme
from vouchers.provider import decisions as providers
from vouchers.provider import events as provider


def _adopted(turn: Turn, _past: Past) -> Iterator[Call]:
    """A policy, with its filing where that was recorded beside it."""
    filed = turn.one(programme.PolicyFiled)
    told = {"filing": filed.reference, "filed_on": filed.filed_on} if filed else {}
    command = fill(app.adopt_policy, turn.first.data, told)
    if command is not None:
        yield Call(app.adopt_policy, command)


def _entitled(turn: Turn, _past: Past) -> Iterator[Call]:
    """The decision about one enterprise, however many were decided together."""
    event = turn.first.data
    yield Call(app.entitle, Entitle(event.programme, (event.enterprise_id,)))


def looked_again(turn: Turn, _past: Past) -> Iterator[Call]:
    """A second look at what was granted; what it leads to may stand before the finding."""
    for entry in turn.entries:
        if isinstance(entry.data, entitlement.Reassessed | entitlement.Doubted | entitlement.Failed):
            yield Call(app.reassess_enterprise, Reassess(entry.data.enterprise_id, entry.data.programme))


def _stated(turn: Turn, past: Past) -> Iterator[Call]:
    """Facts of one enterprise: alone, or as a line of an import that asked for decisions."""
    event = turn.first.data
    if isinstance(event, enterprise.FactsConfirmed):
        decided = _asked_in(turn)[0]
        yield Call(_confirm(event, decided), turn.key)
        return
    record = enterprises.RecordFacts(turn.key, event.as_of_on, event.source, event.digest, event.facts)
    run = past.imports.get(Run(turn.first.actor, turn.first.eff))
    here = _asked_in(turn)
    if run:
        yield Call(
            app.import_facts,
            ImportFacts((record,), tuple(run.programmes), reassessed=tuple(run.reassessed)),
        )
    yield Call(app.import_facts, ImportFacts((record,), here[0], reassessed=here[1]))


def _confirm(event: enterprise.FactsConfirmed, decided: tuple[str, ...]) -> Callable[[Unit, str], object]:
    """Facts that were stated again and are not repeated in the log: those that stand."""

    def import_facts(unit: Unit, enterprise_id: str) -> object:
        facts = dict(unit.load(ENTERPRISE, enterprise_id).facts)
        record = enterprises.RecordFacts(enterprise_id, event.as_of_on, event.source, event.digest, facts)
        return app.import_facts(unit, ImportFacts((record,), decided, confirm=True))

    return import_facts


def _asked_in(turn: Turn) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The programmes that a turn decided, and those that looked again."""
    decided: dict[str, None] = {}
    again: dict[str, None] = {}
    for entry in turn.entries:
        if isinstance(entry.data, entitlement.Reassessed | entitlement.Doubted):
            again[entry.data.programme] = None
        elif entry.agg.startswith("entitlement/"):
            decided[entry.data.programme] = None
    return tuple(decided), tuple(again)


def _succeeded(turn: Turn, past: Past) -> Iterator[Call]:
    """One enterprise in the place of another, with the programmes that were decided for it at once."""
    event, later = turn.one(enterprise.SucceededBy), turn.all(enterprise.Succeeded)
    if event is None or not later:
        return
    told = (turn.key, event.successor_id, event.kind, event.from_on, event.evidence, event.reason)
    for programmes in (_asked_in(turn)[0], tuple(past.programmes)):
        yield Call(app.record_succession, enterprises.RecordSuccession(*told, programmes))


def _admitted(turn: Turn, _past: Past) -> Iterator[Call]:
    """An entry of the directory, with the accreditations that a register's file gave it at once."""
    event = turn.first.data
    accounts = turn.all(provider.AccountSet)
    account = accounts[0].data.account_ref if accounts else ""
    proposed = [entry.data.account_ref for entry in turn.entries if entry.type == "account.Proposed"]
    told = (turn.key, event.name, event.source, event.digest, event.facts, (proposed or [account])[0])
    given = [
        providers.Accredit(turn.key, each.data.category, each.data.from_on, each.data.until_on)
        for each in turn.all(provider.Accredited)
    ]

    def admit(unit: Unit, command: providers.Admit) -> None:
        app.admit(unit, command)
        for each in given:
            app.accredit(unit, each)

    yield Call(admit if given else app.admit, providers.Admit(*told))


def _renewed(turn: Turn, past: Past) -> Iterator[Call]:
    """A renewal names its programme, which the event does not."""
    for code in past.programmes:
        told = {"provider_id": turn.key, "programme": code}
        yield Call(app.renew_accreditation, fill(app.renew_accreditation, turn.first.data, told))


def _moved(turn: Turn, past: Past) -> Iterator[Call]:
    """A tier that moved: by an officer, or given back after a time without fault."""
    event = turn.first.data
    if event.cause == "repair":
        for code in past.programmes:
            yield Call(app.repair_credit, command_of(app.repair_credit)(turn.key, code))
    else:
        yield from plain(app.move_tier, "subject")(turn, past)


def _rewarded(turn: Turn, past: Past) -> Iterator[Call]:
    """Paid orders without fault, counted under one of the programmes."""
    for code in past.programmes:
        yield Call(app.reward_clean, command_of(app.reward_clean)(turn.key, code, turn.first.data.orders))


def _sanctioned(turn: Turn, _past: Past) -> Iterator[Call]:
    """A sanction, with its controller where a second one was written beside it."""
    told = {"subject": turn.key, "with_controller": len(turn.all(conduct.Sanctioned)) > 1}
    yield Call(app.sanction, fill(app.sanction, turn.first.data, told))


def _appeal_decided(turn: Turn, _past: Past) -> Iterator[Call]:
    """An appeal and how it ended."""
    event = turn.first.data
    told = {"subject": turn.key, "upheld": event.outcome == "upheld"}
    yield Call(app.decide_appeal, fill(app.decide_appeal, event, told))


def _blocked(turn: Turn, _past: Past) -> Iterator[Call]:
    """A pool that was closed because it could not pay an order of more than it had left."""
    told = dict(zip(("programme", "period", "pool"), turn.key.split("/", 2), strict=True))
    event = turn.first.data
    told["amount"] = max(1, event.appropriated - event.committed + 1)
    yield Call(app.block_pool, fill(app.block_pool, event, told))


def _seed_committed(turn: Turn, _past: Past) -> Iterator[Call]:
    """The commitment to the seed of a period, by the last day of it."""
    code = turn.key.partition("/")[0]
    yield Call(app.commit_seed, command_of(app.commit_seed)(code, turn.first.data.last_on))


def _offer(use_case: Any) -> Recall:
    """What happens to an offer or a need is asked for by the one whose it is."""

    def recall(turn: Turn, past: Past) -> Iterator[Call]:
        owner = turn.first.actor.partition(":")[2]
        told = {"demand_id": turn.key, "enterprise_id": past.posted.get(turn.key, owner), "provider_id": owner}
        told |= {"provider_id": past.offered.get((turn.key, getattr(turn.first.data, "offer_id", "")), owner)}
        allowed = {name: value for name, value in told.items() if name in command_of(use_case).__dataclass_fields__}
        yield Call(use_case, fill(use_case, turn.first.data, allowed))

    return recall


def _over_cap(turn: Turn, _past: Past) -> Iterator[Call]:
    """Orders of one enterprise held against the controllers that are known today."""
    found = [order_id for entry in turn.all(enterprise.OverCapFound) for order_id in entry.data.orders]
    told = (key_of(turn.first), tuple(dict.fromkeys(found)))
    yield Call(app.recheck_group, command_of(app.recheck_group)(*told))


def _proposed(turn: Turn, _past: Past) -> Iterator[Call]:
    """A correction with its findings."""
    names = [each.name for each in fields(corrections.Finding)]
    added = [entry.data for entry in turn.all(correction.FindingAdded)]
    found = [corrections.Finding(*(getattr(each, name) for name in names)) for each in added]
    told = {"correction_id": turn.key, "findings": tuple(found)}
    yield Call(app.propose_correction, fill(app.propose_correction, turn.first.data, told))


PARTIES: Final[Mapping[str, Recall]] = {
    "programme.PolicyAdopted": _adopted,
    "entitlement.Granted": _entitled,
    "entitlement.Denied": _entitled,
    "entitlement.Pending": _entitled,
    "entitlement.Passed": _entitled,
    "entitlement.Failed": _entitled,
    "entitlement.Doubted": looked_again,
    "entitlement.Reassessed": looked_again,
    "enterprise.FactsRecorded": _stated,
    "enterprise.EarlierFactsRecorded": _stated,
    "enterprise.FactsConfirmed": _stated,
    "enterprise.SucceededBy": _succeeded,
    "enterprise.OverCapFound": _over_cap,
    "provider.Admitted": _admitted,
    "provider.AccountSet": _admitted,
    "provider.Renewed": _renewed,
    "conduct.TierMoved": _moved,
    "conduct.CleanPaid": _rewarded,
    "conduct.Sanctioned": _sanctioned,
    "conduct.AppealDecided": _appeal_decided,
    "budget.Blocked": _blocked,
    "sample.SeedCommitted": _seed_committed,
    "correction.Proposed": _proposed,
    "correction.Approved": plain(app.approve_correction, "correction_id"),
    "correction.Rejected": plain(app.reject_correction, "correction_id"),
    "demand.OfferAccepted": _offer(app.accept_offer),
    "demand.OfferWithdrawn": _offer(app.withdraw_offer),
    "demand.Withdrawn": _offer(app.withdraw_demand),
    "voucher.Revoked": first_that_fits(looked_again, plain(app.revoke_voucher, "voucher_id")),
}
