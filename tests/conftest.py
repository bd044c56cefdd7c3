"""Fixtures that every test may ask for."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

from tests.postgres import NoPostgres, Server, shared

# No deadline per example: the machine may be shared, and a slow minute is no fault. No phase that explains a failure:
# it runs a long story many times more, and the shortest story that fails says enough.
settings.register_profile("shared-machine", deadline=None, phases=[each for each in Phase if each is not Phase.explain])
settings.load_profile("shared-machine")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Run one PostgreSQL server for all tests of this process."""
    try:
        yield shared()
    except NoPostgres as missing:
        pytest.skip(f"PostgreSQL is not installed: {missing}")


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """Return the address of an empty database that nobody else uses."""
    name = postgres.lend_database()
    yield postgres.dsn(name)
    postgres.take_back(name)


def pytest_configure(config: pytest.Config) -> None:
    """Let an installation end on PostgreSQL while one of its threads still reads there: its pool is gone by then."""
    if os.environ.get("TESTS_ON") == "postgresql":
        config.addinivalue_line("filterwarnings", "ignore:.*was deleted while still open:ResourceWarning")
