"""What the entries of a receipt say: which decision, by which rules and facts, what it comes to, what is left after."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vouchers import wire
from vouchers.kinds import VOUCHER
from vouchers.programme.events import PolicyAdopted
from vouchers.refusals import NotFound
from vouchers.replay import state_as_of
from vouchers.sentences import amount_of, sentence_of
from vouchers.voucher.events import PLACES
from vouchers.wire import Entry

BOTH: Final = frozenset({"enterprise", "provider"})
_ENTERPRISE: Final = frozenset({"enterprise"})
_PROVIDER: Final = frozenset({"provider"})
_NOBODY: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of decision: its word, and the firms that may be given the whole entry, each for what is its own."""

    word: str
    firms: frozenset[str]


# Every decision of which there is a receipt. A firm is given an entry whole or not at all: what names the facts of the
# enterprise is for the enterprise alone, and the notes of reviewers are for the office.
DECISIONS: Final[Mapping[str, Kind]] = {
    "entitlement.Granted": Kind("grant", _ENTERPRISE),
    "entitlement.Denied": Kind("denial", _ENTERPRISE),
    "entitlement.Pending": Kind("postponement", _ENTERPRISE),
    "entitlement.Passed": Kind("grant", _ENTERPRISE),
    "entitlement.Reassessed": Kind("reassessment", _ENTERPRISE),
    "order.Registered": Kind("reservation", _ENTERPRISE),
    "order.Changed": Kind("change", _ENTERPRISE),
    "order.Cancelled": Kind("cancellation", BOTH),
    "order.Lapsed": Kind("lapse", BOTH),
    "refusal.Recorded": Kind("refusal", _ENTERPRISE),
    "round.Dropped": Kind("refusal", _NOBODY),
    "review.Approved": Kind("approval", _NOBODY),
    "review.Overridden": Kind("approval", _NOBODY),
    "review.Rejected": Kind("rejection", _NOBODY),
    "order.RedemptionApproved": Kind("approval", BOTH),
    "order.RedemptionRejected": Kind("rejection", BOTH),
    "order.RedemptionReversed": Kind("reversal", BOTH),
    "order.Paid": Kind("payment", BOTH),
    "order.PaymentReturned": Kind("returned payment", BOTH),
    "order.ClawbackOrdered": Kind("clawback", BOTH),
    "voucher.ClawedBack": Kind("clawback", _ENTERPRISE),
    "voucher.Expired": Kind("expiry", _ENTERPRISE),
    "voucher.Revoked": Kind("revocation", _ENTERPRISE),
    "voucher.Returned": Kind("return", _ENTERPRISE),
    "voucher.Extended": Kind("extension", _ENTERPRISE),
    "debt.Demanded": Kind("demand", BOTH),
    "debt.WrittenOff": Kind("write-off", BOTH),
    "conduct.Sanctioned": Kind("sanction", BOTH),
    "conduct.SanctionLifted": Kind("lifted sanction", BOTH),
    "conduct.AppealDecided": Kind("decision on an appeal", BOTH),
    "admission.Verified": Kind("verification", _PROVIDER),
    "admission.VerificationFailed": Kind("denial", _PROVIDER),
    "provider.Suspended": Kind("suspension", _PROVIDER),
    "provider.Removed": Kind("removal", _PROVIDER),
}
# What a decision causes and a firm is told of: the movements of its own voucher.
EFFECTS: Final[Mapping[str, frozenset[str]]] = {
    **{name: kind.firms for name, kind in DECISIONS.items()},
    "order.RedemptionRequested": BOTH,
    **{
        f"voucher.{name}": _ENTERPRISE
        for name in (
            *("Issued", "Reserved", "Released", "Claimed", "ClaimReversed", "Paid", "PaymentReturned", "Expired"),
            *("Restored", "Pledged", "PledgeWithdrawn", "CarriedOver", "CarriedFrom", "ClawedBack", "Returned"),
            *("Revoked", "Extended"),
        )
    },
}
REQUESTED: Final = "order.RedemptionRequested"
REGISTERED: Final = "order.Registered"
_ADOPTED: Final = "programme.PolicyAdopted"
_FACTS: Final = ("facts", "enterprise_facts", "provider_facts", "attributes")


