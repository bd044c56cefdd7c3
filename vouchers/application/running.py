"""How a command is run: once per idempotency key, and on record when the rules refuse it."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from vouchers import texts, wire
from vouchers.application.checking import check_command, check_key, check_meta
from vouchers.kinds import ORDER, REFUSAL, REQUEST, REVIEW, VOUCHER
from vouchers.ledger import Ledger, Meta, Ticket, Unit
from vouchers.order.decisions import RequestRedemption
from vouchers.refusal import events as refusal
from vouchers.refusal.decisions import record
from vouchers.refusals import Cause, Conflict, Ineligible, Refused
from vouchers.request import decisions as requests

Command = TypeVar("Command")
Answer = dict[str, Any]

MOST_CAUSES = 40


class VersionStale(Conflict):
    """What this was decided on has changed since it was looked at."""

    status = 412
    remedy = "Look at it again, and decide anew."


class Seen(NamedTuple):
    """What a command was decided on: a stream, and the version of it that was looked at."""

    stream: str
    version: int


# Where the streams that a command will load are told by its own fields: field name -> kind of stream.
_STREAMS = {
    "order_id": "order",
    "voucher_id": "voucher",
    "enterprise_id": "enterprise",
    "provider_id": "provider",
    "invoice": "invoice",
    "settlement_id": "settlement",
    "programme": "programme",
}


class Outcome(NamedTuple):
    """What a command answered, whether the answer is a repetition, and the log position it is in."""

    answer: Answer
    replayed: bool
    position: int


def run(
    ledger: Ledger,
    use_case: Callable[[Unit, Command], Answer],
    command: Command,
    meta: Meta,
    *,
    key: str = "",
) -> Outcome:
    """Run a command durably; with an idempotency key it takes effect once, and repetitions get the same answer."""
    return outcome_of(submit(ledger, use_case, command, meta, key=key))


def submit(
    ledger: Ledger,
    use_case: Callable[[Unit, Command], Answer],
    command: Command,
    meta: Meta,
    *,
    key: str = "",
    seen: Seen | None = None,
    filled: Collection[str] = (),
) -> Ticket[tuple[Answer, bool]]:
    """As run, without waiting: many commands of one thread share a group, decided in the order of submission.

    `filled` are fields that were not said but filled in, such as the day: they tell no request from another. What was
    looked at is compared inside of the unit, so that nothing comes in between; a repetition gets its answer, whatever
    has happened since.
    """
    check_meta(meta)
    check_command(command)
    if key:
        check_key(key)
    stream = f"{meta.actor}/{key}"

    def work(unit: Unit) -> tuple[Answer, bool]:
        if not key:
            _compare(unit, seen)
            return use_case(unit, command), False
        fingerprint = fingerprint_of(use_case, command, filled)
        before = requests.recall(unit.load(REQUEST, stream), fingerprint)
        if before is not None:
            return wire.parse(before.answer), True
        _compare(unit, seen)
        answer = use_case(unit, command)
        text = wire.checked(answer).decode()
        unit.append(REQUEST, stream, requests.answer(name_of(use_case), fingerprint, text))
        return answer, False

    reads = _reads(command)
    if key:
        reads.append(REQUEST.stream(stream))
    return ledger.submit(work, meta, reads)


def _compare(unit: Unit, seen: Seen | None) -> None:
    if seen is not None and unit.version(seen.stream) != seen.version:
        detail = f"This is about version {seen.version}, and it is at {unit.version(seen.stream)} now."
        raise VersionStale(detail, pointer="/headers/if-match")


def outcome_of(ticket: Ticket[tuple[Answer, bool]]) -> Outcome:
    """The outcome of a submitted command, once it is durable; raises what was refused."""
    committed = ticket.wait()
    answer, replayed = committed.result
    return Outcome(answer, replayed, committed.position)


def _reads(command: object) -> list[str]:
    """The streams that a command will load, as far as its fields tell; it may load others as well."""
    of: Any = type(command)
    reads = [f"{kind}/{value}" for field, kind in _naming(of) if (value := getattr(command, field))]
    reads += [ORDER.stream(order_id) for order_id in getattr(command, "orders", ())]
    if isinstance(command, RequestRedemption):
        # Nearly every order has one claim only, and this is its review.
        reads.append(REVIEW.stream(f"{command.order_id}-R1"))
    return reads


@lru_cache(maxsize=256)
def _naming(command: type[Any]) -> tuple[tuple[str, str], ...]:
    """The fields of a command that name streams, with the kinds of these."""
    named = {each.name for each in fields(command)} if is_dataclass(command) else set()
    return tuple([(field, kind) for field, kind in _STREAMS.items() if field in named])


def fingerprint_of(use_case: Callable[..., object], command: Any, without: Collection[str] = ()) -> str:
    """SHA-256 over the command's name and canonical fields, some of which may be left out."""
    said = command
    if without:
        said = {each.name: getattr(command, each.name) for each in fields(command) if each.name not in without}
    text = name_of(use_case).encode() + b"\n" + wire.checked(said)
    return hashlib.sha256(text).hexdigest()


def name_of(use_case: Callable[..., object]) -> str:
    """The command's name: the function's, also where arguments were bound to it."""
    return str(getattr(use_case, "func", use_case).__name__)


def record_refusal(
    ledger: Ledger, command_name: str, command: object, enterprise_id: str, refused: Refused, meta: Meta
) -> int:
    """Put a refused money command on record with every reason; nothing else changes. Returns the position.

    What the command says may be the very thing that was refused, so it is clipped to what can be kept.
    """
    check_meta(meta)
    texts.check_id(enterprise_id, "/enterprise_id")
    causes = (
        refused.causes
        if isinstance(refused, Ineligible)
        else (Cause(refused.code, "", refused.detail, refused.remedy),)
    )
    reasons = tuple([_why(cause) for cause in causes[:MOST_CAUSES]])
    order_id, amount = texts.clip(getattr(command, "order_id", "")), _amount_of(command)

    def work(unit: Unit) -> None:
        programme, category = _subject(unit, command)
        recorded = refusal.Recorded(
            enterprise_id, command_name, refused.code, programme, category, order_id, amount, reasons
        )
        unit.append(REFUSAL, enterprise_id, record(recorded))

    return ledger.execute(work, meta).position


def _subject(unit: Unit, command: object) -> tuple[str, str]:
    """The programme and category that a money command is about, as far as the log knows."""
    registered = unit.load(ORDER, texts.clip(getattr(command, "order_id", ""))).registered
    if registered is not None:
        return registered.programme, registered.category
    terms = unit.load(VOUCHER, texts.clip(getattr(command, "voucher_id", ""))).terms
    return terms.programme if terms else "", texts.clip(getattr(command, "category", ""))


def _amount_of(command: object) -> int:
    """What was asked for, else what it cost, in minor units; nothing where that is no amount."""
    for name in ("asked", "gross", "amount"):
        value = getattr(command, name, None)
        if type(value) is int and 0 <= value <= texts.MAX_WHOLE:
            return value
    return 0


def _why(cause: Cause) -> refusal.Why:
    return refusal.Why(cause.code, cause.clause, texts.clip(cause.text, texts.LONGEST_TEXT), cause.remedy)
