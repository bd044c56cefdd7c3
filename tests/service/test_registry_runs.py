"""Registry files brought in more than once, interrupted, in a dry run, in bulk, and providers with them."""

from dataclasses import replace

import pytest

from schemas.registry import ColumnUnknown
from service.demo.population import make_enterprises, make_providers, write_enterprises, write_providers
from service.registry.lines import Lines
from service.registry.providers import import_providers
from service.registry.seen import Seen
from service.settings import create_folder
from service.wiring import Service
from tests.examples import DIGEST, PUDONG, adoption, facts_of_firm
from tests.service.registry_files import (
    CLERK,
    HEADER,
    OFFICER,
    ROW,
    adopt,
    bring,
    file_of,
    opened,
)
from vouchers import application
from vouchers.application.entitling import ImportFacts, Judged
from vouchers.enterprise.decisions import RecordFacts
from vouchers.kinds import ENTERPRISE, ENTITLEMENT, PROVIDER


@pytest.fixture
def service(tmp_path):
    with opened(tmp_path) as opening:
        yield opening


def test_the_same_file_again_changes_nothing(service, tmp_path):
    adopt(service)
    path = tmp_path / "firms.csv"
    write_enterprises(path, make_enterprises(700, 3))
    first = bring(service, path, entitle=("SH-STIV",))
    size = service.ledger.size()
    again = bring(service, path, entitle=("SH-STIV",))
    assert (first.recorded, first.unchanged, again.recorded, again.unchanged) == (700, 0, 0, 700)
    assert again.programmes["SH-STIV"]["unchanged"] == 700
    assert service.ledger.size() == size


def test_a_run_that_was_interrupted_is_finished_by_the_next(service, tmp_path):
    adopt(service)
    path = tmp_path / "firms.csv"
    write_enterprises(path, make_enterprises(1_300, 3))

    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(service, path, progress=stop, entitle=("SH-STIV",))
    report = bring(service, path, entitle=("SH-STIV",))
    assert (report.unchanged, report.recorded) == (500, 800)
    firms = service.ledger.names("enterprise/", "", 5_000)
    decided = service.ledger.names("entitlement/", "", 5_000)
    assert len(firms) == len(decided) == 1_300


def test_older_facts_are_kept_among_the_earlier_ones_and_never_replace_newer_ones(service, tmp_path):
    bring(service, file_of(tmp_path, HEADER, ROW))
    size = service.ledger.size()
    older = file_of(tmp_path, HEADER, ROW.replace(",9,", ",8,"))
    report = bring(service, older, as_of="2025-06-30")
    assert (report.older, report.recorded, service.ledger.size()) == (1, 0, size + 1)
    again = bring(service, older, as_of="2025-06-30")
    assert (again.older, again.recorded, service.ledger.size()) == (1, 0, size + 1)
    state = service.ledger.state(ENTERPRISE, PUDONG)
    assert (state.facts["staff"], state.facts_on("2025-12-30")["staff"]) == (9, 8)


def test_a_dry_run_counts_everything_and_writes_nothing(service, tmp_path):
    adopt(service)
    path = tmp_path / "firms.csv"
    write_enterprises(path, make_enterprises(600, 3))
    path.write_bytes(path.read_bytes() + b"x\n")
    size, last = service.ledger.size(), service.ledger.last_hash()
    tried = bring(service, path, dry_run=True, entitle=("SH-STIV",))
    assert (service.ledger.size(), service.ledger.last_hash(), tried.faults_path) == (size, last, "")
    done = bring(service, path, entitle=("SH-STIV",))
    assert (tried.recorded, tried.programmes, tried.denials) == (done.recorded, done.programmes, done.denials)
    assert tried.faults_by_code == done.faults_by_code == {"cell-count": 1}


def test_importing_and_entitling_decide_the_same_as_one_after_the_other(tmp_path):
    path = tmp_path / "firms.csv"
    write_enterprises(path, make_enterprises(300, 9))
    decided = []
    for number, at_once in enumerate(((), ("SH-STIV",))):
        with opened(tmp_path / str(number)) as service:
            adopt(service)
            bring(service, path, entitle=at_once)
            if not at_once:
                codes = tuple(name.removeprefix("enterprise/") for name in service.ledger.names("enterprise/", "", 500))
                entitle = application.entitling.Entitle("SH-STIV", codes)
                service.execute(application.entitle, entitle, OFFICER, on="2026-01-05")
            names = service.ledger.names("entitlement/", "", 500)
            decided.append(
                {name: service.ledger.state(ENTITLEMENT, name.removeprefix("entitlement/")) for name in names}
            )
    assert len(decided[0]) == 300
    assert decided[0] == decided[1]


def test_every_decision_is_the_cause_of_its_own_vouchers_only(service, tmp_path):
    adopt(service)
    path = tmp_path / "firms.csv"
    write_enterprises(path, make_enterprises(50, 9))
    bring(service, path, entitle=("SH-STIV",))
    entries = list(service.ledger.entries(2))
    by_seq = {entry.seq: entry for entry in entries}
    caused = [entry for entry in entries if entry.cause is not None]
    assert len(caused) > 50
    for entry in caused:
        assert by_seq[entry.cause].agg == f"enterprise/{_firm_of(entry)}"


