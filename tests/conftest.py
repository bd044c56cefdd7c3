"""Fixtures that every test may ask for."""

import gc
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import Phase, settings
from werkzeug.routing import Rule

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


def pytest_collection_finish() -> None:
    """Let the search for reference cycles look at what tests make; looking at all modules again was a fifth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True, scope="session")
def _routes_compiled_once() -> Iterator[None]:
    """Let the many applications of the tests share what werkzeug compiles for each route: most of their start."""
    compile_one: Callable[[Rule, bool], Callable[..., Any]] = Rule._compile_builder
    compiled: dict[tuple[object, ...], Callable[..., Any]] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (*rule._trace, repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_one(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield
