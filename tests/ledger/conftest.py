"""The three stores, each opened through its address."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.acts import Clock
from vouchers.ledger import Ledger, open_recorder

SHARED = ("sqlite", "postgres")


def address(store: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """Return the address of a new, empty log."""
    if store == "postgres":
        return request.getfixturevalue("postgres_url")
    return "memory:" if store == "memory" else f"sqlite:{folder / 'log.db'}"


@pytest.fixture(params=("memory", *SHARED))
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a new log in each kind of store."""
    return address(request.param, request, tmp_path)


@pytest.fixture(params=SHARED)
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a new log in each kind of store that several processes can open."""
    return address(request.param, request, tmp_path)


@pytest.fixture
def clock() -> Clock:
    """Return a clock that the test moves."""
    return Clock()


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    """Open a ledger on a new log."""
    with Ledger(open_recorder(ledger_url), clock) as opened:
        yield opened
