"""The commands `vouchers settle`: approved redemptions are paid in batches, and paid money is clawed back."""

from dataclasses import asdict
from typing import Any

import click

from service.cli.clawbacks import breach, clawback
from service.cli.output import money, pairs, table, total
from service.cli.payments import export
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
    ReturnPayment,
    WithdrawSettlement,
)
from vouchers.identifiers import make_code
from vouchers.kinds import ORDER, PROGRAMME, SETTLEMENT
from vouchers.programme.decisions import announced
from vouchers.settlement.decisions import (
    MAX_LINES,
    OWED_AGAIN,
    LineUnknown,
    SettlementEmpty,
    SettlementNotApproved,
    SettlementWithdrawn,
    known,
)
from vouchers.settlement.state import Line, Settlement

MOST_AT_ONCE = 100_000


@click.group()
def settle() -> None:
    """Pay approved redemptions in batches: propose, approve or withdraw, confirm, fail or return; claw back, export."""


for _command in (clawback, breach, export):
    settle.add_command(_command)


@settle.command()
@acting("finance", "officer", once=True)
@click.argument("programme", type=PROGRAMME_CODE)
@click.argument("orders", nargs=-1, type=NUMBER)
@click.option("--number", type=NUMBER, help="Number of the settlement (default: from its orders).")
def propose(session: Session, programme: str, orders: tuple[str, ...], number: str | None) -> None:
    """Put approved redemptions into a batch: those of the named orders, else all that may be paid today."""
    announced(session.service.ledger.state(PROGRAMME, programme))
    chosen = orders or _payable(session, programme)
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
@click.option("--amount", metavar="AMOUNT", help="What the bank paid of one line, where it is not all.")
@click.option("--instruction", default="", metavar="NUMBER", help="Number of the instruction that the bank names.")
def confirm(
    session: Session,
    number: str,
    orders: tuple[str, ...],
    reference: str,
    paid_on: str | None,
    amount: str | None,
    instruction: str,
) -> None:
    """Record that the bank paid: the named orders, else every line that it was told to pay."""
    lines = _lines(session, number, orders, "instructed")
    if (amount or instruction) and len(lines) != 1:
        raise click.UsageError("--amount and --instruction speak of one payment: name its order.")
    currency = known(session.service.ledger.state(SETTLEMENT, number)).currency
    minor = amount_in(amount, currency, "/amount") if amount else None
    position = 0
    for line in lines:
        order_id, redemption_id = line.added.order_id, line.added.redemption_id
        paid = (reference, paid_on or session.on, instruction, redemption_id, minor)
        position = session.execute(application.confirm_payment, ConfirmPayment(number, order_id, *paid)).position
    _tell(session, number, "Paid" if position else "Nothing waited for the bank", position)


@settle.command()
@acting("finance", "officer")
@click.argument("number", type=NUMBER, metavar="SETTLEMENT")
@click.argument("order", type=NUMBER)
@click.option("--redemption", type=NUMBER, default="", help="Which redemption, where the order has several here.")
@click.option("--reason", required=True, help="What the bank says.")
def fail(session: Session, number: str, order: str, redemption: str, reason: str) -> None:
    """Record that the bank could not pay an order; the claim stays and may be instructed again."""
    command = FailPayment(number, order, reason, redemption_id=redemption)
    _tell(session, number, "Failed", session.execute(application.fail_payment, command).position)


@settle.command("return")
@acting("finance", "officer")
@click.argument("number", type=NUMBER, metavar="SETTLEMENT")
@click.argument("order", type=NUMBER)
@click.option("--redemption", type=NUMBER, default="", help="Which redemption, where the order has several here.")
@click.option("--returned-on", type=DAY, metavar="DAY", help="Day of the return (default: effective day).")
@click.option("--reason", required=True, help="What the bank says.")
def return_(session: Session, number: str, order: str, redemption: str, returned_on: str | None, reason: str) -> None:
    """Record that a payment came back from the payee's bank; it is owed again and may be instructed anew."""
    command = ReturnPayment(number, order, reason, returned_on or session.on, redemption_id=redemption)
    _tell(session, number, "Come back", session.execute(application.return_payment, command).position)


@settle.command()
@acting("finance", "officer")
@click.argument("number", type=NUMBER, metavar="SETTLEMENT")
@click.argument("orders", nargs=-1, type=NUMBER)
def reinstruct(session: Session, number: str, orders: tuple[str, ...]) -> None:
    """Tell the bank again to pay what failed, came back or was paid in part: the named orders, else all of these."""
    position = 0
    for line in _lines(session, number, orders, *OWED_AGAIN):
        command = ReinstructPayment(number, line.added.order_id, line.added.redemption_id)
        position = session.execute(application.reinstruct_payment, command).position
    _tell(session, number, "Instructed again" if position else "Nothing had failed", position)


