"""The commands `vouchers balance` and `vouchers voucher`."""

from dataclasses import asdict
from typing import Any

import click

from service.cli.output import money, pairs, table, total
from service.cli.session import Session, acting, paging, reading
from service.cli.values import CREDIT_CODE, DAY, NUMBER, SUBJECT, VOUCHER, amount_in
from service.projections.balances import Balance
from service.projections.balances import balance as balance_of
from service.projections.balances import balances as balances_of
from service.projections.entitlements import Entitlement, entitlements
from service.projections.statement import LOT_PLACES, StatementLine, lots_of
from service.projections.statement import statement as statement_of
from vouchers import application, wire
from vouchers.application.pledging import PledgeVoucher, WithdrawPledge
from vouchers.application.vouchering import CarryOver, Extend, RestoreValue, ReturnValue, Revoke
from vouchers.identifiers import CreditCodeCheck, check_credit_code
from vouchers.kinds import ENTERPRISE, ORDER
from vouchers.kinds import VOUCHER as VOUCHER_KIND
from vouchers.order.decisions import known
from vouchers.order.state import Order
from vouchers.refusals import Malformed
from vouchers.voucher.decisions import VoucherUnknown, terms_of


@click.command()
@reading
@click.argument("subject", type=SUBJECT, metavar="ENTERPRISE|VOUCHER")
@click.option("--on", "day", type=DAY, metavar="DAY", help="Day asked about (default: today).")
def balance(session: Session, subject: str, day: str | None) -> None:
    """What an enterprise or a voucher has left to spend, and where the rest is."""
    on = day or session.on
    decisions: list[Entitlement] = []
    with session.service.views.session() as views:
        if subject.startswith("V-"):
            one = balance_of(views.connection(), subject, on)
            if one is None:
                raise VoucherUnknown(pointer="/voucher_id", remedy="Check the voucher number on the statement.")
            found = [one]
        else:
            # What was granted to those whose place the enterprise takes is its own.
            house = (*session.service.ledger.state(ENTERPRISE, subject).predecessors, subject)
            found = [each for code in house for each in balances_of(views, code, on)]
            decisions = entitlements(views, enterprise_id=subject, limit=1_000)
    told = [_decision(each) for each in decisions]
    data = {"on": on, "vouchers": [asdict(each) for each in found], "decisions": told}
    denials = [each for each in told if each["outcome"] in ("denied", "pending")]
    parts: list[Any] = [_vouchers(found, on), *map(_reasons, found), *map(_denial, denials)]
    session.out.answer(data, *parts if found or told else [_nothing(subject)])
    if on < session.on:
        session.out.note("Amounts are those of today; vouchers replay NUMBER --as-of DAY tells those of a past day.")


@click.group()
def voucher() -> None:
    """Return, revoke or extend a voucher, see its statement."""


@voucher.command()
@reading
@click.argument("number", type=VOUCHER, metavar="VOUCHER")
@click.option("--from", "first", type=DAY, default="", metavar="DAY", help="First day (default: the beginning).")
@click.option("--until", type=DAY, default="", metavar="DAY", help="Last day (default: the end).")
@paging
def statement(session: Session, number: str, first: str, until: str, after: int, limit: int) -> None:
    """Every movement of a voucher's value, in order, with what was available after it."""
    state = session.service.ledger.state(VOUCHER_KIND, number)
    currency = terms_of(state).currency
    with session.service.views.session() as views:
        lines = statement_of(views, number, from_on=first, to_on=until, after=after, limit=limit)
    rows = [
        (
            line.seq,
            line.eff,
            f"{line.event}: {line.reason}" if line.reason else line.event,
            line.order_id,
            total(line.amount, currency),
            line.from_place.replace("_", " "),
            line.to_place.replace("_", " "),
            total(line.available, currency),
        )
        for line in lines
    ]
    columns = ["seq#", "day", "what", "order", "amount#", "from", "to", "available#"]
    late = state.unrecorded(session.on)
    data = {"voucher_id": number, "currency": currency, "lines": [asdict(line) for line in lines]}
    told = [table(f"Statement of {number} in {currency}", columns, rows)]
    if lines:
        told.append(_sum_of(lines[-1], currency))
    if late:
        told.append(f"{money(late, currency)} expired after {state.use_by_on}; no line says so yet.")
    session.out.answer({**data, "expired_unrecorded": late}, *told)
    session.out.more(len(lines), limit, lines[-1].seq if lines else 0)


