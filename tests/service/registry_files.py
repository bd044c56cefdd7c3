"""What tests of the registry share: an open installation, files, and how they are brought in."""

from contextlib import contextmanager

from service.registry.importing import import_enterprises
from service.settings import create_folder
from service.wiring import Service, Who
from tests.examples import CHANGNING, PUDONG, WUJIANG, adoption
from vouchers import application
from vouchers.kinds import ENTERPRISE
from vouchers.programme.decisions import Announce

CLERK = Who("officer:registry", "officer")
OFFICER = Who("officer:li", "officer")
HEADER = "enterprise_id,region,sector,staff,revenue,legal_form,status,lists"
ROW = f"{PUDONG},310115,12,9,90000.50,company,active,"


@contextmanager
def opened(folder):
    with Service(create_folder(str(folder / "data"))) as service:
        yield service


def adopt(service):
    service.execute(application.announce, Announce("SH-STIV", "Shanghai", "STCSM", "CNY", "00"), OFFICER)
    service.execute(application.adopt_policy, adoption(), OFFICER, on="2026-01-01")


def bring(service, path, **options):
    return import_enterprises(service, path, CLERK, **({"as_of": "2025-12-31", "on": "2026-01-05"} | options))


def file_of(folder, *lines, name="firms.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode(encoding) for line in lines) + b"\n")
    return path


def facts_of(service, code=PUDONG):
    return dict(service.ledger.state(ENTERPRISE, code).facts)


def only_fault(service, folder, row, header=HEADER):
    """Import one faulty row between two good ones; return its one fault, and see the good ones recorded."""
    good = [ROW.replace(PUDONG, CHANGNING), ROW.replace(PUDONG, WUJIANG)]
    report = bring(service, file_of(folder, header, good[0], row, good[1]))
    assert (report.rows, report.recorded, report.faulty) == (3, 2, 1)
    assert [fault.line for fault in report.faults] == [3]
    return report.faults[0]
