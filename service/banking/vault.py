"""The accounts behind references: sealed in the vault, and approved by a second person."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, Text, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.audit.vault import Kept, Vault
from service.banking.numbers import check_bank_code, check_bic, check_holder, check_iban, check_number, shown
from service.desk import TABLES, Desk
from vouchers.refusals import Conflict, Malformed, NotAllowed, NotFound, Unavailable
from vouchers.texts import check_words, same_person

MOST: Final = 1_000
FIELD: Final = "account"  # The name under which the vault keeps an account; its subject is the reference.

# Who entered and approved what; `digest` commits to the account itself, which is in the vault.
_ENTRIES: Final = Table(
    "bank_accounts",
    TABLES,
    Column("account_ref", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", Text, nullable=False),
)
_ACCOUNT: Final = ("holder", "iban", "number", "bic", "bank_code")
_PEOPLE: Final = ("entered_by", "entered_at", "approved_by", "approved_at")


class VaultEntryUnknown(NotFound):
    """Nothing is known of the account behind this reference."""

    remedy = "Enter it (vouchers bank account enter), and let a second person approve it."


class VaultEntryDiffers(Conflict):
    """Another account stands behind this reference."""

    remedy = "A new account has a new reference: propose that for the payee, with two people."


class VaultNotIndependent(NotAllowed):
    """The person who entered an account cannot approve it."""

    remedy = "Let another finance officer compare it with the paper and approve it."


class VaultNumberDiffers(Conflict):
    """This is not the account number that was entered; one of the two was copied wrongly."""

    remedy = "Compare with the bank's paper, and let it be entered again where the entry is wrong."


class VaultEntryChanged(Unavailable):
    """What the vault holds of an account is not what was entered and approved."""

    remedy = "Stop payments, find out who could write to the desk, and enter the account under a new reference."


class AccountNumberMissing(Malformed):
    """An account has an IBAN or another number, and not both."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The account behind a reference: holder, IBAN or other number, bank; who entered and who approved it."""

    account_ref: str
    holder: str
    iban: str = ""
    number: str = ""
    bic: str = ""
    bank_code: str = ""
    entered_by: str = ""
    entered_at: str = ""
    approved_by: str = ""
    approved_at: str = ""
    digest: str = ""

    @property
    def account(self) -> tuple[str, ...]:
        """What the entry says of the account."""
        return (self.holder, self.iban, self.number, self.bic, self.bank_code)

    def masked(self) -> dict[str, str]:
        """The entry as a list shows it: the number only in part."""
        key = self.iban or self.number
        hidden = {"iban": shown(key) if self.iban else "", "number": shown(key) if self.number else ""}
        told = {name: value for name, value in asdict(self).items() if name != "digest"}
        return {**told, **hidden}


def checked(entry: Entry) -> Entry:
    """The entry in its canonical form, or the refusal of its first fault."""
    if bool(entry.iban) == bool(entry.number):
        raise AccountNumberMissing(pointer="/iban", remedy="Give the IBAN, or the number where there is none.")
    return Entry(
        check_words(entry.account_ref, "/account_ref"),
        check_holder(entry.holder),
        entry.iban and check_iban(entry.iban),
        entry.number and check_number(entry.number),
        entry.bic and check_bic(entry.bic),
        entry.bank_code and check_bank_code(entry.bank_code),
        entry.entered_by,
        entry.entered_at,
    )


def enter(desk: Desk, entry: Entry) -> Entry:
    """Enter the account behind a reference; the same again changes nothing, and what is approved stays for ever."""
    new, vault = checked(entry), Vault(desk)
    with desk.writing() as connection:
        before = _read(vault, connection, new.account_ref)
        if before is not None and before.account == new.account:
            return before
        if before is not None and before.approved_by:
            raise VaultEntryDiffers(pointer="/account_ref")
        try:
            _write(vault, connection, new, fresh=before is None)
        except IntegrityError as fault:  # Somebody else was first.
            raise VaultEntryDiffers(pointer="/account_ref", remedy="Look at the entry, and enter it again.") from fault
    return new