def _firm_of(entry):
    return entry.data.enterprise_id


def test_a_large_file_is_read_beside_the_writer_with_the_same_result(service, tmp_path):
    path = tmp_path / "firms.csv"
    write_enterprises(path, make_enterprises(9_000, 5))
    assert path.stat().st_size > 1_000_000
    told = []
    report = bring(service, path, progress=told.append)
    assert (report.rows, report.recorded) == (9_000, 9_000)
    assert (told[-1].rows, told[-1].done) == (9_000, told[-1].total)


def test_a_refusal_of_a_large_file_comes_through(service, tmp_path):
    path = file_of(tmp_path, "colour", "x" * 60_000, *["y" * 60_000] * 20)
    with pytest.raises(ColumnUnknown) as caught:
        bring(service, path)
    assert (caught.value.pointer, bool(caught.value.remedy)) == ("colour", True)


def test_providers_are_admitted_accredited_and_given_their_account(service, tmp_path):
    path = tmp_path / "providers.csv"
    providers = make_providers(30, 1)
    write_providers(path, providers)
    report = import_providers(service, path, CLERK, on="2026-01-05")
    size = service.ledger.size()
    again = import_providers(service, path, CLERK, on="2026-01-06")
    assert (report.recorded, again.unchanged, service.ledger.size()) == (30, 30, size)
    lab = service.ledger.state(PROVIDER, providers[0]["provider_id"])
    assert (lab.name, lab.account_ref) == (providers[0]["name"], providers[0]["account_ref"])
    assert lab.facts["qualifications"] == ("CMA", "CNAS")
    assert lab.serves("TEST", "2026-01-01")
    assert not lab.serves("TEST", "2025-12-31")


@pytest.mark.parametrize("cell", ["TEST", "TEST:2026-01-01", "TEST:2026-01-01:2026-02-30"])
def test_an_accreditation_needs_its_category_and_both_days(service, tmp_path, cell):
    header = "provider_id,name,kind,accreditations"
    report = import_providers(service, file_of(tmp_path, header, f"{PUDONG},Lab,lab,{cell}"), CLERK, on="2026-01-05")
    assert (report.recorded, report.faulty) == (0, 1)


def test_seen_remembers_every_key_with_its_first_value():
    seen = Seen()
    assert all(seen.put(f"k{number}", number) is None for number in range(50_000))
    assert [seen.put(f"k{number}", 7) for number in (0, 49_999)] == [0, 49_999]


def test_lines_tell_where_each_record_begins(tmp_path):
    path = file_of(tmp_path, "a", "", '"b', 'c"', "d")
    with path.open("rb") as stream:
        records = [(record.line, record.at, record.raw) for record in Lines(stream, quoted=True)]
    assert records == [(1, 0, b"a"), (3, 3, b'"b\nc"'), (5, 9, b"d")]


def test_a_registry_file_ends_in_vouchers_on_postgresql_too(tmp_path, postgres_url):
    settings = create_folder(str(tmp_path / "data"), log=postgres_url)
    path = tmp_path / "firms.csv"
    write_enterprises(path, make_enterprises(700, 3))
    with Service(settings) as service:
        adopt(service)
        first = bring(service, path, entitle=("SH-STIV",))
        size = service.ledger.size()
        again = bring(service, path, entitle=("SH-STIV",))
        assert (first.recorded, again.unchanged, service.ledger.size()) == (700, 700, size)
        assert first.programmes["SH-STIV"]["vouchers"] == len(service.ledger.names("voucher/", "", 5_000))


@pytest.mark.parametrize("changes", [{"policy_digest": "ff" * 32}, {"on": "2026-01-04"}])
def test_a_judgement_made_under_another_policy_or_day_is_made_again(service, changes):
    adopt(service)
    record = RecordFacts(PUDONG, "2025-12-31", "firms.csv", DIGEST, facts_of_firm())
    no = Judged(adoption().digest, "2026-01-05", "2026", (), (("no", "", "No.", ""),), (), ())
    command = ImportFacts((record,), ("SH-STIV",), ((replace(no, **changes),),))
    service.execute(application.import_facts, command, CLERK, on="2026-01-05")
    assert service.ledger.state(ENTITLEMENT, f"SH-STIV/2026/{PUDONG}").is_granted


def test_a_judgement_on_facts_that_are_older_than_the_record_is_made_again(service):
    adopt(service)
    record = RecordFacts(PUDONG, "2025-12-31", "firms.csv", DIGEST, facts_of_firm())
    service.execute(application.record_facts, record, CLERK, on="2026-01-05")
    old = replace(record, as_of_on="2025-06-30", facts=facts_of_firm(status="revoked"))
    no = Judged(adoption().digest, "2026-01-05", "2026", (), (("status", "", "No.", ""),), (), ())
    answer = service.execute(
        application.import_facts, ImportFacts((old,), ("SH-STIV",), ((no,),)), CLERK, on="2026-01-05"
    ).answer
    assert (answer["older"], answer["programmes"]["SH-STIV"]["granted"]) == (1, 1)
