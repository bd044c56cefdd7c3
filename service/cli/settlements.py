"""The commands `vouchers settle`: approved redemptions are paid in batches, and paid money is clawed back."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click

from service.cli.output import money, pairs, table, total
from service.cli.session import Session, acting, paging, reading
from service.cli.values import DAY, NUMBER, PROGRAMME_CODE, amount_in
from service.projections.settlements import payable_orders, payables, settlements
from vouchers import application
from vouchers.application.settling import (
    ApproveSettlement,
    ConfirmPayment,
    FailPayment,
    ProposeSettlement,
    ReinstructPayment,
    WithdrawSettlement,
)
from vouchers.identifiers import make_code
from vouchers.kinds import ORDER, SETTLEMENT
from vouchers.order.decisions import ClawBack
from vouchers.order.decisions import known as known_order
from vouchers.settlement.decisions import MAX_LINES, SettlementEmpty, SettlementNotApproved, SettlementWithdrawn, known
from vouchers.settlement.state import Line, Settlement

MOST_AT_ONCE = 100_000


@click.group()
def settle() -> None:
    """Pay approved redemptions in batches: propose, approve or withdraw, confirm or fail; claw back."""


@settle.command()
@acting("finance", "officer", once=True)
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("orders", nargs=-1, type=NUMBER)
@click.option("--number", type=NUMBER, help="Number of the settlement (default: from its orders).")
def propose(session: Session, programme: str, orders: tuple[str, ...], number: str | None) -> None:
    """Put approved redemptions into a batch: those of the named orders, else all that the programme owes."""
    chosen = orders or tuple(_payable(session, programme))
    if not chosen:
        raise SettlementEmpty(pointer="/orders", remedy="Wait until a redemption is approved.")
    if number and len(chosen) > MAX_LINES:
        raise click.UsageError(f"{len(chosen):,} orders need several settlements; leave --number out.")
    answers = []
    for start in range(0, len(chosen), MAX_LINES):
        batch = chosen[start : start + MAX_LINES]
        settlement_id = _number(session, number, programme, batch)
        command = ProposeSettlement(settlement_id, programme, batch)
        part = settlement_id if len(chosen) > MAX_LINES else ""
        answers.append(session.execute_once(application.propose_settlement, command, part=part).answer)
    rows = [(each["settlement_id"], each["count"], total(each["total"], each["currency"])) for each in answers]
    session.out.answer(
        {"settlements": answers},
        table(f"Proposed, in {answers[0]['currency']}", ["settlement", "payments#", "total#"], rows),
        "Next: another person approves (vouchers settle approve)",
    )


@settle.command()
@acting("finance", "officer")
@click.argument("number", type=NUMBER, metavar="SETTLEMENT")
def approve(session: Session, number: str) -> None:
    """Approve a batch as a second person; the bank is instructed for every line."""
    outcome = session.execute(application.approve_settlement, ApproveSettlement(number))
    _tell(session, number, "Approved", outcome.position)


@settle.command()
@acting("finance", "officer")
@click.argument("number", type=NUMBER, metavar="SETTLEMENT")
@click.option("--reason", required=True, help="Why it is withdrawn.")
def withdraw(session: Session, number: str, reason: str) -> None:
    """Withdraw a batch before its approval; its orders can be proposed again."""
    outcome = session.execute(application.withdraw_settlement, WithdrawSettlement(number, reason))
    _tell(session, number, "Withdrawn", outcome.position)


@settle.command()
@acting("finance", "officer")
@click.argument("number", type=NUMBER, metavar="SETTLEMENT")
@click.argument("orders", nargs=-1, type=NUMBER)
@click.option("--reference", required=True, help="The bank's reference.")
@click.option("--paid-on", type=DAY, metavar="DAY", help="Day of the payment (default: effective day).")
def confirm(session: Session, number: str, orders: tuple[str, ...], reference: str, paid_on: str | None) -> None:
    """Record that the bank paid: the named orders, else every line that it was told to pay."""
    position = 0
    for each in orders or _orders(session, number, "instructed"):
        command = ConfirmPayment(number, each, reference, paid_on or session.on)
        position = session.execute(application.confirm_payment, command).position
    _tell(session, number, "Paid" if position else "Nothing waited for the bank", position)


@settle.command()
@acting("finance", "officer")
@click.argument("number", type=NUMBER, metavar="SETTLEMENT")
@click.argument("order", type=NUMBER)
@click.option("--reason", required=True, help="What the bank says.")
def fail(session: Session, number: str, order: str, reason: str) -> None:
    """Record that the bank could not pay an order; the claim stays and may be instructed again."""
    outcome = session.execute(application.fail_payment, FailPayment(number, order, reason))
    _tell(session, number, "Failed", outcome.position)


@settle.command()
@acting("finance", "officer")
@click.argument("number", type=NUMBER, metavar="SETTLEMENT")
@click.argument("orders", nargs=-1, type=NUMBER)
def reinstruct(session: Session, number: str, orders: tuple[str, ...]) -> None:
    """Tell the bank again to pay what failed: the named orders, else every failed line."""
    position = 0
    for each in orders or _orders(session, number, "failed"):
        position = session.execute(application.reinstruct_payment, ReinstructPayment(number, each)).position
    _tell(session, number, "Instructed again" if position else "Nothing had failed", position)


@settle.command()
@reading
@click.argument("number", type=NUMBER, metavar="SETTLEMENT")
def show(session: Session, number: str) -> None:
    """A settlement with every payment and where it stands."""
    _tell(session, number, "Settlement", 0)


@settle.command()
@acting("officer", "finance", once=True)
@click.argument("order", type=NUMBER)
@click.option("--amount", required=True, metavar="AMOUNT", help='Amount demanded back, such as "1,000.00".')
@click.option("--reason", required=True, help="The breach.")
def clawback(session: Session, order: str, amount: str, reason: str) -> None:
    """Demand money back that was paid for an order."""
    currency = known_order(session.service.ledger.state(ORDER, order)).currency
    command = ClawBack(order, amount_in(amount, currency, "/amount"), reason)
    outcome = session.execute_once(application.claw_back, command)
    state = session.service.ledger.state(ORDER, order)
    facts = {
        "order_id": order,
        "paid": state.paid,
        "clawed_back": state.clawed_back,
        "replayed": outcome.replayed,
        "position": outcome.position,
    }
    shown = [
        ("order", order),
        ("paid", money(state.paid, currency)),
        ("clawed back", money(state.clawed_back, currency)),
        ("position", outcome.position),
    ]
    session.out.answer(facts, pairs("Clawed back", shown))


@settle.command("list")
@reading
@click.option("--programme", type=PROGRAMME_CODE, default="", help="Only of this programme.")
@paging
def list_settlements(session: Session, programme: str, after: int, limit: int) -> None:
    """What is still to be paid, and every settlement with where its payments stand."""
    with session.service.views.session() as views:
        owed = [asdict(each) for each in payables(views, programme)]
        found = [asdict(each) for each in settlements(views, programme=programme, after=after, limit=limit)]
    waiting = [
        (
            each["programme"],
            each["payee_id"],
            each["count"],
            each["currency"],
            total(each["amount"], each["currency"]),
            each["since_on"],
        )
        for each in owed
    ]
    batches = [
        (
            each["settlement_id"],
            each["programme"],
            each["proposed_on"],
            each["status"],
            each["count"],
            each["currency"],
            total(each["total"], each["currency"]),
            each["paid"],
            each["failed"],
        )
        for each in found
    ]
    columns = ["settlement", "programme", "proposed", "status", "payments#", "", "total#", "paid#", "failed#"]
    session.out.answer(
        {"payables": owed, "settlements": found},
        table("To be paid", ["programme", "paid to", "redemptions#", "", "amount#", "since"], waiting)
        if owed
        else "Nothing waits for payment.",
        table("Settlements", columns, batches) if batches else "No settlements yet.",
    )
    session.out.more(len(found), limit, found[-1]["seq"] if found else 0)


def _payable(session: Session, programme: str) -> list[str]:
    """Every order of a programme whose redemption is approved and in no settlement."""
    session.service.catch_up()
    with session.service.views.session() as views:
        return payable_orders(views, programme, limit=MOST_AT_ONCE)


def _number(session: Session, given: str | None, programme: str, batch: tuple[str, ...]) -> str:
    """The number of a settlement, given or from its orders: the same for the same orders, until it is withdrawn."""
    number = given or make_code("S", programme, *batch)
    while session.service.ledger.state(SETTLEMENT, number).withdrawn_by:
        if given:
            raise SettlementWithdrawn(pointer="/settlement_id", remedy="Propose under another number.")
        number = make_code("S", number)
    return number


def _orders(session: Session, number: str, status: str) -> Iterable[str]:
    """The orders of an approved settlement whose payment stands at a status."""
    state = session.service.ledger.state(SETTLEMENT, number)
    known(state)
    if state.withdrawn_by:
        raise SettlementWithdrawn(pointer="/settlement_id")
    if not state.approved_by:
        raise SettlementNotApproved(pointer="/settlement_id", remedy="Let another person approve it first.")
    return [line.added.order_id for line in state.lines.values() if line.status == status]


def _tell(session: Session, number: str, title: str, position: int) -> None:
    state = session.service.ledger.state(SETTLEMENT, number)
    proposed = known(state)
    lines = [_line(line) for line in state.lines.values()]
    facts = {
        "settlement_id": number,
        "programme": proposed.programme,
        "currency": proposed.currency,
        "count": proposed.count,
        "total": proposed.total,
        "proposed_by": proposed.proposed_by,
        "approved_by": state.approved_by,
        "withdrawn_by": state.withdrawn_by,
        "status": _status(state),
    }
    shown = {**facts, "total": money(proposed.total, proposed.currency)}
    rows = [(*list(line.values())[:5], total(line["amount"], proposed.currency), line["status"]) for line in lines]
    columns = ["order", "redemption", "paid to", "instruction", "account", "amount#", "status"]
    session.out.answer(
        {**facts, "lines": lines, "position": position or session.service.ledger.size()},
        pairs(f"{title}: {number}", [(name.replace("_", " "), value) for name, value in shown.items()]),
        table("", columns, rows),
    )


def _line(line: Line) -> dict[str, Any]:
    return {
        "order_id": line.added.order_id,
        "redemption_id": line.added.redemption_id,
        "payee_id": line.added.payee_id,
        "instruction_id": line.instruction_id,
        "account_ref": line.account_ref or line.added.account_ref,
        "amount": line.added.amount,
        "status": line.status,
    }


def _status(state: Settlement) -> str:
    if state.withdrawn_by:
        return "withdrawn"
    statuses = [line.status for line in state.lines.values()]
    if not state.approved_by:
        return "proposed"
    return "paid" if set(statuses) == {"paid"} else f"{statuses.count('paid')} of {len(statuses)} paid"
