"""What was asked for when facts were stated, and when grants were decided, looked at again and passed on."""

from collections.abc import Iterator, Mapping
from typing import Final

from vouchers import application as app
from vouchers.application.deciding import Decider
from vouchers.application.entitling import Entitle, ImportFacts
from vouchers.application.reassessing import Again, Reassess
from vouchers.application.regrouping import RecheckGroup
from vouchers.application.vouchering import CarryOver, ExpireVoucher
from vouchers.enterprise import decisions as enterprises
from vouchers.enterprise import events as enterprise
from vouchers.entitlement import events as entitlement
from vouchers.kinds import ENTERPRISE
from vouchers.ledger import Unit
from vouchers.recalling.calls import Call, Recall, plain
from vouchers.recalling.past import Past
from vouchers.recalling.turns import Turn
from vouchers.values import Value
from vouchers.voucher import events as voucher

_LOOKED = (entitlement.Reassessed, entitlement.Doubted)


class Unchanged(Value):
    """Nothing new was stated of an enterprise, and these programmes looked again, or decided, all the same."""

    enterprise_id: str
    programmes: tuple[str, ...]
    reassessed: tuple[str, ...]


class Confirmed(Value):
    """The facts that stand were stated again, and programmes decided on them."""

    enterprise_id: str
    event: enterprise.FactsConfirmed
    programmes: tuple[str, ...]


def decide_unchanged(unit: Unit, command: Unchanged) -> None:
    """Look again at what was granted, then decide; programme after programme."""
    for code in command.reassessed:
        Again(unit, code).look(command.enterprise_id)
    for code in command.programmes:
        Decider(unit, code).decide(command.enterprise_id, unit.load(ENTERPRISE, command.enterprise_id))


def confirm_facts(unit: Unit, command: Confirmed) -> object:
    """The facts are not repeated in the log: they are those that stand."""
    event, facts = command.event, dict(unit.load(ENTERPRISE, command.enterprise_id).facts)
    record = enterprises.RecordFacts(command.enterprise_id, event.as_of_on, event.source, event.digest, facts)
    return app.import_facts(unit, ImportFacts((record,), command.programmes, confirm=True))


def _programmes(turn: Turn) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The programmes that a turn decided, and those that looked again."""
    decided: dict[str, None] = {}
    again: dict[str, None] = {}
    for entry in turn.entries:
        if entry.agg.startswith("entitlement/"):
            event = entry.data
            step = event.step if isinstance(event, entitlement.Failed) else ""
            (again if isinstance(event, _LOOKED) or step == "reassess" else decided)[event.programme] = None
    return tuple(decided), tuple(again)


def _decided(turn: Turn, _past: Past) -> Iterator[Call]:
    """The decision about one enterprise, however many were decided together."""
    firms = {entry.data.enterprise_id for entry in turn.entries if entry.agg.startswith("entitlement/")}
    if len(firms) != 1:
        return
    (enterprise_id,), (decided, again) = firms, _programmes(turn)
    if not again and len(decided) == 1:
        yield Call(app.entitle, Entitle(decided[0], (enterprise_id,)))
    if not decided and len(again) == 1:
        yield Call(app.reassess_enterprise, Reassess(enterprise_id, again[0]))
    yield Call(decide_unchanged, Unchanged(enterprise_id, decided, again))


def looked_again(turn: Turn, past: Past) -> Iterator[Call]:
    """A second look at what was granted; what it led to stands before the finding."""
    if not turn.first.agg.startswith("enterprise/"):
        yield from _decided(turn, past)


def _stated(turn: Turn, _past: Past) -> Iterator[Call]:
    """Facts of one enterprise, as a line of an import that asked for decisions."""
    event = turn.first.data
    decided, again = _programmes(turn)
    record = enterprises.RecordFacts(turn.key, event.as_of_on, event.source, event.digest, event.facts)
    yield Call(app.import_facts, ImportFacts((record,), decided, reassessed=again))


def _confirmed(turn: Turn, _past: Past) -> Iterator[Call]:
    yield Call(confirm_facts, Confirmed(turn.key, turn.first.data, _programmes(turn)[0]))


def _succeeded(turn: Turn, _past: Past) -> Iterator[Call]:
    """One enterprise in the place of another, with the programmes that were decided for it at once."""
    event: enterprise.SucceededBy = turn.first.data
    told = (turn.key, event.successor_id, event.kind, event.from_on, event.evidence, event.reason)
    yield Call(app.record_succession, enterprises.RecordSuccession(*told, _programmes(turn)[0]))


def _over_cap(turn: Turn, _past: Past) -> Iterator[Call]:
    """Orders of one enterprise held against the controllers that are known today."""
    found = [order_id for event in turn.all(enterprise.OverCapFound) for order_id in event.orders]
    yield Call(app.recheck_group, RecheckGroup(turn.key, tuple(dict.fromkeys(found))))


def _expired(turn: Turn, _past: Past) -> Iterator[Call]:
    """What lapsed, and what of it went on into the next period."""
    if turn.one(voucher.CarriedOver) is not None:
        yield Call(app.carry_over_voucher, CarryOver(turn.key))
    yield Call(app.expire_voucher, ExpireVoucher(turn.key))


GRANTS: Final[Mapping[str, Recall]] = {
    "entitlement.Granted": _decided,
    "entitlement.Denied": _decided,
    "entitlement.Pending": _decided,
    "entitlement.Passed": _decided,
    "entitlement.Failed": _decided,
    "entitlement.Doubted": _decided,
    "entitlement.Reassessed": _decided,
    "enterprise.FactsRecorded": _stated,
    "enterprise.EarlierFactsRecorded": _stated,
    "enterprise.FactsConfirmed": _confirmed,
    "enterprise.SucceededBy": _succeeded,
    "enterprise.OverCapFound": _over_cap,
    "voucher.Expired": _expired,
    "voucher.Revoked": plain(app.revoke_voucher, "voucher_id"),
}
