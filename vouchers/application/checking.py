"""What each field of a command may hold: one table, asked in the caller's thread, before the ledger hears of it."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from vouchers import texts
from vouchers.clearing.decisions import check_month
from vouchers.correction.decisions import Finding
from vouchers.days import check_day, check_instant
from vouchers.debt.events import Instalment
from vouchers.ledger import Meta
from vouchers.money import WHOLE_BP, AmountOutOfRange, check_amount, exponent_of
from vouchers.order.decisions import Rate
from vouchers.order.subcontracting import check_share
from vouchers.rating.decisions import check_stars

Check = Callable[[object, str], object]

LONGEST_DOCUMENT: Final = 65_535
MOST_RECORDS: Final = 10_000
MOST_WITNESSES: Final = 32
LONGEST_KEY_NAME: Final = 300


class Field(NamedTuple):
    """One field of a command: its name, its place in a request, and what it may hold."""

    name: str
    pointer: str
    check: Check


def _attributes(value: object, pointer: str) -> object:
    return texts.check_facts(value, pointer, most=20)


def _document(value: object, pointer: str) -> object:
    return texts.check_text(value, pointer, LONGEST_DOCUMENT)


def _currency(value: object, pointer: str) -> object:
    return exponent_of(texts.check_id(value, pointer), pointer)


def _currency_or_own(value: object, pointer: str) -> object:
    return value if value == "" else _currency(value, pointer)


def _rate(value: object, pointer: str) -> object:
    """A rate of exchange, or none."""
    if isinstance(value, Rate):
        check_amount(value.millionths, f"{pointer}/millionths")
        check_day(value.on, f"{pointer}/on")
        texts.check_words(value.source, f"{pointer}/source")
    elif value is not None:
        raise texts.TextMalformed(pointer=pointer, remedy="Give the rate in millionths, its day and its source.")
    return value


def _amount_or_all(value: object, pointer: str) -> object:
    return value if value is None else check_amount(value, pointer)


def _day_or_open(value: object, pointer: str) -> object:
    return value if value == "" else check_day(value, pointer)


def _party(value: object, pointer: str) -> object:
    """A credit code or an opaque reference; a name would stay in the log for ever."""
    return texts.check_path(value, pointer)


def _flag(value: object, pointer: str) -> object:
    if isinstance(value, bool):
        return value
    raise texts.NotAFact("This is neither true nor false.", pointer=pointer, remedy="Say true or false.")


def _ordinal(value: object, pointer: str) -> object:
    if type(value) is int and 1 <= value <= texts.MAX_WHOLE:
        return value
    raise texts.NotAFact("This is not a number that counts from 1.", pointer=pointer, remedy="Give its number.")


def _number(value: object, pointer: str) -> object:
    """The number of an entry of the log."""
    if type(value) is int and 0 <= value <= texts.MAX_WHOLE:
        return value
    raise texts.NotAFact("This is not a number of the log.", pointer=pointer, remedy="Give its number in the log.")


def _numbers(value: object, pointer: str) -> object:
    return tuple([_number(each, f"{pointer}/{place}") for place, each in enumerate(_list(value, pointer))])


def _places(value: object, pointer: str) -> object:
    return tuple([texts.check_words(each, f"{pointer}/{place}") for place, each in enumerate(_list(value, pointer))])


def _id_or_none(value: object, pointer: str) -> object:
    return value if value == "" else texts.check_id(value, pointer)


def _path_or_none(value: object, pointer: str) -> object:
    return value if value == "" else texts.check_path(value, pointer)


def _words_or_none(value: object, pointer: str) -> object:
    return value if value == "" else texts.check_words(value, pointer)


def _invoice_or_none(value: object, pointer: str) -> object:
    return value if value == "" else texts.check_invoice_key(value, pointer)


def _records(value: object, pointer: str) -> object:
    for record in _list(value, pointer):
        check_command(record)
    return value


def _findings(value: object, pointer: str) -> object:
    """What a correction found, one by one."""
    for finding in _list(value, pointer):
        if not isinstance(finding, Finding):
            raise texts.TextMalformed("This is not a finding.", pointer=pointer, remedy="Give findings.")
        check_command(finding)
    return value


def _references(value: object, pointer: str) -> object:
    """Numbers of instructions, as long as an order's number lets them be."""
    return tuple([texts.check_path(each, f"{pointer}/{place}") for place, each in enumerate(_list(value, pointer))])


