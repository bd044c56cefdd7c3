"""What aid may be counted next."""

from collections.abc import Iterable

from vouchers.aid import events as aid
from vouchers.aid.state import Aid, Entry
from vouchers.money import check_amount, format_amount
from vouchers.refusals import NotFound, Refused
from vouchers.values import Value


class AidCeilingExceeded(Refused):
    """The undertaking would receive more aid than the ceiling allows."""


class AidNothing(Refused):
    """A declaration states an amount above nothing."""

    remedy = "Leave out what came to nothing."


class AidOfTheFuture(Refused):
    """Aid is declared once the right to it has arisen."""

    remedy = "Give the day of the decision that granted it."


class DeclarationDiffers(Refused):
    """A declaration of this number says something else."""

    remedy = "Withdraw the earlier one, and declare anew under another number."


class DeclarationUnknown(NotFound):
    """There is no declaration of this number."""

    remedy = "Look the number up in the enterprise's aid."


class TooManyEntries(Refused):
    """An enterprise's aid has at most as many entries as one ledger can hold."""

    remedy = "Declare small aids of one measure as one sum."


MOST_ENTRIES = 2_000


class DeclareAid(Value):
    """State other aid of an enterprise: amount in minor units, and the digest of the declaration or register entry."""

    enterprise_id: str
    scope: str
    declaration_id: str
    measure: str
    granted_on: str
    amount: int
    source: str
    digest: str


class WithdrawAid(Value):
    """Take a declared aid back, with the reason."""

    enterprise_id: str
    scope: str
    declaration_id: str
    reason: str


def check_ceiling(
    ledgers: Iterable[Aid], amount: int, *, ceiling: int, windows: Iterable[tuple[str, str]], pointer: str = "/asked"
) -> None:
    """Refuse an amount that passes the ceiling in any of these windows (from..until); reaching it exactly passes."""
    ledgers = list(ledgers)
    had, window = max((sum(each.within(*days) for each in ledgers), days) for days in windows)
    if had + amount <= ceiling:
        return
    left = max(0, ceiling - had)
    raise AidCeilingExceeded(
        f"From {window[0]} to {window[1]} the undertaking has {format_amount(had)} of aid;"
        f" with {format_amount(amount)} more it would pass {format_amount(ceiling)}.",
        pointer=pointer,
        remedy=f"Ask for at most {format_amount(left)}." if left else "Wait until earlier aid no longer counts.",
        left=left,
    )


def count(state: Aid, *, source_id: str, programme: str, granted_on: str, amount: int) -> list[aid.Event]:
    """Count the aid of an order or a grant."""
    if amount <= 0:
        return []
    _has_room(state)
    return [aid.Counted(source_id, programme, granted_on, amount)]


def uncount(state: Aid, *, source_id: str, amount: int, reason: str) -> list[aid.Event]:
    """Take back what was counted, at most all of it."""
    entry = state.entries.get(source_id)
    less = min(amount, entry.amount) if entry else 0
    return [aid.Uncounted(source_id, entry.granted_on, less, reason)] if entry and less else []


def declare(state: Aid, command: DeclareAid, on: str) -> list[aid.Event]:
    """Record other aid once; the same declaration again changes nothing."""
    amount = check_amount(command.amount, "/amount")
    if amount == 0:
        raise AidNothing(pointer="/amount")
    if command.granted_on > on:
        raise AidOfTheFuture(pointer="/granted_on")
    number = command.declaration_id
    before = state.entries.get(number)
    if before == Entry(command.granted_on, amount, command.measure, declared=True, digest=command.digest):
        return []
    if before is not None or number in state.withdrawn:
        raise DeclarationDiffers(pointer="/declaration_id")
    _has_room(state)
    declared = aid.OtherAidDeclared(number, command.measure, command.granted_on, amount, command.source, command.digest)
    return [declared]


def withdraw(state: Aid, command: WithdrawAid) -> list[aid.Event]:
    """Take a declaration back once."""
    if command.declaration_id in state.withdrawn:
        return []
    entry = state.entries.get(command.declaration_id)
    if entry is None or not entry.declared:
        raise DeclarationUnknown(pointer="/declaration_id")
    return [aid.DeclarationWithdrawn(command.declaration_id, command.reason)]


def _has_room(state: Aid) -> None:
    if len(state.entries) >= MOST_ENTRIES:
        raise TooManyEntries(limit=MOST_ENTRIES)
