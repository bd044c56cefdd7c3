"""The money side of the demo year: a settlement each month, payments that fail now and then, and the year's end."""

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
    yield from year.do(application.propose_settlement, ProposeSettlement(settlement_id, programme, orders), ZHAO)
    yield add_days(year.on, 1)
    yield from year.do(application.approve_settlement, ApproveSettlement(settlement_id), QIAN)
    yield add_days(year.on, 2)
    failing = [order_id for at, order_id in enumerate(orders) if (at + number) % _FAILS == 0]
    failure = "the account was closed"
    yield [
        year.ask(application.fail_payment, FailPayment(settlement_id, order_id, failure), ZHAO) for order_id in failing
    ]
    yield from _confirm(year, settlement_id, [order_id for order_id in orders if order_id not in failing])
    if failing:
        yield add_days(year.on, 5)
        yield [
            year.ask(application.reinstruct_payment, ReinstructPayment(settlement_id, order_id), QIAN)
            for order_id in failing
        ]
        yield add_days(year.on, 2)
        yield from _confirm(year, settlement_id, failing)


def _confirm(year: Year, settlement_id: str, orders: list[str]) -> Story:
    """The bank paid these orders today."""
    answers = yield [
        year.ask(
            application.confirm_payment,
            ConfirmPayment(settlement_id, order_id, make_code("B", settlement_id, order_id), year.on),
            ZHAO,
        )
        for order_id in orders
    ]
    year.diary.paid += [order_id for order_id, answer in zip(orders, answers, strict=True) if answer]


def expiry(year: Year) -> Story:
    """On New Year's Day everything unused expires."""
    yield NEW_YEAR
    yield [
        year.ask(application.expire_voucher, ExpireVoucher(grant.voucher_id), REGISTRAR) for grant in year.town.grants
    ]
