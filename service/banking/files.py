"""Files for the bank: made once of what waits in a batch, put on record, and fetched again as the same bytes."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from service import clock
from service.banking import copies, vault
from service.banking.settings import OurAccount
from service.banking.writing import File, Payment, written
from service.wiring import Service, Who
from vouchers import application, wire
from vouchers.application.remitting import MakeBankFile, PreviewBankFile
from vouchers.kinds import REMITTANCE, REQUEST, SETTLEMENT
from vouchers.refusals import Conflict, IdempotencyKeyReused, NotFound, Refused
from vouchers.remittance import decisions as remittances
from vouchers.remittance import events as remittance
from vouchers.settlement.decisions import known

Answer = dict[str, Any]
MEDIA_TYPES = {"pain.001": "application/xml", "csv": "text/csv"}
SUFFIXES = {"pain.001": "pain.001.xml", "csv": "csv"}


class PayerMissing(Refused):
    """No account of ours is set from which this programme pays."""

    remedy = "Name the programme in the settings, under [banking.accounts.NAME]."


class AccountsMissing(Refused):
    """What stands behind the references of some payees' accounts is not entered, or not approved by a second person."""


class BankAccountUnknown(NotFound):
    """The settings name no such account of ours."""

    remedy = "Use a NAME of [banking.accounts.NAME]."


class BankFileChanged(Conflict):
    """The copy of the file is gone, and it cannot be made again: the vault or the settings say something else now."""

    remedy = "Compare with the copy that was sent; somebody has to find out who changed what."


@dataclass(frozen=True, slots=True)
class Made:
    """A file as it is handed out, with what is on record of it."""

    fact: remittance.FileMade
    number: int
    name: str
    content: bytes


def payer_of(service: Service, programme: str) -> tuple[str, OurAccount]:
    """The account from which a programme pays, by its name."""
    for name, account in service.settings.banking.accounts.items():
        if programme in account.programmes and account.key and account.holder:
            return name, account
    raise PayerMissing(f"No account pays {programme}.", pointer="/programme")


def our_account(service: Service, name: str) -> OurAccount:
    """An account of ours by its name in the settings."""
    account = service.settings.banking.accounts.get(name)
    if account is None:
        raise BankAccountUnknown(pointer="/account")
    return account


def make(
    service: Service, settlement_id: str, who: Who, *, form: str, pay_on: str = "", key: str = "", on: str = ""
) -> Answer:
    """Make the next file of a batch: everything that was instructed and stands in no file yet."""
    if earlier := _repeated(service, settlement_id, who, form, key):
        return earlier
    preview = service.execute(application.preview_bank_file, PreviewBankFile(settlement_id), who, on=on).answer
    name, payer = payer_of(service, preview["programme"])
    made_at, pay_on = f"{clock.now()[:19]}Z", pay_on or on or service.today()
    lines = tuple(
        remittance.InstructionSent(
            preview["file_id"], each["instruction_id"], each["redemption_id"], each["payee_id"], each["account_ref"],
            each["amount"],
        )
        for each in preview["instructions"]
    )  # fmt: skip
    file = _file(service, preview["file_id"], payer, preview["currency"], made_at, pay_on, lines)
    content = written(file, form)
    digest = hashlib.sha256(content).hexdigest()
    named = tuple(each.instruction_id for each in lines)
    command = MakeBankFile(settlement_id, form, name, pay_on, made_at, digest, named)
    outcome = service.execute(application.make_bank_file, command, who, key=key, on=on)
    copies.keep(service.desk, digest, content)
    return {**outcome.answer, "position": outcome.position, "replayed": outcome.replayed}


def _repeated(service: Service, settlement_id: str, who: Who, form: str, key: str) -> Answer | None:
    """What was answered under a key before: the clock and the batch say something else now, so nobody asks them."""
    stream = REQUEST.stream(f"{who.actor}/{key}")
    answered = service.ledger.state(REQUEST, f"{who.actor}/{key}").answered if key else None
    if answered is None:
        return None
    earlier: Answer = wire.parse(answered.answer)
    if (earlier.get("settlement_id"), earlier.get("form")) != (settlement_id, form):
        raise IdempotencyKeyReused(pointer="/idempotency_key", remedy="Use a fresh key for a new request.")
    position = service.ledger.history(stream)[-1].seq + 1
    return {**earlier, "position": position, "replayed": True}


def fetch(service: Service, settlement_id: str, form: str, number: int = 0) -> Made:
    """A file that was made, the latest by default: its copy, or made again; compared with the digest on record."""
    known(service.ledger.state(SETTLEMENT, settlement_id))
    state = service.ledger.state(REMITTANCE, settlement_id)
    fact = remittances.file_at(state, number)
    if fact.form != form:
        raise remittances.FileOfAnotherForm(pointer="/form", remedy=f"Fetch it as {fact.form}.")
    content = copies.copy_of(service.desk, fact.digest)
    if hashlib.sha256(content).hexdigest() != fact.digest:
        lines = tuple(each for each in state.sent if each.file_id == fact.file_id)
        payer = our_account(service, fact.bank_account)
        content = written(_file(service, fact.file_id, payer, fact.currency, fact.made_at, fact.pay_on, lines), form)
    if hashlib.sha256(content).hexdigest() != fact.digest:
        raise BankFileChanged(pointer="/file")
    return Made(fact, number or len(state.files), f"{fact.file_id}.{SUFFIXES[form]}", content)


def message_id(service: Service, file_id: str) -> str:
    """The number of a file's message: nobody can guess it, so that the digest of a file gives no account away."""
    return hmac.new(service.seed, f"bank-file/{file_id}".encode(), hashlib.sha256).hexdigest()[:32]


def _file(
    service: Service,
    file_id: str,
    payer: OurAccount,
    currency: str,
    made_at: str,
    pay_on: str,
    lines: tuple[remittance.InstructionSent, ...],
) -> File:
    found = vault.approved(service.desk, (each.account_ref for each in lines))
    missing = sorted({each.account_ref for each in lines} - found.keys())
    if missing:
        remedy = "Enter them (vouchers bank account enter), and let a second person approve them."
        detail = f"Nothing approved stands behind {', '.join(missing[:5])}{' and others' if missing[5:] else ''}."
        raise AccountsMissing(detail, pointer="/accounts", remedy=remedy, account_refs=missing[:100])
    payments = tuple(Payment(each.instruction_id, each.amount, found[each.account_ref]) for each in lines)
    return File(file_id, message_id(service, file_id), made_at, pay_on, currency, payer, payments)