@voucher.command("return")
@acting("enterprise", "officer", once=True)
@click.argument("number", type=VOUCHER, metavar="VOUCHER")
@click.option("--amount", required=True, metavar="AMOUNT", help='Amount, such as "1,000.00".')
@click.option("--reason", required=True, help="Why it is given back.")
def give_back(session: Session, number: str, amount: str, reason: str) -> None:
    """Give unused value back to the programme."""
    currency = terms_of(session.service.ledger.state(VOUCHER_KIND, number)).currency
    command = ReturnValue(number, amount_in(amount, currency, "/amount"), reason)
    _tell(session, "Given back", number, session.execute_once(application.return_value, command))


@voucher.command()
@acting("enterprise", "officer", once=True)
@click.argument("number", type=VOUCHER, metavar="VOUCHER")
@click.option("--amount", required=True, metavar="AMOUNT", help='Amount, such as "1,000.00".')
@click.option("--reason", required=True, help="Why it is needed after all.")
def restore(session: Session, number: str, amount: str, reason: str) -> None:
    """Take value again that was given back, where the policy lets it be."""
    currency = terms_of(session.service.ledger.state(VOUCHER_KIND, number)).currency
    command = RestoreValue(number, amount_in(amount, currency, "/amount"), reason)
    _tell(session, "Taken again", number, session.execute_once(application.restore_value, command))


@voucher.command()
@acting("officer")
@click.argument("number", type=VOUCHER, metavar="VOUCHER")
@click.option("--reason", required=True, help="Why it is taken back.")
def revoke(session: Session, number: str, reason: str) -> None:
    """Take all unused value of a voucher back; reservations and claims are not touched."""
    _tell(session, "Revoked", number, session.execute(application.revoke_voucher, Revoke(number, reason)))


@voucher.command()
@acting("officer")
@click.argument("number", type=VOUCHER, metavar="VOUCHER")
@click.option("--use-by", type=DAY, required=True, metavar="DAY", help="New last day of use.")
@click.option("--redeem-by", type=DAY, required=True, metavar="DAY", help="New last day of redemption.")
@click.option("--reason", required=True, help="Why it is extended.")
def extend(session: Session, number: str, use_by: str, redeem_by: str, reason: str) -> None:
    """Move both last days of a voucher, as often as the policy allows."""
    command = Extend(number, use_by, redeem_by, reason)
    _tell(session, "Extended", number, session.execute(application.extend_voucher, command))


@voucher.command()
@acting("enterprise", "officer", once=True)
@click.argument("number", type=VOUCHER, metavar="VOUCHER")
@click.option("--order", type=NUMBER, required=True, help="Number that the other firm's order will have.")
@click.option("--to", "lead", type=CREDIT_CODE, required=True, metavar="CODE", help="The firm that will order.")
@click.option("--amount", required=True, metavar="AMOUNT", help="The most it may draw.")
@click.option("--until", type=DAY, required=True, metavar="DAY", help="Last day on which it may be registered.")
def pledge(session: Session, number: str, order: str, lead: str, amount: str, until: str) -> None:
    """Let another firm's order draw on a voucher, where the policy lets firms pool theirs; no value moves yet."""
    currency = terms_of(session.service.ledger.state(VOUCHER_KIND, number)).currency
    command = PledgeVoucher(number, order, lead, amount_in(amount, currency, "/amount"), until)
    _tell_pledge(session, "Pledged", session.execute_once(application.pledge_voucher, command))


@voucher.command()
@acting("enterprise", "officer")
@click.argument("number", type=VOUCHER, metavar="VOUCHER")
@click.option("--order", type=NUMBER, required=True, help="The order it was pledged to.")
@click.option("--reason", required=True, help="Why it is taken back.")
def unpledge(session: Session, number: str, order: str, reason: str) -> None:
    """Take a pledge back before the order draws on it."""
    command = WithdrawPledge(number, order, reason)
    _tell_pledge(session, "Pledge withdrawn", session.execute(application.withdraw_pledge, command))


@voucher.command("carry-over")
@acting("officer")
@click.argument("number", type=VOUCHER, metavar="VOUCHER")
def carry_over(session: Session, number: str) -> None:
    """Let the policy's share of an expired rest go on as a voucher of the present period, once."""
    outcome = session.execute(application.carry_over_voucher, CarryOver(number))
    _tell(session, "Carried over", outcome.answer["voucher_id"], outcome)


