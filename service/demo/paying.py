"""The money side of the demo year: monthly settlements, payments that fail or come back, clearing, the year's end."""

from typing import Final

from service.demo.founding import WANG, YEAR
from service.demo.year import NEW_YEAR, REGISTRAR, Payment, Story, Year
from service.wiring import Who
from vouchers import application
from vouchers.account.decisions import ApproveAccount, ProposeAccount
from vouchers.application.debts import ReceiveRepayment
from vouchers.application.settling import (
    ApproveSettlement,
    ConfirmPayment,
    FailPayment,
    ProposeSettlement,
    ReinstructPayment,
    ReturnPayment,
)
from vouchers.application.vouchering import ExpireVoucher
from vouchers.budget.decisions import Appropriate, BlockPool
from vouchers.clearing.decisions import MOST_FLOWS, ApproveClearing, CloseClearing, TakeFlows
from vouchers.days import add_days, add_months
from vouchers.identifiers import make_code
from vouchers.kinds import BUDGET, DEBT, ORDER, PROVIDER, SETTLEMENT
from vouchers.rating.decisions import RateProvider
from vouchers.settlement.state import Line
from vouchers.support.decisions import DecideSupport, PaySupport, StateIncome

ZHAO, QIAN = Who("finance:zhao", "finance"), Who("finance:qian", "finance")
MONTHS: Final = 16  # the last settlement is that of March, and what comes later waits for the next
BATCH: Final = 500
REPAID: Final = f"{YEAR + 1}-04-20"
PLATFORMS: Final = "SH-PLATFORM"
_FAILS: Final = 67  # one payment in so many
_COMES_BACK: Final = 140
_RATED: Final = 5
_STILL_OWES: Final = 6  # one debt in so many
_WAITS: Final = 21  # days until a used-up pool is topped up


def settlements(year: Year, programme: str) -> Story:
    """A settlement at each month's end, until everything of the year is paid; what may not leave waits for the next."""
    number = 0
    for month in range(1, MONTHS):
        yield add_days(add_months(f"{YEAR}-01-01", month), -1)
        waiting = tuple(dict.fromkeys(year.diary.payable.pop(programme, [])))
        for at in range(0, len(waiting), BATCH):
            number += 1
            settlement_id = make_code("S", programme, YEAR, number)
            asked = ProposeSettlement(settlement_id, programme, waiting[at : at + BATCH])
            found = yield from year.do(application.preview_settlement, asked, ZHAO)
            if found:
                year.diary.payable.setdefault(programme, []).extend(each["order_id"] for each in found["left_out"])
            if found and found["payable"]:
                batch = ProposeSettlement(settlement_id, programme, tuple(found["payable"]))
                yield from _settlement(year, batch)


def _settlement(year: Year, batch: ProposeSettlement) -> Story:
    """One batch: proposed by one person, approved by another, paid two days later; what fails is paid anew."""
    settlement_id = batch.settlement_id
    yield from year.do(application.propose_settlement, batch, ZHAO)
    yield add_days(year.on, 1)
    yield from year.do(application.approve_settlement, ApproveSettlement(settlement_id), QIAN)
    _note(year, batch, [line for line in _lines(year, settlement_id) if line.status == "paid"])
    yield add_days(year.on, 2)
    told = [line for line in _lines(year, settlement_id) if line.status == "instructed"]
    before = len(year.diary.payments) + 1
    failing = [line for at, line in enumerate(told, before) if at % _FAILS == 0]
    failure = "the account was closed"
    yield [
        year.ask(application.fail_payment, FailPayment(settlement_id, order_id, failure, "", redemption_id), ZHAO)
        for order_id, redemption_id in map(_of, failing)
    ]
    paid = [line for line in told if line not in failing]
    yield from _confirm(year, batch, paid)
    yield add_days(year.on, 5)
    returned = [line for at, line in enumerate(paid, before) if at % _COMES_BACK == 0]
    yield from _come_back(year, settlement_id, returned)
    if failing or returned:
        year.begin(_paid_anew(year, batch, {line.added.redemption_id for line in [*failing, *returned]}))


def _paid_anew(year: Year, batch: ProposeSettlement, numbers: set[str]) -> Story:
    """The bank is told again to pay what failed or came back; what may not leave today is tried a month later."""
    yield year.on
    while owed := [line for line in _lines(year, batch.settlement_id) if line.added.redemption_id in numbers]:
        yield [
            year.ask(application.reinstruct_payment, ReinstructPayment(batch.settlement_id, *_of(line)), QIAN)
            for line in owed
        ]
        yield add_days(year.on, 2)
        told = [line for line in _lines(year, batch.settlement_id) if line.status == "instructed"]
        yield from _confirm(year, batch, [line for line in told if line.added.redemption_id in numbers])
        numbers = numbers - {line.added.redemption_id for line in told}
        yield add_days(year.on, 30)


def _come_back(year: Year, settlement_id: str, lines: list[Line]) -> Story:
    """Some payments come back; their payees name another account, which a second person approves."""
    for line in lines:
        payee, account_ref = line.added.payee_id, f"acct:{line.added.payee_id[-8:]}-2"
        order_id, redemption_id = _of(line)
        why = "account and holder do not match"
        came_back = ReturnPayment(settlement_id, order_id, why, year.on, "", redemption_id)
        yield from year.do(application.return_payment, came_back, ZHAO)
        if year.service.ledger.state(PROVIDER, payee).account_ref != account_ref:
            proposed = ProposeAccount(payee, account_ref, payee)
            yield from year.do(application.propose_account, proposed, Who(f"provider:{payee}", "provider"))
            yield from year.do(application.approve_account, ApproveAccount(payee, account_ref), QIAN)


