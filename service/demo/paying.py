"""The money side of the demo year: a settlement each month, payments that fail now and then, and the year's end."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from service.demo.founding import YEAR
from service.demo.year import NEW_YEAR, REGISTRAR, Story, Year
from service.wiring import Who
from vouchers import application
from vouchers.application.settling import (
    ApproveSettlement,
    ConfirmPayment,
    FailPayment,
    ProposeSettlement,
    ReinstructPayment,
)
from vouchers.application.vouchering import ExpireVoucher
from vouchers.days import add_days, add_months
from vouchers.identifiers import make_code
from vouchers.ledger import Meta, Unit

ZHAO, QIAN = Who("finance:zhao", "finance"), Who("finance:qian", "finance")
MONTHS: Final = 15  # the last settlement is that of February, and what comes later waits for the next
BATCH: Final = 500
_FAILS: Final = 67  # one payment in so many


def settlements(year: Year, programme: str) -> Story:
    """A settlement at each month's end, until everything of the year is paid."""
    number = 0
    for month in range(1, MONTHS):
        yield add_days(add_months(f"{YEAR}-01-01", month), -1)
        waiting = year.diary.payable.pop(programme, [])
        for at in range(0, len(waiting), BATCH):
            number += 1
            yield from _settlement(year, programme, number, tuple(waiting[at : at + BATCH]))


def _settlement(year: Year, programme: str, number: int, orders: tuple[str, ...]) -> Story:
    """One batch: proposed by one person, approved by another, paid two days later; what fails is paid anew."""
    settlement_id = make_code("S", programme, YEAR, number)
    year.do(application.propose_settlement, ProposeSettlement(settlement_id, programme, orders), ZHAO)
    yield add_days(year.on, 1)
    year.do(application.approve_settlement, ApproveSettlement(settlement_id), QIAN)
    yield add_days(year.on, 2)
    failed = [order_id for at, order_id in enumerate(orders) if (at + number) % _FAILS == 0]
    for order_id in orders:
        if order_id in failed:
            failure = FailPayment(settlement_id, order_id, "the account was closed")
            year.do(application.fail_payment, failure, ZHAO)
        else:
            _confirm(year, settlement_id, order_id)
    if failed:
        yield add_days(year.on, 5)
        for order_id in failed:
            year.do(application.reinstruct_payment, ReinstructPayment(settlement_id, order_id), QIAN)
        yield add_days(year.on, 2)
        for order_id in failed:
            _confirm(year, settlement_id, order_id)


def expiry(year: Year) -> Story:
    """On New Year's Day everything unused expires, in units of work of some hundred vouchers."""
    yield NEW_YEAR
    meta = Meta(REGISTRAR.actor, REGISTRAR.role, year.on)
    for chunk in _chunks([grant.voucher_id for grant in year.town.grants]):
        reads = [f"voucher/{voucher_id}" for voucher_id in chunk]
        year.service.ledger.execute(partial(_expire, vouchers=chunk), meta, reads)
        year.diary.commands["expire_voucher"] += len(chunk)


def _expire(unit: Unit, vouchers: list[str]) -> None:
    for voucher_id in vouchers:
        unit.begin()
        application.expire_voucher(unit, ExpireVoucher(voucher_id))


def _chunks(vouchers: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(vouchers), BATCH):
        yield vouchers[at : at + BATCH]


def _confirm(year: Year, settlement_id: str, order_id: str) -> None:
    reference = make_code("B", settlement_id, order_id)
    command = ConfirmPayment(settlement_id, order_id, reference, year.on)
    if year.do(application.confirm_payment, command, ZHAO):
        year.diary.paid.append(order_id)
