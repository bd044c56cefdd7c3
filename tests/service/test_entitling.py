"""The automatic run over every enterprise on record."""

from dataclasses import replace

import pytest

from service.demo.population import make_enterprises, write_enterprises
from service.entitling import CHUNK, entitle_all
from service.registry.importing import import_enterprises
from service.settings import create_folder
from service.wiring import Service, Who
from tests.examples import adoption
from vouchers import application
from vouchers.enterprise.decisions import RecordFacts
from vouchers.kinds import ENTERPRISE, ENTITLEMENT
from vouchers.programme.decisions import Announce, ProgrammeUnknown

OFFICER = Who("officer:li", "officer")
RUN = Who("system:entitlement", "system")
COUNT = CHUNK + 120
DAY = "2026-01-05"


@pytest.fixture
def service(tmp_path):
    with Service(create_folder(str(tmp_path / "data"))) as service:
        service.execute(application.announce, Announce("SH-STIV", "Shanghai", "STCSM", "CNY", "00"), OFFICER)
        service.execute(application.adopt_policy, adoption(), OFFICER, on="2026-01-01")
        path = tmp_path / "firms.csv"
        write_enterprises(path, make_enterprises(COUNT, 4))
        import_enterprises(service, path, OFFICER, as_of="2025-12-31", on="2026-01-02")
        yield service


def test_every_enterprise_is_decided_and_counted_once(service):
    report = entitle_all(service, "SH-STIV", RUN, on=DAY)
    decided = [
        service.ledger.state(ENTITLEMENT, name.removeprefix("entitlement/"))
        for name in service.ledger.names("entitlement/", "", 5_000)
    ]
    assert report.enterprises == report.granted + report.denied == len(decided) == COUNT
    assert report.granted == sum(entitlement.is_granted for entitlement in decided)
    assert report.vouchers == len(service.ledger.names("voucher/", "", 5_000)) > 200
    assert report.position == service.ledger.size()


def test_denials_are_counted_by_reason_the_commonest_first(service):
    report = entitle_all(service, "SH-STIV", RUN, on=DAY)
    assert next(iter(report.denials)) == "region"
    assert list(report.denials.values()) == sorted(report.denials.values(), reverse=True)
    assert sum(report.denials.values()) >= report.denied > 100


def test_a_second_run_changes_nothing(service):
    entitle_all(service, "SH-STIV", RUN, on=DAY)
    size, last = service.ledger.size(), service.ledger.last_hash()
    again = entitle_all(service, "SH-STIV", RUN, on="2026-01-06")
    assert (again.unchanged, again.granted, again.denied) == (COUNT, 0, 0)
    assert (service.ledger.size(), service.ledger.last_hash()) == (size, last)


def test_a_run_that_was_interrupted_is_finished_by_the_next(service):
    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        entitle_all(service, "SH-STIV", RUN, on=DAY, progress=stop)
    report = entitle_all(service, "SH-STIV", RUN, on=DAY)
    assert (report.unchanged, report.granted + report.denied) == (CHUNK, COUNT - CHUNK)


def test_a_denial_is_decided_again_when_the_facts_have_changed_and_a_grant_is_not(service):
    entitle_all(service, "SH-STIV", RUN, on=DAY)
    streams = service.ledger.names("entitlement/", "", 5_000)
    states = {name.rpartition("/")[2]: service.ledger.state(ENTITLEMENT, name.partition("/")[2]) for name in streams}
    denied = next(
        code
        for code, state in states.items()
        if not state.is_granted and [reason.code for reason in state.decision.reasons] == ["region"]
    )
    granted = next(code for code, state in states.items() if state.is_granted)
    for code, region in ((denied, "310115"), (granted, "330421")):
        firm = service.ledger.state(ENTERPRISE, code)
        moved = RecordFacts(code, "2026-01-06", "moves.csv", "00" * 32, {**firm.facts, "region": region})
        service.execute(application.record_facts, moved, OFFICER, on="2026-01-07")
    report = entitle_all(service, "SH-STIV", RUN, on="2026-01-08")
    assert (report.granted, report.denied, report.unchanged) == (1, 0, COUNT - 1)


def test_a_dry_run_counts_the_same_and_writes_nothing(service):
    size, last = service.ledger.size(), service.ledger.last_hash()
    tried = entitle_all(service, "SH-STIV", RUN, on=DAY, dry_run=True)
    assert (service.ledger.size(), service.ledger.last_hash()) == (size, last)
    done = entitle_all(service, "SH-STIV", RUN, on=DAY)
    assert replace(tried, dry_run=False, position=0, seconds=0) == replace(done, position=0, seconds=0)


def test_progress_ends_at_the_whole(service):
    told = []
    entitle_all(service, "SH-STIV", RUN, on=DAY, progress=told.append)
    assert [step.done for step in told] == [CHUNK, COUNT]
    assert told[-1].done == told[-1].total


def test_an_unknown_programme_is_refused_before_anything_is_decided(service):
    size = service.ledger.size()
    with pytest.raises(ProgrammeUnknown):
        entitle_all(service, "XX-NONE", RUN, on=DAY)
    assert service.ledger.size() == size