@settle.command()
@reading
@click.argument("number", type=NUMBER, metavar="SETTLEMENT")
def show(session: Session, number: str) -> None:
    """A settlement with every payment and where it stands."""
    _tell(session, number, "Settlement", 0)


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


def _payable(session: Session, programme: str) -> tuple[str, ...]:
    """Every order of a programme with an approved redemption in no settlement; says whose money may not leave today."""
    session.service.catch_up()
    with session.service.views.session() as views:
        approved = payable_orders(views, programme, limit=MOST_AT_ONCE)
    payable: list[str] = []
    for start in range(0, len(approved), MAX_LINES):
        command = ProposeSettlement("preview", programme, tuple(approved[start : start + MAX_LINES]))
        answer = session.execute(application.preview_settlement, command).answer
        payable += answer["payable"]
        for each in answer["left_out"]:
            session.out.note(f"Left out: {each['order_id']}. {each['text']} -> {each['remedy']}")
    return tuple(payable)


def _number(session: Session, given: str | None, programme: str, batch: tuple[str, ...]) -> str:
    """The number of a settlement, given or from its orders.

    It is the same for the same orders, until it is withdrawn or a further part of one of them waits to be paid.
    """
    ledger = session.service.ledger
    number = given or make_code("S", programme, *batch)
    state = ledger.state(SETTLEMENT, number)
    if given and state.withdrawn_by:
        raise SettlementWithdrawn(pointer="/settlement_id", remedy="Propose under another number.")
    if given or state.proposed is None:
        return number
    further = any(_waits(session, order_id) for order_id in batch)
    while state.proposed is not None:
        following = make_code("S", number)
        after = ledger.state(SETTLEMENT, following)
        if not (state.withdrawn_by or further or after.proposed):
            break
        number, state = following, after
    return number


def _waits(session: Session, order_id: str) -> bool:
    """Whether a redemption of an order is approved and in no settlement."""
    return any(claim.status == "approved" for claim in session.service.ledger.state(ORDER, order_id).claims.values())


def _lines(session: Session, number: str, orders: tuple[str, ...], *statuses: str) -> list[Line]:
    """The payments of an approved settlement: of the named orders, else those that stand at one of these statuses."""
    state = session.service.ledger.state(SETTLEMENT, number)
    known(state)
    if state.withdrawn_by:
        raise SettlementWithdrawn(pointer="/settlement_id")
    if not state.approved_by:
        raise SettlementNotApproved(pointer="/settlement_id", remedy="Let another person approve it first.")
    if not orders:
        return [line for line in state.lines.values() if line.status in statuses]
    found = [line for line in state.lines.values() if line.added.order_id in orders]
    for order_id in orders:
        if order_id not in [line.added.order_id for line in found]:
            raise LineUnknown(pointer="/orders", order_id=order_id)
    return found


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
        "endorsed_by": ", ".join(state.endorsed_by),
        "withdrawn_by": state.withdrawn_by,
        "status": _status(state),
    }
    shown = {**facts, "settlement_id": "", "currency": "", "total": money(proposed.total, proposed.currency)}
    # What the bank is told names the redemption, too; set off is told where something is.
    netted = any(line["netted"] for line in lines)
    failed = any(line["reason"] for line in lines)
    rows = [
        (
            line["order_id"],
            line["instruction_id"] or line["redemption_id"],
            line["payee_id"],
            line["account_ref"],
            *(total(line[name], proposed.currency) for name in ("amount", *["netted"] * netted, "due")),
            line["status"].replace("_", " "),
            *[line["reason"]] * failed,
        )
        for line in lines
    ]
    columns = ["order", "payment", "paid to", "account", "amount#", *["set off#"] * netted, "due#", "status"]
    columns += ["the bank said"] * failed
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
        "netted": line.netted,
        "due": line.due,
        "status": line.status,
        "reason": line.reason,
    }


def _status(state: Settlement) -> str:
    if state.withdrawn_by:
        return "withdrawn"
    statuses = [line.status for line in state.lines.values()]
    if not state.approved_by:
        return "proposed"
    return "paid" if set(statuses) == {"paid"} else f"{statuses.count('paid')} of {len(statuses)} paid"
