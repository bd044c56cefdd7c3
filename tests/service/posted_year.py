"""A whole year over HTTP, in which every command of the table is asked for by somebody who may."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from service.app import create_app
from service.settings import Settings
from service.wiring import Service
from tests.examples import CHANGNING, INSTITUTE, JANUARY, PUDONG, WUJIANG, voucher_of
from tests.neighbours import programme
from tests.service.amending import amend
from tests.service.changing import change
from tests.service.clients import Api, frozen
from tests.service.neighbouring import neighbour
from tests.service.pooling import pool, pool_again
from tests.service.posted import PostedTown
from tests.service.providing import provide
from tests.service.reckoning import reckon
from tests.service.treasuring import block, owe, pay, queue
from tests.service.walk import AUTUMN, FIRMS, begin, finish
from tests.service.watching import watch, watch_again
from tests.supervised import Watched
from vouchers import application as app
from vouchers.application.providing import VoidOrders
from vouchers.application.sampling import CommitSeed
from vouchers.application.supervising import RepairCredit
from vouchers.application.vouchering import RestoreValue
from vouchers.days import add_months
from vouchers.rating.decisions import RateProvider
from vouchers.refusals import Refused


@contextmanager
def a_posted_year(
    folder: Path, log: str = "memory:", views: str = "sqlite:views.sqlite", desk: str = "sqlite:desk.sqlite"
) -> Iterator[PostedTown]:
    """A town after its year, with views that have counted it."""
    settings = Settings(folder, log=log, views=views, desk=desk)
    with frozen(f"{JANUARY}T04:00:00Z") as clock, Service(settings) as service:
        api = Api(service, create_app(service), None, {})
        api.town = PostedTown(api, clock)
        play(api.town)
        service.catch_up()
        yield api.town


def play(town):
    """A year in which everything happens once."""
    begin(town)
    judge(town.go("2026-10-15"))
    settle(town.go(AUTUMN))
    end_vouchers(town)
    for turn in (
        block,
        queue,
        pay,
        owe,
        watch,
        provide,
        leave,
        change,
        amend,
        reckon,
        pool,
        neighbour,
        pool_again,
    ):
        turn(town)
    town.go("2027-05-01")
    for name in town.ledger.names("order/"):
        with suppress(Refused):
            town.lapse(name.removeprefix("order/"))
    watch_again(town)
    for firm in FIRMS:
        town.expire(voucher_of(firm))
    town.close_programme(town.on)


def settle(town):
    """An order is paid and rated; of a voucher something is given back, and some of that taken again."""
    finish(town, "last-paid", {"gross": 2_000_00})
    town.do(app.rate_provider, RateProvider("last-paid", PUDONG, 4), actor="enterprise:pudong")
    town.give_back(200)
    town.do(app.restore_value, RestoreValue(voucher_of(), 150, "it is needed after all"), actor="enterprise:pudong")


def end_vouchers(town):
    """One voucher is extended while an order of it is under way, another revoked."""
    town.order("last-open", enterprise_id=CHANGNING, voucher_id=voucher_of(CHANGNING), gross=2_000_00)
    town.extend("2027-02-28", "2027-03-31", voucher_of(CHANGNING))
    town.revoke(voucher_of(WUJIANG))


def judge(town):
    """A sanction is lifted, a tier moves and is repaired a month later; a seed is committed in advance."""
    programme(town, "JUDGE-IV", supervision={"clause": "27", "repair_months": 1, "period_seeds": True})
    town.do(app.commit_seed, CommitSeed("JUDGE-IV", town.on))
    town.suspend("finish", INSTITUTE)
    town.reinstate(INSTITUTE)
    watching = Watched(town)
    watching.sanction("warned", INSTITUTE)
    watching.lift(1, INSTITUTE)
    watching.move("C", INSTITUTE)
    town.go(add_months(town.on, 1))
    town.do(app.repair_credit, RepairCredit(INSTITUTE, "JUDGE-IV"))


def leave(town):
    """What a removed provider had open is voided."""
    town.do(app.void_orders, VoidOrders(INSTITUTE, ()))
