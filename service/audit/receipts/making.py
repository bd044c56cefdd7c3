"""Which entries a receipt has, and where their proofs come from."""

from collections.abc import Iterator
from typing import Any, Final

from service.audit.receipts.forms import MOST_ENTRIES, Proven, Receipt
from service.audit.receipts.telling import DECISIONS, EFFECTS, REGISTERED, REQUESTED, NotADecision, statement_of
from service.outward.audience import Audience
from service.wiring import Service
from vouchers import wire
from vouchers.audit import TlogProof
from vouchers.kinds import PROGRAMME
from vouchers.refusals import NotFound
from vouchers.replay import state_as_of
from vouchers.wire import Entry

LARGEST_GROUP: Final = 2_000  # entries that one decision causes
_PAGE: Final = 50
LONGEST_LIFE: Final = 400  # events of a voucher whose balance is still proven
OFFICIAL: Final = Audience("regulator", ())


class EntryUnknown(NotFound):
    """The log has no such entry, or it is not yours to see."""

    remedy = "Take the number from your statement or from a time line."


class EntryTakenOut(NotFound):
    """A text was taken out of this entry, so that there is no receipt of it; its proof stands all the same."""

    remedy = "Explain it instead (vouchers audit explain)."


def make_receipt(service: Service, seq: int, reader: Audience = OFFICIAL, *, policy: bool = False) -> Receipt:
    """The receipt of a decision for a reader, proven against the checkpoint that most outsiders cosigned.

    Raises EntryUnknown, NotADecision, EntryTakenOut, NoCheckpoint.
    """
    first = entry_at(service, seq)
    if not may_have(service, reader, first):
        raise EntryUnknown(pointer="/seq")
    if first.type not in DECISIONS:
        raise NotADecision(pointer="/seq")
    chosen = {first.seq: first}
    for entry in _effects(service, first, reader):
        chosen.setdefault(entry.seq, entry)
    for entry in _grounds(service, first, reader):
        chosen.setdefault(entry.seq, entry)
    for entry in [*_lives(service, [*chosen.values()], reader)] + ([*_rulebook(service, first)] if policy else []):
        if len(chosen) < MOST_ENTRIES:
            chosen.setdefault(entry.seq, entry)
    return _proven(service, [*chosen])


def entry_at(service: Service, seq: int) -> Entry[Any]:
    """An entry of the log by its number, typed; raises EntryUnknown."""
    rows = service.ledger.rows(seq, seq + 1) if 0 <= seq < service.ledger.size() else []
    if not rows:
        raise EntryUnknown(pointer="/seq")
    return wire.decode(rows[0].topic, rows[0].entry)


def may_have(service: Service, reader: Audience, entry: Entry[Any]) -> bool:
    """Whether a reader may be given an entry whole: a firm what is its own and decided about it, an office its part."""
    whose = service.feed.parties.of(entry.agg, entry.data)
    if not reader.is_firm:
        return reader.sees(entry.type, whose)
    within = not reader.programmes or whose.programme in reader.programmes
    own = any(party in whose.parties for party in reader.parties) and (not reader.site or whose.site == reader.site)
    return within and own and reader.role in EFFECTS.get(entry.type, ())


def _effects(service: Service, first: Entry[Any], reader: Audience) -> Iterator[Entry[Any]]:
    """What the same command wrote beside the decision, as far as the reader may have it and it is about the same."""
    cause = first.seq if first.cause is None else first.cause
    for start in range(cause, cause + LARGEST_GROUP, _PAGE):
        for row in service.ledger.rows(start, start + _PAGE):
            entry = wire.decode(row.topic, row.entry)
            if cause not in (entry.seq, entry.cause):
                return
            if row.topic in EFFECTS and _same(first, entry) and may_have(service, reader, entry):
                yield entry


def _same(first: Entry[Any], other: Entry[Any]) -> bool:
    """Whether two entries of one command are about one order or one stream; a batch decides about many."""
    orders = {_order(first), _order(other)}
    if "" in orders:
        return first.agg == other.agg or _order(first) == _order(other) == "" or _enterprise(first, other)
    return len(orders) == 1


def _order(entry: Entry[Any]) -> str:
    kind, _, key = entry.agg.partition("/")
    return key if kind == "order" else str(getattr(entry.data, "order_id", ""))


def _enterprise(first: Entry[Any], other: Entry[Any]) -> bool:
    firms = [getattr(each.data, "enterprise_id", None) for each in (first, other)]
    return firms[0] is not None and firms[0] == firms[1]


def _grounds(service: Service, first: Entry[Any], reader: Audience) -> Iterator[Entry[Any]]:
    """What a step of an order rests on: its registration with the policy and the reasons, and the claim it decides."""
    if first.type == "refusal.Recorded":
        yield from _refused_by(service, first, reader)
    if not first.agg.startswith("order/") or first.type in (REGISTERED, "order.Changed"):
        return
    claim = getattr(first.data, "redemption_id", "")
    for entry in service.ledger.history(first.agg):
        wanted = entry.type == REGISTERED or (entry.type == REQUESTED and entry.data.redemption_id == claim)
        if wanted and may_have(service, reader, entry):
            yield entry


def _refused_by(service: Service, first: Entry[Any], reader: Audience) -> Iterator[Entry[Any]]:
    """What a refusal rests on: the order with its policy where there was one, else the policy of the day as known."""
    asked = first.data
    for entry in service.ledger.history(f"order/{asked.order_id}") if asked.order_id else []:
        if entry.type == REGISTERED and entry.seq < first.seq:
            yield from [entry] if may_have(service, reader, entry) else []
            return
    history = [entry for entry in service.ledger.history(f"programme/{asked.programme}") if entry.seq < first.seq]
    adopted = state_as_of(PROGRAMME, history).policy_on(first.eff) if history else None
    yield from [entry for entry in history if adopted is not None and entry.data == adopted][-1:]


def _lives(service: Service, chosen: list[Entry[Any]], reader: Audience) -> Iterator[Entry[Any]]:
    """The whole life of every voucher that the decision moved, up to then, so that its balance can be made again."""
    last: dict[str, int] = {}
    for entry in chosen:
        if entry.agg.startswith("voucher/"):
            last[entry.agg] = max(last.get(entry.agg, 0), entry.ver)
    for stream, version in last.items():
        if version <= LONGEST_LIFE:
            life = [entry for entry in service.ledger.history(stream) if entry.ver <= version]
            if all(may_have(service, reader, entry) for entry in life):
                yield from life


def _rulebook(service: Service, first: Entry[Any]) -> Iterator[Entry[Any]]:
    """The adoption of the policy that was decided by."""
    programme, digest = getattr(first.data, "programme", ""), getattr(first.data, "policy_digest", "")
    for entry in service.ledger.history(f"programme/{programme}") if programme and digest else []:
        if getattr(entry.data, "digest", "") == digest:
            yield entry


def _proven(service: Service, seqs: list[int]) -> Receipt:
    signed = service.checkpoints.vouched(max(seqs))
    size = signed.checkpoint.size
    rows = {seq: service.ledger.rows(seq, seq + 1)[0].entry for seq in seqs}
    if any(wire.redacted_leaf(entry) for entry in rows.values()):
        raise EntryTakenOut(pointer="/seq")
    tree = service.ledger.tree
    entries = tuple([Proven(seq, entry, tuple(tree.inclusion(seq, size))) for seq, entry in rows.items()])
    proof = TlogProof(seqs[0], entries[0].path, signed.note)
    return Receipt(statement_of([each.entry for each in entries]), entries, proof)