class NotADecision(NotFound):
    """This entry of the log decides nothing about a party."""

    remedy = "Name a grant, denial, order, refusal, approval, payment or clawback; `vouchers history` shows its number."


def statement_of(entries: Sequence[bytes]) -> dict[str, Any]:
    """What a receipt's entries say, the decision first; raises NotADecision, UnknownEvent, NotCanonical."""
    decoded = [typed(entry) for entry in entries]
    first, later = decoded[0], decoded[1:]
    kind = DECISIONS.get(first.type)
    if kind is None:
        raise NotADecision(pointer="/seq")
    currency = next((each.data.currency for each in decoded if getattr(each.data, "currency", "")), "")
    event = first.data
    policies = (_policy(each.data) for each in decoded if each is first or each.type in (REGISTERED, _ADOPTED))
    claim = next((each for each in later if each.type == REQUESTED), None)
    amount = amount_of(event)
    lines = _lines(event) or (_lines(claim.data) if claim else ())
    told = {
        "kind": kind.word,
        "sentence": sentence_of(event, currency),
        "seq": first.seq,
        "event": first.type,
        "about": first.agg,
        "effective_on": first.eff,
        "recorded_at": first.rec,
        "actor": first.actor,
        "amount": amount_of(claim.data) if amount is None and claim else amount,
        "currency": currency,
        "policy": next(filter(None, policies), {}),
        "clauses": [*dict.fromkeys(line.clause for line in lines if line.clause)],
        "facts": {name: wire.plain(getattr(event, name)) for name in _FACTS if getattr(event, name, None)},
        "rules": [*getattr(event, "rules", ())],
        "reasoning": [_line(line) for line in lines],
        "effects": [_effect(each, currency) for each in later if each.cause in (first.seq, first.cause)],
        "balances": [*_balances(decoded, first.seq if first.cause is None else first.cause)],
    }
    found = {name: value for name, value in told.items() if value not in ("", None, [], {})}
    plain = wire.parse(wire.canonical(found))
    return {name: plain[name] for name in found}


def typed(entry: bytes) -> Entry[Any]:
    """An entry with its event typed, all of it checked; raises NotCanonical, UnknownEvent."""
    return wire.decode(wire.place_of(entry).type, entry)


def _lines(event: Any) -> Sequence[Any]:
    """The reasoning of an event, line by line."""
    found: Sequence[Any] = getattr(event, "trace", None) or getattr(event, "reasons", None) or ()
    return found


def _policy(event: Any) -> dict[str, str]:
    """The policy that an event was decided by, or adopts."""
    if isinstance(event, PolicyAdopted):
        return {"programme": event.programme, "version": event.version, "sha256": event.digest}
    names = {"programme": "programme", "version": "policy_version", "sha256": "policy_digest"}
    found = {name: getattr(event, field, "") for name, field in names.items()}
    return found if found["version"] else {}


def _line(line: Any) -> dict[str, str]:
    plain = wire.plain(line)
    return {name: plain[name] for name in ("clause", "text", "remedy") if plain.get(name)}


def _effect(entry: Entry[Any], currency: str) -> dict[str, Any]:
    told = {"seq": entry.seq, "event": entry.type, "about": entry.agg, "sentence": sentence_of(entry.data, currency)}
    amount = amount_of(entry.data)
    return told if amount is None else {**told, "amount": amount}


def _balances(entries: Iterable[Entry[Any]], cause: int) -> Iterable[dict[str, Any]]:
    """The places of each voucher after the decision, where its whole life up to then is among the entries."""
    lives: dict[str, dict[int, Entry[Any]]] = {}
    for entry in entries:
        if entry.agg.startswith("voucher/"):
            lives.setdefault(entry.agg, {})[entry.ver] = entry
    for stream, life in sorted(lives.items()):
        history = [life[version] for version in sorted(life)]
        moved = any(cause in (entry.seq, entry.cause) for entry in history)
        if moved and [*sorted(life)] == [*range(1, len(life) + 1)]:
            state = state_as_of(VOUCHER, history)
            places = {place: getattr(state, place) for place in PLACES}
            yield {"voucher": stream.partition("/")[2], "after": max(each.seq for each in history), **places}