@voucher.command()
@reading
@click.argument("number", type=NUMBER, metavar="ORDER")
def sources(session: Session, number: str) -> None:
    """Which voucher paid what of an order, and from which pool: every lot of its money."""
    state = session.service.ledger.state(ORDER, number)
    currency = known(state).currency
    with session.service.views.session() as views:
        lots = lots_of(views, number, [share.voucher_id for share in state.shares])
    rows = [
        (
            *(each.voucher_id, each.enterprise_id, each.programme, each.period),
            *(total(getattr(each, place), currency) for place in LOT_PLACES),
        )
        for each in lots
    ]
    columns = ["voucher", "enterprise", "programme", "period", *(f"{place}#" for place in LOT_PLACES)]
    pool = known(state).pool
    told = [table(f"Sources of {number} in {currency}, pool {pool}", columns, rows)]
    levels = _levels(state)
    if levels:
        parts = [(level, total(due, currency), total(paid, currency)) for level, due, paid in levels]
        told.append(table("Levels of government", ["level", "of the subsidy#", "of what was paid#"], parts))
    data = {"order_id": number, "currency": currency, "pool": pool, "lots": [asdict(each) for each in lots]}
    data["levels"] = [{"level": level, "amount": due, "paid": paid} for level, due, paid in levels]
    session.out.answer(data, *told)


def _sum_of(line: StatementLine, currency: str) -> str:
    """Where all of a voucher is after a movement, as a sum that can be checked by hand."""
    parts = [
        f"{total(amount, currency)} {place.replace('_', ' ')}"
        for place, amount in line.places.items()
        if amount or place == "available"
    ]
    return f"After line {line.seq}: {total(sum(line.places.values()), currency)} = {' + '.join(parts)}"


def _nothing(subject: str) -> str:
    """That nothing is on record, and whether the code may be mistyped."""
    told = f"Nothing is on record for {subject}: no voucher, no decision."
    try:
        check_credit_code(subject)
    except Malformed as refused:
        if isinstance(refused, CreditCodeCheck):
            return f"{told}\n{refused.detail} {refused.remedy}"
    return told


def _vouchers(found: list[Balance], on: str) -> Any:
    columns = ["voucher", "programme", "period", "kind", "", "face#", "spendable#", "use by", "redeem by", "categories"]
    rows = [
        (
            each.voucher_id,
            each.programme,
            each.period,
            each.kind,
            each.currency,
            total(each.face, each.currency),
            total(each.spendable, each.currency),
            each.use_by_on,
            each.redeem_by_on,
            " ".join(each.categories),
        )
        for each in found
    ]
    return table(f"Vouchers on {on}", columns, rows) if rows else "No vouchers."


def _reasons(each: Balance) -> Any:
    rows = [(money(reason.amount, each.currency), reason.text) for reason in each.reasons]
    if not rows:
        return f"{each.voucher_id}: nothing of it is used or lost."
    return table(f"Where the rest of {each.voucher_id} is", ["amount#", "what"], rows)


def _decision(row: Entitlement) -> dict[str, Any]:
    return {
        "programme": row.programme,
        "period": row.period,
        "outcome": row.outcome,
        "decided_on": row.decided_on,
        "policy_version": row.policy_version,
        "facts_as_of_on": row.facts_as_of_on,
        "reasons": wire.parse(row.reasons),
    }


def _denial(told: dict[str, Any]) -> Any:
    rows = [(each["code"], each["text"], each["clause"], each["remedy"]) for each in told["reasons"]]
    title = f"{told['outcome'].capitalize()} in {told['programme']} {told['period']} on {told['decided_on']}"
    if told["facts_as_of_on"]:
        title += f", facts as of {told['facts_as_of_on']}"
    return table(title, ["code", "reason", "clause", "remedy"], rows)


def _tell(session: Session, title: str, number: str, outcome: Any) -> None:
    currency = terms_of(session.service.ledger.state(VOUCHER_KIND, number)).currency
    facts = {**outcome.answer, "replayed": outcome.replayed, "position": outcome.position}
    shown = {**outcome.answer, "position": outcome.position}
    for name in ("available", "reserved"):
        shown[name] = money(outcome.answer[name], currency)
    session.out.answer(facts, pairs(title, [(name.replace("_", " "), value) for name, value in shown.items()]))


def _levels(state: Order) -> list[tuple[str, int, int]]:
    """What each level of government bears of an order's subsidy, and of what was paid of it."""
    paid: dict[str, int] = {}
    for claim in state.claims.values():
        for each in claim.levels if claim.paid else ():
            paid[each.level] = paid.get(each.level, 0) + each.amount
    return [(each.level, each.amount, paid.get(each.level, 0)) for each in state.levels]


def _tell_pledge(session: Session, title: str, outcome: Any) -> None:
    facts = {**outcome.answer, "replayed": outcome.replayed, "position": outcome.position}
    shown = {**outcome.answer, "pledged": money(outcome.answer["pledged"], outcome.answer["currency"])}
    session.out.answer(facts, pairs(title, [(name.replace("_", " "), value) for name, value in shown.items()]))