def _list(value: object, pointer: str) -> tuple[object, ...]:
    if not isinstance(value, tuple) or len(value) > MOST_RECORDS:
        detail = f"Up to {MOST_RECORDS:,} records go together."
        raise texts.TooMany(detail, pointer=pointer, remedy="Give a list, and split a longer one.")
    return value


def _instalments(value: object, pointer: str) -> object:
    """The parts of a plan: a day and an amount each."""
    for part in _list(value, pointer):
        if not isinstance(part, Instalment):
            raise texts.TextMalformed("This is not an instalment.", pointer=pointer, remedy="Give a day and an amount.")
        check_day(part.due_on, f"{pointer}/due_on")
        check_amount(part.amount, f"{pointer}/amount")
    return value


def _anchor_times(value: object, pointer: str) -> object:
    """When each of a few witnesses cosigned, by its key name and key ID."""
    if not isinstance(value, Mapping) or len(value) > MOST_WITNESSES:
        detail = f"An anchor names up to {MOST_WITNESSES} witnesses."
        raise texts.TooMany(detail, pointer=pointer, remedy="Give a table of key names and instants.")
    for name, instant in value.items():
        if not (isinstance(name, str) and name.isascii() and name.isprintable() and len(name) <= LONGEST_KEY_NAME):
            raise texts.IdMalformed(pointer=pointer, remedy="Name a witness by its key name, + and its key ID.")
        check_instant(instant, f"{pointer}/{name}")
    return value


def _instant_or_none(value: object, pointer: str) -> object:
    return value if value == "" else check_instant(value, pointer)


def _share_or_payee(value: object, pointer: str) -> object:
    """Basis points up to the whole, or nothing."""
    if value is None or (type(value) is int and 0 <= value <= WHOLE_BP):
        return value
    raise AmountOutOfRange(pointer=pointer, remedy=f"Give basis points from 0 to {WHOLE_BP:,}.")


