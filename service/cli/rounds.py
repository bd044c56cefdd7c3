"""The commands `vouchers queue`: orders that wait for money, in a queue or for their share of it."""

from typing import Any

import click

from service.cli.orders import contract_of, contract_options
from service.cli.output import money, pairs, table, total
from service.cli.session import Session, acting, reading
from service.cli.values import DAY, NUMBER, PROGRAMME_CODE
from vouchers import application
from vouchers.application.programmes import budget_key
from vouchers.application.rounds import CloseRound, LeaveRound, ServeQueue
from vouchers.kinds import BUDGET, PROGRAMME, ROUND
from vouchers.policy import pools
from vouchers.programme.decisions import announced, policy_in_force
from vouchers.round.decisions import OpenRound


@click.group()
def queue() -> None:
    """Orders that wait for money: queues and allotments."""


def _pool(command: Any) -> Any:
    """The arguments that name a pool."""
    for option in (
        click.option("--pool", default="", help="Pool of the budget (default: the only one)."),
        click.argument("period"),
        click.argument("programme", type=PROGRAMME_CODE),
    ):
        command = option(command)
    return command


@queue.command("open")
@acting("officer", "finance")
@_pool
@click.option("--closes-on", type=DAY, required=True, metavar="DAY", help="Last day for requests.")
def open_(session: Session, programme: str, period: str, pool: str, closes_on: str) -> None:
    """Collect requests for a pool's money up to and on a day, where the policy gives it out in rounds."""
    command = OpenRound(programme, period, _the_pool(session, programme, pool), closes_on)
    _run(session, application.open_round, command, "Round opened")


@queue.command()
@acting("enterprise", "officer")
@contract_options
def join(session: Session, **contract: Any) -> None:
    """Let an order wait for money: at the end of the queue, or in the open round; nothing is reserved for it yet."""
    outcome = session.execute(application.join_round, contract_of(session, **contract))
    programme = outcome.answer["round"].partition("/")[0]
    currency = announced(session.service.ledger.state(PROGRAMME, programme)).currency
    facts = {**outcome.answer, "position": outcome.position}
    shown = {**facts, "amount": money(facts["amount"], currency)}
    session.out.answer(facts, pairs("Waiting", [*shown.items()]))


@queue.command()
@acting("enterprise", "officer")
@_pool
@click.argument("number", type=NUMBER, metavar="ORDER")
@click.option("--reason", required=True, help="Why it is taken back.")
def leave(session: Session, programme: str, period: str, pool: str, number: str, reason: str) -> None:
    """Take a waiting order back; everybody behind it moves up."""
    command = LeaveRound(programme, period, _the_pool(session, programme, pool), number, reason)
    _run(session, application.leave_round, command, "Taken back")


@queue.command()
@acting("officer", "finance", "system")
@_pool
def serve(session: Session, programme: str, period: str, pool: str) -> None:
    """Register the orders whose turn it is, one after the other, as far as the pool's money goes."""
    command = ServeQueue(programme, period, _the_pool(session, programme, pool))
    _run(session, application.serve_queue, command, "Served")
    key = budget_key(command.programme, command.period, command.pool)
    state = session.service.ledger.state(ROUND, key)
    if state.first:
        currency = announced(session.service.ledger.state(PROGRAMME, programme)).currency
        free = money(session.service.ledger.state(BUDGET, key).free, currency)
        asked = money(state.waiting[state.first].amount, currency)
        session.out.note(f"Next is {state.first}, which asks for {asked}; the pool has {free}.")


@queue.command()
@acting("officer", "finance", "system")
@_pool
def close(session: Session, programme: str, period: str, pool: str) -> None:
    """Share the pool's money among all requests after the round's last day; each becomes an order with its share."""
    command = CloseRound(programme, period, _the_pool(session, programme, pool))
    _run(session, application.close_round, command, "Round closed")


@queue.command()
@reading
@_pool
def show(session: Session, programme: str, period: str, pool: str) -> None:
    """Who waits for a pool's money, in the order of their places, and how much it has."""
    key = budget_key(programme, period, _the_pool(session, programme, pool))
    currency = announced(session.service.ledger.state(PROGRAMME, programme)).currency
    state, free = session.service.ledger.state(ROUND, key), session.service.ledger.state(BUDGET, key).free
    waiting: list[dict[str, Any]] = [
        {"order_id": each.order_id, "enterprise_id": each.enterprise_id, "place": each.place, "amount": each.amount}
        for each in state.waiting.values()
    ]
    facts = {"round": key, "number": state.number, "closes_on": state.closes_on, "free": free, "waiting": waiting}
    shown = [("free", money(free, currency)), ("closes on", state.closes_on), ("waiting", len(waiting))]
    rows = [
        (each["place"], each["order_id"], each["enterprise_id"], total(each["amount"], currency)) for each in waiting
    ]
    listed = [table("", ["place#", "order", "enterprise", "amount#"], rows)] if rows else []
    session.out.answer(facts, pairs(f"Round of {key}", shown), *listed)


def _run(session: Session, use_case: Any, command: Any, title: str) -> None:
    outcome = session.execute(use_case, command)
    currency = announced(session.service.ledger.state(PROGRAMME, command.programme)).currency
    facts = {**outcome.answer, "position": outcome.position}
    shown = [(name, _shown(name, value, currency)) for name, value in facts.items()]
    session.out.answer(facts, pairs(title, shown))


def _shown(name: str, value: Any, currency: str) -> object:
    if name in ("asked", "money"):
        return money(value, currency)
    if name == "reasons":
        return "\n".join(f"{order_id}: {reason}" for order_id, reason in value.items())
    if isinstance(value, dict):
        return ", ".join(f"{order_id}: {money(share, currency)}" for order_id, share in value.items())
    return ", ".join(value) if isinstance(value, list) else value


def _the_pool(session: Session, code: str, pool: str) -> str:
    """The pool named, or the only one there is."""
    known = pools(application.compiled(policy_in_force(session.service.ledger.state(PROGRAMME, code), session.on)))
    if pool in known or (not pool and len(known) == 1):
        return pool or known[0]
    raise click.UsageError(f"{code} has these pools; name one with --pool: {', '.join(known)}.")
