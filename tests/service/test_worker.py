"""The worker: one leads by a lease, another takes over, and what is due by day is done by itself."""

import threading
import time
from pathlib import Path

import pytest

from service.desk import Desk
from service.leasing import Lease, LeaseLost, holder_of
from service.worker import Job, Worker
from tests.service.walk import address
from vouchers.refusals import Unavailable

SECONDS = 0.5


@pytest.fixture(params=["sqlite", "postgres"])
def desks(request, tmp_path):
    """Two processes' desks over one database."""
    where = address(request.param, request, Path(tmp_path), "desk")
    one, two = Desk(where), Desk(where)
    yield one, two
    one.close()
    two.close()


def test_one_holds_a_lease_until_it_is_given_back(desks):
    one, two = (Lease(desk, "work", 60) for desk in desks)
    assert one.take()
    assert not two.take()
    assert (one.holds(), two.holds()) == (True, False)
    assert one.take()
    one.give_back()
    assert not one.holds()
    assert two.take()
    assert not one.take()


def test_who_holds_a_lease_is_known_to_all(desks):
    one = Lease(desks[0], "work", 60)
    assert holder_of(desks[1], "work") == ""
    one.take()
    assert holder_of(desks[1], "work") == one.holder
    one.give_back()
    assert holder_of(desks[1], "work") == ""


def test_leases_of_different_names_know_nothing_of_one_another(desks):
    assert Lease(desks[0], "one", 60).take()
    assert Lease(desks[1], "two", 60).take()


def test_a_holder_stops_before_anybody_may_take_its_place(desks):
    one, two = (Lease(desk, "work", SECONDS) for desk in desks)
    assert one.take()
    began = time.monotonic()
    while not two.take():
        time.sleep(0.01)
        if time.monotonic() - began > 10:
            raise AssertionError("nobody takes over")
    assert time.monotonic() - began >= SECONDS * 0.8
    assert not one.holds()


def test_a_late_holder_is_found_out_by_its_token(desks):
    one, two = (Lease(desk, "work", SECONDS) for desk in desks)
    one.take()
    with desks[0].writing() as connection:
        one.confirm(connection)
    time.sleep(SECONDS * 1.3)
    assert two.take()
    with pytest.raises(LeaseLost), desks[0].writing() as connection:
        one.confirm(connection)
    with desks[1].writing() as connection:
        two.confirm(connection)
    assert not one.take()


def test_a_process_that_never_held_a_lease_is_found_out_too(desks):
    with pytest.raises(LeaseLost), desks[0].writing() as connection:
        Lease(desks[0], "work", 60).confirm(connection)


def test_of_many_that_ask_at_once_one_gets_the_lease(desks):
    leases = [Lease(desks[number % 2], "work", 60) for number in range(8)]
    taken = []
    threads = [threading.Thread(target=lambda lease=lease: taken.append(lease.take())) for lease in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]


@pytest.fixture
def desk(tmp_path):
    desk = Desk(f"sqlite:{tmp_path / 'desk.db'}")
    yield desk
    desk.close()


def running(worker):
    thread = threading.Thread(target=worker.run)
    thread.start()
    return thread


def wait_for(condition, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("it never came to that")
        time.sleep(0.01)


def test_every_job_has_its_turn_although_one_fails(desk):
    done = []

    def fail(_):
        done.append("fails")
        raise Unavailable

    jobs = [Job("fails", 0.05, fail), Job("works", 0.05, lambda _: str(done.append("works")))]
    worker = Worker(Lease(desk, "work", 5), jobs, 5)
    thread = running(worker)
    wait_for(lambda: done.count("works") >= 5)
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert 1 <= done.count("fails") < 5, "what fails is tried more and more rarely"


def test_two_workers_take_turns_and_never_work_at_once(desk):
    acting, overlaps, turns = [], [], {"one": 0, "two": 0}

    def job(name):
        def run(guard):
            acting.append(name)
            overlaps.extend([tuple(acting)] if len(acting) > 1 else [])
            time.sleep(0.01)
            assert guard.holds() or workers[name].stopped
            acting.remove(name)
            turns[name] += 1
            return ""

        return Job("job", 0.01, run)

    class Told(Worker):
        stopped = False

        def stop(self):
            self.stopped = True
            super().stop()

    workers = {name: Told(Lease(desk, "work", 1), [job(name)], 1) for name in turns}
    one = running(workers["one"])
    wait_for(lambda: turns["one"] > 3)
    two = running(workers["two"])
    time.sleep(0.5)
    assert turns["two"] == 0
    workers["one"].stop()
    one.join(10)
    wait_for(lambda: turns["two"] > 3, 5)
    workers["two"].stop()
    two.join(10)
    assert overlaps == []


def test_once_does_everything_once_and_lets_others_lead_afterwards(desk):
    done = []
    jobs = [Job("one", 1, lambda _: str(done.append(1))), Job("two", 1, lambda _: str(done.append(2)))]
    assert Worker(Lease(desk, "work", 5), jobs, 5).once()
    assert done == [1, 2]
    other = Lease(desk, "work", 5)
    assert other.take()
    assert not Worker(Lease(desk, "work", 5), jobs, 5).once()
    assert done == [1, 2]


def test_a_worker_whose_job_hangs_keeps_the_lease_from_nobody(desk, monkeypatch):
    monkeypatch.setattr("service.worker.LONGEST_JOB", 0.2)
    go_on = threading.Event()
    stuck = Worker(Lease(desk, "work", SECONDS), [Job("hangs", 1, lambda _: str(go_on.wait(20)))], SECONDS)
    thread = running(stuck)
    other = Lease(desk, "work", SECONDS)
    wait_for(lambda: not other.holds() and other.take(), 10)
    stuck.stop()
    go_on.set()
    thread.join(10)
    assert not thread.is_alive()