# Texts that people write freely: nobody takes an address or a number of a person out of the log again.
_FREE: Final = frozenset(
    {"content", "grounds", "holder_reason", "measure", "note", "occasion", "purpose", "reason", "recipient", "summary"}
)
_IDS: Final = (
    "order_id voucher_id enterprise_id provider_id settlement_id programme category period pool tier effect version"
)
_DAYS: Final = (
    "contract_on starts_on ends_on delivered_on issued_on paid_on as_of_on from_on until_on closed_on effective_on"
    " use_by_on redeem_by_on"
)
_WORDS: Final = "reason cause title authority name source reference bank_reference proposed_by approved_by"
_GROUPS: Final[Mapping[str, Check]] = {
    _IDS: texts.check_id,
    "enterprises orders programmes": texts.check_ids,
    _DAYS: check_day,
    "gross net amount": check_amount,
    "total_gross total_net": _amount_or_all,
    "red_invoice": texts.check_invoice_key,
    "replaces": _invoice_or_none,
    "refunded_on": check_day,
    "more_to_come": _flag,
    _WORDS: texts.check_words,
    "note account_ref instruction_id redemption_id": texts.check_text,
    "contract_digest report_digest": texts.check_digest,
    "code_digest": texts.check_digest,
    "presentation_digest receipt_digest": texts.check_digest,
    "booklet_id key_id public_key": texts.check_id,
    "sync_by_on": check_day,
    "coupons": _ordinal,
    "keep_orders": _flag,
    "digest sampling_commitment": texts.check_hex,
    "evidence": texts.check_digests,
    "facts": texts.check_facts,
    "holder_id site_id payee_id product_id demand_id offer_id unit region": texts.check_id,
    "holder_reason access_ref instrument_id": texts.check_text,
    "content standard summary": texts.check_words,
    "answers": texts.check_facts,
    "fee budget": check_amount,
    "number": _ordinal,
    "stars": check_stars,
    "subcontracted_bp": check_share,
    "barred_until_on": _day_or_open,
    "invoice": texts.check_invoice_key,
    "attributes": _attributes,
    "asked": _amount_or_all,
    "currency": _currency,
    "document": _document,
    "records": _records,
    "predecessor_id successor_id source_name succession": texts.check_id,
    "code": texts.check_text,
    "evidence_digest": texts.check_digest,
    "cap": texts.check_words,
    "reassessed": texts.check_ids,
    "confirm": _flag,
    "party other subject controller": _party,
    "link_kind level fault signal outcome": texts.check_id,
    "grounds": texts.check_words,
    "clause text": texts.check_text,
    "act": check_amount,
    "share_bp": check_amount,
    "upheld with_controller": _flag,
    "party_id to_pool": texts.check_id,
    "debt_id": texts.check_words,
    "received_on returned_on closes_on": check_day,
    "instalments": _instalments,
    "enterprise_amount": _amount_or_all,
    "enterprise_bp": _share_or_payee,
    "scope declaration_id": texts.check_id,
    "measure": texts.check_words,
    "granted_on": check_day,
    "month": check_month,
    "bank_account statement_id line_id form direction": texts.check_id,
    "pay_on booked_on": check_day,
    "made_at": check_instant,
    "instructions": _references,
    "bank_reason": texts.check_text,
    "opening closing credited debited count": check_amount,
    "opening_side closing_side": texts.check_id,
    "has_balances": _flag,
    "judged": _list,  # Made by the rules themselves, and taken only under the policy and day it was made for.
}
CHECKS: Final[Mapping[str, Check]] = {
    "vouchers": texts.check_ids,
    "rate": _rate,
    "RegisterOrder.currency": _currency_or_own,
    "FileInvoice.currency": _currency_or_own,
    "RecordLink.until_on": _day_or_open,  # A link, or a sanction, may have no known end.
    "Sanction.until_on": _day_or_open,
    "RejectReview.fault": texts.check_text,
    "ConfirmPayment.amount": _amount_or_all,  # Where the bank does not name it, it paid all.
    "ReverseInvoice.order_id": _id_or_none,  # An invoice of one order needs no name of it.
    "AdoptPolicy.ends_on": _day_or_open,  # A policy may have no last day.
    "filed_on": _day_or_open,  # Few programmes file theirs.
    "filing": texts.check_text,
    "market_income": check_amount,
    "total_income": check_amount,
    "performance_bp": check_amount,
    "ProposeAccount.site_id": _id_or_none,  # Without a site it is the payee's own account.
    "ApproveAccount.site_id": _id_or_none,
    "DeclineAccount.site_id": _id_or_none,
    "MakeOffer.product_id": _id_or_none,
    "ImportStatement.source": texts.check_id,
    "BookLine.source": texts.check_id,
    "BookLine.settlement_id": _id_or_none,  # A line may be nobody's.
    "BookLine.redemption_id": _path_or_none,
    "BookLine.instruction_id": _path_or_none,
    "BookLine.party_id": _id_or_none,
    "BookLine.debt_id": _path_or_none,
    "BookLine.outcome": _id_or_none,
    "BookLine.cause": _id_or_none,
    "BookLine.bank_reference": texts.check_text,
    "ProposeResolution.settlement_id": _id_or_none,  # A repayment belongs to no batch, a payment to no debt.
    "ProposeResolution.party_id": _id_or_none,
    "ProposeResolution.debt_id": _path_or_none,
    "SetLineAside.settlement_id": _id_or_none,
    "draw_id": texts.check_id,
    "population": texts.check_id,
    "CommitDraw.commitment": texts.check_digest,
    "CommitDraw.salt": texts.check_hex,
    "CommitDraw.method": texts.check_id,
    "CommitDraw.items": _ordinal,
    "CommitDraw.strata": _id_or_none,
    "CommitDraw.programme": _id_or_none,  # A sample may be of all programmes, and of all days.
    "CommitDraw.from_on": _day_or_open,
    "CommitDraw.until_on": _day_or_open,
    "RevealDraw.nonce": texts.check_digest,
    "RevealDraw.size": _ordinal,
    "RevealDraw.root": texts.check_digest,
    "RevealDraw.note_size": _ordinal,
    "RevealDraw.note_digest": texts.check_hex,
    "RecordAnchor.origin": texts.check_words,
    "RecordAnchor.size": _ordinal,
    "RecordAnchor.root_hash": texts.check_digest,
    "RecordAnchor.note_sha256": texts.check_digest,
    "RecordAnchor.tsr_sha256": texts.check_hex,
    "RecordAnchor.tsr_at": _instant_or_none,
    "RecordAnchor.cosignature_times": _anchor_times,
    "CommitValue.field": texts.check_id,
    "CommitValue.digest": texts.check_words,
    "EraseSubject.seqs": _numbers,
    "EraseSubject.basis": texts.check_words,
    "RedactEntry.seq": _number,
    "RedactEntry.leaf_hash": texts.check_words,
    "RedactEntry.pointers": _places,
    "RedactEntry.left": _document,
    "RedactEntry.basis": texts.check_words,
    "RecordExport.origin": texts.check_words,
    "RecordExport.size": _ordinal,
    "RecordExport.root_hash": texts.check_digest,
    "RecordExport.manifest_sha256": texts.check_digest,
    "RecordExport.formats": texts.check_ids,
    "RecordExport.purpose": texts.check_words,
    "RecordExport.recipient": texts.check_words,
    "RecordExport.basis": _words_or_none,
    "correction_id": texts.check_id,
    "findings": _findings,
    "change": texts.check_words,
    "basis": texts.check_id,
    "measure": texts.check_id,
    "stands": check_amount,
    "seqs": _numbers,
    "change_digest": texts.check_digest,
    "size": _ordinal,
    "root": texts.check_digest,
    "Finding.enterprise_id": _id_or_none,
    "Finding.order_id": _id_or_none,
    "Finding.redemption_id": _path_or_none,
    "Finding.voucher_id": _id_or_none,
    "RotateKey.origin": texts.check_words,
    "RotateKey.old_vkey": texts.check_words,
    "RotateKey.new_vkey": texts.check_words,
    "RotateKey.occasion": texts.check_id,
    "RotateKey.old_signature": texts.check_words,
    "RotateKey.new_signature": texts.check_words,
    "ReopenLog.origin": texts.check_words,
    "ReopenLog.vkey": texts.check_words,
    "ReopenLog.old_origin": texts.check_words,
    "ReopenLog.old_vkey": texts.check_words,
    "ReopenLog.old_size": _ordinal,
    "ReopenLog.old_root": texts.check_words,
    "ReopenLog.size": _number,
    "ReopenLog.signature": texts.check_words,
    **{name: check for names, check in _GROUPS.items() for name in names.split()},
}


