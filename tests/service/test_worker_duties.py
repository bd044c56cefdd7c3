"""What is due by day and decided by nobody: the worker does it once, on its day, and leaves the rest alone."""

from dataclasses import dataclass

import pytest

from service.duties import fulfil
from service.outward.outbox import Guard
from service.settings import Settings
from service.wiring import Service
from service.worker import jobs_of
from tests.examples import JIANGSU_LAB, YUAN
from tests.neighbours import programme
from tests.service.clients import TODAY, frozen
from tests.treasury import Treasury, adoption_with
from tests.vouchers.test_join import OBJECT, noticed
from vouchers import application as app
from vouchers.kinds import ADMISSION, PROVIDER, ROUND, SAMPLE
from vouchers.policy import pools
from vouchers.programme.decisions import Announce
from vouchers.round.decisions import OpenRound

SUPERVISION = {"clause": "supervision", "period_seeds": True, "recheck_bp": 1, "recheck_every_months": 6}


@dataclass
class Office:
    """An installation with a town, and its worker's day."""

    service: Service
    town: Treasury

    def day(self, on: str, still=lambda: True):
        """What was done and refused on a day."""
        return fulfil(self.service, on, still)


@pytest.fixture
def office(tmp_path):
    with frozen(), Service(Settings(tmp_path, log="memory:")) as service:
        town = Treasury(service.ledger, seed=service.seed)
        policy, adopted = adoption_with(recovery={"instalments": 3})
        town.do(app.announce, Announce(policy.programme, policy.title, policy.authority, policy.currency, "0" * 64))
        town.do(app.adopt_policy, adopted)
        for pool in pools(policy):
            town.appropriate(pool, 10_000_000 * YUAN)
        town.record()
        town.entitle()
        town.admit()
        town.accredit()
        town.go(TODAY)
        office = Office(service, town)
        assert office.day(TODAY) == {"commit_seed": 1}
        yield office


def test_on_a_day_without_dues_nothing_is_written(office):
    before = office.service.ledger.size()
    assert office.day(TODAY) == {}
    assert office.service.ledger.size() == before


def test_a_provider_joins_on_the_day_after_its_notice(office):
    noticed(office.town)
    assert office.day("2026-02-08") == {}
    assert office.day("2026-02-09") == {"join_after_notice": 1}
    assert office.town.ledger.state(PROVIDER, JIANGSU_LAB).name == "Jiangsu Lab"
    assert office.service.ledger.history(f"admission/{JIANGSU_LAB}")[-1].actor == "system:worker"
    assert office.day("2026-02-10") == {}


def test_an_open_objection_keeps_a_provider_out_and_nobody_else_up(office):
    noticed(office.town)
    office.town.do(app.object_to_admission, OBJECT, actor="enterprise:rival")
    assert office.day("2026-02-09") == {"objection-open": 1}
    assert office.town.ledger.state(ADMISSION, JIANGSU_LAB).status == "noticed"


def test_the_seed_of_a_period_is_committed_to_at_once_and_revealed_when_it_is_over(office):
    programme(office.town, "SEED-I", supervision=SUPERVISION)
    assert office.day(TODAY) == {"commit_seed": 1}
    state = office.town.ledger.state(SAMPLE, "SEED-I/2026")
    assert (bool(state.commitment), state.seed_hex, state.last_on) == (True, "", "2026-12-31")
    assert office.day("2026-12-31") == {}
    done = office.day("2027-01-01")
    assert done["reveal_seed"] == 2, "its own, and that of the programme of the town"
    assert office.town.ledger.state(SAMPLE, "SEED-I/2026").seed_hex


def test_a_plan_that_is_not_kept_ends_on_the_day_after_its_part_was_due(office):
    office.town.paid()
    office.town.back(1_000 * YUAN)
    office.town.plan(("2026-03-01", 400 * YUAN), ("2026-04-01", 600 * YUAN))
    assert office.day("2026-03-01") == {"check_instalments": 1}
    assert office.town.owes().plan
    office.day("2026-03-02")
    assert not office.town.owes().plan
    assert office.town.topics()[-1] == "debt.InstalmentMissed"
    assert office.day("2026-03-03") == {}


def test_a_round_is_closed_after_its_last_day(office):
    programme(office.town, "ROUND-I", money={"exhaustion": "pro_rata"}, supervision={"period_seeds": False})
    office.town.do(app.open_round, OpenRound("ROUND-I", "2026", "general", "2026-02-05"))
    assert office.day("2026-02-05") == {}
    assert office.day("2026-02-06") == {"close_round": 1}
    assert office.town.ledger.state(ROUND, "ROUND-I/2026/general").closes_on == ""
    assert office.day("2026-02-07") == {}


def test_what_is_past_its_last_day_expires_once(office):
    expire = next(job for job in jobs_of(office.service) if job.name == "expire")
    assert expire.run(Guard()) == ""
    with frozen("2027-06-01T04:00:00Z"):
        assert expire.run(Guard()) == "0 orders lapsed, 1 vouchers expired, 0 refused"
        assert expire.run(Guard()) == ""
    [*_, last] = office.service.ledger.entries()
    assert (last.type, last.actor, last.eff) == ("voucher.Expired", "system:worker", "2027-06-01")


def test_a_worker_that_may_not_go_on_stops_between_two_steps(office):
    noticed(office.town)
    assert office.day("2026-02-09", still=lambda: False) == {}
    assert office.town.ledger.state(ADMISSION, JIANGSU_LAB).status == "noticed"


def test_the_worker_has_a_job_for_everything_that_goes_on_beside_the_service(office):
    goes_on = ["expire", "duties", "views", "webhooks", "checkpoints", "anchors", "jobs", "feed"]
    assert [job.name for job in jobs_of(office.service)] == goes_on