def approve(desk: Desk, account_ref: str, number: str, *, by: str, at: str) -> Entry:
    """Approve an entry as a second person, who copies the number from the paper again; again changes nothing."""
    vault = Vault(desk)
    with desk.writing() as connection:
        before = _read(vault, connection, account_ref)
        if before is None:
            raise VaultEntryUnknown(pointer="/account_ref")
        if number.replace(" ", "").upper() != (before.iban or before.number):
            raise VaultNumberDiffers(pointer="/number")
        if before.approved_by:
            return before
        if same_person(by, before.entered_by):
            raise VaultNotIndependent(pointer="/approved_by")
        # Only what was looked at is approved: an entry that was changed meanwhile has another digest, and stays open.
        same = (_ENTRIES.c.account_ref == account_ref, _ENTRIES.c.digest == before.digest, _ENTRIES.c.approved_by == "")
        changed = connection.execute(update(_ENTRIES).where(*same).values(approved_by=by, approved_at=at))
        if not changed.rowcount:
            raise VaultEntryDiffers(pointer="/account_ref", remedy="Look at the entry again.")
        after = _read(vault, connection, account_ref)
    assert after is not None, "it was there in the same transaction"
    return after


def entries(desk: Desk, *, after: str = "", limit: int = 100, waiting: bool = False) -> list[Entry]:
    """Entries by reference, those after one; or only those that wait for a second person."""
    query = select(_ENTRIES).where(_ENTRIES.c.account_ref > after).order_by(_ENTRIES.c.account_ref)
    if waiting:
        query = query.where(_ENTRIES.c.approved_by == "")
    with desk.reading() as connection:
        rows = connection.execute(query.limit(min(limit, MOST))).all()
        return _entries(Vault(desk), connection, rows)


def approved(desk: Desk, references: Iterable[str]) -> dict[str, Entry]:
    """The approved entries behind these references."""
    wanted = sorted(set(references))
    found: dict[str, Entry] = {}
    with desk.reading() as connection:
        for start in range(0, len(wanted), MOST):
            query = select(_ENTRIES).where(_ENTRIES.c.account_ref.in_(wanted[start : start + MOST]))
            rows = connection.execute(query.where(_ENTRIES.c.approved_by != "")).all()
            found |= {each.account_ref: each for each in _entries(Vault(desk), connection, rows)}
    return found


def _write(vault: Vault, connection: Connection, new: Entry, *, fresh: bool) -> None:
    """Seal an account, and say who entered it."""
    kept = vault.keep(connection, new.account_ref, FIELD, {name: getattr(new, name) for name in _ACCOUNT})
    values = {"digest": kept.digest, **{name: getattr(new, name) for name in _PEOPLE}}
    if fresh:
        connection.execute(insert(_ENTRIES).values(account_ref=new.account_ref, **values))
    else:
        connection.execute(update(_ENTRIES).where(_ENTRIES.c.account_ref == new.account_ref).values(**values))


def _read(vault: Vault, connection: Connection, account_ref: str) -> Entry | None:
    rows = connection.execute(select(_ENTRIES).where(_ENTRIES.c.account_ref == account_ref)).all()
    return next(iter(_entries(vault, connection, rows)), None)


def _entries(vault: Vault, connection: Connection, rows: Iterable[Any]) -> list[Entry]:
    """Entries with what the vault has of them; one whose subject was erased is none any more."""
    rows = list(rows)
    kept = vault.of(connection, (row.account_ref for row in rows), FIELD)
    if any(row.digest != kept[row.account_ref].digest for row in rows if row.account_ref in kept):
        raise VaultEntryChanged(pointer="/accounts")
    return [_entry(row, kept[row.account_ref]) for row in rows if row.account_ref in kept]


def _entry(row: Any, kept: Kept) -> Entry:
    people = {name: getattr(row, name) for name in _PEOPLE}
    return Entry(row.account_ref, **kept.value, **people, digest=row.digest)
