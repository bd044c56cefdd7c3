"""What is due on a day by itself: no person decides it, and whoever does it twice does it once."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import select

from service.projections.debts import Debt
from service.projections.providers import Application
from service.wiring import Asked, Service, Who
from vouchers import application
from vouchers.admission.decisions import JoinAfterNotice
from vouchers.application import compiled
from vouchers.application.debts import CheckInstalments
from vouchers.application.rounds import CloseRound, ServeQueue
from vouchers.application.sampling import CommitSeed, RevealSeed, key_of
from vouchers.kinds import DEBT, PROGRAMME, ROUND, SAMPLE
from vouchers.ledger import Ledger
from vouchers.policy.periods import period_of
from vouchers.programme.decisions import policy_in_force
from vouchers.refusals import Refused

WORKER: Final = Who("system:worker", "system")
CHUNK: Final = 200

Due = tuple[Callable[..., application.Answer], Any]


def join_admitted(service: Service, on: str) -> Iterator[Due]:
    """Providers whose public notice is over join the directory; an open objection keeps them out."""
    query = select(Application.provider_id).where(Application.status == "noticed", Application.notice_last_on < on)
    for provider_id in _every(service, query, Application.provider_id):
        yield application.join_after_notice, JoinAfterNotice(provider_id)


def check_plans(service: Service, _on: str) -> Iterator[Due]:
    """A plan of instalments ends where a part was not paid in time; a demand that is settled is not looked at."""
    query = select(Debt.party).where(Debt.principal + Debt.written_off < Debt.amount).distinct()
    for party in _every(service, query, Debt.party):
        for number, owed in service.ledger.state(DEBT, party).debts.items():
            if owed.plan and not owed.ended:
                yield application.check_instalments, CheckInstalments(party, number)


def publish_seeds(service: Service, on: str) -> Iterator[Due]:
    """A period's seed is committed to before it draws, and revealed after the period."""
    ledger = service.ledger
    for code in _keys(ledger, PROGRAMME.name):
        try:
            policy = compiled(policy_in_force(ledger.state(PROGRAMME, code), on))
        except Refused:  # No policy is in force on this day.
            continue
        seeded = policy.supervision is not None and policy.supervision.period_seeds
        if seeded and not ledger.state(SAMPLE, key_of(code, period_of(policy, on))).commitment:
            yield application.commit_seed, CommitSeed(code, on)
    for key in _keys(ledger, SAMPLE.name):
        state = ledger.state(SAMPLE, key)
        if state.commitment and not state.seed_hex and state.last_on < on:
            code, _, period = key.partition("/")
            yield application.reveal_seed, RevealSeed(code, period)


def serve_queues(service: Service, on: str) -> Iterator[Due]:
    """A round is closed after its last day; whoever waits in a queue without rounds is served as far as money goes."""
    for key in _keys(service.ledger, ROUND.name):
        state = service.ledger.state(ROUND, key)
        place = key.split("/", 2)
        if state.closes_on:
            if state.closes_on < on:
                yield application.close_round, CloseRound(*place)
        elif state.waiting:
            yield application.serve_queue, ServeQueue(*place)


ALL: Final = (publish_seeds, join_admitted, check_plans, serve_queues)


def fulfil(service: Service, on: str, still: Callable[[], bool]) -> dict[str, int]:
    """Do what is due, as long as this process may go on; how often what was done, and what was refused."""
    counts: dict[str, int] = {}
    service.catch_up()
    for duty in ALL:
        for use_case, command in duty(service, on):
            if not still():
                return counts
            [outcome] = service.execute_all([Asked(use_case, command, WORKER, on)])
            told = outcome.code if isinstance(outcome, Refused) else use_case.__name__
            counts[told] = counts.get(told, 0) + 1
    return counts


def _every(service: Service, query: Any, key: Any) -> Iterator[str]:
    after = ""
    while True:
        with service.views.session() as views:
            page = list(views.scalars(query.where(key > after).order_by(key).limit(CHUNK)))
        yield from page
        if len(page) < CHUNK:
            return
        after = page[-1]


def _keys(ledger: Ledger, kind: str) -> Iterator[str]:
    prefix, after = f"{kind}/", ""
    while page := ledger.names(prefix, after, CHUNK):
        yield from (name.removeprefix(prefix) for name in page)
        after = page[-1]