def _confirm(year: Year, batch: ProposeSettlement, lines: list[Line]) -> Story:
    """The bank paid these lines today; some firms rate who served them."""
    if not lines:
        return
    paid = [(*_of(line), make_code("B", year.on, line.added.redemption_id)) for line in lines]
    yield [
        year.ask(
            application.confirm_payment,
            ConfirmPayment(batch.settlement_id, order_id, reference, year.on, "", redemption_id),
            ZHAO,
        )
        for order_id, redemption_id, reference in paid
    ]
    _note(year, batch, lines)
    first = [line.added.order_id for line in lines if line.added.redemption_id.endswith("-R1")]
    yield [year.ask(application.rate_provider, *_rating(year, order_id)) for order_id in first[::_RATED]]


def _rating(year: Year, order_id: str) -> tuple[RateProvider, Who]:
    registered = year.service.ledger.state(ORDER, order_id).registered
    assert registered is not None, "what is paid was registered"
    firm = registered.enterprise_id
    return RateProvider(order_id, firm, 5 - registered.subsidy // 500 % 3), Who(f"enterprise:{firm}", "enterprise")


def _note(year: Year, batch: ProposeSettlement, lines: list[Line]) -> None:
    year.diary.payments += [Payment(*_of(line), batch.programme, year.on) for line in lines]


def _lines(year: Year, settlement_id: str) -> list[Line]:
    return list(year.service.ledger.state(SETTLEMENT, settlement_id).lines.values())


def _of(line: Line) -> tuple[str, str]:
    return line.added.order_id, line.added.redemption_id


def clearing(year: Year, programme: str) -> Story:
    """Each month the regions state what they owe one another for the services of the month before."""
    for number in range(1, MONTHS + 1):
        first = add_months(f"{YEAR}-01-01", number)
        month = add_days(first, -1)[:7]
        yield add_days(first, 9)
        theirs = [each for each in year.diary.payments if each.programme == programme]
        orders = tuple(dict.fromkeys(each.order_id for each in theirs if each.paid_on.startswith(month)))
        if orders:
            for at in range(0, len(orders), MOST_FLOWS):
                some = orders[at : at + MOST_FLOWS]
                yield from year.do(application.take_flows, TakeFlows(programme, month, some), ZHAO)
            yield from year.do(application.close_clearing, CloseClearing(programme, month), ZHAO)
            yield from year.do(application.approve_clearing, ApproveClearing(programme, month), QIAN)


def top_ups(year: Year) -> Story:
    """A pool that cannot pay an order is blocked; three weeks later more money opens it again."""
    on, end = f"{YEAR}-02-02", f"{YEAR}-12-01"
    while on < end:
        yield on
        for category, gross in dict(year.diary.short).items():
            pool = ("SH-STIV", str(YEAR), category)
            free = year.service.ledger.state(BUDGET, "/".join(pool)).free
            block = BlockPool(*pool, max(gross // 2, free + 1), "the money of the category is used up")
            blocked = yield from year.do(application.block_pool, block, WANG)
            if blocked is None:
                continue
            yield add_days(year.on, _WAITS)
            more = Appropriate(*pool, 5_000 * year.town.scale, f"supplementary act of {year.on}, {category}")
            yield from year.do(application.appropriate, more, WANG)
            del year.diary.short[category]
        on = add_days(year.on, 7)


def repayments(year: Year) -> Story:
    """In spring most parties pay back what no payment could be kept back for; a few still owe it."""
    yield REPAID
    parties = [name.removeprefix("debt/") for name in year.service.ledger.names("debt/")]
    owed = [
        ReceiveRepayment(party, number, each.owed(year.on), year.on, make_code("B", party, number))
        for party in parties
        for number, each in year.service.ledger.state(DEBT, party).debts.items()
        if each.owed(year.on)
    ]
    yield [year.ask(application.receive_repayment, each, ZHAO) for at, each in enumerate(owed) if at % _STILL_OWES]


def support(year: Year, provider_id: str) -> Story:
    """After the year a platform's support is decided by what it earned on the market, and paid."""
    yield f"{YEAR + 1}-02-15"
    figures = (PLATFORMS, provider_id, str(YEAR))
    income = StateIncome(*figures, 1_200_000_000, 2_000_000_000, 9_000, "0" * 64)
    yield from year.do(application.state_income, income, Who("officer:lin", "officer"))
    yield from year.do(application.decide_support, DecideSupport(*figures), WANG)
    yield add_days(year.on, 14)
    yield from year.do(application.pay_support, PaySupport(*figures, year.on, "B-PLATFORM-1"), ZHAO)


def expiry(year: Year) -> Story:
    """On New Year's Day everything unused expires."""
    yield NEW_YEAR
    names = year.service.ledger.names("voucher/", "", len(year.town.grants) * 2)
    yield [
        year.ask(application.expire_voucher, ExpireVoucher(name.removeprefix("voucher/")), REGISTRAR) for name in names
    ]
