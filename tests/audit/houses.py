"""An installation in a folder with a log that grows, whose clock the test moves; other tests of anchors build on it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from freezegun import freeze_time

from service.audit.anchors import Anchors
from service.audit.witness.settings import Anchoring, Witness
from service.settings import Settings
from service.wiring import Service, Who
from tests.audit.witnessing import Office, served
from vouchers import application
from vouchers.source.decisions import ReportOutage

OFFICER = Who("officer:li", "officer")
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class House:
    """One installation; `ahead` is by how much its own clock is wrong."""

    def __init__(self, folder: Path, *witnesses: Witness, **anchoring: object) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.addresses = anchoring.pop("addresses", {})
        self.anchoring = Anchoring(**{"timeout": 2, **anchoring})
        self.witnesses = witnesses
        self.numbers = count(1)
        self.present = BEGIN
        self.ahead = timedelta()
        self.open()

    def open(self) -> None:
        settings = Settings(self.folder, anchoring=self.anchoring, witness=self.witnesses, **self.addresses)
        self.service = Service(settings, now=lambda: (self.present + self.ahead).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        self.anchors = Anchors(self.service)

    def close(self) -> None:
        self.service.close()

    def grow(self, entries: int = 1, story: str = "down") -> None:
        """Let so many things happen, one a second."""
        for _ in range(entries):
            self.present += timedelta(seconds=1)
            command = ReportOutage(f"{self.folder.name}-{next(self.numbers)}", "2026-03-02", story)
            self.service.execute(application.report_outage, command, OFFICER, on="2026-03-02")

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.present += timedelta(**time)

    def turn(self, *, now: bool = False):
        """One turn of the worker, at the present of this house."""
        with freeze_time(self.present):
            return self.anchors.turn(now=now)

    def copy(self, folder: Path) -> Path:
        """Its folder as a backup of this moment, taken while it is closed."""
        self.close()
        shutil.copytree(self.folder, folder)
        self.open()
        return folder


@contextmanager
def house(folder: Path, *witnesses: Witness, **anchoring: object) -> Iterator[House]:
    """A house that is closed at the end."""
    found = House(folder, *witnesses, **anchoring)
    try:
        yield found
    finally:
        found.close()


def known(office, found: House) -> None:
    """Let an office witness a house, by the house's clock."""
    keys = found.service.checkpoints.keys
    office.store.trust(keys.origin, keys.public[-1].vkey)
    office.witness._now = lambda: int(found.present.timestamp())


def recorded(found: House) -> list:
    """What the log of a house says was vouched for."""
    return [entry.data for entry in found.anchors.recorded()]


@contextmanager
def watched(folder: Path) -> Iterator[tuple[House, Office]]:
    """A house that an office witnesses, and the office; the clocks of both go alike."""
    office = Office(folder)
    with served(office.app) as url, house(folder / "home", office.address(url)) as found:
        known(office, found)
        yield found, office
    office.store.close()