def check_command(command: object) -> None:
    """Refuse a command with a field that the log could not keep, or that no rule could read."""
    kind: Any = type(command)
    for name, pointer, check in _fields_of(kind):
        check(getattr(command, name), pointer)


def check_meta(meta: Meta) -> None:
    """Refuse an actor, a role, a day or an instant that the log could not keep."""
    _check_who(meta.actor, meta.role, meta.on)
    if meta.occurred_at is not None:
        check_instant(meta.occurred_at, "/occurred_at")


@lru_cache(maxsize=4_096)  # The same people send many commands on a day.
def _check_who(actor: str, role: str, on: str) -> None:
    texts.check_id(actor, "/actor")
    texts.check_id(role, "/role")
    check_day(on, "/on")


def check_key(key: str) -> None:
    """Refuse an idempotency key that cannot name a stream."""
    texts.check_path(key, "/idempotency_key")


@lru_cache(maxsize=256)
def _fields_of(kind: type[Any]) -> tuple[Field, ...]:
    found = fields(kind) if is_dataclass(kind) else ()
    checks = [(each.name, CHECKS.get(f"{kind.__name__}.{each.name}") or CHECKS.get(each.name)) for each in found]
    fields_of = [Field(name, f"/{name}", check) for name, check in checks if check is not None]
    free = [Field(name, f"/{name}", texts.check_impersonal) for name, _, _ in fields_of if name in _FREE]
    return (*fields_of, *free)
